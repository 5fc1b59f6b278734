"""Rules for MySQL's functions."""

from collections.abc import Callable
from decimal import Decimal

from sqlglot import exp

from proxy.upstreams.dialect import dates
from proxy.upstreams.dialect.comparisons import compare, harmonise
from proxy.upstreams.dialect.context import Context, case
from proxy.upstreams.dialect.functions import SIGNATURES, Signature
from proxy.upstreams.dialect.kinds import BOOL, DATETIME, INT, NULL, STRING, Kind, common, kind_of, with_kind
from proxy.upstreams.dialect.templates import call, number, string

Rule = Callable[[Context, list[exp.Expr], Kind], exp.Expr]

# Functions of the upstreams' own that read or write outside the database. The grants of the database, and DuckDB's
# enable_external_access, are the lock; this only keeps MySQL's side from reaching for the handle.
_OUTSIDE = ("READ_", "PG_READ", "PG_LS", "PG_STAT_FILE", "LO_", "PARQUET_", "SNIFF_", "DBLINK", "PG_EXECUTE", "WRITE")
_OUTSIDE_NAMES = frozenset({"GLOB", "GETENV", "LOAD_FILE", "LOAD_EXTENSION", "QUERY", "QUERY_TO_XML", "ICEBERG_SCAN"})
_OUTSIDE_NAMES |= {"SQLITE_SCAN", "POSTGRES_SCAN", "MYSQL_SCAN", "DELTA_SCAN", "READFILE", "WRITEFILE", "EDIT", "EVAL"}


def translate_call(node: exp.Anonymous, context: Context) -> exp.Expr:
    """A call of a function by name: MySQL's own are translated, others (the upstream's) are left."""
    name = str(node.this).upper()
    signature = SIGNATURES.get(name)
    if name == "ROW":
        return exp.Tuple(expressions=node.expressions)
    if signature is None:
        if name.startswith(_OUTSIDE) or name in _OUTSIDE_NAMES:
            raise context.untranslatable(name)
        node.set("expressions", [context.convert.value(each) for each in node.expressions])
        return node
    arguments = list(node.expressions)
    kind = kind_of(node)
    if not signature.takes(len(arguments)):
        raise context.untranslatable(f"{name} with {len(arguments)} arguments")
    rule = RULES.get(signature.name)
    if rule:
        return rule(context, _converted(context, signature, arguments), kind)
    return _by_template(context, signature, arguments, kind)


def _converted(context: Context, signature: Signature, arguments: list[exp.Expr]) -> list[exp.Expr]:
    return [context.convert.to(signature.parameter(i), each) for i, each in enumerate(arguments)]


def _by_template(context: Context, signature: Signature, arguments: list[exp.Expr], kind: Kind) -> exp.Expr:
    converted = _converted(context, signature, arguments)
    name, count = signature.name, len(arguments)
    first = kind_of(converted[0]).name if converted else ""
    keys = (f"{name}:{first}/{count}", f"{name}:{first}", f"{name}/{count}", name)
    key = next((each for each in keys if each in context.templates), None)
    if key is None:
        if context.target == "sqlite":
            return call(f"mysql_{name.lower()}", *converted, kind=kind)
        raise context.untranslatable(name)
    if signature.parameters[:1] == ("any",) and ":" not in key:
        converted[0] = context.convert.text(converted[0])
    return context.fill(key, *converted, kind=kind)


def _concat(context: Context, arguments: list[exp.Expr], kind: Kind) -> exp.Expr:
    if all(isinstance(each, exp.Literal) for each in arguments):
        return with_kind(string("".join(str(each.this) for each in arguments)), STRING)
    if len(arguments) == 1:
        return arguments[0]
    result = _parenthesised(arguments[0])
    for each in arguments[1:]:
        result = exp.DPipe(this=result, expression=_parenthesised(each))
    return with_kind(exp.Paren(this=result), STRING)


def _parenthesised(node: exp.Expr) -> exp.Expr:
    simple = (exp.Literal, exp.Column, exp.Func, exp.Paren, exp.Null)
    if isinstance(node, simple) and not isinstance(node, exp.Connector):
        return node
    return exp.Paren(this=node)


def _if(context: Context, arguments: list[exp.Expr], kind: Kind) -> exp.Expr:
    values = harmonise(context, arguments[1:])
    return case([(arguments[0], values[0])], values[1], kind)


def _coalesce(context: Context, arguments: list[exp.Expr], kind: Kind) -> exp.Expr:
    first, *others = harmonise(context, arguments)
    return with_kind(exp.Coalesce(this=first, expressions=others), kind) if others else first


def _nullif(context: Context, arguments: list[exp.Expr], kind: Kind) -> exp.Expr:
    left, right = compare(context, arguments[0].copy(), arguments[1])
    return case([(with_kind(exp.EQ(this=left, expression=right), BOOL), exp.Null())], arguments[0], kind)


def _as_moments(context: Context, nodes: list[exp.Expr]) -> list[exp.Expr]:
    """Beside a date, strings are dates."""
    kinds = [kind_of(node) for node in nodes]
    if not any(kind.is_moment for kind in kinds):
        return nodes
    convert = context.convert.moment if DATETIME in kinds else context.convert.date
    return [convert(node) if kind_of(node) is STRING else node for node in nodes]


def _extreme(name: str) -> Rule:
    def rule(context: Context, arguments: list[exp.Expr], kind: Kind) -> exp.Expr:
        values = harmonise(context, _as_moments(context, arguments))
        function = call(
            {"sqlite": {"GREATEST": "MAX", "LEAST": "MIN"}}.get(context.target, {}).get(name, name), *values
        )
        risky = [each for each in values if not isinstance(each, exp.Literal)]
        if context.target == "sqlite" or not risky:
            return with_kind(function, kind)
        missing = exp.or_(
            *(exp.Is(this=_parenthesised(each.copy()), expression=exp.Null()) for each in risky), copy=False
        )
        return case([(missing, exp.Null())], function, kind)

    return rule


def _field(context: Context, arguments: list[exp.Expr], _kind: Kind) -> exp.Expr:
    pairs = []
    for position, each in enumerate(arguments[1:], start=1):
        left, right = compare(context, arguments[0].copy(), each)
        pairs.append((with_kind(exp.EQ(this=left, expression=right), BOOL), number(position)))
    return case(pairs, number(0), INT)


def _elt(_context: Context, arguments: list[exp.Expr], _kind: Kind) -> exp.Expr:
    pairs = [
        (exp.EQ(this=_parenthesised(arguments[0].copy()), expression=number(position)), each)
        for position, each in enumerate(arguments[1:], start=1)
    ]
    return case(pairs, None, STRING)


def _format(context: Context, arguments: list[exp.Expr], _kind: Kind) -> exp.Expr:
    if context.target == "sqlite":
        return call("mysql_format", *arguments, kind=STRING)
    places = min(context.whole(arguments[1], "FORMAT with digits that are not a literal"), 30)
    if context.target == "duckdb":
        return context.sql(
            f"FORMAT('{{:,.{places}f}}', CAST(ROUND(_1, {places}) AS DOUBLE))", arguments[0], kind=STRING
        )
    pattern = "FM999,999,999,999,999,999,999,990" + ("." + "0" * places if places else "")
    return context.sql(f"TO_CHAR(ROUND(CAST(_1 AS DECIMAL), {places}), '{pattern}')", arguments[0], kind=STRING)


def _sha2(context: Context, arguments: list[exp.Expr], _kind: Kind) -> exp.Expr:
    bits = str(arguments[1].this) if isinstance(arguments[1], exp.Literal) else "?"
    if context.target == "sqlite":
        return call("mysql_sha2", *arguments, kind=STRING)
    if bits not in ("0", "256") and (context.target != "postgres" or bits not in ("224", "384", "512")):
        raise context.untranslatable(f"SHA2 with {bits} bits")
    text = context.templates["SHA2"]
    wanted = text.replace("SHA256", f"SHA{bits}") if bits != "0" else text
    return context.sql(wanted, context.convert.text(arguments[0]), kind=STRING)


def _unquote(context: Context, arguments: list[exp.Expr], _kind: Kind) -> exp.Expr:
    argument = arguments[0]
    is_json = kind_of(argument).name == "json"
    if context.target == "sqlite" and not is_json:
        return call("mysql_json_unquote", argument, kind=STRING)
    name = "JSON_UNQUOTE:json" if is_json else "JSON_UNQUOTE"
    return context.fill(name, argument if is_json else context.convert.text(argument), kind=STRING)


def _truncate(context: Context, arguments: list[exp.Expr], kind: Kind) -> exp.Expr:
    number = kind_of(arguments[0]).name
    if context.target == "duckdb" and kind.name == "decimal" and kind.scale is not None:
        scale = min(kind.scale, 28)
        unit = exp.Literal.number(f"{Decimal(1).scaleb(-scale):f}")
        return context.fill("TRUNCATE:decimal", arguments[0], unit, kind=kind, size=scale)
    if context.target == "sqlite":
        return call("mysql_truncate", *arguments, kind=kind)
    key = f"TRUNCATE:{number}"
    return context.fill(key if key in context.templates and number != "decimal" else "TRUNCATE", *arguments, kind=kind)


def _rand(context: Context, _arguments: list[exp.Expr], kind: Kind) -> exp.Expr:
    return context.fill("RAND/0", kind=kind)


RULES: dict[str, Rule] = {
    "CONCAT": _concat,
    "IF": _if,
    "IFNULL": _coalesce,
    "COALESCE": _coalesce,
    "NULLIF": _nullif,
    "GREATEST": _extreme("GREATEST"),
    "LEAST": _extreme("LEAST"),
    "FIELD": _field,
    "ELT": _elt,
    "FORMAT": _format,
    "SHA2": _sha2,
    "JSON_UNQUOTE": _unquote,
    "TRUNCATE": _truncate,
    "RAND": _rand,
    **dates.RULES,
}

__all__ = ["NULL", "common", "translate_call"]
