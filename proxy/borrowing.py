"""The client's own upstream session in the hands of the gateway: taken, spoken to, and given back as it was.

It is taken with the marker, which waits until the upstream is idle, and given back only when every reply that was asked
for has been read to its end: a cancelled statement leaves the session in step.
"""

import asyncio
import re
from typing import TYPE_CHECKING, Any

from plugins import AskwireError, ErrorCode, ResultSet, UpstreamError
from proxy.replies import Follower, Replies, Sink, fail
from proxy.results import MustSucceed, decoded, raise_for
from proxy.routing import outer_select
from proxy.scratch import Scratch
from proxy.trial import COMMIT, READ_ONLY, READ_WRITE, Trial
from proxy.wire.capabilities import Dialect
from proxy.wire.charsets import Charset, charset
from proxy.wire.commands import Com
from proxy.wire.ends import AUTOCOMMIT, IN_TRANSACTION
from proxy.wire.errors import ProtocolError
from proxy.wire.marker import Marker
from proxy.wire.packets import packet
from proxy.wire.reply import Reply, Summary

if TYPE_CHECKING:
    from proxy.relay import Relay

# Longer than an idle upstream takes for the marker; a busy one gets the probe too, which does no harm.
PROBE_AFTER_S = 0.25
_HINTS = re.compile(r"\s*+/\*\+")
LOST = UpstreamError(1158, "08S01", "Lost connection to the database during a gateway statement")


class Borrowing:
    """I/O only; what a statement may do with it is ``Borrowed``'s."""

    def __init__(self, relay: "Relay") -> None:
        self._relay = relay
        self._replies = Replies(relay.upstream)
        self._marker: Marker | None = None
        self._acquired: asyncio.Future[None] | None = None
        self._watched: list[asyncio.Future[Any]] = []
        self._asks_ahead = False
        self.heard = b""
        self.results_charset = charset(None)
        self._client_charset = charset(None)
        self.client_charset_name = ""
        self._status = AUTOCOMMIT
        self.reads_only = False  # the caller's own SET SESSION TRANSACTION READ ONLY
        self._wrapped = False  # the session was made to read only and is to be given back as it was
        self._trial: Trial | None = None
        self._scratch: Scratch | None = None
        self._account = ""
        self._database: str | None = None

    @property
    def in_transaction(self) -> bool:
        return bool(self._status & IN_TRANSACTION)

    @property
    def status(self) -> int:
        """Status flags for the gateway's own OK and EOF packets."""
        return self._status

    @status.setter
    def status(self, status: int) -> None:
        self._status = status

    @property
    def wire(self) -> Dialect:
        """How replies look."""
        return self._relay.dialect

    def reply(self, *, decode: int = 0) -> Reply:
        """To follow the reply to a command."""
        return Reply(self._relay.dialect, decode=decode)

    @property
    def client_charset(self) -> Charset:
        return self._client_charset

    @property
    def acquired(self) -> bool:
        return self._acquired is not None and self._acquired.done()

    def resume(self, before: "Borrowing") -> None:
        """As ``acquire``, where the upstream is idle and its session as ``before`` left it."""
        self._acquired = asyncio.get_running_loop().create_future()
        self._acquired.set_result(None)
        self._relay.upstream_leg.listener = self._to_followers
        self._account, self._database, self._status = before._account, before._database, before._status
        self.client_charset_name, self._client_charset = before.client_charset_name, before._client_charset
        self.results_charset, self.reads_only = before.results_charset, before.reads_only

    async def unchanged(self, sql: str) -> ResultSet:
        """Read something about the database for whoever changes results, past them. Raises ``UpstreamError``."""
        reply = self.reply(decode=100_000)
        await self.exchange((self.command(sql), reply))
        raise_for(reply.summary.error, self.results_charset)
        return decoded(reply.summary, self.results_charset)

    async def acquire(self, ahead: bytes = b"") -> None:
        """Wait until the upstream has answered everything before, then read the session's state.

        ``ahead``: commands to send before it, only where the upstream is idle: ``heard`` is what it replied.
        """
        self._asks_ahead = bool(ahead)
        marker = self._marker = Marker(self._relay.dialect, f"{self._transaction_variables}_read_only")
        self._acquired = asyncio.get_running_loop().create_future()
        self._relay.upstream_leg.listener = self._to_marker
        self._relay.upstream.write(ahead + self.command(marker.question))
        # By a timer, so that the probe is sent although whoever waits here is cancelled: ``settle`` relies on it.
        asyncio.get_running_loop().call_later(PROBE_AFTER_S, self._probe, marker, self._acquired)
        await asyncio.shield(self._acquired)

    def _probe(self, marker: Marker, acquired: asyncio.Future[None]) -> None:
        if not acquired.done() and not self._relay.upstream.is_closing():
            self._relay.upstream.write(marker.probe())

    def _state_from(self, summary: Summary) -> None:
        if not summary.rows:
            raise ProtocolError(1835, "HY000", "The upstream's answer about the session has no row")
        _, account, database, client, results, reads_only = summary.rows[0]
        self.client_charset_name = (client or b"").decode("ascii", "replace")
        self._client_charset = charset(self.client_charset_name)
        self.results_charset = charset((results or b"").decode("ascii", "replace") if results else None)
        self._account = (account or b"").decode("utf-8", "backslashreplace")
        self._database = None if database is None else database.decode("utf-8", "backslashreplace")
        self._status = summary.status
        self.reads_only = reads_only == b"1"
        if self._relay.observer is not None:
            self._relay.observer.synchronised(database, self._client_charset.codec)

    def command(self, sql: str) -> bytes:
        """A COM_QUERY packet, in the session's character set. Raises ``AskwireError``."""
        attributes = b"\x00\x01" if self._relay.dialect.query_attributes else b""
        return packet(0, bytes([Com.QUERY]) + attributes + self.encoded(sql))

    def encoded(self, sql: str) -> bytes:
        """``sql`` in the session's character set. Raises ``AskwireError``."""
        codec = self._client_charset.codec
        text = sql.encode(codec, "replace")
        # There and back, because some codecs write one character as another: Shift JIS makes a yen sign a backslash,
        # which would end a string literal elsewhere than where it was checked.
        if text.decode(codec, "replace") != sql:
            raise AskwireError(
                ErrorCode.NO_VALID_SQL, f"The SQL has characters that this session's character set lacks: {sql}"
            )
        return text

    def with_time_limit(self, sql: str, seconds: float | None) -> str:
        """``sql`` such that the upstream itself stops it after ``seconds``; MySQL can stop queries only."""
        if seconds is None:
            return sql
        milliseconds = max(1, round(seconds * 1000))  # 0 would mean that there is no limit
        if self._relay.login.is_mariadb or self._relay.hub.server is not None:
            return f"SET STATEMENT max_statement_time={milliseconds / 1000:.3f}, sql_select_limit=DEFAULT FOR {sql}"
        at = outer_select(sql)
        if at is None:
            return sql
        hint = f"MAX_EXECUTION_TIME({milliseconds})"
        if begun := _HINTS.match(sql, at):  # only the first comment with hints counts
            return f"{sql[: begun.end()]} {hint}{sql[begun.end() :]}"
        return f"{sql[:at]} /*+ {hint} */{sql[at:]}"

    @property
    def _transaction_variables(self) -> str:
        """What the names of the variables of SET TRANSACTION begin with."""
        login = self._relay.login
        return "tx" if login.is_mariadb or login.server_version.startswith("5.") else "transaction"

    @property
    def isolation_variable(self) -> str:
        return f"{self._transaction_variables}_isolation"

    async def begin(self) -> None:
        """Nothing writes until ``ending``, unless a transaction of the caller is open. Raises ``UpstreamError``."""
        if self.in_transaction or (self._trial is not None and self._trial.open):
            return
        self._wrapped = True
        reply = self.reply()
        await self.exchange((self.command(READ_ONLY), reply))
        raise_for(reply.summary.error, self.results_charset)

    def ending(self) -> list[tuple[bytes, Follower]]:
        """What ends that, to be sent right behind the last statement: it takes effect whatever becomes of the task."""
        if not self._wrapped:
            return []
        self._wrapped = False
        commands = [COMMIT] if self.reads_only else [COMMIT, READ_WRITE]
        return [(self.command(sql), MustSucceed(self._relay.dialect)) for sql in commands]

    async def exchange(self, *asked: tuple[bytes, Follower], sink: Sink | None = None) -> None:
        """Send commands at once and read their replies; ``sink`` gets the packets of the first reply as they come."""
        if self._relay.upstream.is_closing():
            raise LOST
        if not self._relay.turn.lends_to(self):
            raise AskwireError(ErrorCode.INTERNAL, "The statement is over: the session is the client's again")
        await self._replies.ask(*asked, sink=sink)

    async def settle(self) -> None:
        """Wait until no reply is outstanding and the session is as it was.

        Raises ``UpstreamError`` and ``ProtocolError`` when the upstream is lost.
        """
        if self._acquired is not None:
            await self._acquired
        if self._relay.upstream.is_closing():
            raise LOST
        if ending := self.ending():
            await self.exchange(*ending)
        for work in (self._trial, self._scratch):
            if work is not None:
                await work.end()
        await self.idle()

    async def idle(self) -> None:
        """Wait until no reply is outstanding."""
        await self._replies.idle()

    def lost(self) -> bytes:
        """The upstream is gone: whoever waits gets an error. Returns bytes that are the client's."""
        held = b""
        if self._acquired is not None and not self._acquired.done():
            held = self._marker.unclaimed() if self._marker and not self._asks_ahead else b""
            fail(self._acquired, LOST)
        self._replies.fail(LOST)
        for waiting in self._watched:
            fail(waiting, LOST)
        return held

    def fail_when_lost(self, future: asyncio.Future[Any]) -> None:
        """``future`` gets an ``UpstreamError`` when the upstream goes away."""
        self._watched.append(future)

    def _to_marker(self, data: bytes) -> None:
        assert self._marker is not None
        assert self._acquired is not None
        try:
            before = self._marker.feed(data)
            if before and self._asks_ahead:
                self.heard += before
            elif before:
                self._relay.client.write(before)
                if self._relay.observer is not None:
                    self._relay.observer.received(before)
                self._relay.awaiting = False
            if not self._marker.done:
                return
            self._relay.upstream_leg.listener = self._to_followers
            raise_for(self._marker.error or self._marker.summary.error, self.results_charset)
            self._state_from(self._marker.summary)
        except UpstreamError as error:
            fail(self._acquired, error)
        except ProtocolError as error:
            self._relay.out_of_step(error)
        else:
            self._acquired.set_result(None)

    def _to_followers(self, data: bytes) -> None:
        try:
            self._replies.feed(data)
        except ProtocolError as error:
            self._relay.out_of_step(error)
