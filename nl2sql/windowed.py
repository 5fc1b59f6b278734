"""Puts the span of time that the question names in the place of what a candidate made of it.

"The last 3 months, not including the current one" is arithmetic (``windows``); a small model gets its ends wrong even
when it is told. Only where it is certain what is meant: one span in the question, which compares it with no other, and
one SELECT of the statement that tries to say it of one column.
"""

import re

from sqlglot import exp

from nl2sql.asked import Asked
from nl2sql.kinds import Kinds, is_now
from nl2sql.sources import Names
from nl2sql.windows import DAYS, Window, windows
from plugins.readonly import parse_one

_LOWER = (exp.EQ, exp.GT, exp.GTE, exp.Between)
_UPPER = (exp.LT, exp.LTE)
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}")
_COMPARES = re.compile(
    r"\b(compar\w+|versus|vs|than|chang\w+|growth|gr[eo]w|differ\w+|increas\w+|decreas\w+|same|ago|until|[mqwy]o[mqwy])\b",
    re.IGNORECASE,
)


def keep_to_window(tree: exp.Query, names: Names, asked: Asked) -> None:
    """Change ``tree`` in place where a condition on a date differs from the span that the question names."""
    spans = windows(asked.question)
    if len(spans) != 1 or _COMPARES.search(asked.question):
        return
    tried = []
    for select in tree.find_all(exp.Select):
        where = select.args.get("where")
        if where is not None:
            conjuncts = list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]
            kinds = Kinds(select, names)
            bounds = [(c, column) for c in conjuncts if (column := _bounded(c, kinds, asked)) is not None]
            if bounds:
                tried.append((where, conjuncts, bounds))
    if len(tried) != 1:
        return
    where, conjuncts, bounds = tried[0]
    columns = {column.sql("mysql") for _, column in bounds}
    if len(columns) == 1 and any(_tries(bound, spans[0]) for bound, _ in bounds):
        _keep(where, conjuncts, [bound for bound, _ in bounds], spans[0], columns.pop(), names)


def _keep(
    where: exp.Expr, conjuncts: list[exp.Expr], bounds: list[exp.Expr], span: Window, column: str, names: Names
) -> None:
    wanted: exp.Expr = parse_one(f"SELECT 1 FROM t WHERE {span.condition(column)}").args["where"].this
    lower: list[exp.Expr] = []
    until: list[exp.Expr] = []
    for bound in bounds:
        if isinstance(bound, exp.Between) and _is_now(bound.args["high"]):
            lower.append(exp.GTE(this=bound.this.copy(), expression=bound.args["low"].copy()))
            until.append(exp.LTE(this=bound.this.copy(), expression=bound.args["high"].copy()))
        else:
            (until if isinstance(bound, _UPPER) and _is_now(bound.expression) else lower).append(bound)
    begun = wanted.left if isinstance(wanted, exp.And) else wanted
    if not span.end and len(lower) == 1 and _same(lower[0], begun):
        return
    kept = until if not span.end else []
    names.note(f"read {exp.and_(*(b.copy() for b in bounds)).sql('mysql')} as '{span.said}': {wanted.sql('mysql')}")
    rest = [c for c in conjuncts if not any(c is bound for bound in bounds)]
    where.set("this", exp.and_(*(c.copy() for c in (*rest, wanted, *kept))))


def _same(bound: exp.Expr, begun: exp.Expr) -> bool:
    """The same day, written as it may be: from NOW(), with DATE_SUB, without the day itself."""
    return isinstance(bound, (exp.GT, exp.GTE)) and _plain(bound.expression) == _plain(begun.expression)


def _plain(moment: exp.Expr) -> str:
    if isinstance(moment, (exp.DateSub, exp.Sub)):
        interval = moment.expression
        count, of = (interval.this, interval) if isinstance(interval, exp.Interval) else (interval, moment)
        return f"{_plain(moment.this)} - {count.name} {of.text('unit').upper()}"
    return "now" if _is_now(moment) else moment.sql("mysql")


def _bounded(condition: exp.Expr, kinds: Kinds, asked: Asked) -> exp.Column | None:
    """The date column that the condition compares with the present; None when it is about anything else."""
    if not isinstance(condition, (*_LOWER, *_UPPER)):
        return None
    column = condition.this
    while isinstance(column, (exp.Date, exp.Paren, exp.TsOrDsToDate)):
        column = column.this
    if not isinstance(column, exp.Column) or kinds.of(column) not in ("date", "moment"):
        return None
    sides = _sides(condition)
    if any(side.find(exp.Column, exp.Query) for side in sides):
        return None
    now = any(is_now(node) for side in sides for node in side.walk())
    literal = not _DATED.search(asked.text) and all(
        isinstance(s, exp.Literal) and _DATED.match(s.name) and s.name[:4] not in asked.text for s in sides
    )
    return column if now or literal else None


def _sides(condition: exp.Expr) -> list[exp.Expr]:
    """What the column is compared with."""
    if isinstance(condition, exp.Between):
        return [condition.args["low"], condition.args["high"]]
    return [condition.args["expression"]]


def _tries(bound: exp.Expr, span: Window) -> bool:
    """Whether the bound is likely meant to be the span: it begins about where that does.

    "Not seen in the last 30 days" is an upper bound, "valid" one at this moment, "aged 30 to 40" one far from the span.
    """
    if not isinstance(bound, _LOWER):
        return False
    begin = _sides(bound)[0]
    if _is_now(begin):
        return span.days == 1
    if isinstance(begin, (exp.Add, exp.DateAdd)) and _is_now(begin.this):
        return False
    counts = [
        int(count.name) * DAYS[back.text("unit").lower()]
        for back in begin.find_all(exp.Interval, exp.DateSub)
        if isinstance(count := back.expression if isinstance(back, exp.DateSub) else back.this, exp.Literal)
        and count.name.isdecimal()
        and back.text("unit").lower() in DAYS
    ]
    return not counts or span.days <= 2 * sum(counts) <= 4 * span.days + 2 * 31


def _is_now(moment: exp.Expr) -> bool:
    while isinstance(moment, (exp.Date, exp.Paren, exp.TsOrDsToDate)):
        moment = moment.this
    return is_now(moment)
