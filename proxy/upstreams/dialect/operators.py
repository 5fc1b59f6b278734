"""Rules for operators and the syntax nodes of expressions."""

from collections.abc import Callable

from sqlglot import exp

from proxy.upstreams.dialect import dates
from proxy.upstreams.dialect.calls import RULES as CALLS
from proxy.upstreams.dialect.calls import translate_call
from proxy.upstreams.dialect.casts import cast
from proxy.upstreams.dialect.comparisons import compare, harmonise
from proxy.upstreams.dialect.context import Context
from proxy.upstreams.dialect.jsons import json_extract, json_extract_scalar, json_object, json_object_agg
from proxy.upstreams.dialect.kinds import BOOL, DATETIME, FLOAT, INT, NULL, STRING, TIME, kind_of, with_kind
from proxy.upstreams.dialect.templates import call, number, string

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
    if isinstance(node.expression, exp.Interval):
        return dates.add_interval(context, node.this, node.expression, subtract=subtract)
    if isinstance(node.this, exp.Interval):
        return dates.add_interval(context, node.expression, node.this, subtract=False)
    return _arithmetic(node, context)


def _arithmetic(node: exp.Expr, context: Context) -> exp.Expr:
    node.set("this", context.convert.number(node.this))
    node.set("expression", context.convert.number(node.expression))
    return node


def _divide(node: exp.Expr, context: Context) -> exp.Expr:
    left, right = context.convert.number(node.this), context.convert.number(node.expression)
    kind = kind_of(node)
    if kind.name == "decimal" and kind.scale is not None:
        return context.fill("/ SCALED", left, right, kind=kind, size=min(kind.scale, 28))
    return context.fill("/ FLOAT" if kind is FLOAT else "/ DECIMAL", left, right, kind=kind)


def _int_divide(node: exp.Expr, context: Context) -> exp.Expr:
    left, right = context.convert.number(node.this), context.convert.number(node.expression)
    whole = kind_of(left) is INT and kind_of(right) is INT and "DIV:int" in context.templates
    return context.fill("DIV:int" if whole else "DIV", left, right, kind=INT)


def _modulo(node: exp.Expr, context: Context) -> exp.Expr:
    left, right = context.convert.number(node.this), context.convert.number(node.expression)
    is_float = kind_of(node) is FLOAT and "MOD:float" in context.templates
    return context.fill("MOD:float" if is_float else "MOD", left, right, kind=kind_of(node))


def _negate(node: exp.Expr, context: Context) -> exp.Expr:
    node.set("this", context.convert.number(node.this))
    return node


def _bits(node: exp.Expr, context: Context) -> exp.Expr:
    node.set("this", context.convert.integer(node.this))
    if node.args.get("expression"):
        node.set("expression", context.convert.integer(node.expression))
    if isinstance(node, exp.BitwiseXor):
        return context.fill("BITXOR", node.this, node.expression, kind=INT)
    return node


def _is_binary(node: exp.Expr) -> bool:
    """BINARY x, or x COLLATE …_bin or …_cs: compared by its bytes."""
    if isinstance(node, exp.Collate):
        return str(node.expression.name).lower().endswith(("_bin", "_cs"))
    return isinstance(node, exp.Cast) and node.to.this in (exp.DType.BINARY, exp.DType.VARBINARY)


def _pattern(name: str) -> Rule:
    def rule(node: exp.Expr, context: Context) -> exp.Expr:
        exact = any(node.meta.get("binary", ()))
        sides = [context.convert.text(each) for each in (node.this, node.expression)]
        result = context.fill(f"{name} BINARY" if exact else name, *sides, kind=BOOL)
        return with_kind(exp.Not(this=exp.Paren(this=result)), BOOL) if node.args.get("negate") else result

    return rule


def _escape(node: exp.Expr, context: Context) -> exp.Expr:
    """``x LIKE p ESCAPE e``: the inner LIKE is translated already; its ESCAPE becomes this one."""
    inner = node.this.unnest()
    negated = isinstance(inner, exp.Not)
    inner = inner.this.unnest() if negated else inner
    inner = inner.this if isinstance(inner, exp.Escape) else inner
    if isinstance(inner, exp.Anonymous):
        raise context.untranslatable("LIKE BINARY … ESCAPE")
    result = with_kind(exp.Escape(this=inner, expression=node.expression), BOOL)
    return with_kind(exp.Not(this=result), BOOL) if negated else result


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


def _collate(node: exp.Expr, context: Context) -> exp.Expr:
    if context.target == "postgres" and _is_binary(node) and not isinstance(node.parent, exp.Like | exp.RegexpLike):
        return with_kind(exp.Collate(this=node.this, expression=exp.to_identifier("C", quoted=True)), STRING)
    inner: exp.Expr = node.this
    return inner


def _trim(node: exp.Expr, context: Context) -> exp.Expr:
    node.set("this", context.convert.text(node.this))
    wanted, position = node.args.get("expression"), str(node.args.get("position") or "").upper()
    if wanted is None and not position:
        return node
    if (
        context.target == "postgres"
        and wanted is not None
        and not (isinstance(wanted, exp.Literal) and len(str(wanted.this)) == 1)
    ):
        raise context.untranslatable("TRIM of more than one character")
    name = {"LEADING": "LTRIM", "TRAILING": "RTRIM"}.get(position, "BTRIM" if context.target == "postgres" else "TRIM")
    return call(name, node.this, *([wanted] if wanted is not None else []), kind=STRING)


def _substring(node: exp.Expr, context: Context) -> exp.Expr:
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


def _position(node: exp.Expr, context: Context) -> exp.Expr:
    sides = [context.convert.text(each) for each in (node.args["substr"], node.this)]
    return context.fill("LOCATE/2", *sides, kind=INT)


def _char(node: exp.Expr, context: Context) -> exp.Expr:
    name = "CHAR" if context.target == "sqlite" else "CHR"
    parts = [call(name, context.convert.integer(each), kind=STRING) for each in node.expressions]
    return CALLS["CONCAT"](context, list(parts), STRING)


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
    if node.is_string and "\0" in str(node.this):
        raise context.untranslatable("a NUL character in a string")
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
    exp.Like: _pattern("LIKE"),
    exp.RegexpLike: _pattern("REGEXP"),
    exp.Escape: _escape,
    exp.Case: _case,
    exp.Cast: cast,
    exp.Concat: _concat,
    exp.Collate: _collate,
    exp.Trim: _trim,
    exp.Substring: _substring,
    exp.StrPosition: _position,
    exp.Chr: _char,
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
}


def mark_binary(tree: exp.Expr) -> None:
    """Note which side of LIKE and REGEXP is compared by its bytes, before COLLATE and BINARY are rewritten."""
    for node in tree.find_all(exp.Like, exp.RegexpLike):
        node.meta["binary"] = [_is_binary(each) for each in (node.this, node.expression)]


__all__ = ["NULL", "RULES", "mark_binary"]
