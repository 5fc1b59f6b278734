from diagnose.evidence.blocks import Block
from tests.diagnose.samples import evidence, table

ORDERS = table("orders(id int pk, customer_id int key, total int null)")
CUSTOMERS = table("customers(id int pk, name varchar(20), region_id int null)")


def blocks(sql: str) -> tuple[Block, ...]:
    return evidence(sql, ORDERS, CUSTOMERS).blocks


def resolved(block: Block) -> list[str]:
    found = [block.resolve(column) for column in block.columns]
    return [f"{'^' if r.outer else ''}{r.source.alias}.{r.column.name}" if r else "?" for r in found]


def test_columns_are_resolved_through_aliases_joins_and_outer_blocks() -> None:
    outer, inner = blocks(
        "SELECT total FROM orders o JOIN customers c ON c.id = customer_id "
        "WHERE EXISTS (SELECT 1 FROM orders i WHERE i.customer_id = c.id AND name = 'x')"
    )
    assert resolved(outer) == ["o.total", "c.id", "o.customer_id"]
    assert resolved(inner) == ["i.customer_id", "^c.id", "^c.name"]


def test_an_ambiguous_name_is_not_resolved() -> None:
    assert resolved(blocks("SELECT id FROM orders, customers")[0]) == ["?"]


def test_outputs_of_derived_tables_and_ctes_are_not_tables() -> None:
    outer, _ = blocks("SELECT d.total, total FROM (SELECT total FROM orders) d")
    assert resolved(outer) == ["?", "?"]
    outer = blocks("WITH orders AS (SELECT 1 AS total) SELECT total FROM orders")[0]
    assert resolved(outer) == ["?"]


def test_filters_are_what_every_row_passes() -> None:
    block = blocks(
        "SELECT 1 FROM orders o JOIN customers c ON c.id = o.customer_id AND c.name = 'a' "
        "LEFT JOIN customers d ON d.id = o.id WHERE (o.total > 1 AND o.id < 5)"
    )[0]
    assert [c.sql() for c in block.filters] == ["o.total > 1", "o.id < 5", "c.id = o.customer_id", "c.name = 'a'"]
    assert [(s.alias, s.side) for s in block.sources] == [("o", ""), ("c", ""), ("d", "LEFT")]


def test_using_joins_are_equalities() -> None:
    block = blocks("SELECT 1 FROM orders JOIN customers USING (id)")[0]
    assert [c.sql() for c in block.filters] == ["orders.id = customers.id"]


def test_updates_and_deletes_are_blocks() -> None:
    update = blocks("UPDATE orders o JOIN customers c ON c.id = o.customer_id SET total = 1 WHERE name = 'x'")[0]
    assert sorted(resolved(update)) == ["c.id", "c.name", "o.customer_id", "o.total"]
    delete, inner = blocks("DELETE FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE region_id = 1)")
    assert resolved(delete) == ["orders.customer_id"]
    assert resolved(inner) == ["customers.id", "customers.region_id"]


def test_joins_in_parentheses() -> None:
    block = blocks(
        "SELECT 1 FROM orders o LEFT JOIN (customers c JOIN orders p ON p.customer_id = c.id) ON c.id = o.id"
    )[0]
    assert [s.alias for s in block.sources] == ["o", "c", "p"]
