"""Rules for patterns, collations and the string functions that have a syntax of their own."""

from collections.abc import Callable

from sqlglot import exp

from proxy.upstreams.dialect.calls import RULES as CALLS
from proxy.upstreams.dialect.context import Context
from proxy.upstreams.dialect.kinds import BOOL, INT, STRING, with_kind
from proxy.upstreams.dialect.templates import call, string

Rule = Callable[[exp.Expr, Context], exp.Expr]


def _is_binary(node: exp.Expr) -> bool:
    """BINARY x, or x COLLATE …_bin or …_cs: compared by its bytes."""
    if isinstance(node, exp.Collate):
        return str(node.expression.name).lower().endswith(("_bin", "_cs"))
    return isinstance(node, exp.Cast) and node.to.this in (exp.DType.BINARY, exp.DType.VARBINARY)


def pattern(name: str) -> Rule:
    def rule(node: exp.Expr, context: Context) -> exp.Expr:
        exact = any(node.meta.get("binary", ()))
        sides = [context.convert.text(each) for each in (node.this, node.expression)]
        result = context.fill(f"{name} BINARY" if exact else name, *sides, kind=BOOL)
        return with_kind(exp.Not(this=exp.Paren(this=result)), BOOL) if node.args.get("negate") else result

    return rule


def escape(node: exp.Expr, context: Context) -> exp.Expr:
    """``x LIKE p ESCAPE e``: the inner LIKE is translated already; its ESCAPE becomes this one."""
    inner = node.this.unnest()
    negated = isinstance(inner, exp.Not)
    inner = inner.this.unnest() if negated else inner
    inner = inner.this if isinstance(inner, exp.Escape) else inner
    if isinstance(inner, exp.Anonymous):
        raise context.untranslatable("LIKE BINARY … ESCAPE")
    result = with_kind(exp.Escape(this=inner, expression=node.expression), BOOL)
    return with_kind(exp.Not(this=result), BOOL) if negated else result


def collate(node: exp.Expr, context: Context) -> exp.Expr:
    if context.target == "postgres" and _is_binary(node) and not isinstance(node.parent, exp.Like | exp.RegexpLike):
        return with_kind(exp.Collate(this=node.this, expression=exp.to_identifier("C", quoted=True)), STRING)
    inner: exp.Expr = node.this
    return inner


def trim(node: exp.Expr, context: Context) -> exp.Expr:
    node.set("this", context.convert.text(node.this))
    wanted, position = node.args.get("expression"), str(node.args.get("position") or "").upper()
    if wanted is None and not position:
        return node
    if wanted is not None and not (isinstance(wanted, exp.Literal) and len(wanted.name) == 1):
        raise context.untranslatable("TRIM of more than one character")
    name = {"LEADING": "LTRIM", "TRAILING": "RTRIM"}.get(position, "BTRIM" if context.target == "postgres" else "TRIM")
    return call(name, node.this, *([wanted] if wanted is not None else []), kind=STRING)


def substring(node: exp.Expr, context: Context) -> exp.Expr:
    text = context.convert.text(node.this)
    start = context.convert.integer(node.args["start"])
    length = node.args.get("length")
    rest = [context.convert.integer(length)] if length is not None else []
    if context.target == "sqlite":
        return call("mysql_substring", text, start, *rest, kind=STRING)
    if isinstance(start, exp.Literal) and str(start.this) != "0":
        count = [context.sql("GREATEST(_1, 0)", each) if not isinstance(each, exp.Literal) else each for each in rest]
        return call("SUBSTR", text, start, *count, kind=STRING)
    if isinstance(start, exp.Literal):
        return with_kind(string(""), STRING)
    tail = context.sql(
        "CASE WHEN _2 > 0 THEN SUBSTR(_1, CAST(_2 AS INT)) WHEN _2 < 0 AND -_2 <= LENGTH(_1) "
        "THEN RIGHT(_1, -CAST(_2 AS INT)) ELSE '' END",
        text,
        start,
        kind=STRING,
    )
    return context.sql("LEFT(_1, CAST(GREATEST(_2, 0) AS INT))", tail, *rest, kind=STRING) if rest else tail


def position(node: exp.Expr, context: Context) -> exp.Expr:
    sides = [context.convert.text(each) for each in (node.args["substr"], node.this)]
    return context.fill("LOCATE/2", *sides, kind=INT)


def char(node: exp.Expr, context: Context) -> exp.Expr:
    name = "CHAR" if context.target == "sqlite" else "CHR"
    parts = [call(name, context.convert.integer(each), kind=STRING) for each in node.expressions]
    return CALLS["CONCAT"](context, list(parts), STRING)


def mark_binary(tree: exp.Expr) -> None:
    """Note which side of LIKE and REGEXP is compared by its bytes, before COLLATE and BINARY are rewritten."""
    for node in tree.find_all(exp.Like, exp.RegexpLike):
        node.meta["binary"] = [_is_binary(each) for each in (node.this, node.expression)]
