"""Decides whether a statement may stand under EXPLAIN, which evaluates more than one thinks.

MySQL and MariaDB evaluate stored functions in constant expressions, const tables and derived tables while they plan;
PostgreSQL folds functions that call themselves immutable or stable. So a tree passes by an allow-list of syntax and of
built-in functions that only compute, and the SQL that is sent is generated from the tree that passed: whatever the
server would have read in the original text is not there.
https://dev.mysql.com/doc/refman/8.4/en/explain.html ("it is possible … to execute statements with stored functions"),
https://www.postgresql.org/docs/15/xfunc-volatility.html
"""

import re
from collections.abc import Iterable

import sqlglot
from sqlglot import ErrorLevel, exp
from sqlglot.dialects.mysql import MySQL
from sqlglot.errors import SqlglotError
from sqlglot.generator import Generator
from sqlglot.generators.mysql import MySQLGenerator

from plugins.functions import ALLOWED

# They tell of the session, compute, or make text of the person's own length.
_ALSO = frozenset(
    """database schema user current_user session_user system_user current_role version connection_id found_rows
    row_count uuid charset collation coercibility repeat lpad rpad compress uncompress values bit_xor random_bytes
    json_set json_insert json_replace json_remove json_array_append json_array_insert json_merge json_table json_pretty
    json_storage_size st_distance st_within st_contains st_intersects st_x st_y st_geomfromtext point grouping
    old_password oct to_char nvl2 chr sformat json_normalize json_equals row""".split()
)
FUNCTIONS = ALLOWED | _ALSO
_NODES: frozenset[type[exp.Expr]] = frozenset(
    {
        *(exp.Select, exp.Union, exp.Except, exp.Intersect, exp.Subquery, exp.With, exp.CTE, exp.From, exp.Join),
        *(exp.Table, exp.TableAlias, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Limit, exp.Offset),
        *(exp.Distinct, exp.Fetch, exp.LimitOptions, exp.Alias, exp.Column, exp.Identifier, exp.Literal, exp.Star),
        *(exp.Boolean, exp.Null, exp.Paren, exp.Tuple, exp.Var, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv),
        *(exp.Mod, exp.Neg, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ),
        *(exp.Is, exp.In, exp.Between, exp.Like, exp.RegexpLike, exp.Escape, exp.Not, exp.And, exp.Or, exp.Xor),
        *(exp.Exists, exp.Any, exp.All, exp.Case, exp.If, exp.Cast, exp.TryCast, exp.DataType, exp.DataTypeParam),
        *(exp.CharacterSet, exp.Interval, exp.IntervalSpan, exp.Window, exp.WindowSpec, exp.Filter, exp.WithinGroup),
        *(exp.IgnoreNulls, exp.RespectNulls, exp.Collate, exp.HexString, exp.BitString, exp.National, exp.Introducer),
        *(exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor, exp.BitwiseNot, exp.BitwiseLeftShift, exp.BitwiseRightShift),
        *(exp.JSONPath, exp.JSONPathRoot, exp.JSONPathKey, exp.JSONPathSubscript, exp.JSONKeyValue, exp.JSONTable),
        *(exp.JSONSchema, exp.JSONColumnDef, exp.Cube, exp.Rollup, exp.IndexTableHint, exp.Partition, exp.Parameter),
        *(exp.SessionParameter, exp.Values, exp.JSONExtract, exp.JSONExtractScalar),
    }
)
# Functions that are written without a call's parentheses.
_BARE = (
    exp.JSONArrayContains,
    exp.Case,
    exp.And,
    exp.Or,
    exp.Xor,
    exp.IntDiv,
    exp.Mod,
    exp.RegexpLike,
    exp.JSONExtract,
)
_BARE_WORDS = re.compile(r"(?:CURRENT_(?:DATE|TIME|TIMESTAMP|USER|ROLE)|LOCALTIME|LOCALTIMESTAMP|UTC_\w+)\Z", re.I)
_SELECT_PARTS = {
    *("with_", "expressions", "from_", "joins", "where", "group", "having", "order", "limit", "offset", "distinct"),
    *("windows", "kind", "operation_modifiers"),
}
_MODIFIERS = {"STRAIGHT_JOIN", "SQL_NO_CACHE", "SQL_CACHE", "SQL_CALC_FOUND_ROWS", "HIGH_PRIORITY"} | {
    *("SQL_SMALL_RESULT", "SQL_BIG_RESULT", "SQL_BUFFER_RESULT")
}
_TABLE_PARTS = {"this", "alias", "db", "catalog", "joins", "hints", "partition"}
_QUERY_PARTS = {"locks", "into", "settings", "format", "options", "sample", "prewhere"}
_CALL = re.compile(r"([A-Za-z_]\w*)\s*(?:\(|$)")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def _regexp(write: Generator, node: exp.RegexpLike) -> str:
    """The operator, as MariaDB has no REGEXP_LIKE."""
    if node.args.get("flag"):
        return write.function_fallback_sql(node)
    return f"{write.sql(node, 'this')} REGEXP {write.sql(node, 'expression')}"


class _Written(MySQL):
    """SQL that MySQL and MariaDB read alike."""

    class Generator(MySQLGenerator):
        TRANSFORMS = {**MySQLGenerator.TRANSFORMS, exp.RegexpLike: _regexp}  # noqa: RUF012


class Unsafe(Exception):
    """Why a statement may not be put under EXPLAIN: a phrase."""


def explainable(query: exp.Query, besides: Iterable[exp.Expr] = ()) -> tuple[str, frozenset[str]]:
    """MySQL text of a query that only reads, and the names (lower case) of the functions that it calls.

    ``besides`` is held to the same: it may be evaluated when the whole statement is planned elsewhere. What the text
    says is parsed and checked once more. Raises ``Unsafe``.
    """
    calls = frozenset().union(*map(_check, (query, *besides)))
    try:
        text: str = _quoted(query).sql(dialect=_Written, comments=False, unsupported_level=ErrorLevel.RAISE)
        again = sqlglot.parse(text, read="mysql")
    except (SqlglotError, RecursionError, ValueError) as error:
        raise Unsafe("it cannot be written in MySQL's SQL") from error
    if len(again) != 1 or not isinstance(again[0], exp.Query):
        raise Unsafe("it does not read the same when it is written again")
    return text, calls | _check(again[0])


def _check(tree: exp.Expr) -> frozenset[str]:
    """Raises ``Unsafe`` unless every node, and every part of it, only reads."""
    calls: set[str] = set()
    for node in tree.walk():
        if isinstance(node, exp.Func) and type(node) not in _NODES:
            calls.add(_function(node))
        elif type(node) not in _NODES:
            # A stored function's name has its schema before it.
            called = isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func)
            what = "a stored function" if called else _SAID.get(type(node), f"{type(node).__name__}")
            raise Unsafe(f"it has {what}")
        _check_parts(node)
    return frozenset(calls)


_SAID: dict[type[exp.Expr], str] = {
    exp.PropertyEQ: "an assignment to a variable",
    exp.Placeholder: "placeholders without values",
    exp.Insert: "an INSERT inside",
    exp.Update: "an UPDATE inside",
    exp.Delete: "a DELETE inside",
    exp.Version: "FOR SYSTEM_TIME",
}


def _check_parts(node: exp.Expr) -> None:
    given = {key for key, value in node.args.items() if value}
    extra: set[str] = set()
    if isinstance(node, exp.Select):
        extra = given - _SELECT_PARTS
        modifiers = {m.name.upper() for m in node.args.get("operation_modifiers") or ()}
        extra |= modifiers - _MODIFIERS
        kind = node.args.get("kind")
        extra |= {"kind"} if kind else set()
    elif isinstance(node, exp.Table):
        extra = given - _TABLE_PARTS
        if not isinstance(node.this, (exp.Identifier, exp.JSONTable)):
            raise Unsafe("it reads something that is no table")
    elif isinstance(node, (exp.SetOperation, exp.Subquery)):
        extra = given & _QUERY_PARTS
    elif isinstance(node, exp.Parameter) and not isinstance(node.this, (exp.Var, exp.Literal, exp.Identifier)):
        extra = {"@"}
    if extra:
        raise Unsafe(f"it has {', '.join(sorted(extra)).upper()}")


def _function(node: exp.Func) -> str:
    """The name that a function is called by on the server."""
    if isinstance(node, exp.Anonymous):
        name = node.this if isinstance(node.this, str) else ""
        tells = name.lower() == "last_insert_id" and not node.expressions  # with an argument it sets
        if name.lower() not in FUNCTIONS and not tells:
            raise Unsafe(f"{(name or node.name)[:60]}() is not known to do nothing but compute")
        return name.lower()
    try:
        text = node.sql(dialect="mysql", unsupported_level=ErrorLevel.RAISE, comments=False)
    except (SqlglotError, RecursionError, ValueError) as error:
        raise Unsafe(f"MySQL has no {node.sql_name()[:60]}") from error
    found = _CALL.match(text)
    if found is None or _BARE_WORDS.match(text):
        if found is None and not isinstance(node, _BARE):
            raise Unsafe(f"{node.sql_name()[:60]} is not known to do nothing but compute")
        return node.sql_name().lower()
    if found.group(1).lower() not in FUNCTIONS and not isinstance(node, _BARE):
        raise Unsafe(f"{found.group(1)[:60]}() is not known to do nothing but compute")
    return found.group(1).lower()


def _quoted(tree: exp.Expr) -> exp.Expr:
    """A copy where every name but a plain one is quoted: which characters belong to a name depends on the session's
    character set, and so on the server."""
    copy = tree.copy()
    for name in copy.find_all(exp.Identifier):
        if not _PLAIN.match(name.name):
            name.set("quoted", True)
    return copy
