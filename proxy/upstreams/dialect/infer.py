"""The kind of one MySQL expression, given the kinds of its parts."""

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from proxy.upstreams.dialect.functions import SIGNATURES
from proxy.upstreams.dialect.kinds import (
    BOOL,
    BY_NAME,
    BYTES,
    DATE,
    DATETIME,
    DECIMAL,
    FLOAT,
    INT,
    JSON,
    NULL,
    STRING,
    TIME,
    UNKNOWN,
    Kind,
    common,
    kind_of,
    kind_of_type,
)

DIVISION_SCALE = 4  # MySQL's div_precision_increment
SUB_DAY_UNITS = ("HOUR", "MINUTE", "SECOND", "MICROSECOND")


def infer(node: exp.Expr) -> Kind:
    """``node``'s children have been inferred; columns and subqueries are not for this function."""
    rule = _RULES.get(type(node))
    if rule:
        return rule(node)
    if isinstance(node, exp.Predicate | exp.Connector | exp.Not):
        return BOOL
    if isinstance(node, exp.Paren | exp.Alias | exp.Collate | exp.Distinct | exp.Any | exp.All | exp.Ordered):
        return kind_of(_only(node))
    return UNKNOWN


def _only(node: exp.Expr) -> exp.Expr | None:
    inner = node.this if node.args.get("this") else next(iter(node.expressions), None)
    return inner if isinstance(inner, exp.Expr) else None


def arithmetic_kind(left: Kind, right: Kind, scale: Callable[[int, int], int]) -> Kind:
    """The kind of ``+ - * %`` over them, strings counting as floats."""
    names = {left.name, right.name}
    if "unknown" in names:
        return UNKNOWN
    if names <= {"int", "bool"}:
        return INT
    if names <= {"int", "bool", "decimal"}:
        known = left.scale, right.scale
        return DECIMAL if None in known else Kind("decimal", scale(known[0] or 0, known[1] or 0))
    return FLOAT


def _sum(node: exp.Expr) -> Kind:
    left, right = kind_of(node.this), kind_of(node.expression)
    for moment, other in ((left, node.expression), (right, node.this)):
        if isinstance(other, exp.Interval):
            return added_kind(moment, other.text("unit"))
    return arithmetic_kind(left, right, max)


def added_kind(moment: Kind, unit: str) -> Kind:
    """The kind of a date with an interval added."""
    if moment is DATE:
        return DATETIME if unit.upper().split("_")[-1] in SUB_DAY_UNITS else DATE
    return moment if moment in (DATETIME, TIME) else DATETIME


def _product(node: exp.Expr) -> Kind:
    return arithmetic_kind(kind_of(node.this), kind_of(node.expression), int.__add__)


def _quotient(node: exp.Expr) -> Kind:
    left, right = kind_of(node.this), kind_of(node.expression)
    names = {left.name, right.name}
    if "unknown" in names:
        return UNKNOWN
    if names <= {"int", "bool", "decimal"}:
        return Kind("decimal", None if left.scale is None and left is DECIMAL else (left.scale or 0) + DIVISION_SCALE)
    return FLOAT


def _literal(node: exp.Expr) -> Kind:
    if node.args.get("is_string"):
        return STRING
    text = str(node.this)
    if "e" in text.lower():
        return FLOAT
    return Kind("decimal", len(text.partition(".")[2])) if "." in text else INT


def _case(node: exp.Expr) -> Kind:
    values = [each.args.get("true") for each in node.args.get("ifs", ())]
    return common([kind_of(each) for each in [*values, node.args.get("default")]])


def _extremum(node: exp.Expr) -> Kind:
    return kind_of(_only(node))


def _total(node: exp.Expr) -> Kind:
    inner = kind_of(_only(node))
    if inner.name in ("int", "bool"):
        return Kind("decimal", 0)
    return inner if inner.name in ("decimal", "unknown") else FLOAT


def _average(node: exp.Expr) -> Kind:
    inner = kind_of(_only(node))
    if inner.name in ("int", "bool"):
        return Kind("decimal", DIVISION_SCALE)
    if inner.name == "decimal":
        return Kind("decimal", None if inner.scale is None else inner.scale + DIVISION_SCALE)
    return inner if inner is UNKNOWN else FLOAT


def _negation(node: exp.Expr) -> Kind:
    inner = kind_of(node.this)
    if inner.name == "string":
        return FLOAT
    return INT if inner is BOOL else inner


def _cast(node: exp.Expr) -> Kind:
    kind = kind_of_type(node.args["to"])
    return Kind("decimal", 0) if kind == DECIMAL else kind


def _function(node: exp.Expr) -> Kind:
    signature = SIGNATURES.get(str(node.this).upper())
    if signature is None:
        return UNKNOWN
    arguments = node.expressions
    kinds = [kind_of(each) for each in arguments]
    named = BY_NAME.get(signature.result)
    return named or _RESULTS[signature.result](arguments, kinds)


def _rounded(arguments: list[exp.Expr], kinds: list[Kind]) -> Kind:
    if kinds[0].name != "decimal":
        return kinds[0] if kinds[0].name in ("int", "unknown") else FLOAT
    if len(arguments) == 1:
        return Kind("decimal", 0)
    digits = arguments[1].name if isinstance(arguments[1], exp.Literal) else ""
    scale = kinds[0].scale
    if scale is None or not digits.isdecimal():
        return DECIMAL
    return Kind("decimal", int(min(scale, float(digits))))


def _added(arguments: list[exp.Expr], kinds: list[Kind]) -> Kind:
    if len(arguments) == 3:  # TIMESTAMPADD(unit, n, moment)
        return added_kind(kinds[2], arguments[0].name)
    interval = arguments[1] if len(arguments) > 1 else None
    return added_kind(kinds[0], interval.text("unit") if isinstance(interval, exp.Interval) else "DAY")


def _parsed(arguments: list[exp.Expr], kinds: list[Kind]) -> Kind:
    pattern = arguments[1].name if len(arguments) > 1 else ""
    has_time = any(f"%{each}" in pattern for each in "HhIiklprSsTf")
    has_date = any(f"%{each}" in pattern for each in "YymcdejMbUuVvXxaWwD")
    return DATE if not has_time else DATETIME if has_date else TIME


_RESULTS: dict[str, Callable[[list[exp.Expr], list[Kind]], Kind]] = {
    "first": lambda _arguments, kinds: _as_number(kinds[0]),
    "last": lambda _arguments, kinds: common(kinds[1:]),
    "common": lambda _arguments, kinds: common(kinds),
    "round": _rounded,
    "add": _added,
    "addtime": lambda _arguments, kinds: TIME if kinds[0] is TIME else DATETIME,
    "parsed": _parsed,
    "unixtime": lambda arguments, _kinds: STRING if len(arguments) == 2 else DATETIME,
}


def _as_number(kind: Kind) -> Kind:
    return INT if kind is BOOL else kind


def _constant(kind: Kind) -> Callable[[exp.Expr], Kind]:
    return lambda _node: kind


_RULES: dict[type[Any], Callable[[exp.Expr], Kind]] = (
    {
        exp.Literal: _literal,
        exp.Boolean: _constant(BOOL),
        exp.Null: _constant(NULL),
        exp.Add: _sum,
        exp.Sub: _sum,
        exp.Mul: _product,
        exp.Div: _quotient,
        exp.Mod: _product,
        exp.IntDiv: _constant(INT),
        exp.Neg: _negation,
        exp.Case: _case,
        exp.Cast: _cast,
        exp.Max: _extremum,
        exp.Min: _extremum,
        exp.AnyValue: _extremum,
        exp.Sum: _total,
        exp.Avg: _average,
        exp.Count: _constant(INT),
        exp.Anonymous: _function,
        exp.Window: _extremum,
        exp.Lag: _extremum,
        exp.Lead: _extremum,
        exp.FirstValue: _extremum,
        exp.LastValue: _extremum,
        exp.NthValue: _extremum,
        exp.Extract: _constant(INT),
        exp.CurrentTimestamp: _constant(DATETIME),
        exp.CurrentDate: _constant(DATE),
        exp.CurrentTime: _constant(TIME),
        exp.JSONExtract: _constant(JSON),
        exp.JSONObject: _constant(JSON),
        exp.JSONObjectAgg: _constant(JSON),
        exp.HexString: _constant(BYTES),
        exp.BitString: _constant(INT),
    }
    | {
        each: _constant(STRING)
        for each in (
            exp.Concat,
            exp.GroupConcat,
            exp.Trim,
            exp.Substring,
            exp.JSONExtractScalar,
            exp.JSONValue,
            exp.Chr,
        )
    }
    | {
        each: _constant(INT)
        for each in (exp.StrPosition, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor, exp.BitwiseNot, exp.RowNumber)
    }
    | {
        each: _constant(INT)
        for each in (exp.BitwiseLeftShift, exp.BitwiseRightShift, exp.Rank, exp.DenseRank, exp.Ntile, exp.BitwiseAndAgg)
    }
    | {each: _constant(FLOAT) for each in (exp.StddevPop, exp.StddevSamp, exp.Stddev, exp.Variance, exp.VariancePop)}
)
