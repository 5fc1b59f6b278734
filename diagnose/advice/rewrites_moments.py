"""Calculations with a date or time column, moved to the other side of a comparison."""

import re
from datetime import date, datetime, timedelta

from sqlglot import exp

from diagnose.advice.comparisons import FLIPPED, Comparison, compared, number_of, ranged, text_of
from diagnose.advice.subjects import Bare, Subject
from diagnose.advice.today import is_now
from diagnose.wording import shown

_UNITS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400, "WEEK": 604800}
_WHOLE_DAYS = frozenset({"DAY", "WEEK"})
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}:\d{2})?\Z", re.A)
_AMOUNT = re.compile(r"\d{1,6}\Z", re.A)


def moved_interval(found: Comparison, subject: Subject) -> Bare | None:
    """``c + INTERVAL 7 DAY > NOW()`` as ``c > NOW() - INTERVAL 7 DAY``; for units of one length only."""
    node, column = found.subject, subject.column
    step = _step(node, subject)
    if step is None or found.operator not in FLIPPED or column.base_type not in ("date", "datetime"):
        return None
    amount, unit, later = step
    if column.base_type == "date" and unit not in _WHOLE_DAYS:
        return None
    value = _moved(found.value, -amount if later else amount, unit)
    return None if value is None else Bare(compared(subject.node, found.operator, value), _needs(subject))


def _step(node: exp.Expr, subject: Subject) -> tuple[int, str, bool] | None:
    """How far a column is moved: (amount, unit, whether later)."""
    if isinstance(node, exp.DateAdd | exp.DateSub):
        amount, unit = node.expression, node.args.get("unit")
    elif isinstance(node, exp.Add | exp.Sub) and isinstance(node.expression, exp.Interval):
        amount, unit = node.expression.this, node.expression.args.get("unit")
    else:
        return None
    text = text_of(amount) or number_of(amount) or ""
    name = unit.name.upper() if unit is not None else ""
    if node.this.unnest() is not subject.node or not _AMOUNT.match(text) or name not in _UNITS:
        return None
    return int(text), name, isinstance(node, exp.DateAdd | exp.Add)


def moved_days(found: Comparison, subject: Subject) -> Bare | None:
    """``DATEDIFF(NOW(), c) <= 30`` as ``c >= CURRENT_DATE - INTERVAL 30 DAY``."""
    node, number = found.subject, number_of(found.value)
    days = int(number) if number is not None and _AMOUNT.match(number.removeprefix("-")) else None
    if not isinstance(node, exp.DateDiff) or found.operator not in FLIPPED or days is None:
        return None
    if node.args.get("unit") is not None or subject.column.base_type not in ("date", "datetime"):
        return None
    first, second = _without_date(node.this), _without_date(node.expression)
    column_first = first is subject.node
    if not column_first and second is not subject.node:
        return None
    start = _day(second if column_first else first)
    bound = None if start is None else _moved(start, days if column_first else -days, "DAY")
    end = None if bound is None else _moved(bound, 1, "DAY")
    if bound is None or end is None:
        return None
    operator = found.operator if column_first else FLIPPED[found.operator]
    lower, upper = {
        "=": (bound, end),
        "<": (None, bound),
        "<=": (None, end),
        ">": (end, None),
        ">=": (bound, None),
    }[operator]
    return Bare(ranged(subject.node, lower, upper), _needs(subject))


def _without_date(node: exp.Expr) -> exp.Expr:
    """What DATEDIFF counts from: it looks at the date part only."""
    node = node.unnest()
    while isinstance(node, exp.TsOrDsToDate):
        node = node.this.unnest()
    return node


def _day(node: exp.Expr) -> exp.Expr | None:
    if isinstance(node, exp.CurrentDate) or is_now(node):
        return exp.CurrentDate()
    text = text_of(node)
    return exp.Literal.string(text[:10]) if text is not None and _MOMENT.match(text) else None


def _moved(value: exp.Expr, amount: int, unit: str) -> exp.Expr | None:
    """A constant moment, ``amount`` units later; computed where it is a literal."""
    text = text_of(value)
    if text is not None:
        return _moved_literal(text, timedelta(seconds=amount * _UNITS[unit]))
    if isinstance(value, exp.DateAdd | exp.DateSub) and value.this == exp.CurrentDate():
        before = int(value.expression.name)
        amount += before if isinstance(value, exp.DateAdd) else -before
        value = value.this
    elif not isinstance(value, exp.CurrentDate) and not is_now(value):
        return None
    if isinstance(value, exp.CurrentDate) and unit not in _WHOLE_DAYS:
        return None
    if amount == 0:
        return value.copy()
    kind = exp.DateAdd if amount > 0 else exp.DateSub
    return kind(this=value.copy(), expression=exp.Literal.number(abs(amount)), unit=exp.var(unit))


def _moved_literal(text: str, by: timedelta) -> exp.Expr | None:
    if not _MOMENT.match(text):
        return None
    try:
        if len(text) == 10 and by % timedelta(days=1) == timedelta():
            return exp.Literal.string((date.fromisoformat(text) + by).isoformat())
        return exp.Literal.string((datetime.fromisoformat(text) + by).isoformat(sep=" "))
    except (ValueError, OverflowError):
        return None


def _needs(subject: Subject) -> str:
    """Beyond the calendar's ends MySQL's result is NULL."""
    if not subject.server.is_mysql_family:
        return ""
    return f"{shown(subject.column.name, 64)} holds no date such as 0000-00-00 or 9999-12-31 in place of none"
