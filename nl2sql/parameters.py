"""Where the literals of a verified query's SQL come from: which piece of its question, written in which way.

A piece may vary only when there is no doubt: each literal that equals it stands in one kind of place (compared with the
same columns, or the LIMIT), comes from no other piece, and no literal beside it is left unexplained. "Orders of 2025
compared with the year before" has a 2024 that no piece explains, so its 2025 is fixed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from nl2sql.questions import Kind, Piece, singular
from nl2sql.spans import NUMBER_FORMS, NUMBERS, TEXT_FORMS
from nl2sql.words import words

TEXT_CHARS = 200
_PREDICATES = (
    *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.In, exp.Between),
    *(exp.Like, exp.ILike),
)
_LIMITS = (exp.Limit, exp.Offset, exp.Fetch)
# What may stand between a literal and the predicate so that the literal is still what is compared.
_THROUGH = (
    *(exp.Paren, exp.Neg, exp.Interval, exp.Cast, exp.Add, exp.Sub, exp.Tuple, exp.Lower, exp.Upper),
    *(exp.Date, exp.DateAdd, exp.DateSub, exp.TsOrDsToDate, exp.Timestamp),
)
_DATE_FUNCTIONS: dict[type[exp.Expr], str] = {
    exp.Year: "YEAR",
    exp.Quarter: "QUARTER",
    exp.Month: "MONTH",
    exp.Day: "DAY",
    exp.DayOfMonth: "DAY",
}
_DATE_LIKE = re.compile(r"(?:19|20)\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Place:
    """A literal of a statement and what surrounds it."""

    text: str
    is_string: bool
    subject: frozenset[str]  # the columns and aggregates it is compared with; LIMIT
    direct: bool  # it is itself what is compared
    whole: bool  # takes whole numbers only
    like: bool
    casing: str  # of the comparison: "lower", "upper" or ""
    functions: frozenset[str]  # of dates

    @property
    def date_like(self) -> bool:
        if self.is_string:
            return bool(_DATE_LIKE.match(self.text))
        return bool(self.functions) or (self.text.isdecimal() and 1900 <= int(self.text) <= 2100)


@dataclass(frozen=True, slots=True)
class Way:
    """How a piece is written as a literal: ``form`` names a form of a span, ``before`` and ``after`` a LIKE's ``%``."""

    kind: str
    form: str = ""
    before: str = ""
    after: str = ""


def places(tree: exp.Expr) -> list[Place]:
    """The literals of ``tree`` in the order in which ``tree.find_all(exp.Literal)`` gives them."""
    return [_place(literal) for literal in tree.find_all(exp.Literal)]


def _place(literal: exp.Literal) -> Place:
    direct, whole = True, False
    node: exp.Expr | None = literal.parent
    while node is not None and not isinstance(node, (*_PREDICATES, *_LIMITS, exp.Query)):
        direct = direct and isinstance(node, _THROUGH)
        whole = whole or isinstance(node, (exp.Interval, exp.DateAdd, exp.DateSub))
        node = node.parent
    if isinstance(node, _LIMITS):
        return Place(literal.name, literal.is_string, frozenset({"LIMIT"}), direct, True, False, "", frozenset())
    if not isinstance(node, _PREDICATES):
        return Place(literal.name, literal.is_string, frozenset(), False, whole, False, "", frozenset())
    casing = "lower" if node.find(exp.Lower) else "upper" if node.find(exp.Upper) else ""
    like = isinstance(node, (exp.Like, exp.ILike))
    functions = frozenset(_functions(node))
    return Place(literal.name, literal.is_string, frozenset(_subject(node)), direct, whole, like, casing, functions)


def _subject(predicate: exp.Expr) -> Iterator[str]:
    for node in predicate.walk():
        if isinstance(node, exp.Column):
            yield node.name.casefold()
        elif isinstance(node, exp.AggFunc):
            yield type(node).__name__.upper()


def _functions(predicate: exp.Expr) -> Iterator[str]:
    for node in predicate.walk():
        if type(node) in _DATE_FUNCTIONS:
            yield _DATE_FUNCTIONS[type(node)]
        elif isinstance(node, exp.Extract):
            yield node.name.upper()


# ---- reading: is this literal that piece?


def way_of(piece: Piece, place: Place) -> Way | None:
    """How ``piece`` is written at ``place``; None when it is not."""
    if piece.kind is Kind.WORD:
        return None
    if piece.number is not None and _decimal(place) == piece.number:
        # '007' is a name, which no other number can be written like.
        return Way("number") if not place.is_string or place.text == piece.text else Way("name")
    if piece.span is not None:
        return _span_way(piece, place)
    if not place.is_string:
        return None
    before, core, after = _core(place)
    if piece.kind is Kind.TEXT and _cased(piece.text, place) == core:
        return Way("text", "", before, after)
    if any(_cased(value, place) == core for value in _values(piece, place)):
        return Way("value", "", before, after)
    return None


def _span_way(piece: Piece, place: Place) -> Way | None:
    span = piece.span
    assert span is not None
    if not place.is_string:
        number = _decimal(place)
        found = (f for f in NUMBERS[span.kind] if f in place.functions and NUMBER_FORMS[f](span) == number)
        return next((Way("span number", form) for form in found), None)
    before, core, after = _core(place)
    forms = TEXT_FORMS[span.kind].items()
    return next((Way("span text", name, before, after) for name, form in forms if form(span) == core), None)


def _core(place: Place) -> tuple[str, str, str]:
    """The ``%`` before, the text and the ``%`` after of a LIKE pattern."""
    if not place.like:
        return "", place.text, ""
    core = place.text.strip("%")
    return ("%" if place.text.startswith("%") else "", core, "%" if place.text.endswith("%") else "")


def _cased(text: str, place: Place) -> str:
    return text.lower() if place.casing == "lower" else text.upper() if place.casing == "upper" else text


def _values(piece: Piece, place: Place) -> list[str]:
    """What the piece is called in the columns that the place is about."""
    return [spelled.value for spelled in piece.values if spelled.column.casefold() in place.subject]


def _decimal(place: Place) -> Decimal | None:
    try:
        return Decimal(place.text) if place.text[:1].isdigit() else None
    except InvalidOperation:
        return None


def names_it(piece: Piece, tree: exp.Expr) -> bool:
    """Whether an alias of ``tree`` is called after the piece; it would be wrong for another."""
    said = {singular(word) for word in words(f"{piece.text} {piece.number or ''}") if len(word) > 1 or word.isdigit()}
    called = {singular(word) for alias in tree.find_all(exp.Alias) for word in words(alias.alias)}
    return bool(said & called)


# ---- writing: the literal for another piece


def write(way: Way, place: Place, old: Piece, new: Piece) -> str | None:
    """The text of the literal at ``place`` for ``new`` instead of ``old``; None when it does not fit."""
    if way.kind == "value":
        return _write_value(way, place, new)
    if new.kind is not old.kind:
        return None
    if way.kind == "name":
        return None
    if way.kind == "number":
        return _write_number(place, old, new)
    if way.kind == "text":
        return _pattern(way, place, _cased(new.text, place))
    if old.span is None or new.span is None or old.span.kind != new.span.kind:
        return None
    if way.kind == "span number":
        return str(NUMBER_FORMS[way.form](new.span))
    return way.before + TEXT_FORMS[new.span.kind][way.form](new.span) + way.after


def _write_number(place: Place, old: Piece, new: Piece) -> str | None:
    if old.number is None or new.number is None or len(new.text) > 18 or len(str(new.number)) > 18:
        return None
    if new.number != int(new.number) and (place.whole or old.number == int(old.number)):
        return None
    return str(new.number)


def _write_value(way: Way, place: Place, new: Piece) -> str | None:
    values = set(_values(new, place))
    return _pattern(way, place, _cased(values.pop(), place)) if len(values) == 1 else None


def _pattern(way: Way, place: Place, text: str) -> str | None:
    """Text that reads the same however the server reads backslashes, and whatever LIKE makes of it."""
    risky = "\\" in text or not text.isprintable() or (place.like and ("%" in text or "_" in text))
    return None if risky or not 0 < len(text) <= TEXT_CHARS else way.before + text + way.after
