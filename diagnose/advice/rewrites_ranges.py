"""A function of a date column compared with a constant, as a half-open range of the column itself.

``YEAR(c) = 2026`` holds for the values from 2026-01-01 on and before 2027-01-01. Every supported function cuts time
into pieces in the order of time, so each comparison with a constant is a range.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from sqlglot import exp

from diagnose.advice import today
from diagnose.advice.comparisons import Comparison, number_of, ranged, text_of
from diagnose.evidence.facts import Column
from diagnose.sql import days_of
from diagnose.wording import shown

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})\Z", re.A)
_MONTH = re.compile(r"(\d{4})-(\d{2})\Z", re.A)
_SHORT_MONTH = re.compile(r"(\d{4})(\d{2})\Z", re.A)
_YEAR = re.compile(r"(\d{4})\Z", re.A)
_FORMATS = {"%Y-%m-%d": _DATE, "%Y-%m": _MONTH, "%Y%m": _SHORT_MONTH, "%Y": _YEAR}
_LENGTHS = {10: _DATE, 7: _MONTH, 4: _YEAR}
_DAYS_BEFORE_YEAR_1 = 365  # the year 0 of TO_DAYS
_MONTHS = frozenset(map(str, range(1, 13)))
_YEARS = range(1000, 9999)  # the years that MySQL supports; the end of the last one is no date


@dataclass(frozen=True, slots=True)
class Piece:
    """``start`` belongs to it, ``end`` does not any more."""

    start: date | exp.Expr
    end: date | exp.Expr


@dataclass(frozen=True, slots=True)
class DateRange:
    """``condition`` on the column itself. ``needs`` as in ``diagnose.types.Rewrite``."""

    condition: exp.Expr
    needs: str = ""


Cut = tuple[exp.Column, Callable[[exp.Expr], Piece | None]]


def date_range(found: Comparison, column: Column, *, incomplete_dates: bool) -> DateRange | None:
    """The range of a comparison whose subject is a function of the date or time ``column``.

    ``incomplete_dates``: the server may hold dates such as 2026-00-00 (MySQL, MariaDB), whose order is another than
    that of the calendar; they are named in ``needs`` where they could matter.
    """
    cut = cut_of(found.subject, as_text=found.operator == "like") if column.is_moment else None
    if cut is None:
        return None
    node, piece_of = cut
    pieces = [piece_of(_pattern(found) or value) for value in found.values]
    if any(piece is None for piece in pieces):
        return None
    bounds = _bounds(found.operator, [piece for piece in pieces if piece is not None])
    if bounds is None:
        return None
    lower, upper = (None if bound is None else _value(bound) for bound in bounds)
    return DateRange(ranged(node, lower, upper), _needs(column, bounds, incomplete_dates))


def month_range(year: Comparison, month: Comparison, column: Column, *, incomplete_dates: bool) -> DateRange | None:
    """``YEAR(c) = 2026 AND MONTH(c) = 5`` as one range."""
    cut = cut_of(year.subject)
    if cut is None or year.operator != "=" or month.operator != "=" or not _is_year(year.subject):
        return None
    piece = _month_of_year(cut[1](year.value), year.value, month.value)
    if piece is None:
        return None
    condition = ranged(cut[0], _value(piece.start), _value(piece.end))
    return DateRange(condition, _needs(column, (piece.start, piece.end), incomplete_dates))


def _month_of_year(of_year: Piece | None, year: exp.Expr, month: exp.Expr) -> Piece | None:
    if of_year is None:
        return None
    if isinstance(of_year.start, date):
        number = number_of(month) or ""
        return _month(of_year.start.year, int(number)) if number in _MONTHS else None
    inner = month_of(month)
    return _this_month() if _is_year(year) and inner is not None and today.is_now(inner) else None


def cut_of(subject: exp.Expr, *, as_text: bool = False) -> Cut | None:
    """The column in a function that cuts time into pieces, and what finds the piece of a constant."""
    inner = _argument(subject)
    if isinstance(subject, exp.Column) and as_text:
        return subject, lambda value: next(filter(None, (_by_text(p)(value) for p in _LENGTHS.values())), None)
    days = days_of(subject)
    if days is not None:
        return (days, _of_day_number) if isinstance(days, exp.Column) else None
    if not isinstance(inner, exp.Column):
        return None
    if _is_year(subject):
        return inner, _of_year
    if _is_date(subject):
        return inner, _of_date
    if isinstance(subject, exp.Extract) and subject.name.upper() == "YEAR_MONTH":
        return inner, lambda value: _pieces_of(_SHORT_MONTH.match(number_of(value) or ""))
    pattern = _text_pattern(subject)
    return (inner, _by_text(pattern)) if pattern is not None else None


def month_number(subject: exp.Expr) -> exp.Column | None:
    """The column in ``MONTH(c)``."""
    inner = month_of(subject)
    return inner if isinstance(inner, exp.Column) else None


def month_of(subject: exp.Expr) -> exp.Expr | None:
    """What MONTH() is taken of."""
    is_month = isinstance(subject, exp.Month) or (isinstance(subject, exp.Extract) and subject.name.upper() == "MONTH")
    return _argument(subject) if is_month else None


def _argument(subject: exp.Expr) -> exp.Expr:
    inner = subject.expression if isinstance(subject, exp.Extract) else subject.this
    while isinstance(inner, exp.TsOrDsToDate | exp.TsOrDsToTimestamp | exp.Paren):
        inner = inner.this
    return inner if isinstance(inner, exp.Expr) else exp.null()


def _is_year(subject: exp.Expr) -> bool:
    return isinstance(subject, exp.Year) or (isinstance(subject, exp.Extract) and subject.name.upper() == "YEAR")


def _is_date(subject: exp.Expr) -> bool:
    cast = isinstance(subject, exp.Cast) and not isinstance(subject, exp.TryCast) and subject.is_type("date")
    return cast or isinstance(subject, exp.TsOrDsToDate | exp.Date)


def _text_pattern(subject: exp.Expr) -> re.Pattern[str] | None:
    """How the texts look that a function makes of a moment."""
    if isinstance(subject, exp.TimeToStr):
        return _FORMATS.get(subject.args["format"].name)
    length = None
    if isinstance(subject, exp.Left):
        length = number_of(subject.expression)
    elif isinstance(subject, exp.Substring) and number_of(subject.args["start"]) == "1" and subject.args.get("length"):
        length = number_of(subject.args["length"])
    return _LENGTHS.get(int(length)) if length is not None and length.isdigit() else None


def _pattern(found: Comparison) -> exp.Expr | None:
    """Of ``LIKE '2026-05%'`` the text before its only wildcard."""
    if found.operator != "like":
        return None
    text = text_of(found.value) or ""
    whole = found.node.args.get("escape") is None and text.endswith("%")
    return exp.Literal.string(text[:-1].rstrip("-") if len(text) in (6, 9) else text[:-1]) if whole else exp.null()


def _by_text(pattern: re.Pattern[str]) -> Callable[[exp.Expr], Piece | None]:
    """Texts without signs between digits are also compared as numbers."""
    digits = pattern in (_YEAR, _SHORT_MONTH)

    def piece(value: exp.Expr) -> Piece | None:
        if isinstance(value, exp.TimeToStr) and today.is_now(value.this):
            return _current(pattern) if _text_pattern(value) is pattern else None
        return _pieces_of(pattern.match(text_of(value) or (digits and number_of(value)) or ""))

    return piece


def _of_year(value: exp.Expr) -> Piece | None:
    if _is_year(value) and today.is_now(_argument(value)):
        return _current(_YEAR)
    return _pieces_of(_YEAR.match(number_of(value) or text_of(value) or ""))


def _of_date(value: exp.Expr) -> Piece | None:
    offset = today.days_from_today(value)
    if offset is not None:
        return Piece(today.day(offset), today.day(offset + 1))
    literal = value.this if isinstance(value, exp.Cast | exp.TsOrDsToDate) and _is_date(value) else value
    return _pieces_of(_DATE.match(text_of(literal) or ""))


def _of_day_number(value: exp.Expr) -> Piece | None:
    """Of TO_DAYS: a number, or TO_DAYS of a constant."""
    days = days_of(value)
    if days is not None:
        return _of_date(exp.CurrentDate() if today.is_now(days) else days)
    number = number_of(value) or ""
    if not re.match(r"\d{6,7}\Z", number, re.A):
        return None
    try:
        day = date.fromordinal(int(number) - _DAYS_BEFORE_YEAR_1)
    except (ValueError, OverflowError):
        return None
    return _pieces_of(_DATE.match(day.isoformat()))


def _current(pattern: re.Pattern[str]) -> Piece:
    """Today, this month or this year."""
    if pattern is _DATE:
        return Piece(today.day(0), today.day(1))
    return Piece(today.year_start(), today.year_start(1)) if pattern is _YEAR else _this_month()


def _this_month() -> Piece:
    return Piece(today.month_start(), today.next_month_start())


def _pieces_of(match: re.Match[str] | None) -> Piece | None:
    """A year, a month or a day."""
    if match is None:
        return None
    numbers = [int(group) for group in match.groups()]
    if numbers[0] not in _YEARS:
        return None
    try:
        if len(numbers) == 1:
            return Piece(date(numbers[0], 1, 1), date(numbers[0] + 1, 1, 1))
        if len(numbers) == 2:
            return _month(*numbers)
        return Piece(date(*numbers), date(*numbers) + timedelta(days=1))
    except ValueError:
        return None


def _month(year: int, month: int) -> Piece:
    return Piece(date(year, month, 1), date(year + month // 12, month % 12 + 1, 1))


Bounds = tuple[date | exp.Expr | None, date | exp.Expr | None]


def _bounds(operator: str, pieces: list[Piece]) -> Bounds | None:
    first = pieces[0]
    if operator == "between":
        return first.start, pieces[1].end
    if operator == "in":
        return _adjoining(pieces)
    return {
        "=": (first.start, first.end),
        "like": (first.start, first.end),
        "<": (None, first.start),
        "<=": (None, first.end),
        ">": (first.end, None),
        ">=": (first.start, None),
    }.get(operator)


def _adjoining(pieces: list[Piece]) -> Bounds | None:
    """One range of pieces that follow on each other."""
    days = sorted({(p.start, p.end) for p in pieces if isinstance(p.start, date) and isinstance(p.end, date)})
    if len(days) < 1 or any(not isinstance(p.start, date) for p in pieces):
        return None
    whole = all(before[1] == after[0] for before, after in pairwise(days))
    return (days[0][0], days[-1][1]) if whole else None


def _value(bound: date | exp.Expr) -> exp.Expr:
    return exp.Literal.string(bound.isoformat()) if isinstance(bound, date) else bound


def _needs(column: Column, bounds: Bounds, incomplete_dates: bool) -> str:
    """Incomplete dates (2026-05-00) stand before the first of a month, invalid ones (2026-02-31) too."""
    needs = []
    if incomplete_dates and column.base_type != "timestamp" and any(map(_at_month, bounds)):
        needs.append(f"{shown(column.name, 64)} holds no incomplete dates such as 2026-00-00")
    if column.base_type == "timestamp":
        needs.append("the clocks of the session's time zone do not change at midnight of a bound")
    return "; ".join(needs)


def _at_month(bound: date | exp.Expr | None) -> bool:
    return bound is not None and (not isinstance(bound, date) or bound.day == 1)
