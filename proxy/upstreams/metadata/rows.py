"""The answer to a metadata statement: column definitions and Python values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from proxy.upstreams.mysql_types import MySqlType, mysql_type
from proxy.wire.columns import ColumnDefinition

Row = tuple[Any, ...]

LONG = mysql_type("ubigint")


@dataclass(frozen=True, slots=True)
class MetadataRows:
    """``rows`` hold str, int, float, Decimal, bytes, datetime and ``None``."""

    columns: tuple[ColumnDefinition, ...]
    rows: Sequence[Row]


def type_of_value(value: object) -> MySqlType:
    """The type of a literal."""
    if isinstance(value, int):
        return mysql_type("bigint")
    if isinstance(value, float):
        return mysql_type("double")
    if isinstance(value, Decimal):
        digits, exponent = value.as_tuple().digits, value.as_tuple().exponent
        scale = max(0, -exponent) if isinstance(exponent, int) else 0
        return mysql_type(f"decimal({max(len(digits), scale)},{scale})")
    if isinstance(value, bytes):
        return mysql_type("blob")
    return mysql_type(f"varchar({max(1, len(str(value or '')))})")


def column(name: str, kind: str = "varchar(64)") -> ColumnDefinition:
    """A column of a SHOW statement; ``kind`` as ``mysql_type`` reads it."""
    return mysql_type(kind).column(name)


def columns(text: str) -> tuple[ColumnDefinition, ...]:
    """Columns from ``Name, Rows: bigint, Comment: text``."""
    pairs = (part.partition(":") for part in text.split(","))
    return tuple(column(name.strip(), kind.strip() or "varchar(64)") for name, _, kind in pairs)


def rows(text: str, values: Iterable[Row] = ()) -> MetadataRows:
    """Rows with the columns that ``text`` names, see ``columns``."""
    return MetadataRows(columns(text), tuple(values))
