"""Rules for operators and the syntax nodes of expressions."""

from collections.abc import Callable

from sqlglot import exp

from proxy.upstreams.dialect import arithmetic, dates, strings
from proxy.upstreams.dialect.calls import RULES as CALLS
from proxy.upstreams.dialect.calls import translate_call
from proxy.upstreams.dialect.casts import cast
from proxy.upstreams.dialect.comparisons import compare, harmonise
from proxy.upstreams.dialect.context import Context
from proxy.upstreams.dialect.jsons import json_extract, json_extract_scalar, json_object, json_object_agg
from proxy.upstreams.dialect.kinds import BOOL, DATETIME, FLOAT, INT, STRING, TIME, kind_of, with_kind
from proxy.upstreams.dialect.templates import call, number

Rule = Callable[[exp.Expr, Context], exp.Expr]


def _comparison(node: exp.Expr, context: Context) -> exp.Expr:
    if isinstance(node.expression, exp.Tuple | exp.Any | exp.All) or isinstance(node.this, exp.Tuple):
        return node
    left, right = compare(context, node.this, node.expression)
    node.set("this", left)
    node.set("expression", right)
    return node


def _null_safe(node: exp.Expr, context: Context) -> exp.Expr:
    left, right = compare(context, node.this, node.expression)
    return context.fill("<=>", left, right, kind=BOOL)


def _in(node: exp.Expr, context: Context) -> exp.Expr:
    if node.args.get("query") or isinstance(node.this, exp.Tuple):
        return node
    left, items = node.this, []
    for item in node.expressions:
        converted, value = compare(context, node.this.copy(), item)
        items.append(value)
        left = converted if kind_of(converted) != kind_of(node.this) else left
    node.set("this", left)
    node.set("expressions", items)
    return node


def _between(node: exp.Expr, context: Context) -> exp.Expr:
    low, high = node.args["low"], node.args["high"]
    left, new_low = compare(context, node.this.copy(), low)
    other, new_high = compare(context, node.this.copy(), high)
    changed = other if kind_of(other) != kind_of(node.this) else left
    node.set("this", changed)
    node.set("low", new_low)
    node.set("high", new_high)
    return node


def _connector(node: exp.Expr, context: Context) -> exp.Expr:
    node.set("this", context.convert.condition(node.this))
    node.set("expression", context.convert.condition(node.expression))
    return node


def _xor(node: exp.Expr, context: Context) -> exp.Expr:
    sides = [context.convert.condition(each) for each in (node.this, node.expression)]
    return context.fill("XOR", *sides, kind=BOOL)


def _not(node: exp.Expr, context: Context) -> exp.Expr:
    node.set("this", context.convert.condition(node.this))
    return node


def _is(node: exp.Expr, context: Context) -> exp.Expr:
    if isinstance(node.expression, exp.Boolean):
        node.set("this", context.convert.condition(node.this))
    return node


def _case(node: exp.Expr, context: Context) -> exp.Expr:
    ifs = node.args.get("ifs") or []
    operand = node.args.get("this")
    for each in ifs:
        if operand is None:
            each.set("this", context.convert.condition(each.this))
        else:
            left, right = compare(context, operand.copy(), each.this)
            each.set("this", with_kind(exp.EQ(this=left, expression=right), BOOL))
    node.set("this", None)
    default = node.args.get("default")
    values = [each.args["true"] for each in ifs] + ([default] if default else [])
    for each, value in zip([*ifs, node], harmonise(context, values), strict=False):
        each.set("true" if isinstance(each, exp.If) else "default", value)
    return node


def _concat(node: exp.Expr, context: Context) -> exp.Expr:
    parts = [context.convert.text(each) for each in node.expressions]
    return CALLS["CONCAT"](context, parts, STRING)


def _hex(node: exp.Expr, context: Context) -> exp.Expr:
    text = str(node.this)
    text = "0" * (len(text) % 2) + text
    if context.target == "postgres":
        return context.sql(f"CAST('\\x{text}' AS BYTEA)", kind=kind_of(node))
    node.set("this", text)
    return node


def _bit(node: exp.Expr, _context: Context) -> exp.Expr:
    return with_kind(number(int(str(node.this) or "0", 2)), INT)


def _introduced(node: exp.Expr, _context: Context) -> exp.Expr:
    inner = node.expression
    return with_kind(inner, STRING) if isinstance(inner, exp.Literal) else inner


def _now(name: str) -> Rule:
    def rule(node: exp.Expr, context: Context) -> exp.Expr:
        digits = node.args.get("this")
        return CALLS[name](context, [digits] if digits is not None else [], DATETIME if name == "NOW" else TIME)

    return rule


def _variable(node: exp.Expr, context: Context) -> exp.Expr:
    raise context.untranslatable(f"@{node.this.name}" if isinstance(node.this, exp.Expr) else "@variables")


def _refuse(construct: str) -> Rule:
    def rule(_node: exp.Expr, context: Context) -> exp.Expr:
        raise context.untranslatable(construct)

    return rule


def _literal(node: exp.Expr, context: Context) -> exp.Expr:
    text = str(node.this)
    if node.args.get("is_string") and "\0" in text:
        raise context.untranslatable("a NUL character in a string")
    if context.target == "postgres" and node.args.get("is_string") and "\\" in text:
        # As E'…', which means the same whatever standard_conforming_strings is in the session.
        return with_kind(exp.ByteString(this=text), STRING)
    if context.target == "postgres" and not node.args.get("is_string") and "e" in text.lower():
        return context.sql("CAST(_1 AS DOUBLE PRECISION)", node, kind=FLOAT)  # PostgreSQL takes 1e2 for exact
    return node


def _quantified(node: exp.Expr, context: Context) -> exp.Expr:
    if context.target == "sqlite":
        raise context.untranslatable("ALL, ANY and SOME with a subquery")
    return node


def _soundex(node: exp.Expr, context: Context) -> exp.Expr:
    return call("SOUNDEX", context.convert.text(node.this), kind=STRING)


RULES: dict[type[exp.Expr], Rule] = {
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE), _comparison),
    exp.NullSafeEQ: _null_safe,
    exp.In: _in,
    exp.Between: _between,
    exp.And: _connector,
    exp.Or: _connector,
    exp.Xor: _xor,
    exp.Not: _not,
    exp.Is: _is,
    exp.Add: arithmetic.sum,
    exp.Sub: arithmetic.sum,
    exp.Mul: arithmetic.arithmetic,
    exp.Div: arithmetic.divide,
    exp.IntDiv: arithmetic.int_divide,
    exp.Mod: arithmetic.modulo,
    exp.Neg: arithmetic.negate,
    **dict.fromkeys((exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor, exp.BitwiseNot), arithmetic.bits),
    exp.BitwiseLeftShift: arithmetic.bits,
    exp.BitwiseRightShift: arithmetic.bits,
    exp.Like: strings.pattern("LIKE"),
    exp.RegexpLike: strings.pattern("REGEXP"),
    exp.Escape: strings.escape,
    exp.Case: _case,
    exp.Cast: cast,
    exp.Concat: _concat,
    exp.Collate: strings.collate,
    exp.Trim: strings.trim,
    exp.Substring: strings.substring,
    exp.StrPosition: strings.position,
    exp.Chr: strings.char,
    exp.HexString: _hex,
    exp.BitString: _bit,
    exp.Introducer: _introduced,
    exp.CurrentTimestamp: _now("NOW"),
    exp.CurrentDate: _now("CURDATE"),
    exp.CurrentTime: _now("CURTIME"),
    exp.Extract: lambda node, context: dates.extract(context, node) if isinstance(node, exp.Extract) else node,
    exp.JSONExtract: json_extract,
    exp.JSONExtractScalar: json_extract_scalar,
    exp.JSONObject: json_object,
    exp.JSONObjectAgg: json_object_agg,
    exp.Anonymous: lambda node, context: translate_call(node, context) if isinstance(node, exp.Anonymous) else node,
    exp.Parameter: _variable,
    exp.SessionParameter: _variable,
    exp.PropertyEQ: _refuse(":="),
    exp.MatchAgainst: _refuse("MATCH … AGAINST"),
    exp.Literal: _literal,
    exp.Soundex: _soundex,
    exp.Any: _quantified,
    exp.All: _quantified,
}
