"""What an operator sees and does in one process, as JSON."""

import json
import time
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from proxy.admin.control import STATEMENT_CHARS, Control, answer
from proxy.turn import Running


@dataclass
class Server:
    """The gateway's own: notes whom it was told to stop."""

    told: list[tuple[int, str, bool]] = field(default_factory=list)

    def killed(self, number: int, by: str, *, connection: bool) -> None:
        self.told.append((number, by, connection))


@dataclass
class Session:
    """A relay."""

    number: int
    user: bytes = b"app"
    database: bytes | None = b"shop"
    busy: bool = False
    awaiting: bool = False
    running: Running | None = None
    stops: bool = False  # a gateway statement that can be interrupted
    peer: str = "127.0.0.1:9"
    since: float = 0.0
    aborted: bool = False

    @property
    def login(self) -> Any:
        return SimpleNamespace(connection_id=self.number, user=self.user, database=self.database)

    @property
    def turn(self) -> Any:
        return SimpleNamespace(running=self.running, interrupt=lambda: self.stops)

    def abort(self) -> None:
        self.aborted = True


def control(*sessions: Session, server: Server | None = None) -> Control:
    hub: Any = SimpleNamespace(sessions={session.number: session for session in sessions}, server=server)
    return Control(hub)


def running(text: str = "ASK 'q'") -> Running:
    return Running("ask", text, time.monotonic() - 5)


# --- sessions


def test_sessions_are_what_json_holds() -> None:
    """Names are the client's: any bytes."""
    made = control(
        Session(9, b"\xff\xfe'; --", database=b"\x80"),
        Session(7, busy=True, running=running("x" * 10_000)),
        Session(8, database=b""),
    )
    first, second, third = json.loads(json.dumps(made.sessions()))
    assert [first["id"], second["id"], third["id"]] == [7, 8, 9]
    assert len(first["statement"]) == STATEMENT_CHARS
    assert first["seconds"] >= 5
    assert (second["database"], second["statement"], second["seconds"]) == (None, None, None)
    assert (third["user"], third["database"]) == ("\ufffd\ufffd'; --", "\ufffd")
    assert third["since"] == "1970-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("session", "state"),
    [
        (Session(7), "idle"),
        (Session(7, awaiting=True), "running"),
        (Session(7, busy=True, awaiting=True), "preparing"),
        (Session(7, busy=True, awaiting=True, running=running()), "answering"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_states(session: Session, state: str) -> None:
    assert control(session).sessions()[0]["state"] == state


def test_counts() -> None:
    made = control(Session(7, busy=True, running=running()), Session(8, busy=True), Session(9))
    assert made.counts() == {"sessions": 3, "statements_running": 1}


# --- ending and cancelling


def test_ending() -> None:
    mine, other = Session(7), Session(8)
    made = control(mine, other)
    assert made.end(7) is True
    assert (mine.aborted, other.aborted) == (True, False)
    assert made.end(9) is False


def test_the_own_server_stops_what_it_does_for_a_session_that_ends() -> None:
    server = Server()
    made = control(Session(7, b"app\xff"), server=server)
    assert made.end(9) is False
    assert made.end(7) is True
    assert server.told == [(7, "app\ufffd", True)]


@pytest.mark.parametrize(
    ("session", "before_mysql", "before_own"),
    [
        (Session(7, busy=True, stops=True, awaiting=True), "cancelled", "cancelled"),
        (Session(7), "idle", "idle"),
        (Session(7, awaiting=True), "database", "cancelled"),
        (Session(7, busy=True), "database", "cancelled"),
    ],
    ids=["gateway statement", "idle", "runs", "ends already"],
)
def test_cancelling(session: Session, before_mysql: str, before_own: str) -> None:
    """What only the database can stop takes rights there; whoever asks goes to it with a log-in of his own."""
    assert control(session).cancel(7) == before_mysql
    server = Server()
    made = control(session, server=server)
    assert made.cancel(7) == before_own
    passed = (session.awaiting or session.busy) and not session.stops
    assert server.told == ([(7, "app", False)] if passed else [])
    assert made.cancel(8) is None


# --- questions of another process


def test_questions() -> None:
    mine = Session(7)
    made = control(mine)
    assert answer(made, {"do": "counts"}) == {"sessions": 1, "statements_running": 0}
    assert answer(made, {"do": "sessions"}) == made.sessions()
    assert answer(made, {"do": "cancel", "number": 7}) == "idle"
    assert answer(made, {"do": "end", "number": 7, "more": 1}) is True
    assert mine.aborted
    assert json.dumps(answer(made, {"do": "metrics"}))


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"do": "hub"},
        {"do": "__class__"},
        {"do": "end"},
        {"do": "end", "number": "7"},
        {"do": "end", "number": None},
        {"do": ["end"], "number": 7},
        {"number": 7},
        [],
        "sessions",
        None,
    ],
)
def test_what_is_no_question(question: Any) -> None:
    session = Session(7)
    with pytest.raises(ValueError, match="no such question"):
        answer(control(session), question)
    assert not session.aborted
