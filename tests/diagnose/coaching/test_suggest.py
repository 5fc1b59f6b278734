"""Statements that fail, through the real gateway: the notes that SHOW WARNINGS adds to the server's own row."""

from collections.abc import Iterator
from typing import Any

import pymysql
import pytest

from tests.conftest import GatewayFactory
from tests.support.gateway import GatewayProcess
from tests.support.postgres import PostgresServer


def notes(client: Any, sql: str) -> list[str]:
    """Of a statement that must fail."""
    with client.cursor() as cursor:
        with pytest.raises(pymysql.err.MySQLError) as caught:
            cursor.execute(sql)
        cursor.execute("SHOW WARNINGS")
        shown = cursor.fetchall()
    assert caught.value.args[0] % 65536 in [number for _, number, _ in shown]
    return [message for level, number, message in shown if (level, number) == ("Note", 57000)]


@pytest.fixture(scope="module")
def client(gateway: GatewayProcess) -> Iterator[Any]:
    with connected(gateway, "app", "shop") as connection:
        yield connection


def connected(gateway: GatewayProcess, user: str, database: str) -> Any:
    return pymysql.connect(
        host=gateway.host, port=gateway.port, user=user, password="secret", database=database, autocommit=True
    )


MARIADB = [
    # 1054
    ("SELECT nam FROM customers", "Did you mean name?"),
    ("SELECT cty FROM customers c JOIN orders o ON 1 = 1", "Did you mean c.city?"),
    ("SELECT x.name FROM customers c", "No table is called x here: did you mean c?"),
    ("SELECT customers.name FROM customers c", "customers has the alias c here: write c before the column."),
    ("SELECT name AS n FROM customers WHERE n = 'x'", "n is an alias of the SELECT list, which WHERE does not know"),
    ("SELECT status FROM customers", "status is a column of orders, which the statement does not name."),
    ("SELECT c.status FROM customers c JOIN orders o ON 1 = 1", "status is a column of o: write o.status."),
    ("SELECT id FROM customers WHERE city = `Berlin`", "write it in single quotes: 'Berlin'"),
    ("INSERT INTO regions (id, nme) VALUES (99, 'x')", "Did you mean name?"),
    # 1146, 1052
    ("SELECT * FROM customer", "Did you mean customers?"),
    ("SELECT * FROM scratch.regions", "There is a table regions in shop: write shop.regions."),
    ("SELECT id FROM customers c JOIN orders o ON 1 = 1", "Say which table's: c.id or o.id."),
    # 1064
    ("SELECT * FORM customers", "Did you mean FROM in place of FORM?"),
    ("SELEC id FROM customers", "Did you mean SELECT in place of SELEC?"),
    ("SELECT id, FROM customers", "There is a comma too many before FROM."),
    ("SELECT id FROM customers GROUP city", "BY is missing after GROUP."),
    ("SELECT id FROM customers WHERE id == 3", "MySQL compares with one =."),
    ("SELECT COUNT (*) FROM customers", "Write no blank between COUNT and its parenthesis."),
    ("SELECT * FROM order", "order is a reserved word: as a name it is written `order`."),
    ("SELECT key FROM customers", "as a name it is written `key`"),
    ("SELECT (1 FROM customers", "1 parenthesis is not closed"),
    ("SELECT id FROM customers WHERE city = 'x", "A string is not closed"),
    ("SELECT a b c FROM customers", "may be missing between b and c"),
    ("SELECT id FROM customers WHERE", "The statement ends too early."),
    ("SELECT TOP 5 * FROM customers", "in MySQL's SQL: SELECT * FROM customers LIMIT 5"),
    ("SELECT id::text FROM customers", "in MySQL's SQL: SELECT CAST(id AS CHAR) FROM customers"),
    ("SELECT [name] FROM customers", "in MySQL's SQL: SELECT `name` FROM customers"),
    # 1305, 1582
    ("SELECT STRING_AGG(name, ',') FROM customers", "GROUP_CONCAT(name SEPARATOR ',')"),
    ("SELECT CONCTA(name) FROM customers", "Did you mean CONCAT()"),
    ("SELECT LEN(name) FROM customers", "CHAR_LENGTH("),
    # values
    ("INSERT INTO regions (id) VALUES (99)", "name (varchar(40)) may not be NULL and has no default"),
    ("INSERT INTO regions VALUES ('x', 'y', 'z')", "id is of the type int(11)."),
    (
        "UPDATE customers SET signed_up_on = 'soon' WHERE id = 1",
        "signed_up_on is of the type date: write 'YYYY-MM-DD'.",
    ),
    ("INSERT INTO orders VALUES (1, 2)", "orders has 5 columns (id, customer_id, "),
    ("INSERT INTO orders (id, status) VALUES (1)", "The column list has 2 columns"),
    (
        "INSERT INTO orders VALUES (999999, 88888888, NOW(), 'new', NULL)",
        "customer_id must be the id of a row of customers: insert that row first.",
    ),
    ("DELETE FROM customers WHERE id = 1", "refer to it by customer_id"),
]


@pytest.mark.parametrize(("sql", "hint"), MARIADB, ids=[sql[:40] for sql, _ in MARIADB])
def test_the_likely_fix_on_mariadb(client: Any, sql: str, hint: str) -> None:
    assert hint in " ".join(notes(client, sql))


def test_columns_that_are_not_grouped(client: Any) -> None:
    with client.cursor() as cursor:
        cursor.execute("SET sql_mode = 'ONLY_FULL_GROUP_BY'")
    try:
        found = notes(client, "SELECT city, name FROM customers GROUP BY city")
    finally:
        with client.cursor() as cursor:
            cursor.execute("SET sql_mode = DEFAULT")
    assert found == ["Add name to GROUP BY, or say which of a group's values is meant: MIN(name), MAX(name)."]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT qqqqqqqq FROM customers",
        "SELECT * FROM qqqqqqqq",
        "SELECT qqqqqqqq(1)",
        "qqqqqqqq",
        "SELECT * FROM customers WHERE id IN (SELECT id, name FROM customers)",
        "KILL 999999999",
    ],
)
def test_where_nothing_is_likely_nothing_is_said(client: Any, sql: str) -> None:
    assert notes(client, sql) == []


HIDDEN = [
    "SELECT emai FROM customers",
    "SELECT signed_up FROM customers",
    "SELECT * FROM order_item",
    "SELECT status FROM regions",
    "SELECT * FROM scratch.orders",
    "SELECT o.email FROM customers c JOIN regions o ON 1 = 1",
]


@pytest.mark.parametrize("sql", HIDDEN)
def test_names_that_an_account_may_not_see_are_not_told(gateway: GatewayProcess, sql: str) -> None:
    with connected(gateway, "reader", "shop") as reader:
        told = " ".join(notes(reader, sql))
    for hidden in ("email", "signed_up_on", "order_items", "orders"):
        assert hidden not in told or hidden in sql


def test_nothing_is_run_to_find_the_fix(gateway: GatewayProcess, client: Any) -> None:
    """A slip in a statement that writes: what it is likely to mean is planned at most."""
    with connected(gateway, "app", "scratch") as other, other.cursor() as cursor:
        cursor.execute("CREATE TABLE coach_rows (id INT)")
        cursor.execute("INSERT INTO coach_rows VALUES (1), (2)")
        assert "FROM in place of FORM" in notes(other, "DELETE FORM coach_rows WHERE id > 0")[0]
        notes(other, "DELETE FROM coach_rows WHERE id > 0 AND nope = 1")
        cursor.execute("SELECT COUNT(*) FROM coach_rows")
        assert cursor.fetchall() == ((2,),)
        cursor.execute("DROP TABLE coach_rows")


def test_inside_of_a_transaction(client: Any) -> None:
    with client.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE regions SET manager = 'Nobody' WHERE id = 1")
        assert notes(client, "SELECT nam FROM customers") == ["Did you mean name?"]
        cursor.execute("SELECT manager FROM regions WHERE id = 1")
        assert cursor.fetchall() == (("Nobody",),)
        cursor.execute("ROLLBACK")


POSTGRES = [
    ("SELECT cty FROM coach_places", "Did you mean city?"),
    ("SELECT q.city FROM coach_places p", "No table is called q here: did you mean p?"),
    ("SELECT * FROM coach_place", "Did you mean coach_places?"),
    ("SELECT id FROM coach_places p JOIN coach_visits v ON 1 = 1", "Say which table's: p.id or v.id."),
    ("SELECT * FORM coach_places", "Did you mean FROM in place of FORM?"),
    ("SELECT TOP 5 * FROM coach_places", "in MySQL's SQL: SELECT * FROM coach_places LIMIT 5"),
    ("INSERT INTO coach_visits VALUES (1, 99)", "place_id must be the id of a row of coach_places"),
]


@pytest.fixture(scope="module")
def places(postgres: PostgresServer, gateway_factory: GatewayFactory) -> Iterator[Any]:
    with postgres.connect() as connection:
        connection.execute("CREATE TABLE coach_places (id int PRIMARY KEY, city text)")
        connection.execute("CREATE TABLE coach_visits (id int PRIMARY KEY, place_id int REFERENCES coach_places)")
    with gateway_factory(upstream=postgres.url()) as gateway, connected(gateway, "app", "scratch") as connection:
        yield connection


@pytest.mark.parametrize(("sql", "hint"), POSTGRES, ids=[sql[:40] for sql, _ in POSTGRES])
def test_the_likely_fix_on_postgres(places: Any, sql: str, hint: str) -> None:
    assert hint in " ".join(notes(places, sql))
