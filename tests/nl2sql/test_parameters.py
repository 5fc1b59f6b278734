from datetime import date
from decimal import Decimal

import pytest

from nl2sql.parameters import Place, Way, names_it, places, way_of, write
from nl2sql.questions import Kind, Piece, Spelled
from nl2sql.spans import Span
from plugins.readonly import parse_one

YEAR = Piece(Kind.SPAN, "2025", span=Span("year", date(2025, 1, 1), date(2026, 1, 1)))
OTHER_YEAR = Piece(Kind.SPAN, "2026", span=Span("year", date(2026, 1, 1), date(2027, 1, 1)))


def place(condition: str, at: int = 0) -> Place:
    return places(parse_one(f"SELECT a FROM t WHERE {condition}"))[at]


def number(text: str) -> Piece:
    return Piece(Kind.NUMBER, text, Decimal(text))


def text(said: str) -> Piece:
    return Piece(Kind.TEXT, said)


def value(said: str, *spelled: tuple[str, str]) -> Piece:
    return Piece(Kind.VALUE, said, values=tuple(Spelled("t", column, own) for column, own in spelled))


@pytest.mark.parametrize(
    ("condition", "subject", "direct", "whole", "like", "casing"),
    [
        ("b = 5", {"b"}, True, False, False, ""),
        ("(b) >= (-5)", {"b"}, True, False, False, ""),
        ("b IN (5, 6)", {"b"}, True, False, False, ""),
        ("b LIKE '%x%'", {"b"}, True, False, True, ""),
        ("LOWER(b) = 'x'", {"b"}, True, False, False, "lower"),
        ("UPPER(b) = 'x'", {"b"}, True, False, False, "upper"),
        ("b = LENGTH('x')", {"b"}, False, False, False, ""),
        ("b >= CURDATE() - INTERVAL 5 DAY", {"b"}, True, True, False, ""),
    ],
)
def test_what_surrounds_a_literal(
    condition: str, subject: set[str], direct: bool, whole: bool, like: bool, casing: str
) -> None:
    found = place(condition)
    assert (found.subject, found.direct, found.whole, found.like, found.casing) == (
        subject,
        direct,
        whole,
        like,
        casing,
    )


def test_limits_aggregates_and_what_is_selected() -> None:
    selected, having, limit = places(parse_one("SELECT 7 AS x FROM t GROUP BY a HAVING SUM(b) > 5 LIMIT 3"))
    found = {p.text: p for p in (selected, having, limit)}
    assert (found["7"].subject, found["7"].direct) == (frozenset(), False)
    assert found["5"].subject == {"b", "SUM"}
    assert (found["3"].subject, found["3"].whole) == ({"LIMIT"}, True)


@pytest.mark.parametrize(
    ("condition", "date_like"),
    [
        ("b = 2025", True),
        ("b = 25", False),
        ("b = '2025-01-31'", True),
        ("b = '12-2025'", False),
        ("MONTH(b) = 3", True),
        ("EXTRACT(YEAR FROM b) = 5", True),
    ],
)
def test_literals_that_may_be_dates(condition: str, date_like: bool) -> None:
    assert place(condition).date_like == date_like


@pytest.mark.parametrize(
    ("piece", "condition", "way"),
    [
        (number("5"), "b = 5", Way("number")),
        (number("5"), "b = 5.0", Way("number")),
        (number("7"), "b = '007'", Way("name")),
        (number("5"), "b = 6", None),
        (text("Oslo"), "b = 'Oslo'", Way("text")),
        (text("Oslo"), "b LIKE '%Oslo%'", Way("text", "", "%", "%")),
        (text("Oslo"), "b LIKE 'Oslo%'", Way("text", "", "", "%")),
        (text("Oslo"), "LOWER(b) = 'oslo'", Way("text")),
        (text("Oslo"), "b = 'oslo'", None),
        (text("5"), "b = 5", None),
        (value("paid", ("b", "P")), "b = 'P'", Way("value")),
        (value("paid", ("other", "P")), "b = 'P'", None),
        (Piece(Kind.WORD, "Oslo"), "b = 'Oslo'", None),
        (YEAR, "YEAR(b) = 2025", Way("span number", "YEAR")),
        (YEAR, "b = 2025", None),
    ],
)
def test_whether_a_literal_is_the_piece(piece: Piece, condition: str, way: Way | None) -> None:
    assert way_of(piece, place(condition)) == way


@pytest.mark.parametrize(
    ("old", "new", "condition", "written"),
    [
        (number("5"), number("8"), "b = 5", "8"),
        (number("5"), number("8.5"), "b = 5", None),  # 5 may count things
        (number("5.5"), number("8.25"), "b = 5.5", "8.25"),
        (number("5"), number("1" * 19), "b = 5", None),
        (number("7"), number("8"), "b = '007'", None),
        (number("5"), text("x"), "b = 5", None),
        (text("Oslo"), text("Rome"), "b LIKE '%Oslo'", "%Rome"),
        (text("Oslo"), text("RoMe"), "LOWER(b) = 'oslo'", "rome"),
        (text("Oslo"), text("100%"), "b LIKE 'Oslo%'", None),
        (text("Oslo"), text("100%"), "b = 'Oslo'", "100%"),
        (text("Oslo"), text("a\\b"), "b = 'Oslo'", None),
        (text("Oslo"), text("a\nb"), "b = 'Oslo'", None),
        (text("Oslo"), text(""), "b = 'Oslo'", None),
        (text("Oslo"), text("x" * 201), "b = 'Oslo'", None),
        (value("paid", ("b", "P")), value("open", ("b", "O")), "b = 'P'", "O"),
        (value("paid", ("b", "P")), value("open", ("c", "O")), "b = 'P'", None),
        (value("paid", ("b", "P")), value("open", ("b", "O"), ("b", "Q")), "b = 'P'", None),  # which of both?
        (YEAR, OTHER_YEAR, "YEAR(b) = 2025", "2026"),
    ],
)
def test_the_literal_for_another_piece(old: Piece, new: Piece, condition: str, written: str | None) -> None:
    here = place(condition)
    way = way_of(old, here)
    assert way is not None
    assert write(way, here, old, new) == written


@pytest.mark.parametrize(
    ("piece", "named"), [(text("Oslo"), True), (number("2025"), True), (text("Rome"), False), (text("s"), False)]
)
def test_an_alias_that_is_called_after_the_piece(piece: Piece, named: bool) -> None:
    tree = parse_one("SELECT COUNT(*) AS oslo_orders_2025 FROM t")
    assert names_it(piece, tree) == named
