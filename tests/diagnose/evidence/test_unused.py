from dataclasses import replace

import pytest

from diagnose.evidence.facts import Table
from diagnose.evidence.scope import Scope
from diagnose.evidence.unused import Unused, unused_joins
from tests.diagnose.samples import evidence, table

ORDERS = table(
    "orders(id int pk, customer_id int key, payer_id int null key, code varchar(9), "
    "fk(customer_id) customers(id), fk(payer_id) customers(id))"
)
CUSTOMERS = table("customers(id int pk, email varchar(50) unique, name varchar(40), region int)")
LINES = table("lines(order_id int, line int, pk(order_id, line), fk(order_id) orders(id))")


def unused(sql: str, *tables: Table) -> list[Unused]:
    seen = evidence(sql, *(tables or (ORDERS, CUSTOMERS, LINES)))
    return unused_joins(Scope(seen, seen.blocks[0]))


@pytest.mark.parametrize(
    ("sql", "aliases"),
    [
        ("SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id", ["c"]),
        ("SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = 7", ["c"]),
        ("SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id AND c.name = 'x'", ["c"]),
        ("SELECT o.id FROM orders o LEFT JOIN lines l ON l.order_id = o.id AND l.line = 1", ["l"]),
        ("SELECT o.id FROM orders o LEFT JOIN lines l ON l.order_id = o.id", []),  # half of its key
        ("SELECT o.id, c.name FROM orders o LEFT JOIN customers c ON c.id = o.customer_id", []),
        ("SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id WHERE c.name IS NULL", []),
        ("SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id ORDER BY c.name", []),
        ("SELECT o.id FROM orders o LEFT JOIN customers c ON c.region = o.customer_id", []),
        ("SELECT o.id FROM orders o LEFT JOIN customers c ON c.id > o.customer_id", []),
        ("SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.code", []),  # compared as numbers
        ("SELECT o.id FROM orders o LEFT JOIN customers c ON c.email = 5", []),
        ("SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id AND RAND() > 0.5", []),
        ("SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = (SELECT MAX(id) FROM lines)", []),
        ("SELECT * FROM orders o LEFT JOIN customers c ON c.id = o.customer_id", []),
        ("SELECT nobody FROM orders o LEFT JOIN customers c ON c.id = o.customer_id", []),
        ("SELECT o.id FROM orders o RIGHT JOIN customers c ON c.id = o.customer_id", []),
        ("SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id FOR UPDATE", []),
        ("SELECT o.id FROM orders o LEFT JOIN customers c USING (id)", []),
        (
            "SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id "
            "LEFT JOIN customers d ON d.id = c.region",
            ["d", "c"],
        ),
        (
            "SELECT d.name FROM orders o LEFT JOIN customers c ON c.id = o.customer_id "
            "LEFT JOIN customers d ON d.id = c.region",
            [],
        ),
        ("SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id", ["c"]),
        (
            "SELECT l.line FROM lines l JOIN orders o ON o.id = l.order_id JOIN customers c ON c.id = o.customer_id",
            ["c"],
        ),
        ("SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id AND c.region = 3", []),
        ("SELECT o.id FROM orders o JOIN customers c ON c.id = o.id", []),  # no foreign key
        ("SELECT c.id FROM orders o JOIN customers c ON c.id = o.customer_id", []),  # orders are many or none
        ("SELECT COUNT(*) FROM customers c", []),
    ],
)
def test_joined_tables_that_nothing_needs(sql: str, aliases: list[str]) -> None:
    assert [found.source.alias for found in unused(sql)] == aliases


def test_what_is_told_of_a_left_join() -> None:
    (found,) = unused("SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id")
    assert found.proof == "c is joined by its unique key (id) with LEFT JOIN"
    assert (found.nullable, found.needs, found.table) == ((), "", CUSTOMERS)
    assert [condition.sql() for condition in found.conditions] == ["c.id = o.customer_id"]


def test_an_inner_join_removes_the_rows_whose_key_is_null() -> None:
    (found,) = unused("SELECT o.id FROM orders o JOIN customers c ON c.id = o.payer_id")
    assert found.proof == "the foreign key o.payer_id leads to one row of c"
    assert [column.sql(dialect="mysql") for column in found.nullable] == ["`o`.`payer_id`"]
    assert found.needs.startswith("every o.payer_id exists in customers and you may see it there")


def test_a_key_that_is_not_unique_proves_nothing() -> None:
    loose = replace(CUSTOMERS, indexes=tuple(replace(index, unique=False) for index in CUSTOMERS.indexes))
    for join in ("LEFT JOIN", "JOIN"):
        sql = f"SELECT o.id FROM orders o {join} customers c ON c.id = o.customer_id"
        assert unused(sql, ORDERS, CUSTOMERS)
        assert unused(sql, ORDERS, loose) == []


def test_the_last_table_stays() -> None:
    sql = "SELECT COUNT(*) FROM orders o JOIN customers c ON c.id = o.customer_id LEFT JOIN lines l ON l.line = 1 "
    assert [found.source.alias for found in unused(f"{sql} AND l.order_id = o.id")] == ["l", "c"]
