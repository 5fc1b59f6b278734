import pytest

from tests.nl2sql.club import mended


@pytest.mark.parametrize(
    ("question", "condition", "kept"),
    [
        ("flights in the last 7 days", "sold_on >= CURRENT_DATE - INTERVAL '1' WEEK", False),
        ("flights in the last 7 days", "sold_on >= CURRENT_DATE - INTERVAL '7' DAY", True),
        ("flights of the last month", "sold_on >= CURRENT_DATE - INTERVAL '1' MONTH", False),
        ("flights of this year", "sold_on >= '2025-01-01'", False),
        ("flights of this year, sold since 2025", "sold_on >= '2025-01-01'", True),
        ("flights of last month compared with this month", "sold_on >= CURRENT_DATE - INTERVAL '1' MONTH", True),
        ("flights in the last 7 days", "sold_on >= DATE_SUB(CURRENT_DATE, INTERVAL '7' DAY)", True),
        ("flights in the last 7 days", "sold_on BETWEEN CURRENT_DATE - INTERVAL '70' DAY AND CURRENT_DATE", True),
        ("flights in the last 7 days or the last 7 months", "sold_on >= CURRENT_DATE - INTERVAL '1' WEEK", True),
        ("flights in the last 7 days", "miles >= 1 OR sold_on >= CURRENT_DATE - INTERVAL '1' WEEK", True),
        ("flights in the last 7 days", "sold_on >= (SELECT MAX(sold_on) FROM flights)", True),
        ("flights in the last 7 days", "sold_on >= LEAST(CURRENT_DATE - INTERVAL '1' WEEK, landed)", True),
        ("flights in the last 7 days", "state >= CURRENT_DATE - INTERVAL '1' WEEK", True),
        ("flights not sold in the last 7 days", "sold_on < CURRENT_DATE - INTERVAL '7' DAY", True),
    ],
)
def test_the_named_span_takes_the_place_of_a_wrong_one(question: str, condition: str, kept: bool) -> None:
    sql = f"SELECT id FROM flights WHERE {condition}"
    assert (mended(sql, question) == sql) == kept


def test_what_else_is_asked_stays() -> None:
    sql = "SELECT id FROM flights WHERE miles > 3 AND sold_on >= CURRENT_DATE - INTERVAL '1' WEEK AND state = 'ok'"
    assert mended(sql, "flights in the last 7 days") == (
        "SELECT id FROM flights WHERE miles > 3 AND state = 'ok' AND sold_on >= CURRENT_DATE - INTERVAL '7' DAY"
    )
