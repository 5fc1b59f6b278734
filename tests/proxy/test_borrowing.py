"""Taking the upstream's session, speaking to it and giving it back; the upstream's bytes are scripted."""

import asyncio
import re
from types import SimpleNamespace
from typing import Any

import pytest
from mysql_mimic.types import Capabilities

from plugins import AskwireError, ErrorCode, UpstreamError
from proxy import borrowing as module
from proxy.borrowing import LOST, Borrowing
from proxy.trial import COMMIT, READ_ONLY, READ_WRITE
from proxy.wire.capabilities import Dialect
from proxy.wire.commands import Com
from proxy.wire.ends import AUTOCOMMIT, IN_TRANSACTION
from proxy.wire.errors import ProtocolError
from tests.proxy.wire.peers import frame
from tests.proxy.wire.replies import DIALECTS, Row, end, err, ok, packets, result

DIALECT = DIALECTS["deprecate_eof"]
NAMES = [b"a", b"b", b"c", b"d", b"e", b"f"]
STATE = (b"app@%", b"shop", b"utf8mb4", b"utf8mb4", b"0")


class Side:
    """A connection: what was written to it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closing = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.closing


class Upstream(Side):
    """What comes from it goes to whoever listens."""

    def __init__(self) -> None:
        super().__init__()
        self.leg: Any = SimpleNamespace(listener=None)

    def nonce(self) -> bytes:
        """Of the marker that was asked last."""
        found = re.findall(rb"x'([0-9a-f]{32})'", b"".join(self.written))
        return bytes.fromhex(found[-1].decode())

    def says(self, data: bytes) -> None:
        self.leg.listener(data)

    def state(self, row: Row = STATE, status: int = AUTOCOMMIT) -> bytes:
        return b"".join(packets(result(DIALECT, NAMES, [(self.nonce(), *row)], end(DIALECT, status))))


class Relay:
    """What a ``Borrowing`` needs of one."""

    def __init__(self, server_version: str = "10.11.6-MariaDB", server: object = None) -> None:
        self.upstream, self.client = Upstream(), Side()
        self.upstream_leg = self.upstream.leg
        self.dialect = DIALECT
        self.awaiting = True
        self.observer: Any = None
        self.login: Any = SimpleNamespace(is_mariadb="MariaDB" in server_version, server_version=server_version)
        self.hub: Any = SimpleNamespace(server=server)
        self.turn: Any = SimpleNamespace(lends_to=lambda session: self.lent)
        self.lent = True
        self.broken: list[ProtocolError] = []

    def out_of_step(self, error: ProtocolError) -> None:
        self.broken.append(error)

    def borrow(self) -> Borrowing:
        return Borrowing(self)  # type: ignore[arg-type]


@pytest.fixture
def relay() -> Relay:
    return Relay()


async def begun(work: Any) -> "asyncio.Task[Any]":
    task = asyncio.create_task(work)
    await asyncio.sleep(0)
    return task


async def acquired(relay: Relay, row: Row = STATE, status: int = AUTOCOMMIT) -> Borrowing:
    session = relay.borrow()
    task = await begun(session.acquire())
    relay.upstream.says(relay.upstream.state(row, status))
    await task
    relay.upstream.written.clear()
    return session


def texts(relay: Relay) -> list[str]:
    """The commands that went up since, all COM_QUERY."""
    data, found = b"".join(relay.upstream.written), []
    while data:
        size = 4 + int.from_bytes(data[:3], "little")
        assert data[4] == Com.QUERY
        found.append(data[5:size].decode())
        data = data[size:]
    return found


# --- taken


async def test_what_comes_before_the_answer_is_the_clients(relay: Relay) -> None:
    session = relay.borrow()
    task = await begun(session.acquire())
    before = b"".join(packets(result(DIALECT, [b"n"], [(b"1",)])))
    stream = before + relay.upstream.state(status=IN_TRANSACTION)
    for byte in stream:
        relay.upstream.says(bytes([byte]))
    await task
    assert b"".join(relay.client.written) == before
    assert session.acquired
    assert session.in_transaction
    assert (session.client_charset.codec, session.client_charset_name) == ("utf-8", "utf8mb4")
    assert not session.reads_only
    assert not relay.awaiting


async def test_the_observer_sees_what_the_client_gets_and_learns_the_state(relay: Relay) -> None:
    told: list[tuple[object, ...]] = []
    relay.observer = SimpleNamespace(
        received=lambda data: told.append(("received", data)),
        synchronised=lambda database, codec: told.append(("synchronised", database, codec)),
    )
    session = relay.borrow()
    task = await begun(session.acquire())
    relay.upstream.says(frame(1, ok()) + relay.upstream.state((b"a@b", None, b"latin1", None, b"1")))
    await task
    assert told == [("received", frame(1, ok())), ("synchronised", None, "cp1252")]
    assert session.reads_only
    assert session.results_charset.codec == "utf-8"  # NULL: nothing is converted


async def test_what_was_sent_ahead_is_the_gateways(relay: Relay) -> None:
    session = relay.borrow()
    task = await begun(session.acquire(session.command("SHOW WARNINGS")))
    assert texts(relay)[0] == "SHOW WARNINGS"
    reply = b"".join(packets(result(DIALECT, [b"Level"], [(b"Note",)])))
    relay.upstream.says(reply + relay.upstream.state())
    await task
    assert session.heard == reply
    assert relay.client.written == []


@pytest.mark.parametrize("patient", [True, False])
async def test_a_question_that_fails_is_told_by_the_probe(
    relay: Relay, patient: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The probe goes up although nobody waits any more: the client's next command needs the end of this."""
    monkeypatch.setattr(module, "PROBE_AFTER_S", 0)
    session = relay.borrow()
    task = await begun(session.acquire())
    if not patient:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await asyncio.sleep(0.01)
    probe = relay.upstream.written[-1]
    assert probe[4] == Com.STMT_RESET
    number = int.from_bytes(probe[5:9], "little")
    unknown = b"Unknown prepared statement handler (%d) given to mysqld_stmt_reset" % number
    relay.upstream.says(frame(1, err(1226, b"used up")) + frame(1, err(1243, unknown)))
    waiting = task if patient else asyncio.create_task(session.settle())
    with pytest.raises(UpstreamError, match="used up") as caught:
        await waiting
    assert (caught.value.number, caught.value.sqlstate) == (1226, "42000")
    assert relay.client.written == []


async def test_an_upstream_that_is_gone_gets_no_probe(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROBE_AFTER_S", 0)
    session = relay.borrow()
    task = await begun(session.acquire())
    relay.upstream.closing = True
    await asyncio.sleep(0.01)
    assert len(relay.upstream.written) == 1
    session.lost()
    with pytest.raises(UpstreamError, match="Lost connection"):
        await task


async def test_an_answer_that_breaks_off(relay: Relay) -> None:
    session = relay.borrow()
    task = await begun(session.acquire())
    payloads = result(DIALECT, NAMES, [(relay.upstream.nonce(), *STATE)], err(1317, b"interrupted"))
    relay.upstream.says(b"".join(packets(payloads)))
    with pytest.raises(UpstreamError, match="interrupted"):
        await task


async def test_an_answer_of_too_few_values(relay: Relay) -> None:
    session = relay.borrow()
    task = await begun(session.acquire())
    relay.upstream.says(relay.upstream.state((b"app@%",)))
    assert [(error.number, error.sqlstate) for error in relay.broken] == [(1835, "HY000")]
    assert not session.acquired
    session.lost()
    with pytest.raises(UpstreamError, match="Lost connection"):
        await task


# --- spoken to


@pytest.mark.parametrize(
    ("charset", "sql"),
    [
        (b"latin1", "SELECT '日本'"),
        (b"ascii", "SELECT 'ä'"),
        (b"sjis", "SELECT '¥'"),  # which it writes as a backslash: the quote behind it would be escaped
        (b"utf8mb4", "SELECT '\ud800'"),
    ],
)
async def test_what_the_character_set_lacks_is_not_sent(relay: Relay, charset: bytes, sql: str) -> None:
    session = await acquired(relay, (b"app@%", None, charset, charset, b"0"))
    with pytest.raises(AskwireError, match="lacks") as caught:
        session.command(sql)
    assert caught.value.code is ErrorCode.NO_VALID_SQL


async def test_what_it_has_is_sent_in_it(relay: Relay) -> None:
    session = await acquired(relay, (b"app@%", None, b"gbk", b"gbk", b"0"))
    assert session.command("SELECT '中'")[5:] == b"SELECT '\xd6\xd0'"
    relay.dialect = Dialect(Capabilities.CLIENT_QUERY_ATTRIBUTES)
    assert session.command("SELECT 1")[4:] == b"\3\0\1SELECT 1"  # no query attributes


@pytest.mark.parametrize(
    ("seconds", "limit"), [(2.5, "2.500"), (0.0004, "0.001"), (0.0, "0.001"), (-3.0, "0.001"), (600.0, "600.000")]
)
@pytest.mark.parametrize("relay", [Relay(), Relay("8.4.3", server="own")], ids=["mariadb", "own"])
def test_a_limit_for_one_statement(relay: Relay, seconds: float, limit: str) -> None:
    """0 would be none at all."""
    made = relay.borrow().with_time_limit("SHOW TABLES", seconds)
    assert made == f"SET STATEMENT max_statement_time={limit}, sql_select_limit=DEFAULT FOR SHOW TABLES"


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        ("SELECT 1", "SELECT /*+ HINT */ 1"),
        ("select\n1", "select /*+ HINT */\n1"),
        ("(SELECT 1) UNION (SELECT 2)", "(SELECT /*+ HINT */ 1) UNION (SELECT 2)"),
        ("WITH a AS (SELECT 1 AS n) SELECT n FROM a", "WITH a AS (SELECT 1 AS n) SELECT /*+ HINT */ n FROM a"),
        ("EXPLAIN ANALYZE SELECT 1", "EXPLAIN ANALYZE SELECT /*+ HINT */ 1"),
        ("SELECT /*+ NO_ICP(t) */ n FROM t", "SELECT /*+ HINT NO_ICP(t) */ n FROM t"),
        ("UPDATE t SET n = (SELECT 1)", "UPDATE t SET n = (SELECT 1)"),
        ("SHOW TABLES", "SHOW TABLES"),
    ],
)
def test_a_limit_on_mysql(sql: str, made: str) -> None:
    session = Relay("8.4.3").borrow()
    assert session.with_time_limit(sql, 1.5) == made.replace("HINT", "MAX_EXECUTION_TIME(1500)")
    assert session.with_time_limit(sql, 0.0001) == made.replace("HINT", "MAX_EXECUTION_TIME(1)")
    assert session.with_time_limit(sql, None) == sql


@pytest.mark.parametrize(
    ("version", "variable"),
    [("10.11.6-MariaDB", "tx_isolation"), ("5.7.44", "tx_isolation"), ("8.4.3", "transaction_isolation")],
)
def test_the_names_of_variables(version: str, variable: str) -> None:
    assert Relay(version).borrow().isolation_variable == variable


async def test_a_reading_query_past_whoever_changes_results(relay: Relay) -> None:
    session = await acquired(relay)
    task = await begun(session.unchanged("SELECT email FROM t"))
    assert texts(relay) == ["SELECT email FROM t"]
    relay.upstream.says(b"".join(packets(result(DIALECT, [b"email"], [("ä@b".encode(),)]))))
    assert (await task).rows == (("ä@b",),)
    task = await begun(session.unchanged("SELECT nothing"))
    relay.upstream.says(frame(1, err(1054, b"Unknown column")))
    with pytest.raises(UpstreamError) as caught:
        await task
    assert (caught.value.number, caught.value.sqlstate, caught.value.message) == (1054, "42000", "Unknown column")


async def test_one_that_is_no_longer_lent_is_not_spoken_to(relay: Relay) -> None:
    session = await acquired(relay)
    relay.lent = False
    with pytest.raises(AskwireError, match="the session is the client's again") as caught:
        await session.unchanged("SELECT 1")
    assert caught.value.code is ErrorCode.INTERNAL
    relay.upstream.closing = True
    with pytest.raises(UpstreamError) as lost:
        await session.unchanged("SELECT 1")
    assert (lost.value.number, lost.value.sqlstate) == (1158, "08S01")
    assert relay.upstream.written == []


async def test_bytes_that_nobody_asked_for_break_the_session(relay: Relay) -> None:
    await acquired(relay)
    relay.upstream.says(frame(1, ok()))
    assert "nobody asked for" in relay.broken[0].message


# --- given back


@pytest.mark.parametrize(
    ("row", "status", "first", "last"),
    [
        (STATE, AUTOCOMMIT, [READ_ONLY], [COMMIT, READ_WRITE]),
        ((*STATE[:4], b"1"), AUTOCOMMIT, [READ_ONLY], [COMMIT]),  # the caller's own READ ONLY stays
        (STATE, AUTOCOMMIT | IN_TRANSACTION, [], []),  # the caller's own transaction stays
    ],
)
async def test_nothing_writes_meanwhile(relay: Relay, row: Row, status: int, first: list[str], last: list[str]) -> None:
    session = await acquired(relay, row, status)
    task = await begun(session.begin())
    assert texts(relay) == first
    relay.upstream.written.clear()
    if first:
        relay.upstream.says(frame(1, ok()))
    await task
    task = await begun(session.settle())
    assert texts(relay) == last
    for _ in last:
        assert not task.done()
        relay.upstream.says(frame(1, ok()))
    await task
    assert session.ending() == []


async def test_a_session_that_cannot_be_given_back_is_ended(relay: Relay) -> None:
    """Else the client would go on in a session that only reads."""
    session = await acquired(relay)
    task = await begun(session.begin())
    relay.upstream.says(frame(1, ok()))
    await task
    task = await begun(session.settle())
    relay.upstream.says(frame(1, ok()) + frame(1, err(1568, b"in progress")))
    assert "cannot be given back: in progress" in relay.broken[0].message
    session.lost()
    with pytest.raises(UpstreamError, match="Lost connection"):
        await task


async def test_read_only_that_is_refused(relay: Relay) -> None:
    session = await acquired(relay)
    task = await begun(session.begin())
    relay.upstream.says(frame(1, err(1290, b"not here")))
    with pytest.raises(UpstreamError, match="not here"):
        await task


async def test_a_reply_that_nobody_waits_for_is_read_before_it_is_given_back(relay: Relay) -> None:
    session = await acquired(relay)
    task = await begun(session.unchanged("SELECT SLEEP(9)"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    settling = await begun(session.settle())
    assert not settling.done()
    relay.upstream.says(b"".join(packets(result(DIALECT, [b"n"], [(b"0",)]))))
    await settling


async def test_whoever_waits_hears_that_the_upstream_is_gone(relay: Relay) -> None:
    session = await acquired(relay)
    query = await begun(session.unchanged("SELECT 1"))
    other: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    session.fail_when_lost(other)
    relay.upstream.closing = True
    assert session.lost() == b""
    for waiting in (query, other, asyncio.create_task(session.settle())):
        with pytest.raises(UpstreamError) as caught:
            await waiting
        assert caught.value is LOST


@pytest.mark.parametrize("ahead", [b"", b"ahead"])
async def test_what_was_held_back_is_the_clients_when_it_is_gone(relay: Relay, ahead: bytes) -> None:
    """Unless it answers what the gateway sent ahead."""
    session = relay.borrow()
    task = await begun(session.acquire(ahead))
    relay.upstream.says(b"the last words")
    assert relay.client.written == []
    assert session.lost() == (b"" if ahead else b"the last words")
    with pytest.raises(UpstreamError, match="Lost connection"):
        await task


async def test_the_next_one_goes_on_where_the_one_before_left_it(relay: Relay) -> None:
    before = await acquired(relay, (b"app@%", b"shop", b"latin1", b"latin1", b"1"), IN_TRANSACTION)
    session = relay.borrow()
    session.resume(before)
    await session.settle()
    assert session.acquired
    assert relay.upstream.written == []
    kept = ("status", "reads_only", "client_charset", "client_charset_name", "results_charset")
    assert [getattr(session, name) for name in kept] == [getattr(before, name) for name in kept]
