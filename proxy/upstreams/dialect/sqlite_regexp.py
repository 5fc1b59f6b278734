"""Regular expressions for SQLite, matched by DuckDB's RE2.

Python's own take exponential time for patterns such as ``(a+)+$``, holding the interpreter, and cannot be stopped.
RE2 takes linear time. https://github.com/google/re2/wiki/Syntax
"""

import sqlite3
import threading
from functools import lru_cache

import duckdb

_local = threading.local()
# MySQL's marks of the begin and the end of a word.
_WORDS = (("[[:<:]]", r"\b"), ("[[:>:]]", r"\b"))


def matches(text: str, pattern: str, *, exact: bool) -> int:
    """1 where the pattern is found anywhere; ``exact``: with regard to case. Raises ``sqlite3.OperationalError``."""
    return int(bool(_ask("SELECT regexp_matches(?, ?, ?)", text, _re2(pattern), "c" if exact else "i")))


def replaced(text: str, pattern: str, new: str) -> str:
    """Every place where it is found replaced; ``\\1`` is a group."""
    return str(_ask("SELECT regexp_replace(?, ?, ?, 'gi')", text, _re2(pattern), new))


def found(text: str, pattern: str) -> str | None:
    """The first place where it is found."""
    if not matches(text, pattern, exact=False):
        return None
    return str(_ask("SELECT regexp_extract(?, ?, 0, 'i')", text, _re2(pattern)))


def place(text: str, pattern: str) -> int:
    """Where it is found first, counted from 1; 0 where it is not."""
    if not matches(text, pattern, exact=False):
        return 0
    before = _ask("SELECT regexp_extract(?, ?, 1, 'i')", text, f"^((?s:.*?))(?:{_re2(pattern)})")
    return len(str(before)) + 1


@lru_cache(256)
def _re2(pattern: str) -> str:
    for mysql, re2 in _WORDS:
        pattern = pattern.replace(mysql, re2)
    return pattern


def _ask(sql: str, *values: str) -> object:
    connection: duckdb.DuckDBPyConnection | None = getattr(_local, "connection", None)
    if connection is None:
        connection = _local.connection = duckdb.connect(":memory:", config={"threads": 1})
        connection.execute("SET enable_external_access = false")
    try:
        row = connection.execute(sql, values).fetchone()
    except duckdb.Error as error:
        raise sqlite3.OperationalError(f"regular expression: {error}") from error
    assert row is not None
    return row[0]
