"""Rules for operators and the syntax nodes of expressions."""

from collections.abc import Callable

from sqlglot import exp

from proxy.upstreams.dialect import dates, strings
from proxy.upstreams.dialect.aggregates import scaled
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


def _sum(node: exp.Expr, context: Context) -> exp.Expr:
    subtract = isinstance(node, exp.Sub)
    left, right = node.this, node.expression
    if isinstance(left, exp.Interval):
        if isinstance(right, exp.Interval) and right.args.get("unit") is None:
            right = right.this  # sqlglot reads INTERVAL 1 DAY + '…' as a sum of intervals
        return dates.add_interval(context, right, left, subtract=False)
    if isinstance(right, exp.Interval):
        return dates.add_interval(context, left, right, subtract=subtract)
    return _arithmetic(node, context)


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


def _arithmetic(node: exp.Expr, context: Context) -> exp.Expr:
    left, right = context.convert.number(node.this), context.convert.number(node.expression)
    node.set("this", _wide(left, right, context))
    node.set("expression", right)
    return _exact(node, node, context)


def _divide(node: exp.Expr, context: Context) -> exp.Expr:
    left, right = context.convert.number(node.this), context.convert.number(node.expression)
    kind = kind_of(node)
    result = context.fill("/ FLOAT" if kind is FLOAT else "/ DECIMAL", left, right, kind=kind)
    return _exact(node, result, context)


def _int_divide(node: exp.Expr, context: Context) -> exp.Expr:
    left, right = context.convert.number(node.this), context.convert.number(node.expression)
    whole = kind_of(left) is INT and kind_of(right) is INT and "DIV:int" in context.templates
    return context.fill("DIV:int" if whole else "DIV", left, right, kind=INT)


def _modulo(node: exp.Expr, context: Context) -> exp.Expr:
    left, right = context.convert.number(node.this), context.convert.number(node.expression)
    is_float = kind_of(node) is FLOAT and "MOD:float" in context.templates
    return context.fill("MOD:float" if is_float else "MOD", left, right, kind=kind_of(node))


def _negate(node: exp.Expr, context: Context) -> exp.Expr:
    value = context.convert.number(node.this)
    is_narrow = kind_of(value) is INT and isinstance(value.unnest(), exp.Column) and context.target == "duckdb"
    node.set("this", context.sql("CAST(_1 AS BIGINT)", value, kind=INT) if is_narrow else value)
    return _exact(node, node, context)


def _bits(node: exp.Expr, context: Context) -> exp.Expr:
    node.set("this", context.convert.integer(node.this))
    if node.args.get("expression"):
        node.set("expression", context.convert.integer(node.expression))
    if isinstance(node, exp.BitwiseXor):
        return context.fill("BITXOR", node.this, node.expression, kind=INT)
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
    if context.target == "postgres" and not node.args.get("is_string") and "e" in text.lower():
        return context.sql(f"CAST({text} AS DOUBLE PRECISION)", kind=FLOAT)  # PostgreSQL takes 1e2 for exact
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
    exp.Add: _sum,
    exp.Sub: _sum,
    exp.Mul: _arithmetic,
    exp.Div: _divide,
    exp.IntDiv: _int_divide,
    exp.Mod: _modulo,
    exp.Neg: _negate,
    **dict.fromkeys((exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor, exp.BitwiseNot), _bits),
    exp.BitwiseLeftShift: _bits,
    exp.BitwiseRightShift: _bits,
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
