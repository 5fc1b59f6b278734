"""What a question says about how the SQL has to look, read from its words."""

import pytest

from nl2sql.idioms import HINTS, idiom_hints


@pytest.mark.parametrize(
    ("question", "sign"),
    [
        ("paid within 30 days of the order", "B BETWEEN A AND A + INTERVAL 30 DAY"),
        ("returned within a week after the sale", "INTERVAL 1 WEEK"),
        ("sold and returned in the same month", "DATE_FORMAT(A, '%Y-%m') = DATE_FORMAT(B, '%Y-%m')"),
        ("orders on weekends", "WEEKDAY(d) IN (5, 6)"),
        ("orders on working days", "WEEKDAY(d) < 5"),
        ("average duration in minutes", "TIMESTAMPDIFF(MINUTE, A, B)"),
        ("number of days between order and payment", "DATEDIFF(B, A)"),
        ("how old are the members", "TIMESTAMPDIFF(YEAR"),
        ("the median price", "ROW_NUMBER()"),
        ("what percentage is late", "100.0 * SUM("),
        ("the share of late orders", "* 1.0 / COUNT(*)"),
        ("revenue month over month", "LAG(v)"),
        ("the latest order of each customer", "PARTITION BY k"),
        ("rank the shops", "RANK()"),
        ("names with 'ab', case-insensitively", "LOWER(c)"),
        ("orders of last month", "is written the date column >="),
        ("orders per month", "AS month"),
    ],
)
def test_a_sign_brings_its_idiom(question: str, sign: str) -> None:
    assert any(sign in hint for hint in idiom_hints(question))


@pytest.mark.parametrize(
    "question", ["list all orders", "who is Percy?", "the generation of aged cheese", "top 5 shops"]
)
def test_without_a_sign_there_is_no_hint(question: str) -> None:
    assert idiom_hints(question) == []


def test_not_too_many_and_none_twice() -> None:
    asked = "median, share, rank and percentage per month of the last 3 months, on weekends, how old, ignoring case"
    hints = idiom_hints(asked)
    assert len(hints) == len(set(hints)) == HINTS
    assert hints[0].startswith("the last 3 months") or hints[0].startswith("last 3 months")


def test_a_definition_says_itself_how_a_rate_is_computed() -> None:
    assert idiom_hints("OTD rate", defined="OTD rate = on time / all") == []
    assert any("HOUR" in hint for hint in idiom_hints("OTD", defined="OTD = hours between order and delivery"))
