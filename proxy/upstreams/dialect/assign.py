"""Values on their way into a column, as MySQL's strict mode stores them."""

from sqlglot import exp

from proxy.upstreams.dialect.context import Context
from proxy.upstreams.dialect.errors import incorrect_value
from proxy.upstreams.dialect.kinds import BOOL, BYTES, DATE, INT, JSON, NULL, STRING, TIME, Kind, kind_of, with_kind
from proxy.upstreams.dialect.literals import ZERO_DATE
from proxy.upstreams.dialect.resolve import kind_of_name
from proxy.upstreams.dialect.schema import Column
from proxy.upstreams.dialect.templates import call


def is_default(node: exp.Expr) -> bool:
    """The keyword DEFAULT."""
    return isinstance(node, exp.Var | exp.Column) and node.name.upper() == "DEFAULT" and not node.args.get("table")


def hold_assignments(node: exp.Expr) -> None:
    """``a = 1`` is a comparison to sqlglot's tree; as a pair it is not translated as one."""
    node.set("expressions", [exp.Tuple(expressions=[each.this, each.expression]) for each in node.expressions])


def assign(context: Context, value: exp.Expr, column: Column) -> exp.Expr:
    """``value`` (translated already) as ``column`` takes it. Raises 1292 for a zero date."""
    if is_default(value):
        return exp.Var(this="DEFAULT")
    if column.generated and _asks_for_a_number(value):
        return exp.Null() if context.target == "sqlite" else exp.Var(this="DEFAULT")
    wanted, kind = kind_of_name(column.type, context.target), kind_of(value)
    if kind is NULL or wanted.name == "unknown":
        return value
    if wanted is BOOL:
        return value if kind is STRING else context.convert.condition(value)
    if kind is BOOL:
        value, kind = context.convert.value(value), INT
    if wanted.is_moment:
        return _moment(context, value, wanted)
    if wanted is BYTES:
        return context.convert.bytes(value)
    return _plain(context, value, wanted, kind)


def _plain(context: Context, value: exp.Expr, wanted: Kind, kind: Kind) -> exp.Expr:
    if wanted is INT and kind is not INT and context.target == "sqlite":
        return context.convert.integer(value)
    if wanted.name == "decimal" and wanted.scale is not None and context.target == "sqlite":
        return context.sql(f"ROUND(_1, {wanted.scale})", context.convert.number(value), kind=wanted)
    if wanted is STRING:
        return value if isinstance(value, exp.Literal) and value.is_string else context.convert.text(value)
    if wanted is TIME and isinstance(value, exp.Literal):
        return context.convert.time_of_literal(str(value.this), "TIME") or value
    if wanted.is_number and kind is STRING and not isinstance(value, exp.Literal):
        return context.convert.number(value)
    if wanted is JSON and kind is STRING and not isinstance(value, exp.Literal):
        return context.convert.json(value)
    if wanted is JSON and kind is BYTES:
        return context.convert.json(context.convert.text(value))
    return value


def _asks_for_a_number(value: exp.Expr) -> bool:
    return isinstance(value, exp.Null) or (isinstance(value, exp.Literal) and str(value.this).strip() == "0")


def _moment(context: Context, value: exp.Expr, wanted: Kind) -> exp.Expr:
    if not isinstance(value, exp.Literal):
        kind = kind_of(value)
        if context.target == "sqlite" and kind is not STRING:
            return _sqlite_moment(context, value, wanted, kind)
        return context.convert.moment(value) if kind is STRING else value
    text = str(value.this)
    if ZERO_DATE.match(text) or text.strip() == "0":
        if context.facts.get("ignore"):
            return with_kind(exp.Null(), NULL)
        raise incorrect_value("date" if wanted is DATE else "datetime", text)
    literal = context.convert.moment_of_literal(text)
    if literal is None:
        raise incorrect_value("date" if wanted is DATE else "datetime", text)
    if context.target == "sqlite":
        plain = str(literal.this)
        plain = plain[:10] if wanted is DATE else plain if " " in plain else f"{plain} 00:00:00"
        return with_kind(exp.Literal.string(plain), wanted)
    return literal


def _sqlite_moment(context: Context, value: exp.Expr, wanted: Kind, kind: Kind) -> exp.Expr:
    if wanted is DATE and kind is not DATE:
        return call("mysql_date", value, kind=DATE)
    return context.convert.moment(value) if wanted is not DATE and kind is DATE else value
