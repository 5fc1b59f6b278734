"""One client's session with the gateway's own server: log-in, then one command after the other, in a thread."""

import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from plugins import UpstreamError
from proxy.upstreams import statements
from proxy.upstreams.channel import Channel, Replies
from proxy.upstreams.executor import Executor
from proxy.upstreams.metadata import Process, SessionView, Variables
from proxy.upstreams.metadata.charsets import collation_numbered
from proxy.upstreams.prepared import Prepared, PreparedStatements
from proxy.upstreams.types import Connection, Done, Result
from proxy.upstreams.version import SERVER_VERSION
from proxy.wire import encode
from proxy.wire.capabilities import Dialect
from proxy.wire.commands import Com
from proxy.wire.errors import ProtocolError
from proxy.wire.packets import err_packet_payload, packet
from proxy.wire.parameters import text_position
from proxy.wire.server_login import Credentials, ServerLogin

if TYPE_CHECKING:
    from proxy.upstreams.server import Server

log = structlog.get_logger("askwire.server")
MULTI_STATEMENTS = 1 << 16
LOST = 1158  # the connection to the database: there is nothing left to serve
# A statement that is still being translated has nothing in the database to stop, so that it is tried again.
CANCEL_PAUSES_S = (0.01, 0.05, 0.2, 0.5, 1.0)


class ServerSession:
    """``run`` is the thread's; ``kill`` may be called from any."""

    def __init__(self, server: "Server", connection: socket.socket, number: int, host: str, *, local: bool) -> None:
        self.id = number
        self.user = ""  # once logged in
        self.host = host
        self.executor: Executor | None = None
        self._server = server
        self._local = local
        self._socket = connection
        self._channel = Channel(connection)
        self._login = ServerLogin(number, SERVER_VERSION, server.login_plugin)
        self._dialect = Dialect(0, 0)
        self._statements = PreparedStatements()
        self.busy = False  # a command runs
        self.killed = False  # ends after the command that runs
        self._statement: str | None = None  # that runs
        self._since = time.monotonic()
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

    # --- the thread ---------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Until the client ends, is killed, or is refused."""
        try:
            self._channel.write(packet(0, self._login.greeting()))
            if self._log_in():
                while not self.killed and self._one_command():
                    pass
        except ProtocolError as error:
            self._channel.write(encode.error(1, error.number, error.sqlstate, error.message))
        except OSError as error:
            log.debug("client_gone", connection=self.id, error=str(error))

    def close(self) -> None:
        """The thread is over."""
        if self.executor is not None:
            self.executor.close()
        self._channel.close()

    def kill(self, *, connection: bool) -> None:
        """Stop the command that runs, and with ``connection`` the session. Waits a moment for its end."""
        if connection:
            self.killed = True
            # The thread may wait in a read or a write; both end with this.
            self._shut()
        for pause in CANCEL_PAUSES_S:
            if not self.busy or self.executor is None:
                return
            self.executor.cancel()
            time.sleep(pause)

    def _shut(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError as error:
            log.debug("already_closed", connection=self.id, error=str(error))

    # --- log-in -------------------------------------------------------------------------------------------------

    def _log_in(self, change_user: bytes | None = None) -> bool:
        """Whether the client is logged in; if not, it was told, and nothing that it sends is read any more."""
        sequence = 0
        try:
            step = None if change_user is None else self._login.change_user(change_user)
            while not isinstance(step, Credentials):
                if step is not None:
                    self._channel.write(packet(sequence + 1, step.payload))
                found = self._channel.read()
                if found is None:
                    return False
                sequence, payload = found
                step = self._login.receive(payload)
            self._enter(step)
        except (ProtocolError, UpstreamError) as error:
            self._channel.write(packet(sequence + 1, err_packet_payload(error.number, error.sqlstate, error.message)))
            return False
        self._channel.write(encode.ok(sequence + 1, self._executor.status))
        return True

    def _enter(self, credentials: Credentials) -> None:
        connection = self._server.accounts.open(credentials, self.host, local=self._local)
        executor = self._start(connection, credentials)
        try:
            executor.use(credentials.database or self._server.backend.default_schema)
        except UpstreamError:  # the default one may have been dropped, or be another's
            if credentials.database:
                executor.close()
                raise
        before, self.executor = self.executor, executor
        if before is not None:
            before.close()
        self._statements.clear()
        self.user = credentials.user
        self._dialect = Dialect(self._login.capabilities, 0)

    def _start(self, connection: Connection, credentials: Credentials) -> Executor:
        view = SessionView(
            user=credentials.user,
            host=self.host,
            connection_id=self.id,
            processes=self._processes,
            status=self._server.counters,
            variables=Variables({"time_zone": "+00:00"}),
        )
        connection.set_time_zone("UTC")
        collation = None if credentials.charset is None else collation_numbered(credentials.charset)
        if collation is not None:
            view.variables.set_names(collation.character_set, collation.name)
        return Executor(self._server, connection, view)

    def _processes(self) -> list[Process]:
        """As for an account without PROCESS: one's own."""
        return [session.process() for session in self._server.sessions() if session.user == self.user]

    def process(self) -> Process:
        """A row of SHOW PROCESSLIST; any thread may ask."""
        statement, since = self._statement, self._since
        return Process(
            id=self.id,
            user=self.user,
            host=self.host,
            database=self._executor.database,
            command="Sleep" if statement is None else "Query",
            seconds=round(time.monotonic() - since),
            state="" if statement is None else "executing",
            statement=statement,
        )

    # --- commands -----------------------------------------------------------------------------------------------

    def _one_command(self) -> bool:
        found = self._channel.read()
        if found is None:
            return False
        sequence, payload = found
        if sequence >= 1 and len(payload) < 0xFFFFFF:
            raise ProtocolError(1156, "08S01", "Got packets out of order")
        code = payload[0] if payload else -1
        if code == Com.QUIT:
            return False
        if code == Com.CHANGE_USER:
            return self._log_in(payload)
        if code in (Com.STMT_CLOSE, Com.STMT_SEND_LONG_DATA):  # no reply
            self._statements.silent(code, payload[1:])
            return True
        self.busy = True
        if not self.killed:  # looked at after ``busy`` was set: ``kill`` does both the other way round
            self._answer(self._handlers.get(code), payload[1:])
        self.busy = False
        return True

    def _answer(self, handler: Callable[[bytes, Replies], None] | None, body: bytes) -> None:
        replies = Replies(self._channel, self._dialect)
        executor = self._executor
        self._since = time.monotonic()
        try:
            if handler is None:
                raise UpstreamError(1047, "08S01", "Unknown command")
            handler(body, replies)
        except UpstreamError as error:
            executor.failed(error)
            replies.error(error.number, error.sqlstate, error.message, executor.results_charset)
            if error.number == LOST:
                self.killed = True
        except (OSError, ProtocolError):
            raise
        except Exception as error:
            log.exception("statement_failed", connection=self.id)
            failure = UpstreamError(
                1105, "HY000", f"Internal error of the gateway ({type(error).__name__}); see its log"
            )
            executor.failed(failure)
            replies.error(failure.number, failure.sqlstate, failure.message, executor.results_charset)
        finally:
            self._statement, self._since = None, time.monotonic()

    @property
    def _executor(self) -> Executor:
        assert self.executor is not None
        return self.executor

    def _query(self, body: bytes, replies: Replies) -> None:
        text = body[text_position(body, self._dialect.query_attributes) :]
        executor = self._executor
        sql = executor.decoded(text)
        pieces = statements.split(sql) if self._login.capabilities & MULTI_STATEMENTS else [sql]
        for at, statement in enumerate(pieces):
            self._statement = statements.shown(statement)
            with executor.run(statement) as result:
                self._reply(result, replies, more=at + 1 < len(pieces))

    def _reply(self, result: Result, replies: Replies, *, more: bool = False) -> None:
        executor = self._executor
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
        self._executor.use(self._executor.decoded(body))
        self._ok(body, replies)

    def _ok(self, _body: bytes, replies: Replies) -> None:
        replies.ok(Done(), self._executor.status, warnings=0)

    def _field_list(self, body: bytes, replies: Replies) -> None:
        """COM_FIELD_LIST, which the mysql client completes names with: column definitions and an EOF."""
        table = self._executor.decoded(body.split(b"\0", 1)[0])
        quoted = table.replace("`", "``")
        with self._executor.run(f"SELECT * FROM `{quoted}` LIMIT 0") as result:
            if not isinstance(result, Done):
                replies.fields(result, self._executor.results_charset)
                result.close()
        replies.end_of_rows(self._executor.status, warnings=0)

    def _statistics(self, _body: bytes, replies: Replies) -> None:
        self._channel.write(packet(1, f"Threads: {len(self._server.sessions())}".encode()))

    def _process_kill(self, body: bytes, replies: Replies) -> None:
        self._server.kill(int.from_bytes(body[:4], "little"), self.user, connection=True)
        self._ok(body, replies)

    def _set_option(self, body: bytes, replies: Replies) -> None:
        if int.from_bytes(body[:2], "little"):
            self._login.capabilities &= ~MULTI_STATEMENTS
        else:
            self._login.capabilities |= MULTI_STATEMENTS
        replies.end_of_rows(self._executor.status, warnings=0)

    def _reset(self, body: bytes, replies: Replies) -> None:
        self._statements.clear()
        self._executor.reset()
        self._ok(body, replies)

    # --- prepared statements ------------------------------------------------------------------------------------

    def _prepare(self, body: bytes, replies: Replies) -> None:
        executor = self._executor
        text = executor.decoded(body)
        executor.check(text)
        prepared = self._statements.add(text)
        self._channel.write(encode.prepare_ok(prepared.id, prepared.parameters, self._dialect, executor.status))

    def _execute(self, body: bytes, replies: Replies) -> None:
        executor = self._executor
        prepared = self._known(body, "mysqld_stmt_execute")
        replies.binary = True
        text = prepared.bound(body, self._dialect.query_attributes, executor.client_charset.codec)
        self._statement = statements.shown(text)
        with executor.run(text) as result:
            self._reply(result, replies)

    def _reset_statement(self, body: bytes, replies: Replies) -> None:
        self._known(body, "mysqld_stmt_reset").reset()
        self._ok(body, replies)

    def _known(self, body: bytes, command: str) -> Prepared:
        number = int.from_bytes(body[:4], "little")
        prepared = self._statements.get(number)
        if prepared is None:
            raise UpstreamError(1243, "HY000", f"Unknown prepared statement handler ({number}) given to {command}")
        return prepared
