"""Rules for aggregates: https://dev.mysql.com/doc/refman/8.4/en/aggregate-functions.html"""

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from proxy.upstreams.dialect.context import Context, case
from proxy.upstreams.dialect.kinds import BOOL, FLOAT, INT, STRING, kind_of, with_kind
from proxy.upstreams.dialect.templates import call, number, string


def _inner(node: exp.Expr) -> tuple[exp.Expr, bool]:
    inner = node.this
    if isinstance(inner, exp.Distinct):
        return inner.expressions[0], True
    return inner, False


def _set_inner(node: exp.Expr, value: exp.Expr) -> None:
    if isinstance(node.this, exp.Distinct):
        node.this.set("expressions", [value])
    else:
        node.set("this", value)


def total(node: exp.Expr, context: Context) -> exp.Expr:
    """SUM, and the deviations and variances: of numbers."""
    _set_inner(node, context.convert.number(_inner(node)[0]))
    return node


def average(node: exp.Expr, context: Context) -> exp.Expr:
    """AVG, with MySQL's scale where it is exact."""
    _set_inner(node, context.convert.number(_inner(node)[0]))
    return node if isinstance(node.parent, exp.Window) else scaled(node, context)


def scaled(node: exp.Expr, context: Context) -> exp.Expr:
    kind = kind_of(node)
    if kind.name == "decimal" and kind.scale is not None:
        return context.fill("AVG SCALED", node, kind=kind, size=min(kind.scale, 28))
    return node


def window(node: exp.Expr, context: Context) -> exp.Expr:
    """AVG(…) OVER (…): the scale is given to the whole."""
    return scaled(node, context) if isinstance(node.this, exp.Avg) else node


def count(node: exp.Expr, context: Context) -> exp.Expr:
    """COUNT(DISTINCT a, b) leaves out rows where one of them is NULL."""
    distinct = node.this
    if not isinstance(distinct, exp.Distinct) or len(distinct.expressions) < 2:
        return node
    items = distinct.expressions
    present = exp.and_(*(exp.Not(this=exp.Is(this=each.copy(), expression=exp.Null())) for each in items), copy=False)
    row = call("JSON_ARRAY" if context.target == "sqlite" else "ROW", *items)
    distinct.set("expressions", [case([(present, row)], None, STRING)])
    return node


def group_concat(node: exp.Expr, context: Context) -> exp.Expr:
    """GROUP_CONCAT([DISTINCT] x [ORDER BY …] [SEPARATOR s])."""
    separator = node.args.get("separator") or string(",")
    inner, order = node.this, None
    if isinstance(inner, exp.Order):
        order, inner = inner, inner.this
    is_distinct = isinstance(inner, exp.Distinct)
    value = inner.expressions[0] if isinstance(inner, exp.Distinct) else inner
    keys = order.expressions if order else []
    if context.target == "sqlite":
        return _sqlite_concat(context, value, separator, keys, is_distinct=is_distinct)
    if not is_distinct:
        joined: exp.Expr = context.convert.text(value)
        arguments = [joined, separator]
        if keys:
            arguments[-1] = exp.Order(this=separator, expressions=keys)
        return call("STRING_AGG", *arguments, kind=STRING)
    return _distinct_concat(context, value, separator, keys)


def _distinct_concat(context: Context, value: exp.Expr, separator: exp.Expr, keys: list[exp.Expr]) -> exp.Expr:
    """Through an array, so that numbers are ordered as numbers."""
    if any(each.this != value for each in keys):
        raise context.untranslatable("GROUP_CONCAT(DISTINCT … ORDER BY) something else")
    items: exp.Expr = exp.Distinct(expressions=[value.copy()])
    if keys:
        items = exp.Order(this=items, expressions=keys)
    array = exp.Filter(
        this=call("ARRAY_AGG", items),
        expression=exp.Where(this=exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))),
    )
    return call("ARRAY_TO_STRING", array, separator, kind=STRING)


def _sqlite_concat(
    context: Context, value: exp.Expr, separator: exp.Expr, keys: list[exp.Expr], *, is_distinct: bool
) -> exp.Expr:
    """``mysql_group_concat(distinct, separator, value, descending, key, …)``, in Python."""
    flags: list[exp.Expr] = []
    for key in keys:
        flags += [number(1 if key.args.get("desc") else 0), key.this]
    return call("mysql_group_concat", number(int(is_distinct)), separator, value, *flags, kind=STRING)


_NAMES: dict[type[Any], str] = {
    exp.StddevPop: "STDDEV_POP",
    exp.Stddev: "STDDEV_POP",
    exp.StddevSamp: "STDDEV_SAMP",
    exp.Variance: "VAR_SAMP",
    exp.VariancePop: "VAR_POP",
}

_BITS: dict[type[Any], str] = {
    exp.BitwiseAndAgg: "BIT_AND",
    exp.BitwiseOrAgg: "BIT_OR",
    exp.BitwiseXorAgg: "BIT_XOR",
}


def deviation(node: exp.Expr, context: Context) -> exp.Expr:
    """STD and STDDEV are of the population in MySQL."""
    name = _NAMES[type(node)]
    value = context.convert.number(_inner(node)[0])
    if context.target == "sqlite":
        return call(f"mysql_{name.lower()}", value, kind=FLOAT)
    return call(name, context.sql("CAST(_1 AS DOUBLE PRECISION)", value), kind=FLOAT)


def bits(node: exp.Expr, context: Context) -> exp.Expr:
    """BIT_AND, BIT_OR, BIT_XOR."""
    name = _BITS[type(node)]
    function = f"mysql_{name.lower()}" if context.target == "sqlite" else name
    return call(function, context.convert.integer(node.this), kind=INT)


def extreme(node: exp.Expr, context: Context) -> exp.Expr:
    """MIN and MAX of truth values are of 1 and 0."""
    value, _ = _inner(node)
    if kind_of(value) is BOOL:
        _set_inner(node, context.convert.value(value))
    return node


def any_value(node: exp.Expr, context: Context) -> exp.Expr:
    """ANY_VALUE(x)."""
    if context.target == "postgres":
        return pick_any(node.this)
    return node if context.target == "duckdb" else call("MAX", node.this, kind=kind_of(node))


def pick_any(value: exp.Expr) -> exp.Expr:
    """PostgreSQL before 16 has no ANY_VALUE."""
    kind = kind_of(value)
    if kind.name in ("int", "decimal", "float", "string", "date", "datetime", "time"):
        return call("MIN", value, kind=kind)
    array = exp.Paren(this=call("ARRAY_AGG", value))
    return with_kind(exp.Bracket(this=array, expressions=[number(1)], offset=1), kind)


RULES: dict[type[Any], Callable[[exp.Expr, Context], exp.Expr]] = {
    exp.Sum: total,
    exp.Avg: average,
    exp.Window: window,
    exp.Count: count,
    exp.GroupConcat: group_concat,
    **dict.fromkeys(_NAMES, deviation),
    **dict.fromkeys(_BITS, bits),
    exp.Max: extreme,
    exp.Min: extreme,
    exp.AnyValue: any_value,
}
