"""What the sessions of a process share: who is there, who may be interrupted, and what is told of statements."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from conf.metrics import REGISTRY
from conf.settings import Settings
from plugins import Answer, AskwireError, Done, ErrorCode, Note, Run, Stage, Statement, Table, UpstreamError
from proxy.hub import Event, Hub, SessionClosed, SessionOpened, StatementAnswered
from proxy.relay import Relay
from proxy.turn import Running

SETTINGS = Settings(upstream="mysql://127.0.0.1:3306", model={"name": "none"})


@dataclass
class Killing:
    """The gateway's own server, or the other workers: notes whom it is to kill and who is gone."""

    told: list[tuple[object, ...]] = field(default_factory=list)

    def kill(self, number: int) -> None:
        self.told.append((number,))

    def killed(self, number: int, by: str, *, connection: bool) -> None:
        self.told.append((number, by, connection))

    def gone(self, number: int) -> None:
        self.told.append(("gone", number))


@dataclass
class Plugins:
    """Adds ``added`` to the notes of every answer."""

    annotates: bool = False
    added: tuple[Note, ...] = ()

    async def notes(self, *_given: object) -> tuple[Note, ...]:
        return self.added


def hub(**given: Any) -> tuple[Hub, list[Event]]:
    events: list[Event] = []
    made = Hub(SETTINGS, rsa=None, client_tls=None, upstream_tls=None, listener=events.append, **given)  # type: ignore[arg-type]
    made.plugins = Plugins()  # type: ignore[assignment]
    return made, events


def session(number: int, *, busy: bool = False) -> Any:
    """A relay; its turn counts how often it was interrupted."""
    turn = SimpleNamespace(interrupted=0, running=None)

    def interrupt() -> None:
        turn.interrupted += 1

    turn.interrupt = interrupt
    login = SimpleNamespace(connection_id=number, user=b"app\xff", database=b"")
    return SimpleNamespace(login=login, peer="127.0.0.1:9", busy=busy, turn=turn)


def sample(metric: str, /, **labels: str) -> float:
    return REGISTRY.get_sample_value(metric, labels) or 0.0


# --- who is there


def test_a_session_comes_and_goes() -> None:
    made, events = hub()
    before = sample("askwire_sessions")
    made.entries = 2
    relay = session(7)
    made.opened(relay)
    assert (made.connections, sample("askwire_sessions")) == (3, before + 1)
    made.closed(relay)
    assert (made.connections, sample("askwire_sessions")) == (2, before)
    assert events == [SessionOpened(7, "app\ufffd", None, "127.0.0.1:9"), SessionClosed(7)]


def test_an_id_that_came_again_is_the_newer_session() -> None:
    """After a restart of the upstream; the older one is still about to end."""
    made, _ = hub()
    older, newer = session(7), session(7)
    made.opened(older)
    made.opened(newer)
    made.closed(older)
    assert made.sessions == {7: newer}
    made.closed(newer)
    assert made.sessions == {}


def test_the_own_server_hears_of_clients_that_left() -> None:
    server = Killing()
    made, _ = hub(server=server)
    relay = session(7)
    made.opened(relay)
    made.closed(relay)
    assert server.told == [("gone", 7)]


# --- KILL


def test_here() -> None:
    siblings = Killing()
    made, _ = hub(siblings=siblings)
    made.opened(relay := session(7, busy=True))
    assert made.may_answer(7)
    made.interrupt(7)
    assert relay.turn.interrupted == 1
    assert siblings.told == []


def test_elsewhere() -> None:
    siblings = Killing()
    made, _ = hub(siblings=siblings)
    made.opened(relay := session(7))
    assert not made.may_answer(7), "it is idle"
    assert made.may_answer(8), "of other processes' sessions nothing is known"
    made.interrupt(8)
    assert relay.turn.interrupted == 0
    assert siblings.told == [(8,)]


def test_nowhere() -> None:
    made, _ = hub()
    assert not made.may_answer(8)
    made.interrupt(8)


@pytest.mark.parametrize("user", ["", "app"])
def test_by_another_worker_before_a_server_that_speaks_mysql(user: str) -> None:
    made, _ = hub()
    made.opened(relay := session(7))
    made.killed_elsewhere(7, user, connection=True)
    made.killed_elsewhere(8, user, connection=True)
    assert relay.turn.interrupted == 1


def test_by_another_worker_before_the_own_server() -> None:
    """It looks at who asks; without a user the one who asks was looked at already."""
    server = Killing()
    made, _ = hub(server=server)
    made.opened(relay := session(7))
    made.killed_elsewhere(7, "mallory", connection=True)
    assert (relay.turn.interrupted, server.told) == (0, [(7, "mallory", True)])
    made.killed_elsewhere(7, "", connection=False)
    assert (relay.turn.interrupted, len(server.told)) == (1, 1)


# --- statements


async def answered(
    made: Hub, handler: Callable[[], Awaitable[Answer]], telling: object = None
) -> tuple[Answer | BaseException, Running | None]:
    """What came of a statement of session 7, and what was said to be running meanwhile."""
    running: list[Running | None] = []

    async def handle(_session: object, _text: str) -> Answer:
        relay = made.sessions.get(7)
        running.append(relay.turn.running if relay else None)
        return await handler()

    borrowed: Any = SimpleNamespace(id=7, telling=telling)
    try:
        return await made.handle(Statement("ask", handle, ("ASK",)), borrowed, "ASK 'q'"), running[0]
    except BaseException as error:
        return error, running[0] if running else None


def raises(error: BaseException) -> Callable[[], Awaitable[Answer]]:
    async def fail() -> Answer:
        raise error

    return fail


async def done() -> Answer:
    return Done(3, notes=(Note("own"),))


async def test_an_answer() -> None:
    made, events = hub()
    made.sessions[7] = session(7)
    before = sample("askwire_statements_total", name="ask", outcome="answered")
    answer, running = await answered(made, done)
    assert answer == Done(3, notes=(Note("own"),))
    assert running is not None
    assert (running.name, running.text) == ("ask", "ASK 'q'")
    (event,) = events
    assert isinstance(event, StatementAnswered)
    assert (event.connection_id, event.name, event.text, event.error) == (7, "ask", "ASK 'q'", None)
    assert event.seconds >= 0
    assert sample("askwire_statements_total", name="ask", outcome="answered") == before + 1


@pytest.mark.parametrize(
    ("error", "outcome", "told"),
    [
        (AskwireError(ErrorCode.NO_MODEL, "none"), "no_model", True),
        (UpstreamError(1064, "42000", "wrong"), "upstream_error", True),
        (ValueError("a fault"), "internal", True),
        (asyncio.CancelledError(), "cancelled", False),
    ],
)
async def test_a_failure_passes_and_is_counted(error: BaseException, outcome: str, told: bool) -> None:
    made, events = hub()
    before = sample("askwire_statements_total", name="ask", outcome=outcome)
    running = sample("askwire_statements_running")
    raised, _ = await answered(made, raises(error))
    assert raised is error
    assert sample("askwire_statements_total", name="ask", outcome=outcome) == before + 1
    assert sample("askwire_statements_running") == running
    assert [event.error for event in events if isinstance(event, StatementAnswered)] == [error if told else None]


OWN = (Note("own"),)


@pytest.mark.parametrize(
    "answer", [Done(notes=OWN), Table((), [], OWN), Run("SELECT 1", OWN)], ids=["done", "table", "run"]
)
async def test_plugins_add_notes_behind_the_answers_own(answer: Answer) -> None:
    made, _ = hub()
    made.plugins = Plugins(annotates=True, added=(Note("added"),))  # type: ignore[assignment]

    async def handler() -> Answer:
        return answer

    assert (await answered(made, handler))[0] == replace(answer, notes=(*OWN, Note("added")))


async def test_it_is_told_before_the_handler_begins_and_a_refusal_ends_it() -> None:
    """What cannot be kept account of does not run."""
    told: list[Stage] = []

    async def tell(stage: Stage) -> None:
        told.append(stage)
        raise AskwireError(ErrorCode.AUDIT_UNAVAILABLE, "no room")

    made, events = hub()
    telling = SimpleNamespace(tell=tell, text="")
    raised, running = await answered(made, done, telling)
    assert isinstance(raised, AskwireError)
    assert (told, telling.text, running) == ([Stage.ASKED], "ASK 'q'", None)
    assert [event.error for event in events if isinstance(event, StatementAnswered)] == [raised]


def test_its_own_rows_of_the_status() -> None:
    made, _ = hub()
    made.opened(session(7, busy=True))
    made.opened(session(8))
    made.schema_changed()
    rows = {item.name: item.value for item in made.askwire_status()}
    assert rows.pop("gateway.uptime_s").isdigit()
    assert rows == {
        "gateway.upstream": "mysql://127.0.0.1:3306",
        "gateway.sessions": "2",
        "gateway.statements_running": "1",
        "gateway.schema_epoch": "1",
    }


def test_one_that_nobody_listens_to() -> None:
    made, _ = hub()
    made.listener = None
    relay: Relay = session(7)
    made.opened(relay)
    made.closed(relay)
    assert made.sessions == {}
