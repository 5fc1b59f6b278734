"""A statement's tree as SQL that MySQL, MariaDB and the gateway's own server read, and read as it was meant.

sqlglot turns some functions into others that MySQL alone has, or into none that MySQL has; these are written as they
stood in the statement.
"""

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.generators.mysql import MySQLGenerator

from diagnose.types import Rewrite


def _regexp(writer: MySQLGenerator, node: exp.RegexpLike) -> str:
    """MariaDB has the operator only."""
    return writer.function_fallback_sql(node) if node.args.get("flag") else writer.binary(node, "RLIKE")


def days_of(node: exp.Expr) -> exp.Expr | None:
    """The argument of TO_DAYS, which sqlglot reads as ``(DATEDIFF(x, '0000-01-01') + 1)``."""
    added = node.unnest()
    if (
        not isinstance(added, exp.Add)
        or not isinstance(added.left, exp.DateDiff)
        or added.left.args.get("unit") is None
    ):
        return None
    start = added.left.expression
    from_zero = isinstance(start, exp.TsOrDsToDate) and start.this == exp.Literal.string("0000-01-01")
    if not from_zero or added.right != exp.Literal.number(1):
        return None
    inner: exp.Expr = added.left.this
    return inner.this if isinstance(inner, exp.TsOrDsToDate) and isinstance(inner.this, exp.Expr) else inner


def _days(writer: MySQLGenerator, node: exp.Paren) -> str:
    inner = days_of(node)
    return writer.func("TO_DAYS", inner) if inner is not None else writer.paren_sql(node)


class _Writer(MySQLGenerator):
    TRANSFORMS = {  # noqa: RUF012 - sqlglot's own convention
        **MySQLGenerator.TRANSFORMS,
        exp.Paren: _days,
        exp.RegexpLike: _regexp,
        exp.UtcDate: lambda _, node: "UTC_DATE()",
        exp.UtcTime: lambda self, node: self.func("UTC_TIME", node.this),
        exp.UtcTimestamp: lambda self, node: self.func("UTC_TIMESTAMP", node.this),
    }


def written(tree: exp.Expr) -> str | None:
    """The SQL, without comments; None for what would not mean the same."""
    if any(_is_lost(node) for node in tree.find_all(exp.Interval, exp.DateAdd, exp.DateSub)):
        return None
    try:
        return _Writer(dialect="mysql", comments=False).generate(tree)
    except (SqlglotError, RecursionError, LookupError, TypeError, ValueError, AttributeError):
        return None


def rewritten(tree: exp.Expr, needs: str = "") -> Rewrite | None:
    """As a remedy; None for what would not mean the same."""
    sql = written(tree)
    return Rewrite(sql, needs) if sql is not None else None


def _is_lost(node: exp.Expr) -> bool:
    """``INTERVAL 1.5 DAY`` would be written with quotes, which cuts the fraction; ``INTERVAL(5, 1)`` is a function."""
    amount = node.this if isinstance(node, exp.Interval) else node.expression
    is_function = isinstance(node, exp.Interval) and node.args.get("unit") is None
    return is_function or (isinstance(amount, exp.Literal) and "." in amount.name)
