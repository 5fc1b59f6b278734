"""Whether two results are the same rows."""

from collections import Counter
from enum import Enum

from sqlglot import exp

from plugins import ResultSet

_INEXACT = frozenset({4, 5})  # FLOAT, DOUBLE: the order of a sum shows in the last digits
_DIGITS = 10
Value = str | bytes | None


class Difference(Enum):
    """How two results differ."""

    NONE = "none"
    ROWS = "rows"
    ORDER = "order"
    TIES = "ties"  # a LIMIT keeps some of several rows that ORDER BY calls equal: both are right


def difference(query: exp.Query, one: ResultSet, other: ResultSet) -> Difference:
    """As multisets of rows, and as sequences of the values that the statement orders by."""
    if len(one.columns) != len(other.columns):
        return Difference.ROWS
    left, right = _rows(one, other), _rows(other, one)
    keys = _ordered_by(query, one)
    same_order = [[row[k] for k in keys] for row in left] == [[row[k] for k in keys] for row in right]
    if Counter(left) == Counter(right):
        return Difference.NONE if same_order else Difference.ORDER
    limited = any(q.args.get("limit") for q in query.find_all(exp.Query))
    if limited and len(left) == len(right) and same_order:
        return Difference.TIES
    return Difference.ROWS


def _rows(result: ResultSet, other: ResultSet) -> list[tuple[Value, ...]]:
    inexact = [a.type in _INEXACT or b.type in _INEXACT for a, b in zip(result.columns, other.columns, strict=True)]
    return [
        tuple(_rounded(value) if rough else value for value, rough in zip(row, inexact, strict=True))
        for row in result.rows
    ]


def _rounded(value: Value) -> Value:
    try:
        return value if value is None else f"{float(value):.{_DIGITS}g}"
    except ValueError:
        return value


def _ordered_by(query: exp.Query, result: ResultSet) -> list[int]:
    """The places of the columns of ORDER BY, as far as the result has them in this order."""
    order = query.args.get("order")
    names = [column.name.casefold() for column in result.columns]
    selected = [item.unalias().sql() for item in query.selects]
    found = []
    for item in order.expressions if order is not None else ():
        text, name = item.this.sql(), item.this.name.casefold()
        if isinstance(item.this, exp.Literal) and item.this.is_int and 0 < int(item.this.name) <= len(names):
            found.append(int(item.this.name) - 1)
        elif text in selected and len(selected) == len(names):
            found.append(selected.index(text))
        elif isinstance(item.this, exp.Column) and names.count(name) == 1:
            found.append(names.index(name))
        else:
            break  # those behind it are in order only where it is equal
    return found
