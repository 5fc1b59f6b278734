import pytest
import sqlglot

from diagnose.advice.today import day, days_from_today, is_now, month_start, next_month_start, year_start
from diagnose.sql import written
from tests.diagnose.servers import Diagnosed


@pytest.mark.parametrize(
    ("expression", "days", "now"),
    [
        ("CURDATE()", 0, True),
        ("CURRENT_DATE", 0, True),
        ("DATE(NOW())", 0, True),
        ("NOW()", None, True),
        ("CURRENT_TIMESTAMP", None, True),
        ("NOW(6)", None, False),
        ("SYSDATE()", None, False),
        ("UTC_DATE()", None, False),
        ("CURDATE() - INTERVAL 1 DAY", -1, False),
        ("DATE_ADD(CURDATE(), INTERVAL 2 WEEK)", 14, False),
        ("DATE(NOW() - INTERVAL 3 DAY)", -3, False),
        ("NOW() - INTERVAL 3 DAY", None, False),
        ("CURDATE() - INTERVAL 1 MONTH", None, False),
        ("CURDATE() - INTERVAL 1.5 DAY", None, False),
        ("CURDATE() + 1", None, False),
        ("created_at - INTERVAL 1 DAY", None, False),
        ("'2026-01-01'", None, False),
    ],
)
def test_what_is_reckoned_from_today(expression: str, days: int | None, now: bool) -> None:
    node = sqlglot.parse_one(f"SELECT {expression}", dialect="mysql").expressions[0]
    assert (days_from_today(node), is_now(node)) == (days, now)


def test_what_is_written_is_what_it_says(diag: Diagnosed) -> None:
    made = [day(0), day(3), day(-3), month_start(), next_month_start(), year_start(), year_start(1)]
    texts = ", ".join(str(written(node)) for node in made)
    [row] = diag.rows(f"SELECT {texts}, CURRENT_DATE")
    today = row[-1]
    later = [(value - today).days for value in row[:3]]
    assert later == [0, 3, -3]
    assert row[3] == today.replace(day=1)
    assert row[4].day == 1
    assert 28 <= (row[4] - row[3]).days <= 31
    assert row[5:7] == (today.replace(month=1, day=1), today.replace(year=today.year + 1, month=1, day=1))
