"""CAST, CONVERT and BINARY: https://dev.mysql.com/doc/refman/8.4/en/cast-functions.html"""

from sqlglot import exp

from proxy.upstreams.dialect.context import Context
from proxy.upstreams.dialect.kinds import (
    DATE,
    DATETIME,
    FLOAT,
    INT,
    JSON,
    STRING,
    Kind,
    kind_of,
    kind_of_type,
    with_kind,
)
from proxy.upstreams.dialect.templates import call, fill

_TEXT = (exp.DType.CHAR, exp.DType.NCHAR, exp.DType.VARCHAR, exp.DType.TEXT, exp.DType.CHARACTER_SET)
_BINARY = (exp.DType.BINARY, exp.DType.VARBINARY, exp.DType.BLOB)


def cast(node: exp.Expr, context: Context) -> exp.Expr:
    """As MySQL converts: a string by its numeric beginning, never an error where MySQL gives a warning."""
    assert isinstance(node, exp.Cast)
    type_ = node.to
    value: exp.Expr = node.this
    if type_.this in _TEXT:
        return _text(context, value, type_)
    if type_.this in _BINARY:
        return _binary(node, context, value)
    kind = kind_of_type(type_)
    if kind.name == "int" and kind_of(value) is STRING:
        number = fill("TRUNC(_1)", context.target, [context.convert.number(value)], FLOAT)
        return context.convert.integer(number)
    if kind.name == "int":
        return context.convert.integer(value) if context.target != "sqlite" else _sqlite_int(context, value)
    if kind.name in ("decimal", "float"):
        return _numeric(context, value, type_, kind)
    if kind is DATE:
        return _dated(context, value)
    if kind is DATETIME:
        return context.convert.moment(value)
    if kind.name == "time":
        return context.convert.time(value)
    if kind is JSON:
        return context.convert.json(value)
    return node


def _text(context: Context, value: exp.Expr, type_: exp.DataType) -> exp.Expr:
    text = context.convert.text(value)
    sizes = [each.this for each in type_.expressions if isinstance(each, exp.DataTypeParam)]
    if not sizes:
        return text
    if context.target == "sqlite":
        return call("SUBSTR", text, exp.Literal.number(1), sizes[0], kind=STRING)
    return call("LEFT", text, sizes[0], kind=STRING)


def _binary(node: exp.Expr, context: Context, value: exp.Expr) -> exp.Expr:
    """As bytes only where the client reads them as such; in comparisons the string itself is compared exactly."""
    if isinstance(node.parent, exp.Predicate | exp.Ordered | exp.In):
        return value
    return context.convert.bytes(value)


def _sqlite_int(context: Context, value: exp.Expr) -> exp.Expr:
    if kind_of(value) is INT:
        return value
    return fill("CAST(ROUND(_1) AS INTEGER)", "sqlite", [context.convert.number(value)], INT)


def _numeric(context: Context, value: exp.Expr, type_: exp.DataType, kind: Kind) -> exp.Expr:
    number = context.convert.number(value)
    if context.target == "sqlite":
        return (
            fill(f"ROUND(_1, {kind.scale or 0})", "sqlite", [number], kind)
            if kind.name == "decimal"
            else fill("CAST(_1 AS REAL)", "sqlite", [number], kind)
        )
    sizes = [str(each.this) for each in type_.expressions]
    name = f"DECIMAL({', '.join(sizes or ['10', '0'])})" if kind.name == "decimal" else "DOUBLE PRECISION"
    return with_kind(fill(f"CAST(_1 AS {name})", context.target, [number], kind), kind)


def _dated(context: Context, value: exp.Expr) -> exp.Expr:
    moment = context.convert.date(value)
    if kind_of(moment) is DATE or kind_of(moment).name == "null":
        return moment
    if context.target == "sqlite":
        return call("mysql_date", moment, kind=DATE)
    return fill("CAST(_1 AS DATE)", context.target, [moment], DATE)
