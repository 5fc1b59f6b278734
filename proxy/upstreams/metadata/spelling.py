"""SQL of the upstream in MySQL's words, and names in MySQL's quotes."""

from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError


@lru_cache(maxsize=4096)
def as_mysql(text: str, dialect: str) -> str:
    """A query or an expression; what cannot be translated stays as it is."""
    if not text or not dialect:
        return text
    try:
        tree = sqlglot.parse_one(text, read=dialect)
        return _without_casts(tree).sql(dialect="mysql", identify=True)
    except (SqlglotError, IndexError, RecursionError):
        return text


def _without_casts(tree: exp.Expr) -> exp.Expr:
    """Databases write down the types that they found for literals and texts, which no one had written."""

    def bare(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Cast):
            return node
        inner = node.this.unnest()
        text = node.to.this in exp.DataType.TEXT_TYPES
        literal = isinstance(inner, exp.Literal) and (inner.is_string == text or not inner.is_string)
        return inner if literal or (text and isinstance(inner, exp.Column)) else node

    return tree.transform(bare)


def quoted(name: str) -> str:
    """An identifier in backticks."""
    return "`" + name.replace("`", "``") + "`"


def string(text: str) -> str:
    """A string literal as SHOW CREATE spells it."""
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n").replace("\r", "\\r")
    return "'" + escaped.replace("\0", "\\0") + "'"
