"""What syntax is known, and which of it a masked value may go through."""

from collections.abc import Iterator

from sqlglot import exp

from plugins.builtin.mask.lexing import refused

# What a masked value may go through: what comes out is hidden, and nothing else tells of it. No arithmetic: numbers out
# of range are errors. Order stands in aggregates here; a window with one is none of these.
_THROUGH: frozenset[type[exp.Expr]] = frozenset(
    {
        *(exp.Alias, exp.Paren, exp.Upper, exp.Lower, exp.Concat, exp.ConcatWs, exp.Left, exp.Right, exp.Substring),
        *(exp.Trim, exp.Reverse, exp.Length, exp.Coalesce, exp.Count, exp.Min, exp.Max, exp.GroupConcat, exp.MD5),
        *(exp.Hex, exp.ToBase64, exp.JSONObject, exp.JSONArray, exp.JSONKeyValue, exp.JSONArrayAgg, exp.JSONObjectAgg),
        *(exp.SHA, exp.SHA2, exp.Sum, exp.Avg, exp.Distinct, exp.Order, exp.Ordered, exp.Year, exp.Month),
        *(
            exp.Collate,
            exp.AnyValue,
            exp.Tuple,
            exp.Date,
            exp.Ascii,
            exp.Stddev,
            exp.StddevPop,
            exp.StddevSamp,
            exp.Variance,
        ),
    }
)
_THROUGH_NAMES = frozenset(
    "json_array json_arrayagg json_objectagg json_quote char_length insert rpad lpad quote".split()
)
NODES: frozenset[type[exp.Expr]] = frozenset(
    {
        *(exp.Select, exp.Union, exp.Except, exp.Intersect, exp.Subquery, exp.With, exp.CTE, exp.From, exp.Join),
        *(exp.Table, exp.TableAlias, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Limit, exp.Offset),
        *(exp.Distinct, exp.Alias, exp.Column, exp.Identifier, exp.Literal, exp.Star, exp.Null, exp.Boolean, exp.Paren),
        *(
            exp.Tuple,
            exp.Var,
            exp.Add,
            exp.Sub,
            exp.Mul,
            exp.Div,
            exp.IntDiv,
            exp.Mod,
            exp.Neg,
            exp.EQ,
            exp.NEQ,
            exp.GT,
        ),
        *(exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.In, exp.Between, exp.Like, exp.Escape),
        *(exp.RegexpLike, exp.Not, exp.And, exp.Or, exp.Xor, exp.Exists, exp.Any, exp.All, exp.Case, exp.If, exp.Cast),
        *(
            exp.DataType,
            exp.DataTypeParam,
            exp.CharacterSet,
            exp.Interval,
            exp.IntervalSpan,
            exp.Window,
            exp.WindowSpec,
        ),
        *(exp.Collate, exp.HexString, exp.BitString, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor, exp.BitwiseNot),
        *(
            exp.BitwiseLeftShift,
            exp.BitwiseRightShift,
            exp.Placeholder,
            exp.JSONPath,
            exp.JSONPathRoot,
            exp.JSONPathKey,
        ),
        *(exp.JSONPathSubscript, exp.JSONKeyValue, exp.Rollup, exp.Parameter, exp.SessionParameter, exp.Values),
        *(exp.Lock, exp.IndexTableHint, exp.Introducer, exp.National, exp.Partition),
    }
)
SELECT_PARTS = frozenset(
    """
    with_ expressions from_ joins where group having order limit offset distinct windows operation_modifiers locks
    """.split()
)
SET_PARTS = frozenset("with_ this expression distinct order limit offset by_name side kind on".split())
TABLE_PARTS = frozenset("this alias db joins partition".split())
SUBQUERY_PARTS = frozenset("this alias with_ order limit offset".split())


def passes_through(node: exp.Expr) -> bool:
    """Whether a masked value may go through."""
    if isinstance(node, (exp.Anonymous, exp.AnonymousAggFunc)):
        return str(node.this).lower() in _THROUGH_NAMES
    return type(node) in _THROUGH


def known(node: exp.Expr) -> None:
    """Raise ``AskwireError`` MASKED where it is none of the syntax that is known."""
    if type(node) not in NODES and not isinstance(node, exp.Func):
        raise refused(f"Columns are masked for this account, and {type(node).__name__} cannot be checked")


def only(node: exp.Expr, parts: frozenset[str]) -> None:
    extra = {name for name, value in node.args.items() if value} - parts
    if extra:
        said = ", ".join(sorted(extra)).upper().strip("_")
        raise refused(f"Columns are masked for this account, and {said} cannot be checked here")


def children(node: exp.Expr) -> Iterator[exp.Expr]:
    for value in node.args.values():
        yield from flat(value)


def flat(value: object) -> Iterator[exp.Expr]:
    if isinstance(value, exp.Expr):
        yield value
    elif isinstance(value, list):
        for each in value:
            if isinstance(each, exp.Expr):
                yield each


def all_joins(node: exp.Expr) -> Iterator[exp.Join]:
    """All joins of a FROM, also those within parentheses, none of subqueries."""
    from_ = node.args.get("from_")
    pending: list[exp.Expr] = [*(node.args.get("joins") or ()), *([from_.this] if from_ else [])]
    while pending:
        part = pending.pop()
        if isinstance(part, exp.Join):
            yield part
            pending.append(part.this)
        elif isinstance(part, (exp.Table, exp.Subquery)):
            pending += part.args.get("joins") or ()
            if isinstance(part, exp.Subquery) and isinstance(part.this, (exp.Table, exp.Subquery)):
                pending.append(part.this)
