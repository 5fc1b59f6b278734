"""DuckDB's types as MySQL columns, and the SQL that makes cells of its values.

DuckDB itself casts the values to text, in C++ and on all its threads, so that a row comes as ready cells.
https://duckdb.org/docs/stable/sql/data_types/overview
"""

import re
from collections.abc import Sequence

from proxy.upstreams.backends import moments
from proxy.upstreams.mysql_types import mysql_type
from proxy.wire.columns import ColumnDefinition
from proxy.wire.rows import Cell, Convert

_NESTED = re.compile(r"^(STRUCT|MAP|UNION|VARIANT)\b|\]$", re.DOTALL)
_NOT_NUMBERS = {b"inf": b"Infinity", b"-inf": b"-Infinity", b"nan": b"NaN", b"-nan": b"NaN"}
_AS_TEXT = {
    "BOOLEAN": "{}::TINYINT::VARCHAR",
    "BLOB": "{}",
    "TIMESTAMP WITH TIME ZONE": "{}::TIMESTAMP::VARCHAR",
    "TIMESTAMP_NS": "{}::TIMESTAMP::VARCHAR",
    "TIME_NS": "{}::TIME::VARCHAR",
}


def _real(text: bytes) -> Cell:
    return _NOT_NUMBERS.get(text, text)


_CONVERT: dict[str, Convert] = {"FLOAT": _real, "DOUBLE": _real, "DATE": moments.date}
_CONVERT |= dict.fromkeys(
    ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"), moments.timestamp
)


def columns(names: Sequence[str], types: Sequence[str]) -> list[ColumnDefinition]:
    return [mysql_type(type, "duckdb").column(name) for name, type in zip(names, types, strict=True)]


def converters(types: Sequence[str]) -> list[Convert | None]:
    """For the cells that ``as_cells`` selects."""
    return [_CONVERT.get(type) for type in types]


def as_cells(query: str, types: Sequence[str]) -> str:
    """The query with every value as a BLOB that holds MySQL's text of it."""
    names = [f"c{index}" for index in range(len(types))]
    cells = ", ".join(_cell(name, type) for name, type in zip(names, types, strict=True))
    return f"SELECT {cells} FROM (\n{query}\n) AS t({', '.join(names)})"


def _cell(name: str, type: str) -> str:
    if type == "BLOB":
        return name
    text = f"to_json({name})::VARCHAR" if _NESTED.search(type) else _AS_TEXT.get(type, "{}::VARCHAR").format(name)
    return f"encode({text})"
