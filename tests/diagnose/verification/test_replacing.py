from collections.abc import Callable

import pytest
import sqlglot
from sqlglot import exp

from diagnose.evidence.facts import Schema, Table
from diagnose.evidence.safety import Unsafe, explainable
from diagnose.verification.replacing import Unsampled, over_samples
from tests.diagnose.samples import table

ORDERS, CUSTOMERS = table("orders(id int pk, customer_id int)"), table("customers(id int pk, name varchar(9))")
VIEW = Table("shop", "seen", ORDERS.columns, view=True)
PARTS = table("parts(id int pk)", partitions=("id",))
OWN = Table("shop", "own", ORDERS.columns, temporary=True)
SCHEMA = Schema("shop", (ORDERS, CUSTOMERS, VIEW, PARTS, OWN))


def sample(of: Table) -> str:
    return f"`home`.`copy_{of.name}`"


def written(sql: str, name: Callable[[Table], str] = sample) -> str:
    tree = sqlglot.parse_one(sql, dialect="mysql")
    assert isinstance(tree, exp.Query)
    return explainable(over_samples(tree, SCHEMA, name))[0]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT id FROM orders", "SELECT id FROM `home`.`copy_orders` AS `orders`"),
        ("SELECT o.id FROM shop.orders o", "SELECT o.id FROM `home`.`copy_orders` AS o"),
        ("SELECT shop.orders.id FROM orders", "SELECT orders.id FROM `home`.`copy_orders` AS `orders`"),
        (
            "SELECT 1 FROM orders WHERE id IN (SELECT id FROM customers)",
            "SELECT 1 FROM `home`.`copy_orders` AS `orders` WHERE id IN "
            "(SELECT id FROM `home`.`copy_customers` AS `customers`)",
        ),
        (
            "WITH c AS (SELECT id FROM orders) SELECT id FROM c",
            "WITH c AS (SELECT id FROM `home`.`copy_orders` AS `orders`) SELECT id FROM c",
        ),
        (
            "WITH orders AS (SELECT 1 AS id) SELECT id FROM orders",
            "WITH orders AS (SELECT 1 AS id) SELECT id FROM orders",
        ),
        (
            "SELECT id FROM orders UNION SELECT id FROM (SELECT id FROM customers) d",
            "SELECT id FROM `home`.`copy_orders` AS `orders` UNION SELECT id FROM "
            "(SELECT id FROM `home`.`copy_customers` AS `customers`) AS d",
        ),
        ("SELECT 1", "SELECT 1"),
    ],
)
def test_every_table_is_replaced(sql: str, expected: str) -> None:
    assert written(sql) == expected


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT 1 FROM nowhere", "nowhere"),
        ("SELECT 1 FROM other.orders", "orders"),
        ("SELECT 1 FROM seen", "a view"),
        ("SELECT 1 FROM parts", "partitioned"),
        ("SELECT 1 FROM own", "temporary"),
        ("SELECT (SELECT 1 FROM nowhere)", "nowhere"),
        ("WITH c AS (SELECT 1 AS id) SELECT 1 FROM shop.c", "c is no table"),
        ("SELECT 1 FROM (WITH c AS (SELECT 1 AS id) SELECT id FROM c) d, c", "c is no table"),
        ("WITH c AS (SELECT id FROM nowhere) SELECT id FROM c", "nowhere"),
    ],
)
def test_what_could_reach_anything_else_is_refused(sql: str, why: str) -> None:
    with pytest.raises(Unsampled, match=why):
        written(sql)


@pytest.mark.parametrize(
    "sql", ["SELECT my_own(id) FROM orders", "SELECT SLEEP(5) FROM orders", "SELECT id FROM orders FOR UPDATE"]
)
def test_what_does_not_only_read_is_refused(sql: str) -> None:
    with pytest.raises(Unsafe):
        written(sql)


def test_each_mention_asks_for_its_own_sample() -> None:
    asked = iter(("`h`.`a`", "`h`.`b`"))
    text = written("SELECT 1 FROM orders x JOIN orders y ON x.id = y.id", lambda _table: next(asked))
    assert "`h`.`a` AS x JOIN `h`.`b` AS y" in text


def test_a_name_without_a_database_is_that_of_a_with() -> None:
    assert written("SELECT o.id FROM shop.orders o", lambda _table: "`s`") == "SELECT o.id FROM `s` AS o"
