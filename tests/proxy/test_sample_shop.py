import hashlib
from collections.abc import Iterator
from datetime import date

import pytest

from proxy.private_mariadb import PrivateMariaDB
from proxy.sample_shop import LAST_DAY, sample_shop_sql

SHA256 = "bbb1454da40aa0aa9678ec6783f84a40ccd0b87f96fc6ba53cde5f440896d553"


@pytest.fixture(scope="module")
def shop() -> Iterator[PrivateMariaDB]:
    with PrivateMariaDB() as server:
        server.run_sql(sample_shop_sql())
        yield server


def rows(shop: PrivateMariaDB, sql: str) -> list[list[str]]:
    return [line.split("\t") for line in shop.run_sql(sql, database="shop").splitlines()]


def test_same_day_same_bytes() -> None:
    assert hashlib.sha256(sample_shop_sql(LAST_DAY).encode()).hexdigest() == SHA256
    assert sample_shop_sql(date(2024, 2, 29)) != sample_shop_sql(LAST_DAY)


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
