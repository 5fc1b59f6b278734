import pytest
import sqlglot
from sqlglot import exp

from nl2sql.asked import Asked
from nl2sql.catalog import Catalog
from nl2sql.sources import Names
from nl2sql.unasked import drop_unasked, stated
from nl2sql.values import FoundValue

ASKED = Asked("Which customers are in the north?")


def parsed(sql: str) -> exp.Query:
    tree = sqlglot.parse_one(sql, read="mysql")
    assert isinstance(tree, exp.Query)
    return tree


def dropped(sql: str, asked: Asked = ASKED) -> tuple[str, list[str]]:
    tree = parsed(sql)
    names = Names(Catalog.__new__(Catalog))
    drop_unasked(tree, names, asked)
    return tree.sql("mysql"), names.notes


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        ("SELECT a FROM t WHERE day = CURDATE()", "SELECT a FROM t"),
        ("SELECT a FROM t WHERE CURDATE() = day AND b = 1", "SELECT a FROM t WHERE b = 1"),
        ("SELECT a FROM (SELECT a FROM t WHERE d = CURDATE()) AS x", "SELECT a FROM (SELECT a FROM t) AS x"),
    ],
)
def test_a_day_that_nobody_said(sql: str, made: str) -> None:
    text, notes = dropped(sql)
    assert text == made
    assert len(notes) == 1
    assert notes[0].startswith("left out ")
    assert notes[0].endswith(", which the question does not say")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM t WHERE day > '2025-01-01'",
        "SELECT a FROM t WHERE b = 1 OR c = 2",
        "SELECT CURRENT_DATE AS d FROM t",
    ],
)
def test_other_conditions_stay(sql: str) -> None:
    assert dropped(sql) == (parsed(sql).sql("mysql"), [])


@pytest.mark.parametrize("question", ["Which orders came in today?", "Welche Kunden gibt es?", ""])
def test_nothing_goes_where_the_day_may_be_meant(question: str) -> None:
    _, notes = dropped("SELECT a FROM t WHERE day = CURDATE()", Asked(question))
    assert notes == []


@pytest.mark.parametrize(
    ("where", "share"),
    [
        ("", 1.0),
        ("WHERE region = 'North'", 1.0),
        ("WHERE status = 'active'", 0.0),
        ("WHERE region = 'North' AND status = 'shipped'", 0.5),
        ("WHERE region LIKE '%north%'", 1.0),
        ("WHERE day >= '2025-01-01'", 1.0),
        ("WHERE amount > 5", 1.0),
        ("WHERE is_customer = TRUE", 1.0),
        ("WHERE is_deleted = FALSE", 0.0),
        ("WHERE DATE_FORMAT(day, '%Y') = 2025", 1.0),
    ],
)
def test_how_much_of_the_conditions_was_said(where: str, share: float) -> None:
    assert stated(parsed(f"SELECT a FROM t {where}"), ASKED) == share


def test_what_was_found_in_the_data_was_said() -> None:
    asked = Asked("Which customers are up there?", values=(FoundValue("t", "region", "NORTH"),))
    assert stated(parsed("SELECT a FROM t WHERE region = 'north'"), asked) == 1.0
