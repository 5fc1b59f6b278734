"""A function of a date as a range; that the rows stay the same is tested on servers (test_rewrites)."""

import pytest
import sqlglot
from sqlglot import exp

from diagnose.advice.comparisons import Comparison, comparison, sided
from diagnose.advice.rewrites_ranges import DateRange, date_range, month_number, month_range
from diagnose.evidence.facts import Column


def ranged(sql: str, kind: str = "datetime", *, incomplete: bool = False) -> DateRange | None:
    tree = sqlglot.parse_one(sql, read="mysql", into=exp.Condition)
    made = (date_range(each, Column("c", kind), incomplete_dates=incomplete) for each in sided(tree))
    return next((found for found in made if found is not None), None)


def text(sql: str, kind: str = "datetime") -> str | None:
    found = ranged(sql, kind)
    return None if found is None else found.condition.sql("mysql")


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        ("YEAR(c) = 2026", "c >= '2026-01-01' AND c < '2027-01-01'"),
        ("2026 = YEAR(c)", "c >= '2026-01-01' AND c < '2027-01-01'"),
        ("YEAR(c) > 2026", "c >= '2027-01-01'"),
        ("YEAR(c) >= 2026", "c >= '2026-01-01'"),
        ("YEAR(c) < 2026", "c < '2026-01-01'"),
        ("YEAR(c) <= 2026", "c < '2027-01-01'"),
        ("YEAR(c) BETWEEN 2024 AND 2026", "c >= '2024-01-01' AND c < '2027-01-01'"),
        ("YEAR(c) IN (2025, 2024)", "c >= '2024-01-01' AND c < '2026-01-01'"),
        ("EXTRACT(YEAR FROM c) = 2026", "c >= '2026-01-01' AND c < '2027-01-01'"),
        ("EXTRACT(YEAR_MONTH FROM c) = 202612", "c >= '2026-12-01' AND c < '2027-01-01'"),
        ("DATE(c) = '2024-02-28'", "c >= '2024-02-28' AND c < '2024-02-29'"),
        ("CAST(c AS DATE) > '2026-12-31'", "c >= '2027-01-01'"),
        ("DATE_FORMAT(c, '%Y-%m') = '2026-05'", "c >= '2026-05-01' AND c < '2026-06-01'"),
        ("LEFT(c, 7) = '2026-05'", "c >= '2026-05-01' AND c < '2026-06-01'"),
        ("c LIKE '2026-05-%'", "c >= '2026-05-01' AND c < '2026-06-01'"),
        ("c LIKE '2026%'", "c >= '2026-01-01' AND c < '2027-01-01'"),
    ],
)
def test_ranges(sql: str, made: str) -> None:
    assert text(sql) == made


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("YEAR(c) = 2026", "varchar(20)"),
        ("YEAR(c) = 9999", "datetime"),
        ("YEAR(c) = 26", "datetime"),
        ("YEAR(c) = d", "datetime"),
        ("YEAR(c) IN (2024, 2026)", "datetime"),
        ("YEAR(c + INTERVAL 1 DAY) = 2026", "datetime"),
        ("MONTH(c) = 5", "datetime"),
        ("DATE(c) = '2026-02-30'", "datetime"),
        ("DATE(c) = '2026-2-3'", "datetime"),
        ("DATE_FORMAT(c, '%m') = '05'", "datetime"),
        ("DATE_FORMAT(c, '%Y-%m') = '2026-13'", "datetime"),
        ("LEFT(c, 6) = '2026-0'", "datetime"),
        ("c LIKE '%2026%'", "datetime"),
        ("c LIKE '2026-05'", "datetime"),
        ("c = '2026-05-01'", "datetime"),
    ],
)
def test_what_stays(sql: str, kind: str) -> None:
    assert text(sql, kind) is None


@pytest.mark.parametrize(
    ("sql", "kind", "incomplete", "needs"),
    [
        ("YEAR(c) = 2026", "date", False, ""),
        ("YEAR(c) = 2026", "date", True, "c holds no incomplete dates such as 2026-00-00"),
        ("DATE(c) = '2026-05-17'", "datetime", True, ""),
        (
            "YEAR(c) = 2026",
            "timestamp",
            True,
            "the clocks of the session's time zone do not change at midnight of a bound",
        ),
    ],
)
def test_what_it_needs(sql: str, kind: str, incomplete: bool, needs: str) -> None:
    found = ranged(sql, kind, incomplete=incomplete)
    assert found is not None
    assert found.needs == needs


def compared(sql: str) -> Comparison:
    found = comparison(sqlglot.parse_one(sql, read="mysql", into=exp.Condition))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("year", "month", "made"),
    [
        ("YEAR(c) = 2026", "MONTH(c) = 12", "c >= '2026-12-01' AND c < '2027-01-01'"),
        ("YEAR(c) = 2026", "MONTH(c) = 13", None),
        ("YEAR(c) = 2026", "MONTH(c) > 5", None),
        ("YEAR(c) > 2026", "MONTH(c) = 5", None),
        ("DATE(c) = '2026-05-01'", "MONTH(c) = 5", None),
    ],
)
def test_a_month_of_a_year(year: str, month: str, made: str | None) -> None:
    found = month_range(compared(year), compared(month), Column("c", "datetime"), incomplete_dates=False)
    assert (None if found is None else found.condition.sql("mysql")) == made


def test_the_column_in_a_month() -> None:
    found = month_number(compared("MONTH(c) = 5").subject)
    assert found is not None
    assert found.name == "c"
    assert month_number(compared("YEAR(c) = 5").subject) is None
    assert month_number(compared("MONTH(NOW()) = 5").subject) is None
