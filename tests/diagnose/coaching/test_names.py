from collections.abc import Awaitable, Callable

import pytest

from diagnose.coaching import names
from diagnose.evidence.parsing import parse
from plugins import SeenStatement, Session
from tests.diagnose.coaching.failing import Shop, failed

Coach = Callable[[Session, SeenStatement, str], Awaitable[list[str]]]
COLUMNS = {"orders": "id int, placed_at datetime, total int", "people": "id int, full_name text, city text"}
GIVEN = {
    "COLUMN_NAME = 'city'": [("people",), ("orders",)],
    "SCHEMATA": [("shop",), ("shopping",)],
    "TABLE_NAME FROM information_schema.TABLES": [("orders",), ("people",)],
    "TABLE_NAME = 'elsewhere'": [("crm",), ("shop",)],
}


async def said(coach: Coach, sql: str, message: str, database: str | None = "shop") -> list[str]:
    shop = Shop(COLUMNS, dict(GIVEN), database=database)
    return await coach(shop.session, failed(sql), message)


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("Unknown column 'a.b' in 'field list'", ["a.b", "field list"]),
        ('column "a" and `b`', ["a", "b"]),
        ("' a '", ["a"]),
        ("nothing is quoted", []),
        ("''", []),
    ],
)
def test_what_a_message_quotes(message: str, found: list[str]) -> None:
    assert names.quoted(message) == found


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("INSERT INTO t (a) VALUES (1)", "t"),
        ("INSERT INTO d.t VALUES (1)", "t"),
        ("REPLACE INTO t SELECT 1", "t"),
        ("UPDATE t SET a = 1", None),
        ("SELECT 1 FROM t", None),
    ],
)
def test_the_table_that_an_insert_writes_to(sql: str, name: str | None) -> None:
    found = names.target(parse(sql))
    assert (found.name if found is not None else None) == name


@pytest.mark.parametrize(
    ("sql", "column", "hint"),
    [
        ("SELECT totl FROM orders", "totl", "Did you mean total?"),
        ("SELECT name FROM people", "name", "Did you mean full_name?"),
        ("SELECT totl FROM orders o JOIN people p", "totl", "Did you mean o.total?"),
        ("SELECT shop.orders.totl FROM orders", "shop.orders.totl", "Did you mean total?"),
        ("SELECT p.total FROM orders o JOIN people p", "p.total", "total is a column of o: write o.total."),
        ("SELECT orders.id FROM orders o", "orders.id", "orders has the alias o here: write o before the column."),
        ("SELECT pp.id FROM orders o JOIN people p", "pp.id", "No table is called pp here: did you mean o or p?"),
        (
            "SELECT total + 1 AS t FROM orders WHERE t > 5",
            "t",
            "t is an alias of the SELECT list, which WHERE does not know yet: repeat its expression there.",
        ),
        ("SELECT city FROM orders", "city", "city is a column of people, which the statement does not name."),
        (
            "SELECT id FROM orders WHERE id = `xyz`",
            "xyz",
            "If xyz is a text and no column, write it in single quotes: 'xyz'.",
        ),
        ("INSERT INTO orders (totl) VALUES (1)", "totl", "Did you mean total?"),
        ("SELECT qqqqq FROM orders", "qqqqq", None),
        ("SELECT qqqqq FROM unseen", "qqqqq", None),
    ],
)
async def test_unknown_columns(sql: str, column: str, hint: str | None) -> None:
    found = await said(names.unknown_column, sql, f"Unknown column '{column}' in 'field list'")
    assert found == ([hint] if hint else [])


@pytest.mark.parametrize(
    ("sql", "message", "hint"),
    [
        ("SELECT id FROM orders o JOIN people p", "Column 'id' is ambiguous", ["Say which table's: o.id or p.id."]),
        ("SELECT id FROM orders o JOIN people p", 'column reference "id"', ["Say which table's: o.id or p.id."]),
        ("SELECT total FROM orders o JOIN people p", "Column 'total' in …", []),
        ("SELECT id FROM orders o JOIN people p", "", []),
    ],
)
async def test_ambiguous_columns(sql: str, message: str, hint: list[str]) -> None:
    assert await said(names.ambiguous_column, sql, message) == hint


@pytest.mark.parametrize(
    ("sql", "table", "hint"),
    [
        ("SELECT 1 FROM ordrs", "shop.ordrs", ["Did you mean orders?"]),
        ("SELECT 1 FROM elsewhere", "shop.elsewhere", ["There is a table elsewhere in crm: write crm.elsewhere."]),
        ("SELECT zzzz.id FROM orders o", "shop.zzzz", ["No table is called zzzz here: did you mean o?"]),
        ("SELECT 1 FROM zzzz", "shop.zzzz", []),
    ],
)
async def test_unknown_tables(sql: str, table: str, hint: list[str]) -> None:
    assert await said(names.unknown_table, sql, f"Table '{table}' doesn't exist") == hint


async def test_without_a_database_no_table_is_looked_for() -> None:
    assert await said(names.unknown_table, "SELECT 1 FROM ordrs", "Table 'ordrs' doesn't exist", None) == []


@pytest.mark.parametrize(
    ("message", "hint"),
    [("Unknown database 'shp'", ["Did you mean shop?"]), ("Unknown database 'zzzz'", []), ("Unknown", [])],
)
async def test_unknown_databases(message: str, hint: list[str]) -> None:
    assert await said(names.unknown_database, "USE shp", message) == hint
