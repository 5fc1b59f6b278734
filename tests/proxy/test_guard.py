"""The path of a session whose results are changed, command by command; through the gateway: builtin/mask/test_wire."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, cast

import pytest

from plugins import AskwireError, ErrorCode, ResultColumn, ResultSet, UpstreamError
from plugins.transform import CellMask, Checked, SessionFacts, WireColumn
from proxy import guard as module
from proxy.guard import LAST_PREPARED, Guard
from proxy.wire.charsets import charset
from proxy.wire.commands import Com, Command
from proxy.wire.errors import ProtocolError
from proxy.wire.packets import parse_err
from tests.proxy.wire.peers import frame
from tests.proxy.wire.replies import DIALECTS, err, ok, packets, result

DIALECT = DIALECTS["deprecate_eof"]


class Hide:
    """A plan that hides every cell."""

    def masks(self, columns: Sequence[WireColumn]) -> Sequence[CellMask | None]:
        return [lambda _cell: b"***"] * len(columns)


class Transform:
    """A plugin's: keeps what it was asked; refuses texts with ``refuse`` in them."""

    identity = "x"

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, SessionFacts]] = []
        self.plans: tuple[Hide | None, ...] = (Hide(),)

    async def check(self, text: bytes, facts: SessionFacts) -> Checked:
        self.asked.append((text, facts))
        if b"refuse" in text:
            raise AskwireError(ErrorCode.MASKED, "no such thing")
        if b"fault" in text:
            raise ValueError("very secret")
        return Checked(self.plans, settles=text.startswith((b"SET", b"USE")))


class Side:
    """A connection: what was written to it, and whether it was cut."""

    def __init__(self) -> None:
        self.written = b""
        self.aborted = False

    def write(self, data: bytes) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True


class Session:
    """The upstream's session, borrowed: answers with ``replies``, one a command, in order."""

    id = 7
    results_charset = charset("utf8mb4")

    def __init__(self, relay: "Relay") -> None:
        self._relay = relay
        self.acquired = False

    async def acquire(self) -> None:
        self.acquired = True
        self._relay.acquired += 1

    def resume(self, left: "Session") -> None:
        assert left.acquired
        self.acquired = True

    async def unchanged(self, sql: str) -> ResultSet:
        self._relay.unchanged.append(sql)
        return ResultSet((ResultColumn("m", 0xFD),), ((b"strict_all_tables,ansi",),))

    def selected(self, modes: frozenset[str]) -> SessionFacts:
        epoch = len(self._relay.unchanged)
        return SessionFacts(
            self._relay.database, modes, "utf8mb4", "utf-8", "mariadb", epoch, cast(Any, self.unchanged)
        )

    async def exchange(self, asked: tuple[bytes, Any], *, sink: Callable[[list[bytes]], None]) -> None:
        assert self.acquired
        self._relay.sent.append(asked[0])
        ended = False
        for packet in self._relay.replies.pop(0):
            assert not ended
            ended = asked[1].feed(packet)
            sink([packet])
        assert ended


class Turn:
    """The work that has the upstream runs when the test awaits it."""

    def __init__(self, relay: "Relay") -> None:
        self._relay = relay
        self.work: Coroutine[Any, Any, None] | None = None

    def borrow(self) -> Session:
        return Session(self._relay)

    def take(self, work: Coroutine[Any, Any, None], *, own: bool) -> None:
        assert not own
        self.work = work


class Relay:
    dialect = DIALECT

    def __init__(self) -> None:
        self.turn = Turn(self)
        self.client, self.upstream = Side(), Side()
        self.login = type("Login", (), {"connection_id": 7})
        self.database = "shop"
        self.replies: list[list[bytes]] = []
        self.sent: list[bytes] = []
        self.forwarded: list[bytes] = []
        self.unchanged: list[str] = []
        self.acquired = 0
        self.broken: Exception | None = None
        self.transform = Transform()
        self.guard = Guard(cast(Any, self), self.transform)

    def forward(self, raw: bytes) -> None:
        self.forwarded.append(raw)

    def out_of_step(self, error: ProtocolError) -> None:
        self.broken = error

    async def on(self, code: int, body: bytes = b"", *reply: bytes) -> bytes:
        """What the client gets for a command to which the upstream answers so."""
        self.client.written = b""
        if reply:
            self.replies.append(packets(reply))
        self.guard.on(Command(frame(0, bytes([code]) + body)))
        if self.turn.work is not None:
            await asyncio.wait_for(self.turn.work, 5)
            self.turn.work = None
        assert not self.replies
        return self.client.written

    async def prepare(self, text: bytes, number: int = 1) -> None:
        head = b"\0" + number.to_bytes(4, "little") + b"\0\0\0\0\0\0\0"
        assert await self.on(Com.STMT_PREPARE, text, head)


def error_of(written: bytes) -> tuple[int, str]:
    found = parse_err(written[4:])
    return found.number, found.message.decode()


ROWS = result(DIALECT, [b"a"], [[b"secret"]])


@pytest.fixture
def relay() -> Relay:
    return Relay()


async def test_rows_are_changed_on_their_way(relay: Relay) -> None:
    got = await relay.on(Com.QUERY, b"SELECT a", *ROWS)
    assert b"***" in got
    assert b"secret" not in got
    assert [sent[5:] for sent in relay.sent] == [b"SELECT a"]
    text, facts = relay.transform.asked[0]
    assert (text, facts.modes) == (b"SELECT a", {"STRICT_ALL_TABLES", "ANSI"})


async def test_what_is_refused_never_goes_up(relay: Relay) -> None:
    number, message = error_of(await relay.on(Com.QUERY, b"SELECT refuse"))
    assert number == ErrorCode.MASKED.number
    assert message.startswith("no such thing")
    number, _ = error_of(await relay.on(Com.STMT_PREPARE, b"SELECT refuse"))
    assert number == ErrorCode.MASKED.number
    assert relay.sent == []


async def test_a_fault_ends_the_session_and_shows_nothing(relay: Relay) -> None:
    assert await relay.on(Com.QUERY, b"SELECT fault") == b""
    assert relay.upstream.aborted
    assert relay.sent == []


async def test_more_results_than_were_checked(relay: Relay) -> None:
    relay.transform.plans = ()
    got = await relay.on(Com.QUERY, b"SELECT a", *ROWS)
    assert error_of(got) == (1835, "More results came than statements were checked")
    assert b"secret" not in got


async def test_an_upstream_that_breaks_the_protocol(relay: Relay) -> None:
    assert await relay.on(Com.QUERY, b"SELECT a", b"\xfb/etc/passwd") == b""
    assert isinstance(relay.broken, ProtocolError)


async def test_the_session_is_looked_at_once_until_something_may_change_it(relay: Relay) -> None:
    for _ in range(2):
        await relay.on(Com.QUERY, b"SELECT a", *ROWS)
    assert (relay.acquired, len(relay.unchanged)) == (1, 1)
    for code, body in ((Com.QUERY, b"SET @a = 1"), (Com.INIT_DB, b"other"), (Com.RESET_CONNECTION, b"")):
        before = len(relay.unchanged)
        assert await relay.on(code, body, ok()) == frame(1, ok())
        await relay.on(Com.QUERY, b"SELECT a", *ROWS)
        assert len(relay.unchanged) == before + 1
    relay.guard.unsettle()
    await relay.on(Com.PING, b"", ok())
    assert relay.acquired == 5


@pytest.mark.parametrize("code", [0x02, 0x0E, 0x09, 0x1A, 0x1B])
async def test_commands_that_read_no_rows(relay: Relay, code: int) -> None:
    assert await relay.on(code, b"x", ok()) == frame(1, ok())
    assert relay.transform.asked == []


@pytest.mark.parametrize("code", [0x0D, 0x12, 0x15, 0x1E, 0x05, 0x06, 0xFF])
async def test_other_commands_are_unknown(relay: Relay, code: int) -> None:
    """Debug, a replica's binlog, and what no server has."""
    assert error_of(await relay.on(code, b"x")) == (1047, "Unknown command")
    assert relay.sent == []


async def test_a_prepared_statement_means_what_it_meant(relay: Relay) -> None:
    await relay.prepare(b"SELECT a")
    relay.database = "other"
    relay.guard.unsettle()
    got = await relay.on(Com.STMT_EXECUTE, (1).to_bytes(4, "little") + b"\0\1\0\0\0", ok())
    assert got == frame(1, ok())
    (_, prepared), (text, executed) = relay.transform.asked
    assert text == b"SELECT a"
    assert (prepared.database, executed.database) == ("shop", "shop")
    assert executed.epoch > prepared.epoch
    last = LAST_PREPARED.to_bytes(4, "little")
    assert await relay.on(Com.STMT_EXECUTE, last + b"\0\1\0\0\0", ok()) == frame(1, ok())


async def test_statements_that_are_not_known(relay: Relay) -> None:
    await relay.prepare(b"SELECT a", 5)
    unknown = (1243, "Unknown prepared statement handler (6) given to execute")
    assert error_of(await relay.on(Com.STMT_EXECUTE, (6).to_bytes(4, "little"))) == unknown
    five = (5).to_bytes(4, "little")
    no_cursor = (1421, "The statement has no open cursor")
    assert error_of(await relay.on(Com.STMT_FETCH, five + b"\1\0\0\0")) == no_cursor
    await relay.on(Com.STMT_CLOSE, five)
    assert relay.forwarded == [frame(0, bytes([Com.STMT_CLOSE]) + five)]
    assert error_of(await relay.on(Com.STMT_EXECUTE, five))[0] == 1243
    await relay.prepare(b"SELECT a", 5)
    relay.guard.forget()
    for number in (five, LAST_PREPARED.to_bytes(4, "little")):
        assert error_of(await relay.on(Com.STMT_EXECUTE, number))[0] == 1243


async def test_a_statement_that_could_not_be_prepared(relay: Relay) -> None:
    await relay.prepare(b"SELECT a")
    assert error_of(await relay.on(Com.STMT_PREPARE, b"SELECT b", err()))[0] == 1064
    assert error_of(await relay.on(Com.STMT_EXECUTE, LAST_PREPARED.to_bytes(4, "little")))[0] == 1243


@pytest.mark.parametrize(("name", "most"), [("MAX_PREPARED", 1), ("MAX_PREPARED_BYTES", 10)])
async def test_too_many_prepared_statements(
    relay: Relay, monkeypatch: pytest.MonkeyPatch, name: str, most: int
) -> None:
    monkeypatch.setattr(module, name, most)
    await relay.prepare(b"SELECT a")
    number, message = error_of(await relay.on(Com.STMT_PREPARE, b"SELECT b"))
    assert (number, message) == (1461, "Can't create more prepared statements where columns are masked")


async def test_errors_of_its_own_queries(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(_self: Session, _sql: str) -> ResultSet:
        raise UpstreamError(1158, "08S01", "lost")

    monkeypatch.setattr(Session, "unchanged", fails)
    assert error_of(await relay.on(Com.QUERY, b"SELECT a")) == (1158, "lost")
    relay.upstream.aborted = True
    assert await relay.on(Com.QUERY, b"SELECT a") == b""
