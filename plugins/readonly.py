"""Reads generated text as exactly one reading statement: by an allow-list of syntax, never by a list of bad words."""

import re
from dataclasses import dataclass

import sqlglot
from sqlglot import ErrorLevel, exp
from sqlglot.dialects.mysql import MySQL
from sqlglot.errors import ParseError, SqlglotError, TokenError, UnsupportedError
from sqlglot.parsers.mysql import MySQLParser
from sqlglot.tokenizer_core import TokenType

from plugins.functions import ALLOWED
from plugins.growth import MAX_GROWTH, MAX_PAD, growth, short_pad

MAX_CHARS = 20_000
MAX_NODES = 5_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CALL = re.compile(r"([A-Za-z_]\w*)\s*(?:\(|$)")
# A model that was shown MySQL now and then writes the SQL of others; what only they understand is translated.
_OTHER_DIALECTS = ("postgres", "sqlite", "tsql")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a candidate may not run. ``refused``: it does something that ASK never does; else it may be mended."""

    message: str
    refused: bool = False


class Rejected(Exception):
    """A candidate did not pass."""

    def __init__(self, message: str, refused: bool = False) -> None:
        super().__init__(message)
        self.fault = Fault(message, refused)


_QUERIES = (exp.Select, exp.SetOperation)
_NODES: frozenset[type[exp.Expr]] = frozenset(
    {
        *(exp.Select, exp.Union, exp.Except, exp.Intersect, exp.Subquery, exp.With, exp.CTE, exp.From, exp.Join),
        *(exp.Table, exp.TableAlias, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Limit, exp.Offset),
        *(
            exp.Distinct,
            exp.Fetch,
            exp.LimitOptions,
            exp.Alias,
            exp.Column,
            exp.Identifier,
            exp.Literal,
            exp.Star,
            exp.Null,
        ),
        *(exp.Boolean, exp.Paren, exp.Tuple, exp.Var, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg),
        *(
            exp.EQ,
            exp.NEQ,
            exp.GT,
            exp.GTE,
            exp.LT,
            exp.LTE,
            exp.NullSafeEQ,
            exp.NullSafeNEQ,
            exp.Is,
            exp.In,
            exp.Between,
        ),
        *(
            exp.Like,
            exp.ILike,
            exp.RegexpLike,
            exp.RegexpILike,
            exp.Escape,
            exp.Not,
            exp.And,
            exp.Or,
            exp.Xor,
            exp.Exists,
        ),
        *(exp.Any, exp.All, exp.Case, exp.If, exp.Cast, exp.TryCast, exp.DataType, exp.DataTypeParam, exp.CharacterSet),
        *(exp.Interval, exp.Window, exp.WindowSpec, exp.IgnoreNulls, exp.RespectNulls, exp.Filter, exp.WithinGroup),
        *(
            exp.Collate,
            exp.HexString,
            exp.BitwiseAnd,
            exp.BitwiseOr,
            exp.BitwiseXor,
            exp.BitwiseNot,
            exp.DPipe,
            exp.Dot,
        ),
        *(exp.BitwiseLeftShift, exp.BitwiseRightShift, exp.JSONPath, exp.JSONPathRoot, exp.JSONPathKey),
        *(exp.JSONPathSubscript, exp.JSONKeyValue, exp.IntervalSpan, exp.Cube, exp.Rollup),
    }
)
# Functions that are written without a call's parentheses.
_BARE = (exp.Case, exp.And, exp.Or, exp.Xor, exp.IntDiv, exp.Mod, exp.RegexpLike, exp.RegexpILike)

_SELECT_ARGS = {
    *("with_", "expressions", "from_", "joins", "where", "group", "having", "order", "limit", "offset", "distinct"),
    *("windows", "kind", "laterals", "operation_modifiers"),
}
_TABLE_ARGS = {"this", "alias", "db", "catalog", "joins"}


class _Concat(MySQL):
    """MySQL, but ``||`` joins strings: what a model means by it, and never the OR that MySQL reads."""

    DPIPE_IS_STRING_CONCAT = True

    class Parser(MySQLParser):
        DISJUNCTION = {k: v for k, v in MySQLParser.DISJUNCTION.items() if k != TokenType.DPIPE}  # noqa: RUF012


def parse_one(text: str) -> exp.Query:
    """The one reading statement that ``text`` is. Raises Rejected."""
    tree = parse_statement(text)
    while isinstance(tree, exp.Subquery) and not any(v for k, v in tree.args.items() if k != "this"):
        tree = tree.this
    if not isinstance(tree, _QUERIES):
        raise Rejected(f"{type(tree).__name__.upper()} is not a SELECT", refused=True)
    check_tree(tree)
    return tree


def parse_statement(text: str) -> exp.Expr:
    """The one statement of any kind that ``text`` is; its tree is not checked yet. Raises Rejected."""
    if len(text) > MAX_CHARS:
        raise Rejected("the statement is too long")
    if _CONTROL.search(text):
        raise Rejected("the statement holds control characters", refused=True)
    check_comments(text)
    trees = _parse(text)
    if len(trees) != 1:
        raise Rejected(f"one statement is expected, not {len(trees)}", refused=len(trees) > 1)
    return trees[0]


def check_comments(text: str) -> None:
    try:
        tokens = MySQL().tokenize(text)
    except TokenError as error:
        raise Rejected(f"the statement cannot be read: {error}"[:300]) from error
    for token in tokens:
        if token.token_type == TokenType.HINT:
            raise Rejected("optimizer hints are not allowed", refused=True)
        for comment in token.comments or ():
            if comment.lstrip().startswith(("!", "M!", "+")):
                raise Rejected("executable comments are not allowed", refused=True)


def _parse(text: str) -> list[exp.Expr]:
    first: Exception | None = None
    for dialect in (_Concat, *_OTHER_DIALECTS):
        try:
            trees = sqlglot.parse(text, read=dialect)
        except (ParseError, TokenError) as error:
            first = first or error
            continue
        except (RecursionError, SqlglotError, ValueError) as error:
            raise Rejected("the statement cannot be read") from error
        return [tree for tree in trees if isinstance(tree, exp.Expr) and not isinstance(tree, exp.Semicolon)]
    detail = first.errors[0] if isinstance(first, ParseError) and first.errors else {}
    near = f" near {str(detail.get('highlight'))[:60]!r}" if detail.get("highlight") else ""
    raise Rejected(f"syntax error{near}")


def check_tree(tree: exp.Expr) -> None:
    """Raise Rejected unless every node, and every part of it, is one that only reads."""
    grown = 1
    for count, node in enumerate(tree.walk()):
        if count > MAX_NODES:
            raise Rejected("the statement is too large")
        if (grown := grown * growth(node)) > MAX_GROWTH:
            raise Rejected("the statement makes text too long: REPLACE, HEX, QUOTE and CONCAT in each other")
        if isinstance(node, exp.Func) and type(node) not in _NODES:
            _check_function(node)
        elif type(node) not in _NODES:
            raise Rejected(f"{type(node).__name__} is not allowed in a statement that only reads", refused=True)
        _check_parts(node)


def _check_parts(node: exp.Expr) -> None:
    given = {key for key, value in node.args.items() if value}
    if isinstance(node, exp.Select) and not node.expressions:
        raise Rejected("the SELECT names no columns")
    if isinstance(node, exp.Select) and (extra := given - _SELECT_ARGS):
        raise Rejected(
            f"{', '.join(sorted(extra)).upper()} is not allowed in a statement that only reads", refused=True
        )
    if isinstance(node, exp.Select) and any(
        m.name.upper() != "STRAIGHT_JOIN" for m in node.args.get("operation_modifiers") or ()
    ):
        raise Rejected("SELECT takes no options here", refused=True)
    if isinstance(node, exp.Table):
        if extra := given - _TABLE_ARGS:
            raise Rejected(f"{', '.join(sorted(extra)).upper()} is not allowed on a table", refused=True)
        if not isinstance(node.this, exp.Identifier):
            raise Rejected("a table is given by its name", refused=True)
        if isinstance(alias := node.args.get("alias"), exp.TableAlias) and alias.columns:
            raise Rejected("only a derived table's alias names columns")
    if isinstance(node, exp.SetOperation) and (node.args.get("locks") or node.args.get("into")):
        raise Rejected("locking reads are not allowed", refused=True)
    if isinstance(node, exp.Star) and given - {"this"}:
        raise Rejected("MySQL's * takes nothing after it; name the columns")
    if isinstance(node, exp.Column) and isinstance(node.this, exp.Star) and node.db:
        raise Rejected(f"{node.sql('mysql')[:80]}: only a table's name or alias stands before .*")
    if isinstance(node, exp.LimitOptions) and (node.args.get("percent") or node.args.get("with_ties")):
        raise Rejected("LIMIT takes a number of rows and nothing else")
    if isinstance(node, exp.Pad) and not short_pad(node):
        raise Rejected(f"LPAD and RPAD take a length of at most {MAX_PAD} characters, written as a number")
    if isinstance(node, exp.Dot) and not isinstance(node.expression, (exp.Identifier, exp.Star)):
        raise Rejected("only built-in functions are allowed", refused=True)


def _check_function(node: exp.Func) -> None:
    if isinstance(node, exp.Anonymous):
        name = node.this if isinstance(node.this, str) else ""
        if name.lower() not in ALLOWED:
            shown = name or node.name
            raise Rejected(
                f"the function {shown[:60]} is not one of MySQL's that only compute", refused=_hostile(shown)
            )
        return
    try:
        text = node.sql(dialect="mysql", unsupported_level=ErrorLevel.RAISE, comments=False)
    except (UnsupportedError, SqlglotError, ValueError) as error:
        raise Rejected(f"MySQL has no {node.sql_name()}") from error
    found = _CALL.match(text)
    if found is not None and found.group(1).lower() not in ALLOWED:
        raise Rejected(f"MySQL has no function {found.group(1)[:60]} that only computes")
    if found is None and not isinstance(node, _BARE):
        raise Rejected(f"{node.sql_name()} is not allowed")


# Known to do more than compute: the person is told at once, and the model is not asked again.
_HOSTILE_NAMES = """
sleep benchmark get_lock release_lock release_all_locks is_free_lock is_used_lock load_file master_pos_wait
master_gtid_wait wait_for_executed_gtid_set setval nextval lastval last_insert_id sys_exec sys_eval sys_get sys_set
uuid_short encrypt des_decrypt aes_decrypt wsrep_sync_wait_upto_gtid
"""
_HOSTILE = frozenset(_HOSTILE_NAMES.split())


def _hostile(name: str) -> bool:
    return name.lower() in _HOSTILE


def _quoted(tree: exp.Expr) -> exp.Expr:
    """A copy where every name but a plain one is quoted: whether another character is part of a name, or white space,
    depends on the session's character set, and so on the server."""
    copy = tree.copy()
    for name in copy.find_all(exp.Identifier):
        if not _PLAIN.fullmatch(name.name):
            name.set("quoted", True)
    return copy


def with_limit(tree: exp.Query, limit: int) -> tuple[exp.Query, str | None]:
    """A copy whose outermost LIMIT is at most ``limit``, and a note when that changed something. Raises Rejected."""
    copy = tree.copy()
    present = copy.args.get("limit")
    if present is not None:
        count = present.args.get("count") if isinstance(present, exp.Fetch) else present.expression
        if not isinstance(count, exp.Literal) or count.is_string or not count.name.isdecimal():
            raise Rejected("LIMIT takes a whole number")
        if int(count.name) <= limit:
            return copy, None
    return copy.limit(limit, copy=False), f"at most {limit} rows"


def generate(tree: exp.Expr) -> str:
    """MySQL text of a checked tree; what it says is checked once more. Raises Rejected."""
    text, again = write_and_read(tree)
    if not isinstance(again, _QUERIES):
        raise Rejected("the statement does not survive translation")
    check_tree(again)
    return text


def write_and_read(tree: exp.Expr) -> tuple[str, exp.Expr]:
    """MySQL text of a tree, and the one statement that MySQL reads in it. Raises Rejected."""
    try:
        text: str = _quoted(tree).sql(dialect="mysql", comments=False, unsupported_level=ErrorLevel.RAISE)
        again = sqlglot.parse(text, read="mysql")
    except (SqlglotError, RecursionError, ValueError) as error:
        raise Rejected(f"MySQL cannot say this: {error}"[:300]) from error
    if len(again) != 1 or not isinstance(again[0], exp.Expr):
        raise Rejected("the statement does not survive translation")
    return text, again[0]
