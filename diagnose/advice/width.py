"""How wide keys are: whether an index is possible, and what one costs."""

import re
from collections.abc import Sequence

from diagnose.evidence.facts import POSTGRES, Column, Table

LONGEST_KEY = (
    3072  # bytes; InnoDB, DYNAMIC rows and pages of 16 KiB: dev.mysql.com/doc/refman/8.4/en/innodb-limits.html
)
PREFIX = 100  # characters of a column that is too wide for a key
_FILL = 0.7  # of a B-tree's pages, on average
_BYTES = {
    **dict.fromkeys("tinyint bool boolean bit year enum".split(), 1),
    **dict.fromkeys("smallint".split(), 2),
    **dict.fromkeys("mediumint date time".split(), 3),
    **dict.fromkeys("int integer float timestamp".split(), 4),
    **dict.fromkeys("bigint double real set".split(), 8),
    **dict.fromkeys("uuid inet6".split(), 16),
    "datetime": 5,
}
_CHARACTER = {"utf8mb4": 4, "utf8": 3, "utf8mb3": 3, "utf32": 4, "utf16": 4, "ucs2": 2}
_LONG = re.compile(r"(?:tiny|medium|long)?(?:text|blob)$|json$|geometry$|vector$|bytea$")


def key_width(column: Column) -> float:
    """Bytes of one value in an index, as usual for the type."""
    base = column.base_type
    if base in _BYTES:
        return _BYTES[base]
    length = _length(column)
    if base in ("decimal", "numeric"):
        return (length or 10) / 2
    if base in ("char", "binary"):
        return length or 1
    return min(length or 64, max(8.0, (length or 64) / 3))


def longest(column: Column) -> float:
    """Bytes of the widest value, of text the characters; of text without a limit it is large."""
    if _LONG.match(column.base_type):
        return float(LONGEST_KEY)
    return float(_length(column) or key_width(column)) if column.is_text else key_width(column)


def index_bytes(table: Table, columns: Sequence[Column], kind: str) -> int:
    """The estimated size of an index; 0 where the number of rows is unknown."""
    primary = table.primary
    own = {column.name for column in columns}
    stored = [table.column(name) for name in primary.columns if name not in own] if primary is not None else []
    row = 14.0 if kind == POSTGRES else 6.0 + sum(key_width(c) for c in stored if c is not None)
    return int((table.rows or 0) * (row + sum(key_width(c) for c in columns)) / _FILL)


def prefixes(columns: Sequence[Column], kind: str) -> tuple[int | None, ...] | None:
    """Characters of each column to index, empty when all are indexed whole; None when no index is possible.

    PostgreSQL has no prefixes; there a longer value than a key may hold is the exception.
    """
    if any(column.base_type in ("json", "geometry", "vector") for column in columns):
        return None
    if kind == POSTGRES:
        return ()
    found = tuple(
        PREFIX if _LONG.match(c.base_type) or _most(c) > LONGEST_KEY // len(columns) else None for c in columns
    )
    return found if any(found) else ()


def _most(column: Column) -> int:
    """Bytes of the longest value."""
    if column.base_type not in ("char", "varchar", "binary", "varbinary"):
        return 0
    return (_length(column) or 1) * (_CHARACTER.get(column.charset, 4 if column.is_text and not column.charset else 1))


def _length(column: Column) -> int | None:
    found = re.search(r"\((\d+)", column.type)
    return int(found.group(1)) if found and not column.type.lower().startswith(("enum", "set")) else None


def size_text(size: float) -> str:
    """``12 MB``; decimal units."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if size >= 10 or unit == "bytes" else f"{size:.1f} {unit}"
