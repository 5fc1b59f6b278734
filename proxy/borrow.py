"""A gateway statement's use of the client's own upstream session: the I/O under ``plugins.Session``.

The session is borrowed with the marker, which waits until the upstream is idle, and given back only when every reply
that was asked for has been read to its end: a cancelled statement leaves the session in step.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from plugins import AskwireError, ErrorCode, ResultColumn, ResultSet, UpstreamError
from proxy.wire.charsets import BINARY, Charset, charset
from proxy.wire.commands import Com
from proxy.wire.errors import ProtocolError
from proxy.wire.marker import Marker
from proxy.wire.packets import ErrPacket, packet
from proxy.wire.reply import AUTOCOMMIT, IN_TRANSACTION, Frames, Reply, Summary

if TYPE_CHECKING:
    from proxy.relay import Relay

# SET TRANSACTION, not START TRANSACTION: that would release the caller's LOCK TABLES. COMMIT ends what an
# implicit transaction may have begun, and takes the access mode back; it does not release table locks.
READ_ONLY = "SET TRANSACTION READ ONLY"
END = "COMMIT AND NO CHAIN NO RELEASE"
# Longer than an idle upstream takes for the marker; a busy one gets the probe too, which does no harm.
PROBE_AFTER_S = 0.25
LOST = UpstreamError(2013, "HY000", "Lost connection to the upstream during a gateway statement")


class Follower(Protocol):
    """What reads one reply."""

    def feed(self, packet: bytes) -> bool:
        """One packet -> whether the reply ended with it."""


Sink = Callable[[list[bytes]], None]


@dataclass(slots=True)
class _Expected:
    follower: Follower
    sink: Sink | None
    done: asyncio.Future[None]


class Borrowed:
    """Implements ``plugins.Session``."""

    def __init__(self, relay: "Relay") -> None:
        self._relay = relay
        self._frames = Frames()
        self._expected: deque[_Expected] = deque()
        self._marker: Marker | None = None
        self._acquired: asyncio.Future[None] | None = None
        self._watched: list[asyncio.Future[Any]] = []
        self.results_charset = charset(None)
        self._client_charset = charset(None)
        self._status = AUTOCOMMIT
        self._read_only = False  # SET TRANSACTION READ ONLY was sent, and nothing yet that takes it back
        self._account = ""
        self._database: str | None = None

    # --- what plugins see -------------------------------------------------------------------------------------

    @property
    def id(self) -> int:
        return self._relay.login.connection_id

    @property
    def account(self) -> str:
        return self._account

    @property
    def database(self) -> str | None:
        return self._database

    @property
    def upstream(self) -> str:
        return self._relay.hub.settings.upstream

    @property
    def server_version(self) -> str:
        return self._relay.login.server_version

    @property
    def dialect(self) -> str:
        return "mysql"

    @property
    def in_transaction(self) -> bool:
        return bool(self._status & IN_TRANSACTION)

    @property
    def schema_epoch(self) -> int:
        return self._relay.hub.schema_epoch

    @property
    def state(self) -> dict[str, Any]:
        return self._relay.state

    async def query(self, sql: str, *, time_limit_s: float | None = None, max_rows: int = 10_000) -> ResultSet:
        """See ``plugins.Session``."""
        reply = Reply(self._relay.dialect, decode=max_rows)
        command = self.command(self.with_time_limit(sql, time_limit_s))
        if self.in_transaction:
            await self.exchange((command, reply))
        else:
            ended = Reply(self._relay.dialect)
            await self.read_only()
            await self.exchange((command, reply), self.end(ended))
            raise_for(ended.summary.error, self.results_charset)
        raise_for(reply.summary.error, self.results_charset)
        return self._decoded(reply.summary)

    # --- what the proxy uses ----------------------------------------------------------------------------------

    @property
    def status(self) -> int:
        """Status flags for the gateway's own OK and EOF packets."""
        return self._status

    @property
    def client_charset(self) -> Charset:
        return self._client_charset

    async def acquire(self) -> None:
        """Wait until the upstream has answered everything before, then read the session's state."""
        marker = self._marker = Marker(self._relay.dialect)
        self._acquired = asyncio.get_running_loop().create_future()
        self._relay.upstream_leg.listener = self._to_marker
        self._relay.upstream.write(self.command(marker.question))
        done, _ = await asyncio.wait([self._acquired], timeout=PROBE_AFTER_S)
        if not done and not self._relay.upstream.is_closing():
            self._relay.upstream.write(marker.probe())
        await asyncio.shield(self._acquired)

    def _state_from(self, summary: Summary) -> None:
        _, account, database, client, results = summary.rows[0]
        self._client_charset = charset((client or b"").decode("ascii", "replace"))
        self.results_charset = charset((results or b"").decode("ascii", "replace") if results else None)
        self._account = (account or b"").decode("utf-8", "backslashreplace")
        self._database = None if database is None else database.decode("utf-8", "backslashreplace")
        self._status = summary.status

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
        """``sql`` such that the upstream itself stops it after ``seconds``."""
        if seconds is None:
            return sql
        if self._relay.login.is_mariadb:
            return f"SET STATEMENT max_statement_time={seconds:.3f}, sql_select_limit=DEFAULT FOR {sql}"
        if sql[:7].upper() == "SELECT ":
            return f"SELECT /*+ MAX_EXECUTION_TIME({round(seconds * 1000)}) */ {sql[7:]}"
        return sql

    async def read_only(self) -> None:
        """The next transaction, which may be a single statement, only reads. Raises ``UpstreamError``."""
        reply = Reply(self._relay.dialect)
        self._read_only = True
        await self.exchange((self.command(READ_ONLY), reply))
        raise_for(reply.summary.error, self.results_charset)

    def end(self, reply: Reply) -> tuple[bytes, Follower]:
        """What ``exchange`` takes to end the transaction that ``read_only`` announced."""
        self._read_only = False
        return self.command(END), reply

    async def exchange(self, *asked: tuple[bytes, Follower], sink: Sink | None = None) -> None:
        """Send commands at once and read their replies; ``sink`` gets the packets of the first reply as they come."""
        loop = asyncio.get_running_loop()
        expected = [
            _Expected(follower, sink if index == 0 else None, loop.create_future())
            for index, (_, follower) in enumerate(asked)
        ]
        if self._relay.upstream.is_closing():
            raise LOST
        self._expected += expected
        self._relay.upstream.write(b"".join(command for command, _ in asked))
        await asyncio.shield(expected[-1].done)

    async def settle(self) -> None:
        """Wait until nothing of ours is outstanding. Raises ``UpstreamError`` when the upstream is lost."""
        if self._acquired is not None:
            await self._acquired
        if self._expected:
            await self._expected[-1].done
        if self._read_only:  # broken off in between: the client's next transaction must not be the one that only reads
            await self.exchange(self.end(Reply(self._relay.dialect)))

    def lost(self) -> bytes:
        """The upstream is gone: whoever waits gets an error. Returns bytes that are the client's."""
        held = b""
        if self._acquired is not None and not self._acquired.done():
            held = self._marker.unclaimed() if self._marker else b""
            _fail(self._acquired, LOST)
        for waiting in (*(expected.done for expected in self._expected), *self._watched):
            _fail(waiting, LOST)
        self._expected.clear()
        return held

    def fail_when_lost(self, future: asyncio.Future[Any]) -> None:
        """``future`` gets an ``UpstreamError`` when the upstream goes away."""
        self._watched.append(future)

    def _to_marker(self, data: bytes) -> None:
        assert self._marker is not None
        assert self._acquired is not None
        try:
            before = self._marker.feed(data)
            if before:
                self._relay.client.write(before)
            if not self._marker.done:
                return
            self._relay.upstream_leg.listener = self._to_followers
            raise_for(self._marker.error or self._marker.summary.error, self.results_charset)
            self._state_from(self._marker.summary)
        except (ProtocolError, UpstreamError) as error:
            _fail(self._acquired, error)
        else:
            self._acquired.set_result(None)

    def _to_followers(self, data: bytes) -> None:
        batch: list[bytes] = []
        try:
            for frame in self._frames.feed(data):
                if not self._expected:
                    raise ProtocolError(2027, "HY000", "The upstream sent a packet that nobody asked for")
                current = self._expected[0]
                ended = current.follower.feed(frame)
                if current.sink is not None:
                    batch.append(frame)
                if ended:
                    self._expected.popleft()
                    self._flush(current, batch)
                    current.done.set_result(None)
        except ProtocolError as error:
            self._relay.out_of_step(error)
            return
        if self._expected:
            self._flush(self._expected[0], batch)

    @staticmethod
    def _flush(current: _Expected, batch: list[bytes]) -> None:
        if current.sink is not None and batch:
            current.sink(batch)
            batch.clear()

    def _decoded(self, summary: Summary) -> ResultSet:
        codec = self.results_charset.codec
        columns = tuple(
            ResultColumn(
                name=c.name.decode(codec, "replace"),
                type=c.type,
                schema=c.schema.decode(codec, "replace"),
                table=c.table.decode(codec, "replace"),
            )
            for c in summary.columns
        )
        # Numbers and dates carry the binary collation too; only string types hold bytes.
        raw = [c.character_set == BINARY and c.type >= 0xF9 for c in summary.columns]
        rows = tuple(
            tuple(v if v is None or raw[i] else v.decode(codec, "replace") for i, v in enumerate(row))
            for row in summary.rows
        )
        return ResultSet(columns, rows, truncated=summary.row_count > len(rows))


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()  # it may have no reader left; that is no fault worth a log line


def raise_for(error: ErrPacket | None, results: Charset) -> None:
    """Raise an ERR packet as ``UpstreamError``."""
    if error is not None:
        raise UpstreamError(error.number, error.sqlstate or "HY000", error.message.decode(results.codec, "replace"))
