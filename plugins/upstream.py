"""What comes from the upstream: its errors, its rows, and the statements that were seen on the way to it."""

from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True)
class SeenStatement:
    """A statement that a session sent and the upstream has answered: relayed, or the SQL that an ASK ran.

    Statements with passwords are never kept.
    """

    text: str  # bound values of a prepared statement put in as literals where they are known, else ``?``
    seconds: float  # from the last byte sent to the last byte of the reply; 0.0 where nobody looked, under load
    rows: int | None  # of all result sets; estimated from the size of a large reply, None where that is not possible
    bytes: int  # of the reply
    error: UpstreamError | None
    user: str  # the log-in name
    database: str | None  # the one selected, as far as it is known from the log-in, COM_INIT_DB and USE
    session: int  # ``Session.id``
    upstream: str  # ``Session.upstream``
    at: float  # when the reply ended, in seconds since 1970
    weight: int = 1  # how many statements it stands for: under load only one of so many is looked at
    truncated: bool = False  # ``text`` is cut off
