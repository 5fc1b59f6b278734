"""How much of a question a statement takes up."""

import pytest

from nl2sql.asked import Asked
from nl2sql.coverage import Coverage, cover
from nl2sql.guard import check
from nl2sql.values import FoundValue
from tests.nl2sql.club import CATALOG

LATE = (FoundValue("flights", "state", "late"),)


def covered(question: str, sql: str, values: tuple[FoundValue, ...] = ()) -> Coverage:
    asked = Asked(question, values)
    return cover(asked, check(sql, CATALOG, 1000), CATALOG)


def test_everything() -> None:
    sql = "SELECT pilot_id FROM flights WHERE state = 'late' ORDER BY miles DESC LIMIT 5"
    assert covered("the top 5 late flights by miles: return the pilot id", sql, LATE).total == 1.0


@pytest.mark.parametrize(
    ("part", "question", "better", "worse"),
    [
        ("values", "late flights", "SELECT id FROM flights WHERE state = 'late'", "SELECT id FROM flights"),
        (
            "words",
            "miles of the pilots",
            "SELECT p.name, SUM(f.miles) FROM flights f JOIN pilots p ON p.id = f.pilot_id",
            "SELECT name FROM pilots",
        ),
        (
            "numbers",
            "flights over 500 miles",
            "SELECT id FROM flights WHERE miles > 500",
            "SELECT id FROM flights WHERE miles > 50",
        ),
        ("numbers", "flights of 2025", "SELECT id FROM flights WHERE sold_on LIKE '2025-%'", "SELECT id FROM flights"),
        (
            "outputs",
            "show the name, the base and the birthday",
            "SELECT name, base, born FROM pilots",
            "SELECT name FROM pilots",
        ),
        ("outputs", "the top 3 planes", "SELECT id FROM planes ORDER BY seats LIMIT 3", "SELECT id FROM planes"),
        ("stated", "flights of pilots", "SELECT id FROM flights", "SELECT id FROM flights WHERE state = 'late'"),
    ],
)
def test_each_part(part: str, question: str, better: str, worse: str) -> None:
    first, second = (covered(question, sql, LATE if part == "values" else ()) for sql in (better, worse))
    assert getattr(first, part) == 1.0
    assert getattr(second, part) < 1.0
    assert second.total < first.total


def test_a_question_that_says_little_is_covered() -> None:
    assert covered("pilots", "SELECT * FROM pilots").total == 1.0
