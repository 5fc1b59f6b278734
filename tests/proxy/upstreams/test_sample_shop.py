import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest

from proxy.upstreams.sample_rows import sample_rows
from proxy.upstreams.sample_shop import load_shop, sample_shop_sql
from tests.support.postgres import PostgresServer
from tests.support.private_mariadb import PrivateMariaDB

TABLES = ("regions", "customers", "products", "orders", "order_items")
KEYS = {
    ("customers", "region_id", "regions"),
    ("orders", "customer_id", "customers"),
    ("order_items", "order_id", "orders"),
    ("order_items", "product_id", "products"),
}


@pytest.fixture(scope="module")
def shop() -> Iterator[PrivateMariaDB]:
    with PrivateMariaDB() as server:
        server.run_sql(sample_shop_sql())
        yield server


def rows(shop: PrivateMariaDB, sql: str) -> list[list[str]]:
    return [line.split("\t") for line in shop.run_sql(sql, database="shop").splitlines()]


@pytest.fixture(scope="module")
def embedded() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        load_shop(connection)
        yield connection


def as_text(value: object) -> str:
    return "NULL" if value is None else f"{value:.2f}" if isinstance(value, Decimal) else str(value)


@pytest.mark.parametrize("table", TABLES)
def test_every_database_holds_the_same_rows(
    shop: PrivateMariaDB, embedded: duckdb.DuckDBPyConnection, table: str
) -> None:
    expected = sample_rows()[table]
    assert rows(shop, f"SELECT * FROM {table} ORDER BY 1, 2") == [list(map(as_text, row)) for row in expected]
    assert embedded.execute(f"FROM shop.{table} ORDER BY 1, 2").fetchall() == expected
    with sqlite3.connect(":memory:") as file:
        file.executescript(sample_shop_sql(kind="sqlite"))
        read = file.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
    plain = {date: str, datetime: str, Decimal: float}
    assert read == [tuple(plain.get(type(v), lambda same: same)(v) for v in row) for row in expected]


def test_postgresql_holds_the_same_rows_and_declares_the_same(postgres: PostgresServer) -> None:
    postgres.run_sql(sample_shop_sql(database="sample_shop", kind="postgresql"))
    with postgres.administrator() as connection:
        for table, expected in sample_rows().items():
            assert connection.execute(f"SELECT * FROM sample_shop.{table} ORDER BY 1, 2").fetchall() == expected
        comment = connection.execute("SELECT obj_description('sample_shop.regions'::regclass)").fetchone()
        assert comment == ("Sales regions",)
        keys = """
            SELECT conrelid::regclass::text, a.attname, confrelid::regclass::text
            FROM pg_constraint JOIN pg_attribute AS a ON a.attrelid = conrelid AND a.attnum = conkey[1]
            WHERE contype = 'f' AND connamespace = 'sample_shop'::regnamespace
        """
        found = {tuple(name.removeprefix("sample_shop.") for name in key) for key in connection.execute(keys)}
        assert found == KEYS
        connection.execute("DROP SCHEMA sample_shop CASCADE")


def test_duckdb_declares_types_keys_and_comments(embedded: duckdb.DuckDBPyConnection) -> None:
    columns = "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'orders'"
    types = dict(embedded.execute(columns).fetchall())
    assert types["ordered_at"] == "TIMESTAMP"
    assert types["status"].startswith("ENUM('new', 'paid'")
    assert types["shipped_on"] == "DATE"
    names = "table_name, constraint_column_names[1], referenced_table"
    keys = f"SELECT {names} FROM duckdb_constraints() WHERE constraint_type = 'FOREIGN KEY'"
    assert set(embedded.execute(keys).fetchall()) == KEYS
    [[comment]] = embedded.execute("SELECT comment FROM duckdb_tables() WHERE table_name = 'regions'").fetchall()
    assert comment == "Sales regions"
    [[count]] = embedded.execute("SELECT COUNT(comment) FROM duckdb_columns() WHERE schema_name = 'shop'").fetchall()
    assert count > 10
    assert embedded.execute("SELECT current_schema()").fetchall() == [("main",)]


def test_duckdb_keeps_its_keys(embedded: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.ConstraintException):
        embedded.execute("INSERT INTO shop.order_items VALUES (999999, 1, 1, 1, 1)")
    with pytest.raises(duckdb.ConversionException):
        embedded.execute("UPDATE shop.orders SET status = 'lost' WHERE id = 1")


@pytest.mark.parametrize("name", ["sh`op", "a b", "", "1a", "shöp", "a;b"])
def test_database_name_is_plain(name: str) -> None:
    with pytest.raises(ValueError, match="not a plain database name"):
        sample_shop_sql(database=name)


def test_sizes(shop: PrivateMariaDB) -> None:
    counts = "SELECT (SELECT COUNT(*) FROM regions), (SELECT COUNT(*) FROM customers), (SELECT COUNT(*) FROM products)"
    assert rows(shop, counts) == [["5", "400", "30"]]
    [[orders, items]] = rows(shop, "SELECT (SELECT COUNT(*) FROM orders), (SELECT COUNT(*) FROM order_items)")
    assert 3000 < int(orders) < 6000
    assert int(orders) * 1.5 < int(items) < int(orders) * 3


def test_two_years_with_orders_every_day(shop: PrivateMariaDB) -> None:
    sql = "SELECT MIN(DATE(ordered_at)), MAX(DATE(ordered_at)), COUNT(DISTINCT DATE(ordered_at)) FROM orders"
    assert rows(shop, sql) == [["2024-11-01", "2026-10-31", "730"]]


def test_the_story_holds(shop: PrivateMariaDB) -> None:
    nonsense = """
        SELECT COUNT(*) FROM orders o JOIN customers c ON c.id = o.customer_id
        WHERE DATE(o.ordered_at) < c.signed_up_on
           OR (o.shipped_on IS NULL) = (o.status IN ('shipped', 'delivered', 'returned'))
           OR o.shipped_on < DATE(o.ordered_at) OR o.shipped_on > '2026-10-31'
    """
    assert rows(shop, nonsense) == [["0"]]
    assert rows(shop, "SELECT COUNT(*) FROM orders LEFT JOIN order_items ON order_id = id WHERE line IS NULL") == [
        ["0"]
    ]
    assert len(rows(shop, "SELECT DISTINCT status FROM orders")) == 6
    assert len(rows(shop, "SELECT DISTINCT region_id FROM customers JOIN orders ON customer_id = customers.id")) == 5


def test_keys_and_comments_are_declared(shop: PrivateMariaDB) -> None:
    keys = rows(
        shop, "SELECT TABLE_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = 'shop'"
    )
    assert sorted(name for [name] in keys) == ["customers", "order_items", "order_items", "orders"]
    comments = "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'shop' AND COLUMN_COMMENT <> ''"
    assert int(rows(shop, comments)[0][0]) > 10


def test_accents_survive(shop: PrivateMariaDB) -> None:
    assert rows(shop, "SELECT COUNT(*) > 0 FROM customers WHERE name LIKE '%Dvořák'") == [["1"]]


def test_loads_at_any_day() -> None:
    with PrivateMariaDB() as server:
        server.run_sql(sample_shop_sql(date(2024, 2, 29), database="leap"))
        assert server.run_sql("SELECT MAX(DATE(ordered_at)) FROM leap.orders") == "2024-02-29\n"
