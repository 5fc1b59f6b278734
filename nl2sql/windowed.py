"""Puts the span of time that the question names in the place of what a candidate made of it.

"The last 3 months, not including the current one" is arithmetic (``windows``); a small model gets its ends wrong even
when it is told. Only where it is certain what is meant: one span in the question, one column that it is about.
"""

import re

from sqlglot import exp

from nl2sql.asked import Asked
from nl2sql.kinds import Kinds
from nl2sql.readonly import parse_one
from nl2sql.sources import Names
from nl2sql.windows import windows

_COMPARED = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)
_NOW = (exp.CurrentDate, exp.CurrentTimestamp)
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}")


def keep_to_window(tree: exp.Query, names: Names, asked: Asked) -> None:
    """Change ``tree`` in place where a condition on a date differs from the span that the question names."""
    spans = windows(asked.question)
    if len(spans) != 1:
        return
    dated = bool(_DATED.search(asked.text))
    for select in list(tree.find_all(exp.Select)):
        where = select.args.get("where")
        if where is None:
            continue
        conjuncts = list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]
        kinds = Kinds(select, names)
        about = {id(c): column for c in conjuncts if (column := _moment(c, kinds, dated)) is not None}
        columns = {column.sql("mysql") for column in about.values()}
        if len(columns) != 1:
            continue
        wanted = parse_one(f"SELECT 1 FROM t WHERE {spans[0].condition(columns.pop())}").args["where"].this
        found = exp.and_(*(c.copy() for c in conjuncts if id(c) in about))
        if found.sql("mysql") == wanted.sql("mysql"):
            continue
        names.note(f"read {found.sql('mysql')} as '{spans[0].said}': {wanted.sql('mysql')}")
        where.set("this", exp.and_(*(c.copy() for c in conjuncts if id(c) not in about), wanted))


def _moment(condition: exp.Expr, kinds: Kinds, dated: bool) -> exp.Column | None:
    """The date column that the condition compares with the present; None when it is about anything else."""
    if not isinstance(condition, _COMPARED):
        return None
    column, *others = (
        (condition.this, condition.args["low"], condition.args["high"])
        if isinstance(condition, exp.Between)
        else (condition.this, condition.expression)
    )
    while isinstance(column, (exp.Date, exp.Paren, exp.TsOrDsToDate)):
        column = column.this
    if not isinstance(column, exp.Column) or kinds.of(column) not in ("date", "moment"):
        return None
    if any(other.find(exp.Column, exp.Query) for other in others):
        return None
    now = any(other.find(*_NOW) for other in others)
    literal = not dated and all(isinstance(o, exp.Literal) and _DATED.match(o.name) for o in others)
    return column if now or literal else None
