"""The cells of one sheet: where its table is, and the DuckDB type of each column."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Cell = int | float | str | bool | dt.date | dt.datetime | dt.time | dt.timedelta | None

MAX_TITLE_ROWS = 20
YEARS = range(1900, 2101)
MAX_DIGITS = 18
MAX_SCALE = 6
BIGINT = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Grid:
    """A table found in a sheet: ``columns`` hold the values, ``headings`` is empty where the sheet has none."""

    headings: tuple[str, ...]
    columns: tuple[list[Cell], ...]
    title_rows: int


def find_grid(rows: Iterable[Sequence[Any]]) -> Grid | None:
    """The table in these rows; None where all are empty. Rows and columns without any value are left out."""
    cells = [row for row in (tuple(map(_cell, row)) for row in rows) if any(value is not None for value in row)]
    if not cells:
        return None
    titles = _title_rows(cells)
    cells = cells[titles:]
    has_heading = len(cells) > 1 and _is_heading(cells[0], cells[1])
    body = cells[1:] if has_heading else cells
    width = max(map(len, cells))
    used = [n for n in range(width) if any(n < len(row) and row[n] is not None for row in cells)]
    columns = tuple([row[n] if n < len(row) else None for row in body] for n in used)
    headings = tuple(_heading(cells[0][n] if n < len(cells[0]) else None) for n in used) if has_heading else ()
    return Grid(headings, columns, titles)


def column_type(values: Sequence[Cell]) -> tuple[str, list[Cell]]:
    """DuckDB's type for a column, and its values as that type; of mixed kinds, text."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds or kinds == {str}:
        return "VARCHAR", list(values)
    if kinds <= {int, float}:
        return _number(values)
    if kinds <= {dt.date, dt.datetime}:
        return _date(values)
    simple = {bool: "BOOLEAN", dt.time: "TIME", dt.timedelta: "INTERVAL"}
    if len(kinds) == 1 and (name := simple.get(kinds.pop())):
        return name, list(values)
    return "VARCHAR", [None if value is None else _text(value) for value in values]


def _cell(value: Any) -> Cell:
    if isinstance(value, str):
        return value.strip() or None  # "" is an empty cell, and a formula that failed
    if isinstance(value, float) and value.is_integer() and int(value) in BIGINT:
        return int(value)  # a sheet knows no whole numbers
    return None if value is None or value != value else value  # NaN


def _title_rows(cells: Sequence[Sequence[Cell]]) -> int:
    """Rows with a single cell above a wider table."""
    filled = [sum(value is not None for value in row) for row in cells[: MAX_TITLE_ROWS + 1]]
    titles = next((number for number, count in enumerate(filled) if count > 1), 0)
    return titles if titles <= MAX_TITLE_ROWS else 0


def _is_heading(first: Sequence[Cell], second: Sequence[Cell]) -> bool:
    """Words that differ from each other; years and dates too, over columns of something else."""
    given = [value for value in first if value is not None]
    if len(set(map(str, given))) < len(given) or not any(isinstance(value, str) for value in given):
        return False
    return all(
        isinstance(value, str) or (_is_period(value) and not (number < len(second) and _is_period(second[number])))
        for number, value in enumerate(first)
        if value is not None
    )


def _is_period(value: Cell) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, dt.date) or (isinstance(value, int) and value in YEARS)


def _heading(value: Cell) -> str:
    return "" if value is None else _text(value)


def _number(values: Sequence[Cell]) -> tuple[str, list[Cell]]:
    numbers = [value for value in values if isinstance(value, int | float)]
    if all(isinstance(number, int) for number in numbers):
        return "BIGINT", list(values)
    parts = [Decimal(repr(number)).as_tuple() for number in numbers]
    exponents = [int(part.exponent) for part in parts]  # never of "inf" or NaN, which no sheet holds
    scale = max(0, -min(exponents))
    whole = max(len(part.digits) + exponent for part, exponent in zip(parts, exponents, strict=True))
    if scale > MAX_SCALE or whole + scale > MAX_DIGITS:
        return "DOUBLE", [None if value is None else float(value) for value in values]  # type: ignore[arg-type]
    return f"DECIMAL({MAX_DIGITS}, {scale})", [None if value is None else repr(value) for value in values]


def _date(values: Sequence[Cell]) -> tuple[str, list[Cell]]:
    moments = [_moment(value) for value in values]
    if all(moment is None or moment.time() == dt.time() for moment in moments):
        return "DATE", [None if moment is None else moment.date() for moment in moments]
    return "TIMESTAMP", list(moments)


def _moment(value: Cell) -> dt.datetime | None:
    if isinstance(value, dt.datetime):
        return value
    return dt.datetime.combine(value, dt.time()) if isinstance(value, dt.date) else None


def _text(value: Cell) -> str:
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return str(value.date())
    return str(value)
