"""What is told of the gateway's own statements, for whoever keeps account of them."""

from dataclasses import dataclass, field, replace
from enum import Enum


@dataclass(slots=True)
class Facts:
    """What a handler knows of its statement; it sets them as soon as it does, since what comes next may fail."""

    question: str = ""
    sql: str = ""  # that ran, or was proposed
    tables: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()  # of documents that were used: the source, with the page or heading
    model: str = ""

    def copy(self) -> "Facts":
        """As they are now."""
        return replace(self)


class Stage(Enum):
    """How far a statement is. Each is told before what it says is done."""

    ASKED = "asked"  # its handler is about to begin
    RUNS = "runs"  # the SQL of a ``Run`` is about to be sent: rows come next
    ANSWERED = "answered"  # the answer, or the end of a ``Run``'s rows, is about to go to the client
    FAILED = "failed"  # an error is
    CANCELLED = "cancelled"  # KILL, a deadline, a client that left, the end of the gateway


@dataclass(frozen=True, slots=True)
class AnsweredStatement:
    """A statement that the gateway answers, at one stage.

    ``withheld``: the text may hold a password, so all texts in which it could stand are empty. ``text`` and the SQL
    have at most 65,536 characters.
    """

    id: str  # the same at every stage
    stage: Stage
    at: float  # seconds since 1970
    upstream: str
    session: int  # the upstream's connection id
    user: str  # as the client logged in
    account: str  # as the upstream knows it, ``user@host``; empty when the upstream was lost before it said so
    client: str  # the client's address
    database: str | None
    name: str  # of the registered ``Statement``
    text: str
    seconds: float  # since the statement came
    withheld: bool = False
    rows: int | None = None  # of the answer, or affected
    error: tuple[int, str, str] | None = None  # number, SQLSTATE, message
    facts: Facts = field(default_factory=Facts)
