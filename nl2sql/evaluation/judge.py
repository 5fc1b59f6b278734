"""What counts as right: *execution accuracy*.

A result is right when some gold result is, row for row in any order, a column subset of it: an answer may show more
columns than were asked for, in any order and under any name, but neither more nor fewer rows.
"""

import datetime
import decimal
import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

Row = Sequence[Any]
# Columns with the same values can be exchanged; among very many of them not every choice is tried.
MAX_CHOICES = 200


def normal(value: Any) -> Any:
    """``value`` as it is compared: numbers, and text that is one, as float; fractions to five significant digits;
    a moment without a time of day as its date."""
    if value is None:
        return None
    if isinstance(value, int):
        return float(value) if abs(value) < 10**300 else str(value)
    if isinstance(value, (float, decimal.Decimal)):
        return _fraction(float(value))
    if isinstance(value, datetime.datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M:%S")
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    text = str(value).strip()
    try:
        return _fraction(float(text))
    except ValueError:
        return text


def _fraction(number: float) -> Any:
    if number != number:
        return "nan"  # equal to itself, unlike the number
    return float(f"{number:.5g}") if abs(number) < 1e15 else number


def matches(gold: Iterable[Row], got: Iterable[Row]) -> bool:
    """Whether ``gold`` is ``got``, or a column subset of it, rows in any order."""
    wanted, given = _normal_rows(gold), _normal_rows(got)
    if len(wanted) != len(given):
        return False
    if not wanted or Counter(wanted) == Counter(given):
        return True
    wanted_columns, given_columns = [Counter(c) for c in zip(*wanted, strict=True)], list(zip(*given, strict=True))
    if len(wanted_columns) > len(given_columns):
        return False
    counted = [Counter(column) for column in given_columns]
    fitting = [[at for at, column in enumerate(counted) if column == w] for w in wanted_columns]
    rows = Counter(wanted)
    for choice in itertools.islice(itertools.product(*fitting), MAX_CHOICES + 1):
        if len(set(choice)) == len(choice) and Counter(tuple(row[at] for at in choice) for row in given) == rows:
            return True
    return False


def _normal_rows(rows: Iterable[Row]) -> list[tuple[Any, ...]]:
    return [tuple(normal(value) for value in row) for row in rows]


def difference(golds: Iterable[Sequence[Row]], got: Sequence[Row]) -> str:
    """In what a wrong result differs from every gold result, in a few words; the kindest of them."""
    shapes = {(len(gold), len(gold[0]) if gold else 0) for gold in golds}
    columns = len(got[0]) if got else 0
    if not any(rows == len(got) for rows, _ in shapes):
        return "no rows" if not got else "other number of rows"
    if not any(rows == len(got) and wanted <= columns for rows, wanted in shapes):
        return "too few columns"
    return "other values"
