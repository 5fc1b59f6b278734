"""SQL of the upstream in MySQL's words, and names in MySQL's quotes."""

from functools import lru_cache

import sqlglot
from sqlglot.errors import SqlglotError


@lru_cache(maxsize=4096)
def as_mysql(text: str, dialect: str) -> str:
    """A query or an expression; what cannot be translated stays as it is."""
    if not text or not dialect:
        return text
    try:
        return sqlglot.transpile(text, read=dialect, write="mysql", identify=True)[0]
    except (SqlglotError, IndexError, RecursionError):
        return text


def quoted(name: str) -> str:
    """An identifier in backticks."""
    return "`" + name.replace("`", "``") + "`"


def string(text: str) -> str:
    """A string literal as SHOW CREATE spells it."""
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n").replace("\r", "\\r")
    return "'" + escaped.replace("\0", "\\0") + "'"
