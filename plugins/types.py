"""The types that cross package borders: what a handler is given (``Session``) and what it returns (``Answer``)."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol, TypeVar, cast

Value = str | bytes | int | float | None
T = TypeVar("T")


class UpstreamError(Exception):
    """An error that the upstream reported: passed to the client with its own number, SQLSTATE and message."""

    def __init__(self, number: int, sqlstate: str, message: str) -> None:
        super().__init__(message)
        self.number = number
        self.sqlstate = sqlstate
        self.message = message


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column of an upstream's result set, as its column definition packet describes it."""

    name: str
    type: int  # the protocol's column type, e.g. 0xFD VAR_STRING
    schema: str = ""
    table: str = ""  # the original table, empty for an expression


@dataclass(frozen=True, slots=True)
class ResultSet:
    """A decoded text result set: every value as text (``bytes`` where the column is binary), NULL as ``None``."""

    columns: tuple[ResultColumn, ...] = ()
    rows: tuple[tuple[str | bytes | None, ...], ...] = ()
    truncated: bool = False  # more rows came than ``max_rows`` asked for; the rest was read and dropped


class Trial(Protocol):
    """What a handler does inside of ``Session.trial``."""

    async def query(self, sql: str, *, max_rows: int = 10_000) -> ResultSet:
        """Read inside the transaction: what was changed is seen. Raises ``UpstreamError``."""

    async def change(self, sql: str) -> int:
        """Run one INSERT, UPDATE or DELETE; returns the affected rows, as the caller's own statement would tell them.

        Raises ``UpstreamError``, and CANNOT_REHEARSE when the database did not keep it inside the transaction.
        """

    def keep(self) -> None:
        """Do not roll back at the end: commit, or leave it to the caller's own transaction."""

    @property
    def incomplete(self) -> bool:
        """After the end: the database said that not everything could be rolled back."""


class Session(Protocol):
    """One client's own upstream session, lent to a handler for the time of one statement."""

    @property
    def id(self) -> int:
        """The upstream's connection id, as CONNECTION_ID() says it."""

    @property
    def account(self) -> str:
        """The account that the upstream authenticated: CURRENT_USER(), ``user@host``."""

    @property
    def database(self) -> str | None:
        """The selected database."""

    @property
    def upstream(self) -> str:
        """Names the upstream without credentials: ``mysql://127.0.0.1:3306``."""

    @property
    def server_version(self) -> str:
        """As the upstream's greeting says it: ``10.11.6-MariaDB``, ``8.4.3``."""

    @property
    def dialect(self) -> str:
        """The sqlglot dialect of SQL that the upstream takes: ``mysql``."""

    @property
    def in_transaction(self) -> bool:
        """The caller has a transaction open; what is read happens inside it."""

    @property
    def schema_epoch(self) -> int:
        """Goes up whenever DDL or a GRANT was seen on the wire to this upstream; keys a catalog's cache."""

    @property
    def state(self) -> dict[str, Any]:
        """A plugin's own values for the life of this client session; COM_CHANGE_USER and reset clear it."""

    async def query(self, sql: str, *, time_limit_s: float | None = None, max_rows: int = 10_000) -> ResultSet:
        """Run one read-only statement over the caller's session and decode its result.

        Where the caller has no transaction open it runs in a READ ONLY transaction of its own.
        Raises ``UpstreamError``.
        """

    def trial(self, time_limit_s: float) -> AbstractAsyncContextManager[Trial]:
        """A transaction that may write, rolled back at its end unless it was kept; a savepoint in the caller's own.

        Whatever ends it (an error, KILL, a client that leaves), autocommit and the session are as they were.
        ``time_limit_s`` is for each statement, waiting for locks included. Entering and leaving it raise
        ``UpstreamError``; after an error on leaving a trial that was kept, nothing was changed.
        """


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


@dataclass(frozen=True, slots=True)
class StatusItem:
    """A row of SHOW AI STATUS."""

    name: str
    value: str


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
