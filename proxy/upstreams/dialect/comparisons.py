"""Comparisons as MySQL makes them: https://dev.mysql.com/doc/refman/8.4/en/type-conversion.html

The equality of strings is the upstream's own (its keys, joins and indexes stand on it); LIKE, REGEXP, LOCATE and INSTR
search without case, as MySQL's default collations do.
"""

from sqlglot import exp

from proxy.upstreams.dialect.context import Context
from proxy.upstreams.dialect.convert import number_literal
from proxy.upstreams.dialect.kinds import (
    BOOL,
    BYTES,
    DATE,
    DATETIME,
    JSON,
    NULL,
    STRING,
    TIME,
    UNKNOWN,
    Kind,
    common,
    kind_of,
    with_kind,
)
from proxy.upstreams.dialect.literals import ZERO_DATE, is_number


def compare(context: Context, left: exp.Expr, right: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """Both sides converted to what MySQL compares them as."""
    left, right = _same_truth(context, left, right)
    kinds = kind_of(left), kind_of(right)
    if kinds[0].is_moment or kinds[0] is TIME:
        return _with_moment(context, left, right)
    if kinds[1].is_moment or kinds[1] is TIME:
        right, left = _with_moment(context, right, left)
        return left, right
    if kinds[0].is_number and kinds[1] is STRING:
        return left, _number(context, right)
    if kinds[1].is_number and kinds[0] is STRING:
        return _number(context, left), right
    if BYTES in kinds and STRING in kinds:
        sides = [each if kind_of(each) is BYTES else context.convert.bytes(each) for each in (left, right)]
        return sides[0], sides[1]
    return _with_json(context, left, right)


def _with_json(context: Context, left: exp.Expr, right: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """JSON beside a number is its number, beside a string its text."""
    sides = []
    for one, other in ((left, right), (right, left)):
        if kind_of(one) is JSON and kind_of(other).is_number:
            one = context.convert.number(one)
        elif kind_of(one) is JSON and kind_of(other) is STRING:
            one = context.fill("JSON_UNQUOTE:json", one, kind=STRING)
        sides.append(one)
    return sides[0], sides[1]


def _number(context: Context, node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Literal) and is_number(str(node.this)) and context.target == "postgres":
        return node  # PostgreSQL reads it as the other side's type, whatever that is
    return (
        number_literal(str(node.this), context.target)
        if isinstance(node, exp.Literal)
        else context.convert.number(node)
    )


def _same_truth(context: Context, left: exp.Expr, right: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """A truth value beside a number: the literal 1 or 0 becomes TRUE or FALSE, else the truth value a number."""
    if context.target == "sqlite":  # where it is one already
        is_text = STRING in (kind_of(left), kind_of(right))
        return (context.convert.value(left), context.convert.value(right)) if is_text else (left, right)
    for one, other in ((left, right), (right, left)):
        if kind_of(one) is BOOL and kind_of(other).name not in ("bool", "null", "unknown"):
            literal = str(other.this) if isinstance(other, exp.Literal) else ""
            if literal in ("0", "1"):
                truth = with_kind(exp.Boolean(this=literal == "1"), BOOL)
                return (one, truth) if one is left else (truth, one)
            value = context.convert.value(one)
            return (value, other) if one is left else (other, value)
    for one, other in ((left, right), (right, left)):
        if isinstance(one, exp.Boolean) and kind_of(other).name not in ("bool", "null", "unknown"):
            value = context.convert.value(one)
            return (value, other) if one is left else (other, value)
    return left, right


def _with_moment(context: Context, moment: exp.Expr, other: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    kind, other_kind = kind_of(moment), kind_of(other)
    if isinstance(other, exp.Literal):
        text = str(other.this)
        if ZERO_DATE.match(text) and context.target != "sqlite":
            type_ = "DATE" if kind is DATE else "TIMESTAMP"
            return moment, context.sql(f"CAST('-infinity' AS {type_})", kind=kind)
        inner = moment.unnest()
        is_time = isinstance(inner, exp.Column) or (isinstance(inner, exp.Cast) and inner.to.this is exp.DType.TIME)
        literal = (
            context.convert.time_of_literal(text, "TIME" if is_time and context.target == "duckdb" else "INTERVAL")
            if kind is TIME
            else context.convert.moment_of_literal(text)
        )
        if literal is None:
            return moment, other
        if context.target == "sqlite" and kind_of(literal) is not kind and kind is not TIME:
            if kind is DATETIME:
                return moment, with_kind(exp.Literal.string(f"{literal.this} 00:00:00"), DATETIME)
            return context.sql("_1 || ' 00:00:00'", moment, kind=DATETIME), literal
        return moment, literal
    if other_kind is STRING:
        return moment, context.convert.time(other) if kind is TIME else context.convert.moment(other)
    if other_kind.is_number:
        return context.convert.number(moment), other
    if context.target == "sqlite" and {kind, other_kind} == {DATE, DATETIME}:
        padded = [
            context.sql("_1 || ' 00:00:00'", each, kind=DATETIME) if kind_of(each) is DATE else each
            for each in (moment, other)
        ]
        return padded[0], padded[1]
    return moment, other


def harmonise(context: Context, nodes: list[exp.Expr]) -> list[exp.Expr]:
    """Values that stand in each other's place (CASE, COALESCE, UNION): made one type where the kinds differ."""
    nodes = [context.convert.value(node) if _mixes_truth(nodes) else node for node in nodes]
    kinds = [kind_of(node) for node in nodes if kind_of(node) is not NULL]
    whole = common(kinds)
    if whole is STRING and context.target != "sqlite":
        return [node if kind_of(node) in (STRING, NULL) else context.convert.text(node) for node in nodes]
    if whole is DATETIME and context.target == "sqlite":
        return [context.convert.moment(node) if kind_of(node) is DATE else node for node in nodes]
    if whole.name == "decimal" and context.target == "postgres":
        return [_scaled(node, whole.scale or 0) for node in nodes]
    return nodes


def _scaled(node: exp.Expr, scale: int) -> exp.Expr:
    """The literal 0 beside a DECIMAL(8,2) is 0.00."""
    kind = kind_of(node)
    if not isinstance(node, exp.Literal) or kind.name not in ("int", "decimal") or (kind.scale or 0) >= scale:
        return node
    whole, _, fraction = str(node.this).partition(".")
    return with_kind(exp.Literal.number(f"{whole}.{fraction.ljust(scale, '0')}"), Kind("decimal", scale))


def _mixes_truth(nodes: list[exp.Expr]) -> bool:
    kinds = {kind_of(node) for node in nodes} - {NULL}
    return BOOL in kinds and (len(kinds) > 1 or UNKNOWN in kinds)
