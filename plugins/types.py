"""The types that cross package borders: what a handler returns (``Answer``), what is registered and what is shared."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar, cast

from plugins.session import Session
from plugins.upstream import UpstreamError

Value = str | bytes | int | float | None
T = TypeVar("T")


class ColumnKind(Enum):
    """How a column of the gateway's own answer is announced to the client."""

    TEXT = "text"
    INTEGER = "integer"
    REAL = "real"


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: ColumnKind = ColumnKind.TEXT


@dataclass(frozen=True, slots=True)
class Note:
    """A row of SHOW WARNINGS after the statement."""

    message: str
    level: str = "Note"  # Note or Warning
    code: int = 57000

    def __post_init__(self) -> None:
        if not (isinstance(self.message, str) and isinstance(self.level, str) and self.code in range(1 << 16)):
            raise TypeError("a note has a text, a level and a number of 16 bits")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the SQL of a ``Run`` ended."""

    rows: int
    seconds: float
    error: UpstreamError | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that the gateway made itself."""

    columns: tuple[Column, ...]
    rows: Iterable[Sequence[Value]]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """An OK packet."""

    affected_rows: int = 0
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """SQL to run as the client's own statement; its reply is relayed as it streams.

    Where the caller has no transaction open it runs in a READ ONLY one. ``time_limit_s`` is enforced by the
    upstream. ``finished`` is called once, however it ends.
    """

    sql: str
    notes: tuple[Note, ...] = ()
    time_limit_s: float | None = None
    finished: Callable[[Outcome], None] | None = None


Answer = Table | Done | Run


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that a plugin answers.

    A client statement is offered to it when one of these holds, after leading comments and white space:

    - its first words are ``opening`` (``("EXPLAIN", "AI")``; compared without case), or
    - ``marker`` is given and it begins with the comment ``/*marker*/`` (blanks around the marker do not count), or
    - ``function`` is given and it begins with SELECT or WITH and holds ``function(`` outside strings and comments.

    Of several openings the one of most words comes first.
    ``accepts`` then sees the whole text (no trailing semicolon) and may decline; a declined statement is relayed.
    ``handle`` is given the text with every ``?`` placeholder of a prepared statement replaced by a literal.
    It returns an ``Answer`` or raises ``AskwireError`` or ``UpstreamError``; it is cancelled when the client goes
    away, on KILL and when the gateway shuts down.
    """

    name: str
    handle: Callable[[Session, str], Awaitable[Answer]]
    opening: tuple[str, ...] = ()
    marker: str | None = None
    function: str | None = None
    accepts: Callable[[str], bool] = field(default=lambda _text: True)

    def __post_init__(self) -> None:
        if not isinstance(self.opening, tuple) or not all(isinstance(word, str) and word for word in self.opening):
            raise TypeError(f"opening is a tuple of words, such as ('HELLO',), not {self.opening!r}")
        if not all(isinstance(name, str | None) for name in (self.marker, self.function)):
            raise TypeError("marker and function are words")


@dataclass(frozen=True, slots=True)
class StatusItem:
    """A row of SHOW AI STATUS."""

    name: str
    value: str

    def __post_init__(self) -> None:
        if not (isinstance(self.name, str) and isinstance(self.value, str)):
            raise TypeError("a status has two texts")


@dataclass(frozen=True, slots=True)
class Watching:
    """A service of the gateway's, where statements are watched.

    ``tell``: what was seen until now comes to ``askwire_statements_seen`` before it returns, as far as there is time.
    """

    tell: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class SchemaNames:
    """A service of the gateway's: all names of the upstream's default schema, where clients may use several."""

    same: frozenset[str]


class Services:
    """What plugins offer to each other while the gateway runs: one object per type.

    A plugin adds its own in ``askwire_lifespan`` and looks others up by their type.
    """

    def __init__(self) -> None:
        self._by_type: dict[type, object] = {}

    def add(self, service: object) -> None:
        self._by_type[type(service)] = service

    def get(self, kind: type[T]) -> T | None:
        return cast(T | None, self._by_type.get(kind))


Lifespan = AbstractAsyncContextManager[None]
