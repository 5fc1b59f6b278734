"""Today and what is reckoned from it, in a statement: recognised and written.

NOW() and CURRENT_DATE have one value in a whole statement; SYSDATE() has not.
"""

from collections.abc import Callable

from sqlglot import exp


def is_now(node: exp.Expr) -> bool:
    """NOW(), CURRENT_TIMESTAMP or CURRENT_DATE, also inside of DATE()."""
    while isinstance(node, exp.TsOrDsToDate | exp.TsOrDsToTimestamp | exp.Paren):
        node = node.this
    if isinstance(node, exp.Anonymous):
        return node.name.upper() == "NOW" and not node.expressions
    return isinstance(node, exp.CurrentDate | exp.CurrentTimestamp) and not node.this


def days_from_today(node: exp.Expr) -> int | None:
    """0 for CURRENT_DATE, -1 for yesterday, and so on; None for everything else, moments within a day too."""
    node = node.unnest()
    if isinstance(node, exp.TsOrDsToDate):
        inner = node.this.unnest()
        return 0 if is_now(inner) else _moved(inner, is_now)
    if isinstance(node, exp.CurrentDate) and not node.this:
        return 0
    return _moved(node, lambda start: days_from_today(start) == 0)


def _moved(node: exp.Expr, is_start: Callable[[exp.Expr], bool]) -> int | None:
    interval = node.expression if isinstance(node, exp.Add | exp.Sub) else node
    if not isinstance(node, exp.Add | exp.Sub | exp.DateAdd | exp.DateSub) or not is_start(node.this.unnest()):
        return None
    amount = interval.this if isinstance(interval, exp.Interval) else node.expression
    unit = interval.args.get("unit")
    if not isinstance(amount, exp.Literal) or not amount.name.isdigit() or len(amount.name) > 6:
        return None
    if unit is None or unit.name.upper() not in ("DAY", "WEEK"):
        return None
    days = int(amount.name) * (7 if unit.name.upper() == "WEEK" else 1)
    return days if isinstance(node, exp.Add | exp.DateAdd) else -days


def day(offset: int) -> exp.Expr:
    """The day that many days from today."""
    if offset == 0:
        return exp.CurrentDate()
    kind = exp.DateAdd if offset > 0 else exp.DateSub
    return kind(this=exp.CurrentDate(), expression=exp.Literal.number(abs(offset)), unit=exp.var("DAY"))


def year_start(later: int = 0) -> exp.Expr:
    """The first day of this year, or of one of the following."""
    year: exp.Expr = exp.Year(this=exp.CurrentDate())
    if later:
        year = exp.Add(this=year, expression=exp.Literal.number(later))
    return exp.Anonymous(this="MAKEDATE", expressions=[year, exp.Literal.number(1)])


def month_start() -> exp.Expr:
    """The first day of this month."""
    passed = exp.Sub(this=exp.DayOfMonth(this=exp.CurrentDate()), expression=exp.Literal.number(1))
    return exp.DateSub(this=exp.CurrentDate(), expression=passed, unit=exp.var("DAY"))


def next_month_start() -> exp.Expr:
    """The first day of the next month."""
    last = exp.LastDay(this=exp.CurrentDate())
    return exp.DateAdd(this=last, expression=exp.Literal.number(1), unit=exp.var("DAY"))
