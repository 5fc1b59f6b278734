import sqlglot
from sqlglot import exp

from diagnose.evidence.facts import Schema, Table
from diagnose.verification.replacing import tables_of
from diagnose.verification.sampling import Samples, edges, order
from tests.diagnose.samples import table

ORDERS = table("orders(id int pk, customer_id int, day date)", 1_000_000)
CUSTOMERS = table("customers(id int pk, city_id int)", 200_000)
CITIES = table("cities(id int pk)", 50)
LINES = table("lines(order_id int key, product_id int)", 5_000_000)
SCHEMA = Schema("shop", (ORDERS, CUSTOMERS, CITIES, LINES))


def parsed(sql: str) -> exp.Query:
    tree = sqlglot.parse_one(sql, dialect="mysql")
    assert isinstance(tree, exp.Query)
    return tree


def joined(sql: str) -> list[str]:
    return [
        f"{e.left.name}-{e.right.name}: " + ", ".join(f"{a.name}={b.name}" for a, b in e.pairs)
        for e in edges(parsed(sql), SCHEMA)
    ]


def test_what_joins_tables() -> None:
    assert joined("SELECT 1 FROM orders o JOIN customers c ON c.id = o.customer_id AND c.city_id = o.id") == [
        "customers-orders: id=customer_id, city_id=id"
    ]
    assert joined("SELECT 1 FROM orders WHERE EXISTS (SELECT 1 FROM lines WHERE order_id = orders.id)") == [
        "lines-orders: order_id=id"
    ]
    assert joined("SELECT 1 FROM orders WHERE id IN (SELECT order_id FROM lines)") == ["orders-lines: id=order_id"]
    assert joined("SELECT 1 FROM orders a, orders b WHERE a.id = b.id AND a.day = '2026-01-01'") == []
    assert joined("SELECT 1 FROM orders o, lines WHERE (o.id = order_id AND day > 1) OR (o.id = order_id)") == [
        "orders-lines: id=order_id"
    ]


def steps(sql: str, *first: str) -> list[str]:
    query = parsed(sql)
    mentions = [found for _, found in tables_of(query, SCHEMA)]
    taken: list[tuple[Table, object]] = list(order(mentions, edges(query, SCHEMA), first, 20_000))
    return [f"{t.name} by join" if edge is not None else t.name for t, edge in taken]


def test_samples_are_taken_so_that_rows_join() -> None:
    sql = (
        "SELECT 1 FROM cities, customers c, orders o, lines l "
        "WHERE cities.id = c.city_id AND c.id = o.customer_id AND o.id = l.order_id"
    )
    # The table that an index is tried on comes first; small ones are copied whole; lines by the index on order_id.
    assert steps(sql, "orders") == ["orders", "lines by join", "customers by join", "cities"]
    assert steps(sql) == ["lines", "orders by join", "customers by join", "cities"]


def test_without_an_index_that_leads_there_a_table_is_sampled_by_itself() -> None:
    sql = "SELECT 1 FROM customers c JOIN orders o ON o.customer_id = c.id"
    assert steps(sql, "customers") == ["customers", "orders"]
    assert steps(sql, "orders") == ["orders", "customers by join"]


def test_where_a_query_may_name_a_temporary_table_once_each_mention_has_its_own() -> None:
    samples = Samples({("shop", "orders"): ["a", "b"]}, single=True)
    assert [samples.name(ORDERS), samples.name(ORDERS)] == ["a", "b"]
    samples.start()
    assert samples.name(ORDERS) == "a"
    shared = Samples({("shop", "orders"): ["a"]})
    assert [shared.name(ORDERS), shared.name(ORDERS)] == ["a", "a"]
