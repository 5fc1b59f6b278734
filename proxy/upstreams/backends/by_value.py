"""Columns of databases that do not tell their types, or do not keep to them: typed by the first rows.

A declared type holds when the first values fit it; else the values decide, and a column whose values differ is text.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from proxy.upstreams.backends import values
from proxy.upstreams.mysql_types import MySqlType, mysql_type
from proxy.wire.columns import ColumnDefinition, ColumnType
from proxy.wire.rows import Cell, Convert

_DAY = r"[0-9]{4}-(0[1-9]|1[0-2])-([0-2][0-9]|3[01])"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?"
_DATE = re.compile(_DAY)
_DATETIME = re.compile(rf"{_DAY}([ T]{_CLOCK}Z?)?")
_TIME = re.compile(_CLOCK)
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_BIGGEST = 1 << 63
SPACE = 0x20
Fits = Callable[[Any], bool]


def describe(
    names: Sequence[str], declared: Sequence[MySqlType | None], rows: Sequence[Sequence[Any]]
) -> tuple[list[ColumnDefinition], list[Convert | None]]:
    """The columns and what makes cells of their values. ``rows``: the first ones; ``declared``: None for no type."""
    columns: list[ColumnDefinition] = []
    convert: list[Convert | None] = []
    for index, (name, known) in enumerate(zip(names, declared, strict=True)):
        found = [row[index] for row in rows if row[index] is not None]
        chosen = known if known is not None and all(map(_fits(known), found)) else _by_values(found)
        columns.append(chosen.column(name))
        convert.append(_convert(chosen))
    return columns, convert


def _fits(known: MySqlType) -> Fits:
    if known.is_text:
        return lambda value: isinstance(value, str | int | float | Decimal | UUID)
    return _FITS.get(known.type, lambda value: True)


def _text_or(kind: type | tuple[type, ...], pattern: re.Pattern[str]) -> Fits:
    return lambda value: isinstance(value, kind) or (isinstance(value, str) and pattern.fullmatch(value) is not None)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and -_BIGGEST <= value < _BIGGEST


_FITS: dict[int, Fits] = {
    ColumnType.TINY: lambda value: isinstance(value, int) and -128 <= value < 128,
    ColumnType.SHORT: lambda value: isinstance(value, int) and -0x8000 <= value < 0x8000,
    ColumnType.LONG: lambda value: isinstance(value, int) and -0x8000_0000 <= value < 0x8000_0000,
    ColumnType.LONGLONG: _is_integer,
    ColumnType.FLOAT: lambda value: isinstance(value, int | float),
    ColumnType.DOUBLE: lambda value: isinstance(value, int | float),
    ColumnType.NEWDECIMAL: _text_or((int, float, Decimal), _NUMBER),
    ColumnType.DATE: _text_or(date, _DATE),
    ColumnType.DATETIME: _text_or(datetime, _DATETIME),
    ColumnType.TIMESTAMP: _text_or(datetime, _DATETIME),
    ColumnType.TIME: _text_or((time, timedelta), _TIME),
    ColumnType.JSON: lambda value: isinstance(value, str | dict | list | int | float),
    ColumnType.BLOB: lambda value: isinstance(value, str | bytes | bytearray | memoryview),
}
_NAMES: tuple[tuple[frozenset[type], str], ...] = (
    (frozenset({bool}), "boolean"),
    (frozenset({bool, int}), "bigint"),
    (frozenset({bool, int, float}), "double"),
    (frozenset({bytes, bytearray, memoryview}), "blob"),
    (frozenset({date}), "date"),
    (frozenset({date, datetime}), "timestamp"),
    (frozenset({time}), "time"),
    (frozenset({timedelta}), "time"),
    (frozenset({UUID}), "uuid"),
    (frozenset({dict, list, tuple}), "json"),
    (frozenset({str}), "varchar"),
)


def _by_values(found: Sequence[Any]) -> MySqlType:
    kinds = {type(value) for value in found}
    if not kinds:
        return mysql_type("varchar")
    if Decimal in kinds and kinds <= {Decimal, int}:
        scale = max((-int(value.as_tuple().exponent) for value in found if _finite(value)), default=0)
        return mysql_type(f"decimal(65,{max(0, min(scale, 30))})")
    name = next((name for those, name in _NAMES if kinds <= those), "text")
    if name == "bigint" and not all(map(_is_integer, found)):
        return mysql_type("decimal(65,0)")
    return mysql_type(name)


def _finite(value: Any) -> bool:
    return isinstance(value, Decimal) and value.is_finite()


def _convert(chosen: MySqlType) -> Convert:
    if chosen.type in (ColumnType.DATE, ColumnType.DATETIME, ColumnType.TIMESTAMP):
        return _moment
    if chosen.type in (ColumnType.TINY, ColumnType.SHORT, ColumnType.LONG, ColumnType.LONGLONG):
        return _integer
    return _cell


def _cell(value: Any) -> Cell:
    return value if type(value) is bytes else values.cell(value)


def _integer(value: Any) -> Cell:
    if isinstance(value, int):
        return b"%d" % value
    raise ValueError(f"{value!r} is not an integer, as the rows before were")


def _moment(value: Any) -> Cell:
    cell = _cell(value)
    if cell is None or not isinstance(value, str | bytes | date) or cell[4:5] != b"-" or cell[7:8] != b"-":
        raise ValueError(f"{value!r} is not a date, as the rows before were")
    if len(cell) == 10 or (len(cell) == 19 and cell[10] == SPACE):
        return cell
    cell = cell.replace(b"T", b" ").removesuffix(b"Z")
    return cell + b":00" if len(cell) == 16 else cell
