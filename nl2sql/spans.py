"""Days, months, quarters and years that a question names outright, and how SQL may write them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = "|".join([*_MONTHS, *(m[:3] for m in _MONTHS if m != "may"), "sept"])
_YEAR = r"(?:19|20)\d\d"
PATTERN = re.compile(
    rf"(?P<iso>{_YEAR}-\d\d-\d\d)(?![\w-])"
    rf"|(?P<iso_month>{_YEAR}-\d\d)(?![\w-])"
    rf"|(?P<name>{_MONTH})\.?\s+(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,\s*|\s+))?(?:of\s+)?(?P<year>{_YEAR})(?!\w)"
    rf"|(?P<day2>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?(?P<name2>{_MONTH})\.?,?\s+(?P<year2>{_YEAR})(?!\w)"
    rf"|Q(?P<quarter>[1-4])\s*(?:of\s+)?(?P<year3>{_YEAR})(?!\w)"
    rf"|(?P<year4>{_YEAR})(?![\w.,]*\d|-)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of whole days: ``first`` is in it, ``after`` is not. ``kind``: day, month, quarter, year."""

    kind: str
    first: date
    after: date

    @property
    def last(self) -> date:
        return self.after - timedelta(days=1)


def read_span(found: "re.Match[str]") -> Span | None:
    """What a match of ``PATTERN`` means; None for a day that no calendar has."""
    given = found.groupdict()
    try:
        if given["iso"]:
            return _day(date.fromisoformat(given["iso"]))
        if given["iso_month"]:
            year, month = map(int, given["iso_month"].split("-"))
            return _months("month", year, month, 1)
        if given["quarter"]:
            return _months("quarter", int(given["year3"]), 3 * int(given["quarter"]) - 2, 3)
        if given["year4"]:
            return _months("year", int(given["year4"]), 1, 12)
        year, month = int(given["year"] or given["year2"]), _month_number(given["name"] or given["name2"])
        day = given["day"] or given["day2"]
        return _day(date(year, month, int(day))) if day else _months("month", year, month, 1)
    except ValueError:
        return None


def _day(day: date) -> Span:
    return Span("day", day, day + timedelta(days=1))


def _months(kind: str, year: int, month: int, count: int) -> Span:
    end = year * 12 + month - 1 + count
    return Span(kind, date(year, month, 1), date(end // 12, end % 12 + 1, 1))


def _month_number(name: str) -> int:
    return next(n for n, month in enumerate(_MONTHS, 1) if month.startswith(name.lower()[:3]))


_BOUNDS: dict[str, Callable[[Span], str]] = {
    "first": lambda s: s.first.isoformat(),
    "last": lambda s: s.last.isoformat(),
    "after": lambda s: s.after.isoformat(),
    "first second": lambda s: f"{s.first.isoformat()} 00:00:00",
    "last second": lambda s: f"{s.last.isoformat()} 23:59:59",
    "second after": lambda s: f"{s.after.isoformat()} 00:00:00",
}
_YEARS: dict[str, Callable[[Span], str]] = {
    "year": lambda s: f"{s.first:%Y}",
    "year and dash": lambda s: f"{s.first:%Y}-",
}
_MONTHS_OF: dict[str, Callable[[Span], str]] = {
    "month": lambda s: f"{s.first:%Y-%m}",
    "month and dash": lambda s: f"{s.first:%Y-%m}-",
}
# How a string literal may write a span: kind of span -> name of the form -> text.
TEXT_FORMS: dict[str, dict[str, Callable[[Span], str]]] = {
    "year": _BOUNDS | _YEARS,
    "quarter": _BOUNDS,
    "month": _BOUNDS | _MONTHS_OF,
    "day": {name: form for name, form in _BOUNDS.items() if name != "last"},  # a day's last day is its first
}
# How a number may that a function of the date is compared with: the function's name -> number.
NUMBER_FORMS: dict[str, Callable[[Span], int]] = {
    "YEAR": lambda s: s.first.year,
    "QUARTER": lambda s: (s.first.month + 2) // 3,
    "MONTH": lambda s: s.first.month,
    "DAY": lambda s: s.first.day,
}
# What of it the span says: January is no part of "2025".
NUMBERS = {
    "year": ("YEAR",),
    "quarter": ("YEAR", "QUARTER"),
    "month": ("YEAR", "MONTH"),
    "day": ("YEAR", "MONTH", "DAY"),
}
