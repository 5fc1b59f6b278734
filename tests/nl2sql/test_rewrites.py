"""What runs and cannot be meant, and what a database refuses: mended (``rewrites``, ``moments``, ``grouping``)."""

import pytest

from nl2sql.asked import Asked
from nl2sql.catalog import build_catalog
from nl2sql.guard import check
from plugins.readonly import Rejected

COLUMNS = {
    "pilots": {"id": "int(11)", "name": "varchar(30)", "born": "date", "licence_year": "int(11)", "base": "int(11)"},
    "planes": {"id": "int(11)", "model": "varchar(30)", "seats": "int(11)"},
    "flights": {
        "id": "int(11)",
        "pilot_id": "int(11)",
        "plane_id": "int(11)",
        "started": "datetime",
        "landed": "datetime",
        "sold_on": "date",
        "state": "enum('ok','late')",
        "miles": "int(11)",
    },
}
CATALOG = build_catalog(
    "club",
    [(name, "BASE TABLE", "1000", "") for name in COLUMNS],
    [
        (table, name, kind, "", "PRI" if name == "id" else "", "select")
        for table, columns in COLUMNS.items()
        for name, kind in columns.items()
    ],
    [("flights", "pilot_id", "pilots", "id"), ("flights", "plane_id", "planes", "id")],
)


def mended(sql: str, question: str = "") -> str:
    """The statement after the guard, without its LIMIT."""
    return check(sql, CATALOG, 1000, Asked(question)).sql.removesuffix(" LIMIT 1000")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        # Dates are no numbers.
        ("SELECT landed - started FROM flights", "SELECT TIMESTAMPDIFF(SECOND, started, landed) FROM flights"),
        ("SELECT CURDATE() - born FROM pilots", "SELECT DATEDIFF(CURRENT_DATE, born) FROM pilots"),
        ("SELECT NOW() - started FROM flights", "SELECT DATEDIFF(NOW(), started) FROM flights"),
        (
            "SELECT (sold_on + INTERVAL 1 DAY) - born FROM flights JOIN pilots ON pilot_id = pilots.id",
            "SELECT DATEDIFF((sold_on + INTERVAL '1' DAY), born) FROM flights JOIN pilots ON pilot_id = pilots.id",
        ),
        # A day is all of it.
        (
            "SELECT id FROM flights WHERE started = '2026-03-01'",
            "SELECT id FROM flights WHERE (started >= '2026-03-01' AND started < CAST('2026-03-01' AS DATE) +"
            " INTERVAL '1' DAY)",
        ),
        (
            "SELECT id FROM flights WHERE NOT started BETWEEN '2026-03-01' AND '2026-03-31'",
            "SELECT id FROM flights WHERE NOT (started >= '2026-03-01' AND started < CAST('2026-03-31' AS DATE) +"
            " INTERVAL '1' DAY)",
        ),
        (
            "SELECT id FROM flights WHERE started <= '2026-03-31'",
            "SELECT id FROM flights WHERE started < CAST('2026-03-31' AS DATE) + INTERVAL '1' DAY",
        ),
        ("SELECT id FROM flights WHERE sold_on <= '2026-03-31'", None),
        # A year is no date.
        (
            "SELECT id FROM pilots WHERE licence_year = CURDATE()",
            "SELECT id FROM pilots WHERE licence_year = YEAR(CURRENT_DATE)",
        ),
        # Own keys of two tables that a foreign key joins otherwise.
        (
            "SELECT name FROM pilots p JOIN flights f ON p.id = f.id",
            "SELECT name FROM pilots AS p JOIN flights AS f ON p.id = f.pilot_id",
        ),
        # NOT IN with NULLs is never true.
        (
            "SELECT name FROM pilots WHERE id NOT IN (SELECT pilot_id FROM flights)",
            "SELECT name FROM pilots WHERE NOT id IN (SELECT pilot_id FROM flights WHERE NOT pilot_id IS NULL)",
        ),
        # Values of one column belong together, before what else is said.
        (
            "SELECT id FROM planes WHERE model LIKE '%A%' OR model LIKE '%B%' AND seats > 9",
            "SELECT id FROM planes WHERE (model LIKE '%A%' OR model LIKE '%B%') AND seats > 9",
        ),
        # Aggregates: in HAVING, and grouped by what stands beside them.
        (
            "SELECT pilot_id FROM flights WHERE SUM(miles) > 5 AND state = 'ok' GROUP BY pilot_id",
            "SELECT pilot_id FROM flights WHERE state = 'ok' GROUP BY pilot_id HAVING SUM(miles) > 5",
        ),
        ("SELECT state, COUNT(*) FROM flights", "SELECT state, COUNT(*) FROM flights GROUP BY state"),
        (
            "SELECT pilot_id, state, COUNT(*) FROM flights GROUP BY state",
            "SELECT pilot_id, state, COUNT(*) FROM flights GROUP BY state, pilot_id",
        ),
        # No remedy is certain: the database's own error is told.
        ("SELECT id FROM flights WHERE miles = MAX(miles)", None),
    ],
)
def test_mended(wrong: str, right: str | None) -> None:
    assert mended(wrong) == (right or wrong)


def test_every_mend_is_noted() -> None:
    assert check("SELECT state, COUNT(*) FROM flights", CATALOG, 9).notes == ("grouped by state too", "at most 9 rows")


def test_words_have_no_sum() -> None:
    with pytest.raises(Rejected, match="state is text"):
        mended("SELECT SUM(state) FROM flights")


@pytest.mark.parametrize(
    ("question", "sql", "counted"),
    [
        ("how many models are there?", "SELECT DISTINCT model FROM planes ORDER BY model", "COUNT(DISTINCT model)"),
        ("the number of pilots that flew", "SELECT DISTINCT pilot_id FROM flights", "COUNT(DISTINCT pilot_id)"),
        ("how many seats has each model", "SELECT DISTINCT seats FROM planes", ""),
        ("how many seats has the A12", "SELECT DISTINCT seats FROM planes", ""),
        ("which models are there?", "SELECT DISTINCT model FROM planes", ""),
    ],
)
def test_how_many_is_counted(question: str, sql: str, counted: str) -> None:
    assert mended(sql, question) == (f"SELECT {counted} FROM {sql.split(' ')[4]}" if counted else sql)


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("list the flights of the A12", "SELECT id FROM flights WHERE miles > 3"),
        ("list the flights sold right now", None),
        ("which flights are due", None),
        ("Flüge", None),
    ],
)
def test_the_day_of_which_nobody_spoke_is_left_out(question: str, left: str | None) -> None:
    sql = "SELECT id FROM flights WHERE miles > 3 AND sold_on = CURRENT_DATE"
    assert mended(sql, question) == (left or sql)


@pytest.mark.parametrize(
    ("question", "condition", "kept"),
    [
        ("flights in the last 7 days", "sold_on >= CURRENT_DATE - INTERVAL '1' WEEK", False),
        ("flights in the last 7 days", "sold_on >= CURRENT_DATE - INTERVAL '7' DAY", True),
        ("flights of the last month", "sold_on >= CURRENT_DATE - INTERVAL '1' MONTH", False),
        ("flights of this year", "sold_on >= '2025-01-01'", False),
        ("flights of this year, sold since 2025", "sold_on >= '2025-01-01'", True),
        ("flights of last month compared with this month", "sold_on >= CURRENT_DATE - INTERVAL '1' MONTH", True),
        ("flights not sold in the last 7 days", "sold_on < CURRENT_DATE - INTERVAL '7' DAY", True),
    ],
)
def test_the_named_span_takes_the_place_of_a_wrong_one(question: str, condition: str, kept: bool) -> None:
    sql = f"SELECT id FROM flights WHERE {condition}"
    assert (mended(sql, question) == sql) == kept
