"""When a silent client's session is lent, and what ends that; the upstream and the plugins are scripted."""

import asyncio
from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any

import pytest

from plugins import AskwireError, ErrorCode, UpstreamError
from proxy import idle as module
from proxy.idle import TRIES, Idle
from proxy.wire.commands import Com
from proxy.wire.ends import IN_TRANSACTION
from proxy.wire.errors import ProtocolError
from tests.proxy.legs import ERROR, OK, Wire


class Session:
    """The upstream's session: notes what is done with it; ``fails`` where it is told to."""

    id = 7

    def __init__(self, fails: dict[str, BaseException]) -> None:
        self.done: list[str] = []
        self.in_transaction = False
        self._fails = fails

    async def acquire(self) -> None:
        self._do("acquire")

    async def settle(self) -> None:
        self._do("settle")

    async def database_selected(self, session: "Session") -> None:
        assert session is self
        self._do("selected")

    async def session_idle(self, session: "Session") -> None:
        assert session is self
        self._do("diagnosed")

    def _do(self, what: str) -> None:
        self.done.append(what)
        if what in self._fails:
            raise self._fails[what]


class Relay:
    """What ``Idle`` needs of one: a client that has its reply, and whose statement may be diagnosed."""

    def __init__(self, **fails: BaseException) -> None:
        self.session = Session(fails)
        self.busy, self.between_commands, self.client_gone = False, True, False
        self.prepares = True
        self.unnoticed = True
        self.looks = self.interrupted = 0
        self.taken: asyncio.Task[None] | None = None

    @property
    def hub(self) -> Any:
        return SimpleNamespace(prepares=self.prepares, plugins=self.session)

    @property
    def turn(self) -> Any:
        return SimpleNamespace(take=self._take, borrow=lambda: self.session, interrupt=self._interrupt)

    def _take(self, work: Coroutine[Any, Any, None]) -> None:
        self.taken = asyncio.get_running_loop().create_task(work)

    def _interrupt(self) -> None:
        self.interrupted += 1

    def idle(self) -> Idle:
        made = Idle(self)  # type: ignore[arg-type]

        def unnoticed() -> bool:
            self.looks += 1
            return self.unnoticed

        made.unnoticed = unnoticed  # type: ignore[method-assign]
        return made


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SILENT_S", "SILENT_BEFORE_DIAGNOSIS_S", "AGAIN_S"):
        monkeypatch.setattr(module, name, 0)


async def turns(count: int = 5 * TRIES) -> None:
    """Of the event loop: every timer here is due at once."""
    for _ in range(count):
        await asyncio.sleep(0)


# --- when


async def test_a_database_was_selected() -> None:
    relay = Relay()
    idle = relay.idle()
    idle.database_selected()
    assert relay.taken is None, "the client must be silent for a while"
    await turns()
    assert relay.session.done == ["acquire", "selected", "settle"]
    assert idle.lending  # until the relay has its session back
    assert relay.looks == 0


async def test_nobody_wants_to_prepare() -> None:
    relay = Relay()
    relay.prepares = False
    relay.idle().database_selected()
    await turns()
    assert relay.taken is None


async def test_a_plugin_has_asked_for_it() -> None:
    relay = Relay()
    relay.idle().offer_to_diagnose()
    await turns()
    assert relay.session.done == ["acquire", "diagnosed", "settle"]


async def test_both_at_once() -> None:
    relay = Relay()
    idle = relay.idle()
    idle.offer_to_diagnose()
    idle.database_selected()
    await turns()
    assert relay.session.done == ["acquire", "selected", "diagnosed", "settle"]


async def test_what_it_was_lent_for_is_done_with() -> None:
    relay = Relay()
    idle = relay.idle()
    for ask, did in ((idle.database_selected, "selected"), (idle.offer_to_diagnose, "diagnosed")) * 2:
        relay.session.done.clear()
        ask()
        await turns()
        assert relay.session.done == ["acquire", did, "settle"]


@pytest.mark.parametrize("obstacle", [{"busy": True}, {"between_commands": False}])
async def test_it_waits_until_the_client_has_its_reply(obstacle: dict[str, bool]) -> None:
    relay = Relay()
    for name, value in obstacle.items():
        setattr(relay, name, value)
    relay.idle().database_selected()
    await turns()
    assert relay.taken is None
    for name, value in obstacle.items():
        setattr(relay, name, not value)
    await turns()
    assert relay.session.done == ["acquire", "selected", "settle"]


async def test_where_the_client_would_notice_it_is_looked_at_again_but_not_for_ever() -> None:
    relay = Relay()
    relay.unnoticed = False
    idle = relay.idle()
    idle.offer_to_diagnose()
    await turns()
    assert (relay.looks, relay.taken) == (TRIES, None)
    relay.unnoticed = True
    await turns()
    assert relay.taken is None
    idle.offer_to_diagnose()
    await turns()
    assert relay.session.done == ["acquire", "diagnosed", "settle"]


async def test_a_transaction_that_was_begun_meanwhile_is_not_disturbed() -> None:
    relay = Relay()
    relay.session.in_transaction = True
    relay.idle().offer_to_diagnose()
    await turns()
    assert relay.session.done == ["acquire", "settle"]


async def test_a_session_that_ends_is_not_lent() -> None:
    relay = Relay()
    idle = relay.idle()
    idle.database_selected()
    idle.end()
    idle.end()
    idle.offer_to_diagnose()
    await turns()
    assert relay.taken is None


async def test_only_what_was_lent_makes_way() -> None:
    relay = Relay()
    idle = relay.idle()
    idle.client_spoke()
    assert relay.interrupted == 0
    idle.database_selected()
    await turns()
    idle.client_spoke()
    assert relay.interrupted == 1


# --- how it ends


LOST = [UpstreamError(1158, "08S01", "lost"), ProtocolError(1835, "HY000", "malformed")]
ENDS = [asyncio.CancelledError(), AskwireError(ErrorCode.INTERNAL, "over"), *LOST]


@pytest.mark.parametrize(
    ("where", "failure"),
    [*(("acquire", e) for e in ENDS), *(("selected", e) for e in ENDS), *(("settle", e) for e in LOST)],
)
async def test_nobody_sees_how_it_ends(where: str, failure: BaseException) -> None:
    """The session is settled in any case; the relay hears of an upstream that is lost by itself."""
    relay = Relay(**{where: failure})
    relay.idle().database_selected()
    await turns()
    assert relay.taken is not None
    await relay.taken
    assert relay.session.done[-1] == "settle"


async def test_nothing_is_settled_for_a_client_that_is_gone() -> None:
    relay = Relay(selected=asyncio.CancelledError())
    relay.client_gone = True
    relay.idle().database_selected()
    await turns()
    assert relay.taken is not None
    assert relay.taken.cancelled()
    assert relay.session.done == ["acquire", "selected"]


async def test_a_fault_of_ours_is_no_secret() -> None:
    relay = Relay(selected=ZeroDivisionError())
    relay.idle().database_selected()
    await turns()
    assert relay.taken is not None
    assert isinstance(relay.taken.exception(), ZeroDivisionError)


# --- whether the client would notice


def settled(sql: str, reply: bytes = OK, *, status: int = 2, warnings: int = 0) -> Idle:
    """After ``sql``, whose reply is over by what it said."""
    wire = Wire()
    wire.query(sql, reply)
    wire.observer.settle(status, warnings)
    return Idle(wire.relay)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "  (select 1) union (select 2)",
        "SELECT 1 ; \n",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "SHOW TABLES",
        "DESC orders",
        "COMMIT",
        "rollback",
        "SELECT intox, updated, `deleted` FROM t",
    ],
)
def test_after_plain_reads_and_the_end_of_a_transaction(sql: str) -> None:
    assert settled(sql).unnoticed()


@pytest.mark.parametrize(
    "sql",
    [
        "SET @x = 1",
        "UPDATE t SET n = 1",
        "SELECTED",
        "SELECT SQL_CALC_FOUND_ROWS id FROM t LIMIT 1",
        "SELECT id INTO @x FROM t",
        "SELECT id FROM t INTO OUTFILE '/tmp/x'",
        "WITH a AS (SELECT 1) UPDATE t, a SET n = 1",
        "with a as (select 1) delete from t",
        "SELECT 1; UPDATE t SET n = 1",
        "COMMIT; INSERT t VALUES (1)",
        "SELECT 1;;SELECT 2",
        "(" * 50_000,
        "SELECT " + "; " * 50_000,
    ],
    ids=lambda sql: sql[:50],
)
def test_not_where_the_counts_of_rows_would_be_others(sql: str) -> None:
    assert not settled(sql).unnoticed()


@pytest.mark.parametrize(
    "idle",
    [
        settled("SELECT 1", status=2 | IN_TRANSACTION),
        settled("SELECT 1 / 0", warnings=1),
        settled("SELECT nothing", ERROR),
    ],
    ids=["transaction", "warnings", "error"],
)
def test_not_in_a_transaction_nor_behind_warnings_or_an_error(idle: Idle) -> None:
    assert not idle.unnoticed()


def test_not_before_the_reply_is_known_to_be_over() -> None:
    wire = Wire()
    wire.query("SELECT 1")
    assert not Idle(wire.relay).unnoticed()
    wire.observer.settle(2, 0)
    assert Idle(wire.relay).unnoticed()
    wire.query("SELECT 2")
    assert not Idle(wire.relay).unnoticed(), "the client went on"


def test_not_behind_a_prepared_statement() -> None:
    wire = Wire()
    wire.command(Com.STMT_EXECUTE, b"SELECT a")  # numbers that look so
    wire.observer.settle(2, 0)
    assert not Idle(wire.relay).unnoticed()


def test_not_where_nobody_looks() -> None:
    wire = Wire()
    wire.relay.observer = None
    assert not Idle(wire.relay).unnoticed()
