"""Rules for MySQL's JSON operators and constructors."""

from sqlglot import exp

from proxy.upstreams.dialect.context import Context
from proxy.upstreams.dialect.kinds import JSON, STRING, kind_of
from proxy.upstreams.dialect.templates import string


def _path(node: exp.Expr) -> exp.Expr:
    path = node.expression
    return string(path.sql(dialect="mysql").strip("'")) if isinstance(path, exp.JSONPath) else path


def json_extract(node: exp.Expr, context: Context) -> exp.Expr:
    """``j -> '$.path'``."""
    return context.fill("JSON_EXTRACT", context.convert.json(node.this), _path(node), kind=JSON)


def json_extract_scalar(node: exp.Expr, context: Context) -> exp.Expr:
    """``j ->> '$.path'``."""
    return context.fill("JSON_UNQUOTE:json", json_extract(node, context), kind=STRING)


def _value(context: Context, node: exp.Expr) -> exp.Expr:
    if context.target == "postgres" and isinstance(node, exp.Literal) and node.is_string:
        return context.sql("CAST(_1 AS TEXT)", node, kind=STRING)  # jsonb_build_object takes no untyped literal
    return context.convert.value(node) if kind_of(node).name != "bool" else node


def json_object(node: exp.Expr, context: Context) -> exp.Expr:
    """JSON_OBJECT(key, value, …)."""
    pairs = [
        each
        for pair in node.expressions
        for each in (context.convert.text(pair.this), _value(context, pair.expression))
    ]
    return context.fill("JSON_OBJECT", *pairs, kind=JSON)


def json_object_agg(node: exp.Expr, context: Context) -> exp.Expr:
    """JSON_OBJECTAGG(key, value)."""
    pair = node.expressions[0]
    return context.fill("JSON_OBJECTAGG", context.convert.text(pair.this), pair.expression, kind=JSON)
