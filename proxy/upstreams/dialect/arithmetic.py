"""Rules for arithmetic: https://dev.mysql.com/doc/refman/8.4/en/arithmetic-functions.html"""

from sqlglot import exp

from proxy.upstreams.dialect import dates
from proxy.upstreams.dialect.aggregates import scaled
from proxy.upstreams.dialect.context import Context
from proxy.upstreams.dialect.kinds import FLOAT, INT, kind_of


def sum(node: exp.Expr, context: Context) -> exp.Expr:
    subtract = isinstance(node, exp.Sub)
    left, right = node.this, node.expression
    if isinstance(left, exp.Interval):
        if isinstance(right, exp.Interval) and right.args.get("unit") is None:
            right = right.this  # sqlglot reads INTERVAL 1 DAY + '…' as a sum of intervals
        return dates.add_interval(context, right, left, subtract=False)
    if isinstance(right, exp.Interval):
        return dates.add_interval(context, left, right, subtract=subtract)
    return arithmetic(node, context)


_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg)


def _is_inner(node: exp.Expr) -> bool:
    """Its value is calculated with further."""
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return isinstance(parent, _ARITHMETIC)


def _exact(node: exp.Expr, result: exp.Expr, context: Context) -> exp.Expr:
    """MySQL divides with more digits than it shows: the scale is given to the whole of a calculation."""
    divides = isinstance(node, exp.Div) or any(
        isinstance(each, exp.Expr) and each.unnest().meta.get("divides")
        for each in (node.this, node.args.get("expression"))
    )
    if divides and not _is_inner(node):
        result.meta["kind"] = kind_of(node)
        return scaled(result, context)
    result.meta["divides"] = divides
    return result


def _wide(left: exp.Expr, right: exp.Expr, context: Context) -> exp.Expr:
    """MySQL calculates with 64 bits whatever the columns have; a column or literal decides the width elsewhere."""
    sides = [each.unnest() for each in (left, right)]
    narrow = all(kind_of(each) is INT for each in sides) and context.target != "sqlite"
    literals = [isinstance(each, exp.Literal) for each in sides]
    columns = [isinstance(each, exp.Column) for each in sides]
    if not narrow or not (any(columns) or all(literals)) or (all(literals) and _is_small(sides)):
        return left
    return context.sql("CAST(_1 AS BIGINT)", left, kind=INT)


def _is_small(literals: list[exp.Expr]) -> bool:
    return all(len(str(each.this)) < 5 for each in literals)


def arithmetic(node: exp.Expr, context: Context) -> exp.Expr:
    left, right = context.convert.number(node.this), context.convert.number(node.expression)
    node.set("this", _wide(left, right, context))
    node.set("expression", right)
    return _exact(node, node, context)


def divide(node: exp.Expr, context: Context) -> exp.Expr:
    left, right = context.convert.number(node.this), context.convert.number(node.expression)
    kind = kind_of(node)
    result = context.fill("/ FLOAT" if kind is FLOAT else "/ DECIMAL", left, right, kind=kind)
    return _exact(node, result, context)


def int_divide(node: exp.Expr, context: Context) -> exp.Expr:
    left, right = context.convert.number(node.this), context.convert.number(node.expression)
    whole = kind_of(left) is INT and kind_of(right) is INT and "DIV:int" in context.templates
    return context.fill("DIV:int" if whole else "DIV", left, right, kind=INT)


def modulo(node: exp.Expr, context: Context) -> exp.Expr:
    left, right = context.convert.number(node.this), context.convert.number(node.expression)
    is_float = kind_of(node) is FLOAT and "MOD:float" in context.templates
    return context.fill("MOD:float" if is_float else "MOD", left, right, kind=kind_of(node))


def negate(node: exp.Expr, context: Context) -> exp.Expr:
    value = context.convert.number(node.this)
    is_narrow = kind_of(value) is INT and isinstance(value.unnest(), exp.Column) and context.target == "duckdb"
    node.set("this", context.sql("CAST(_1 AS BIGINT)", value, kind=INT) if is_narrow else value)
    return _exact(node, node, context)


def bits(node: exp.Expr, context: Context) -> exp.Expr:
    node.set("this", context.convert.integer(node.this))
    if node.args.get("expression"):
        node.set("expression", context.convert.integer(node.expression))
    if isinstance(node, exp.BitwiseXor):
        return context.fill("BITXOR", node.this, node.expression, kind=INT)
    return node
