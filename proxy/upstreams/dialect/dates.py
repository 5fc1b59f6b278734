"""Rules for MySQL's date and time functions.

https://dev.mysql.com/doc/refman/8.4/en/date-and-time-functions.html
"""

import re
from collections.abc import Callable

from sqlglot import exp

from proxy.upstreams.dialect import formats
from proxy.upstreams.dialect.context import TARGETS, Context
from proxy.upstreams.dialect.infer import added_kind
from proxy.upstreams.dialect.kinds import DATE, DATETIME, INT, STRING, TIME, Kind, kind_of
from proxy.upstreams.dialect.templates import call, number, string
from proxy.upstreams.dialect.zones import OFFSET, zone_of

UNITS = ("MICROSECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
_SQLITE_WEEKS = ("0", "1", "2", "3", "4", "5")
# https://dev.mysql.com/doc/refman/8.4/en/expressions.html#temporal-intervals
_PARTS = {
    f"{first}_{last}": parts
    for parts in (
        *(("DAY", "HOUR", "MINUTE", "SECOND", "MICROSECOND")[i:j] for i in range(4) for j in range(i + 2, 6)),
        ("YEAR", "MONTH"),
    )
    for first, last in [(parts[0], parts[-1])]
}


def unit_of(context: Context, node: exp.Expr | None) -> str:
    """The name of a unit, in capitals."""
    name = node.name.upper().removeprefix("SQL_TSI_") if node is not None else ""
    if name not in UNITS and name not in _PARTS:
        raise context.untranslatable(f"INTERVAL … {name}")
    return name


def add_interval(context: Context, moment: exp.Expr, interval: exp.Interval, *, subtract: bool) -> exp.Expr:
    """``moment + INTERVAL n unit``."""
    amount = interval.this
    unit = unit_of(context, interval.args.get("unit"))
    amount = context.convert.value(amount)
    if not isinstance(amount, exp.Expr):
        raise context.untranslatable("INTERVAL")
    return add_units(context, moment, amount, unit, subtract=subtract)


def add_units(context: Context, moment: exp.Expr, amount: exp.Expr, unit: str, *, subtract: bool) -> exp.Expr:
    """A DATE stays one where the unit is a day or longer."""
    kind = kind_of(moment)
    moment = moment if kind is TIME else context.convert.date(moment)
    kind = added_kind(kind_of(moment), unit)
    if context.target == "sqlite":
        sign = [exp.Neg(this=number(1))] if subtract else [number(1)]
        return call("mysql_date_add", moment, amount, string(unit), *sign, kind=kind)
    if unit in _PARTS:
        delta = _compound(context, amount, unit)
    else:
        factor = context.convert.number(amount) if unit == "SECOND" else context.convert.integer(amount)
        one = TARGETS[context.target].UNITS[unit]
        delta = context.sql(f"_1 * {one}", factor)
    name = "SUB" if subtract else "ADD"
    return context.fill(f"{name} DATE" if kind is DATE else name, moment, delta, kind=kind)


def _compound(context: Context, amount: exp.Expr, unit: str) -> exp.Expr:
    if not isinstance(amount, exp.Literal):
        raise context.untranslatable(f"INTERVAL … {unit} of what is not a literal")
    parts = _PARTS[unit]
    text = str(amount.this).strip()
    numbers = [int(each) for each in re.findall(r"[0-9]+", text)][: len(parts)]
    named = list(zip(reversed(parts), reversed(numbers), strict=False))  # missing parts are missing on the left
    sign = -1 if text.startswith("-") else 1
    units = TARGETS[context.target].UNITS
    terms = [f"({sign * value}) * {units[part]}" for part, value in named] or [f"0 * {units[parts[-1]]}"]
    return context.sql(" + ".join(terms))


def _date_add(context: Context, arguments: list[exp.Expr], _kind: Kind) -> exp.Expr:
    return _added(context, arguments, subtract=False)


def _date_sub(context: Context, arguments: list[exp.Expr], _kind: Kind) -> exp.Expr:
    return _added(context, arguments, subtract=True)


def _added(context: Context, arguments: list[exp.Expr], *, subtract: bool) -> exp.Expr:
    moment, interval = arguments
    if isinstance(interval, exp.Interval):
        return add_interval(context, moment, interval, subtract=subtract)
    return add_units(context, moment, interval, "DAY", subtract=subtract)


def _timestampadd(context: Context, arguments: list[exp.Expr], _kind: Kind) -> exp.Expr:
    return add_units(context, arguments[2], arguments[1], unit_of(context, arguments[0]), subtract=False)


def _timestampdiff(context: Context, arguments: list[exp.Expr], _kind: Kind) -> exp.Expr:
    unit = unit_of(context, arguments[0])
    if context.target == "sqlite":
        return call("mysql_timestampdiff", string(unit), *arguments[1:], kind=INT)
    return context.fill(f"DIFF {unit}", *arguments[1:], kind=INT)


def _date_format(context: Context, arguments: list[exp.Expr], _kind: Kind) -> exp.Expr:
    return formats.format_moment(context, arguments[0], arguments[1])


def _time_format(context: Context, arguments: list[exp.Expr], _kind: Kind) -> exp.Expr:
    if context.target == "sqlite":
        return call("mysql_time_format", *arguments, kind=STRING)
    return formats.format_moment(context, arguments[0], arguments[1])


def _str_to_date(context: Context, arguments: list[exp.Expr], kind: Kind) -> exp.Expr:
    if context.target == "sqlite":
        return call("mysql_str_to_date", *arguments, kind=kind)
    pattern = formats.parse_format(context, arguments[1])
    return context.fill(f"PARSE {kind.name.upper()}", arguments[0], string(pattern), kind=kind)


def _from_unixtime(context: Context, arguments: list[exp.Expr], _kind: Kind) -> exp.Expr:
    name = "FROM_UNIXTIME"
    if context.target == "sqlite":
        moment = call("mysql_from_unixtime", arguments[0], kind=DATETIME)
    else:
        moment = context.fill(name, arguments[0], kind=DATETIME)
    return formats.format_moment(context, moment, arguments[1]) if len(arguments) == 2 else moment


def _week(name: str, modes: dict[str, str]) -> Callable[[Context, list[exp.Expr], Kind], exp.Expr]:
    def rule(context: Context, arguments: list[exp.Expr], _kind: Kind) -> exp.Expr:
        no_literal = f"{name} with a mode that is not a literal"
        mode = str(context.whole(arguments[1], no_literal)) if len(arguments) == 2 else "0"
        if context.target == "sqlite" and mode in _SQLITE_WEEKS:
            return call(f"mysql_{name.lower()}", arguments[0], number(int(mode)), kind=INT)
        if mode not in modes:
            raise context.untranslatable(f"{name} with mode {mode}")
        return context.fill(f"{name} {modes[mode]}", arguments[0], kind=INT)

    return rule


def _now(name: str, kind: Kind) -> Callable[[Context, list[exp.Expr], Kind], exp.Expr]:
    def rule(context: Context, arguments: list[exp.Expr], _kind: Kind) -> exp.Expr:
        no_literal = f"{name} with digits that are not a literal"
        digits = context.whole(arguments[0], no_literal) if arguments else 0
        if context.target == "sqlite":
            return call(f"mysql_{name.lower()}", number(digits), kind=kind)
        exact = f"{name}/1" in context.templates and 1 <= digits <= 6
        key = f"{name}/1" if exact else f"{name}/0" if f"{name}/0" in context.templates else name
        size = digits if exact and "%d" in context.templates[key] else None
        return context.fill(key, kind=kind, size=size)

    return rule


def _timediff(context: Context, arguments: list[exp.Expr], kind: Kind) -> exp.Expr:
    left, right = (context.convert.time(each) for each in arguments)
    if context.target == "sqlite":
        return call("mysql_timediff", left, right, kind=kind)
    if kind_of(left) is TIME and context.target == "duckdb":
        return context.sql("_1 - _2", left, right, kind=TIME)
    return context.fill("TIMEDIFF", left, right, kind=kind)


def _addtime(context: Context, arguments: list[exp.Expr], kind: Kind, *, name: str) -> exp.Expr:
    first = context.convert.time(arguments[0])
    if context.target == "sqlite":
        return call(f"mysql_{name.lower()}", first, arguments[1], kind=kind)
    return context.fill(name, first, arguments[1], kind=kind)


def _convert_tz(context: Context, arguments: list[exp.Expr], kind: Kind) -> exp.Expr:
    if context.target == "sqlite":
        return call("mysql_convert_tz", *arguments, kind=kind)
    if any(isinstance(each, exp.Literal) and zone_of(str(each.this)) is None for each in arguments[1:]):
        return context.sql("CAST(NULL AS TIMESTAMP)", kind=kind)
    zones = [_zone(context, each) for each in arguments[1:]]
    return context.fill("CONVERT_TZ", arguments[0], *zones, kind=kind)


def _zone(context: Context, node: exp.Expr) -> exp.Expr:
    """PostgreSQL and ICU read ``+02:00`` in POSIX's sense, the other way around."""
    if not isinstance(node, exp.Literal):
        return node
    text = str(node.this)
    match = OFFSET.fullmatch(text)
    if not match:
        return string("UTC" if text.upper() == "SYSTEM" else text)
    if match[2] in ("0", "00") and match[3] == "00":
        return string("UTC")
    if context.target == "duckdb":
        if match[3] != "00":
            raise context.untranslatable(f"CONVERT_TZ with {text}")
        return string(f"Etc/GMT{'-' if match[1] == '+' else '+'}{int(match[2])}")
    return context.sql(f"CAST('{match[1]}{int(match[2])}:{match[3]}' AS INTERVAL)")


def extract(context: Context, node: exp.Extract) -> exp.Expr:
    """EXTRACT(unit FROM moment); a compound unit puts the parts side by side."""
    unit = unit_of(context, node.this)
    moment = node.expression
    first = context.convert.time(moment) if unit.split("_")[0] in UNITS[:4] else context.convert.date(moment)
    parts = _PARTS.get(unit, (unit,))
    result: exp.Expr | None = None
    for part in parts:
        value = _part(context, part, first)
        if result is not None:
            width = 1000000 if part == "MICROSECOND" else 100
            value = context.sql(f"_1 * {width} + _2", result, value, kind=INT)
        result = value
    assert result is not None
    return result


def _part(context: Context, part: str, moment: exp.Expr) -> exp.Expr:
    if part == "WEEK":
        return RULES["WEEK"](context, [moment.copy()], INT)
    if context.target == "sqlite":
        return call(f"mysql_{part.lower()}", moment.copy(), kind=INT)
    kind = kind_of(moment).name
    key = f"{part}:{kind}" if f"{part}:{kind}" in context.templates else part
    return context.fill(key, moment, kind=INT)


RULES: dict[str, Callable[[Context, list[exp.Expr], Kind], exp.Expr]] = {
    "DATE_ADD": _date_add,
    "DATE_SUB": _date_sub,
    "TIMESTAMPADD": _timestampadd,
    "TIMESTAMPDIFF": _timestampdiff,
    "DATE_FORMAT": _date_format,
    "TIME_FORMAT": _time_format,
    "STR_TO_DATE": _str_to_date,
    "FROM_UNIXTIME": _from_unixtime,
    "WEEK": _week("WEEK", {"0": "0", "1": "1", "3": "3", "4": "4", "5": "5"}),
    "YEARWEEK": _week("YEARWEEK", {"0": "0", "2": "0", "1": "1", "3": "1"}),
    "TIMEDIFF": _timediff,
    "ADDTIME": lambda context, arguments, kind: _addtime(context, arguments, kind, name="ADDTIME"),
    "SUBTIME": lambda context, arguments, kind: _addtime(context, arguments, kind, name="SUBTIME"),
    "CONVERT_TZ": _convert_tz,
    **{name: _now(name, DATETIME) for name in ("NOW", "SYSDATE", "UTC_TIMESTAMP")},
    **{name: _now(name, DATE) for name in ("CURDATE", "UTC_DATE")},
    **{name: _now(name, TIME) for name in ("CURTIME", "UTC_TIME")},
}

__all__ = ["RULES", "STRING", "add_interval", "add_units", "extract"]
