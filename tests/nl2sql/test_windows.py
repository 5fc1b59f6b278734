"""Spans of time: which the question names, and that the SQL for them has the right days."""

import datetime

import pytest

from nl2sql.windows import windows
from tests.nl2sql.direct import DirectSession

D = datetime.date


@pytest.mark.parametrize(
    ("question", "today", "begin", "end"),
    [
        ("orders of last month", "2026-03-31", "2026-02-01", "2026-03-01"),
        ("orders of last month", "2026-01-15", "2025-12-01", "2026-01-01"),
        ("the last 3 months, not including the current one", "2026-03-31", "2025-12-01", "2026-03-01"),
        ("orders in the last 3 full months", "2026-05-31", "2026-02-01", "2026-05-01"),
        ("orders in the last 3 months", "2026-05-31", "2026-02-28", None),
        ("in the past year", "2024-02-29", "2023-02-28", None),
        ("orders of last year", "2024-02-29", "2023-01-01", "2024-01-01"),
        ("orders this year", "2024-12-31", "2024-01-01", "2025-01-01"),
        ("orders of last quarter", "2026-01-01", "2025-10-01", "2026-01-01"),
        ("orders of last quarter", "2026-12-31", "2026-07-01", "2026-10-01"),
        ("orders this quarter", "2026-05-31", "2026-04-01", "2026-07-01"),
        ("orders of last week", "2026-03-01", "2026-02-16", "2026-02-23"),  # a Sunday
        ("orders this week", "2026-03-02", "2026-03-02", "2026-03-09"),  # a Monday
        ("orders this month", "2026-12-05", "2026-12-01", "2027-01-01"),
        ("the past 7 days", "2026-03-03", "2026-02-24", None),
        ("the previous 2 days excluding the current day", "2026-03-01", "2026-02-27", "2026-03-01"),
        ("last couple of weeks", "2026-03-15", "2026-03-01", None),
        ("the past twelve months", "2026-03-15", "2025-03-15", None),
        ("today's orders", "2026-02-28", "2026-02-28", "2026-03-01"),
        ("orders of yesterday", "2026-03-01", "2026-02-28", "2026-03-01"),
    ],
)
def test_begin_and_end(connect, question: str, today: str, begin: str, end: str | None) -> None:
    session: DirectSession = connect()
    (window,) = windows(question)
    session.run(f"SET timestamp = UNIX_TIMESTAMP('{today} 13:30:00')")
    ((first, last),) = session.run(f"SELECT DATE({window.begin}), DATE({window.end or 'NULL'})").rows
    assert (first, last) == (begin, end)
    before = D.fromisoformat(begin) - datetime.timedelta(1)
    ((inside, outside),) = session.run(
        f"SELECT {window.condition(f'DATE {begin!r}')}, {window.condition(f'DATE {str(before)!r}')}"
    ).rows
    assert (inside, outside) == ("1", "0")


@pytest.mark.parametrize(
    "question",
    [
        "orders before today",
        "orders since yesterday",
        "orders until this month",
        "older than this year",
        "due in the rest of this month",
        "the last day of each month",
        "the last week of 2023",
        "the last 3 months of their contract",
        "the age of customers as of today",
        "customers",
    ],
)
def test_other_spans_are_none(question: str) -> None:
    assert windows(question) == []


def test_two_spans() -> None:
    assert [w.said for w in windows("this month and last month")] == ["last month", "this month"]
