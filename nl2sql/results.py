"""Runs candidates on the caller's session to compare them by what they return: two texts, one answer."""

import hashlib
from dataclasses import dataclass

from nl2sql.guard import Guarded
from plugins import Session, UpstreamError

SECONDS = 2.0
ROWS = 200
# https://mariadb.com/kb/en/mariadb-error-codes/: max_statement_time; MySQL's max_execution_time; a query killed.
TIMED_OUT = frozenset({1969, 3024, 1317})


@dataclass(frozen=True, slots=True)
class Returned:
    """``key`` is equal for equal results, whatever the order of rows and columns; ``error``: why there is none."""

    key: str
    empty: bool = False
    error: str = ""
    late: bool = False

    @property
    def failed(self) -> bool:
        """It does not run at all; one that only takes long may be right."""
        return bool(self.error) and not self.late


async def run(session: Session, guarded: Guarded) -> Returned:
    """At most ``ROWS`` rows are read, for at most ``SECONDS``. Raises nothing of the upstream's."""
    try:
        result = await session.query(guarded.sql, time_limit_s=SECONDS, max_rows=ROWS)
    except UpstreamError as error:
        return Returned("", error=error.message, late=error.number in TIMED_OUT)
    columns = sorted(tuple(sorted(map(_text, column))) for column in zip(*result.rows, strict=True))
    empty = not result.rows or all(value is None for row in result.rows for value in row)
    digest = hashlib.sha256(repr((len(result.rows), columns)).encode()).hexdigest()
    return Returned(digest, empty or _nothing(result.rows))


def _nothing(rows: "tuple[tuple[str | bytes | None, ...], ...]") -> bool:
    return len(rows) == 1 and len(rows[0]) == 1 and rows[0][0] in ("0", b"0", None)


def _text(value: "str | bytes | None") -> str:
    """The value as it is compared: numbers to six significant digits, so that a cast does not tell them apart."""
    if value is None:
        return ""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    try:
        return f"{float(text):.6g}"
    except ValueError:
        return text
