"""A calculation with a column, moved to the other side; test_rewrites has the rows that it finds."""

import pytest
import sqlglot
from sqlglot import exp

from diagnose.advice.comparisons import sided
from diagnose.advice.rewrites_moments import moved_days, moved_interval
from diagnose.advice.subjects import Bare, Subject
from diagnose.evidence.facts import MARIADB, POSTGRES, Column, Server


def moved(sql: str, kind: str = "datetime", server: str = MARIADB) -> Bare | None:
    """What becomes of a condition on the column c, whichever side it stands on."""
    tree = sqlglot.parse_one(sql, read="mysql", into=exp.Condition)
    column = next(c for c in tree.find_all(exp.Column) if c.name == "c")
    subject = Subject(column, Column("c", kind), Server(server))
    made = [rule(found, subject) for found in sided(tree) for rule in (moved_interval, moved_days)]
    return next((each for each in made if each is not None), None)


def text(sql: str, kind: str = "datetime") -> str | None:
    found = moved(sql, kind)
    return None if found is None else found.condition.sql("mysql")


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        ("c + INTERVAL 7 DAY > '2026-01-08'", "c > '2026-01-01'"),
        ("c - INTERVAL 1 DAY <= '2026-02-28'", "c <= '2026-03-01'"),
        ("'2026-01-08' < c + INTERVAL 7 DAY", "c > '2026-01-01'"),
        ("DATE_ADD(c, INTERVAL 2 WEEK) = '2026-01-15'", "c = '2026-01-01'"),
        ("DATE_SUB(c, INTERVAL 90 MINUTE) < '2026-01-01 00:00:00'", "c < '2026-01-01 01:30:00'"),
        ("c + INTERVAL 1 HOUR > '2026-01-01'", "c > '2025-12-31 23:00:00'"),
        ("c + INTERVAL 0 DAY > NOW()", "c > NOW()"),
        ("DATEDIFF(c, '2026-01-01') = 0", "c >= '2026-01-01' AND c < '2026-01-02'"),
        ("DATEDIFF(c, '2026-01-01 23:59:59') > 1", "c >= '2026-01-03'"),
        ("DATEDIFF('2026-01-31', c) >= 30", "c < '2026-01-02'"),
        ("DATEDIFF('2026-01-31', DATE(c)) < -1", "c >= '2026-02-02'"),
        ("5 > DATEDIFF(c, '2026-01-01')", "c < '2026-01-06'"),
    ],
)
def test_the_column_alone(sql: str, made: str) -> None:
    assert text(sql) == made


def test_from_today_on() -> None:
    assert text("DATEDIFF(NOW(), c) <= 30") == "c >= DATE_SUB(CURRENT_DATE, INTERVAL 30 DAY)"
    assert text("c + INTERVAL 7 DAY > NOW()") == "c > DATE_SUB(NOW(), INTERVAL 7 DAY)"


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("c + INTERVAL 1 MONTH > '2026-01-08'", "datetime"),
        ("c + INTERVAL 1 YEAR > '2026-01-08'", "datetime"),
        ("c + INTERVAL 1 HOUR > '2026-01-08'", "date"),
        ("c + INTERVAL 1 DAY > '2026-01-08'", "timestamp"),
        ("c + INTERVAL 1 DAY > '2026-01-08'", "varchar(20)"),
        ("c + INTERVAL a DAY > '2026-01-08'", "datetime"),
        ("c + INTERVAL -1 DAY > '2026-01-08'", "datetime"),
        ("c + INTERVAL 1 DAY > '8.1.2026'", "datetime"),
        ("c + INTERVAL 1 DAY > '2026-02-30'", "datetime"),
        ("c + INTERVAL 999999 DAY > '0001-01-01'", "datetime"),
        ("c + INTERVAL 1 DAY > other", "datetime"),
        ("c + INTERVAL 1 DAY <> '2026-01-08'", "datetime"),
        ("c + INTERVAL 1 DAY IN ('2026-01-08')", "datetime"),
        ("DATEDIFF(c, c) > 1", "varchar(20)"),
        ("DATEDIFF(c, other) > 1", "datetime"),
        ("DATEDIFF(c, '2026-01-01') > 1.5", "datetime"),
        ("DATEDIFF(c, 'soon') > 1", "datetime"),
        ("DATEDIFF(c + INTERVAL 1 DAY, '2026-01-01') > 1", "datetime"),
    ],
)
def test_what_stays(sql: str, kind: str) -> None:
    assert text(sql, kind) is None


def test_what_it_needs() -> None:
    on_mariadb = moved("c + INTERVAL 7 DAY > '2026-01-08'")
    elsewhere = moved("c + INTERVAL 7 DAY > '2026-01-08'", server=POSTGRES)
    assert on_mariadb is not None
    assert elsewhere is not None
    assert on_mariadb.needs == "c holds no date such as 0000-00-00 or 9999-12-31 in place of none"
    assert elsewhere.needs == ""
