"""The commands of one log-in with the gateway's own server: what each does, and its reply."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from plugins import UpstreamError
from proxy.upstreams import statements
from proxy.upstreams.channel import Channel, Replies
from proxy.upstreams.executor import Executor
from proxy.upstreams.metadata import SessionView
from proxy.upstreams.prepared import PreparedStatements
from proxy.upstreams.types import Done, Result
from proxy.wire import encode
from proxy.wire.capabilities import Dialect
from proxy.wire.commands import Com
from proxy.wire.errors import ProtocolError
from proxy.wire.packets import packet
from proxy.wire.parameters import text_position
from proxy.wire.server_login import ServerLogin

if TYPE_CHECKING:
    from proxy.upstreams.server import Server

log = structlog.get_logger("askwire.server")
MULTI_STATEMENTS = 1 << 16
LOST = 1158  # the connection to the database: there is nothing left to serve


class Commands:
    """``statement``: what runs, and ``since`` when (``time.monotonic``); any thread may look at them."""

    def __init__(
        self, server: "Server", channel: Channel, login: ServerLogin, executor: Executor, view: SessionView
    ) -> None:
        self.executor = executor
        self.prepared = PreparedStatements()
        self.statement: str | None = None
        self.since = time.monotonic()
        self._server = server
        self._channel = channel
        self._login = login
        self._view = view
        self._dialect = Dialect(login.capabilities)
        self._handlers: dict[int, Callable[[bytes, Replies], None]] = {
            Com.QUERY: self._query,
            Com.INIT_DB: self._init_db,
            Com.FIELD_LIST: self._field_list,
            Com.STATISTICS: self._statistics,
            Com.PROCESS_KILL: self._process_kill,
            Com.PING: self._ok,
            Com.SET_OPTION: self._set_option,
            Com.RESET_CONNECTION: self._reset,
            Com.STMT_PREPARE: self._prepare,
            Com.STMT_EXECUTE: self._execute,
            Com.STMT_RESET: self._reset_statement,
        }

    def answer(self, code: int, body: bytes) -> bool:
        """Whether there still is a database to serve. Raises ``OSError`` and ``ProtocolError``."""
        replies = Replies(self._channel, self._dialect)
        self.since = time.monotonic()
        try:
            handler = self._handlers.get(code)
            if handler is None:
                raise UpstreamError(1047, "08S01", "Unknown command")
            handler(body, replies)
        except UpstreamError as error:
            self._refuse(error, replies)
            return error.number != LOST
        except (OSError, ProtocolError):
            raise
        except Exception as error:
            log.exception("statement_failed", connection=self._view.connection_id)
            message = f"Internal error of the gateway ({type(error).__name__}); see its log"
            self._refuse(UpstreamError(1105, "HY000", message), replies)
        finally:
            self.statement, self.since = None, time.monotonic()
        return True

    def _refuse(self, error: UpstreamError, replies: Replies) -> None:
        self.executor.failed(error)
        replies.error(error.number, error.sqlstate, error.message, self.executor.results_charset)

    def _query(self, body: bytes, replies: Replies) -> None:
        text = body[text_position(body, self._dialect.query_attributes) :]
        sql = self.executor.decoded(text)
        pieces = statements.split(sql) if self._login.capabilities & MULTI_STATEMENTS else [sql]
        for at, statement in enumerate(pieces):
            self.statement = statements.shown(statement)
            with self.executor.run(statement) as result:
                self._reply(result, replies, more=at + 1 < len(pieces))

    def _reply(self, result: Result, replies: Replies, *, more: bool = False) -> None:
        executor = self.executor
        if isinstance(result, Done):
            executor.done(result)
            replies.ok(result, executor.status, warnings=executor.warning_count, more=more)
            return
        charset = executor.results_charset
        replies.head(result, executor.status, charset)
        count = replies.rows(result.batches(binary=replies.binary, codec=charset.codec))
        executor.read(count)
        replies.end_of_rows(executor.status, warnings=executor.warning_count, more=more)

    def _init_db(self, body: bytes, replies: Replies) -> None:
        self.executor.use(self.executor.decoded(body))
        self._ok(body, replies)

    def _ok(self, _body: bytes, replies: Replies) -> None:
        replies.ok(Done(), self.executor.status, warnings=0)

    def _field_list(self, body: bytes, replies: Replies) -> None:
        """COM_FIELD_LIST, which the mysql client completes names with: column definitions and an EOF."""
        table = self.executor.decoded(body.split(b"\0", 1)[0])
        quoted = table.replace("`", "``")
        with self.executor.run(f"SELECT * FROM `{quoted}` LIMIT 0") as result:
            if not isinstance(result, Done):
                replies.fields(result, self.executor.results_charset)
                result.close()
        replies.end_of_rows(self.executor.status, warnings=0)

    def _statistics(self, _body: bytes, replies: Replies) -> None:
        self._channel.write(packet(1, f"Threads: {len(self._server.sessions())}".encode()))

    def _process_kill(self, body: bytes, replies: Replies) -> None:
        self._server.kill(int.from_bytes(body[:4], "little"), self._view.user, connection=True)
        self._ok(body, replies)

    def _set_option(self, body: bytes, replies: Replies) -> None:
        if int.from_bytes(body[:2], "little"):
            self._login.capabilities &= ~MULTI_STATEMENTS
        else:
            self._login.capabilities |= MULTI_STATEMENTS
        replies.end_of_rows(self.executor.status, warnings=0)

    def _reset(self, body: bytes, replies: Replies) -> None:
        self.prepared.clear()
        self.executor.reset()
        self._ok(body, replies)

    # --- prepared statements ------------------------------------------------------------------------------------

    def _prepare(self, body: bytes, replies: Replies) -> None:
        text = self.executor.decoded(body)
        self.executor.check(text)
        prepared = self.prepared.add(text)
        reply = encode.prepare_ok(prepared.id, prepared.parameters, self._dialect, self.executor.status)
        self._channel.write(reply)

    def _execute(self, body: bytes, replies: Replies) -> None:
        executor = self.executor
        prepared = self.prepared.named_in(body, "mysqld_stmt_execute")
        replies.binary = True
        text = prepared.bound(body, self._dialect.query_attributes, executor.client_charset.codec)
        self.statement = statements.shown(text)
        with executor.run(text) as result:
            self._reply(result, replies)

    def _reset_statement(self, body: bytes, replies: Replies) -> None:
        self.prepared.named_in(body, "mysqld_stmt_reset").reset()
        self._ok(body, replies)
