import sqlglot

from diagnose.evidence.blocks import find_blocks
from diagnose.evidence.facts import Schema, Table
from diagnose.evidence.naming import named
from diagnose.evidence.plan import Operation, Plan, PlanNode

SCHEMA = Schema("d", (Table("d", "orders", rows=1000.0), Table("d", "items", rows=90.0)))


def names(sql: str, behind: dict[str, set[str]], *nodes: PlanNode) -> list[tuple[str, float | None]]:
    plan = Plan(PlanNode(Operation.NESTED_LOOP, children=nodes))
    found = named(plan, find_blocks(sqlglot.parse_one(sql, read="mysql"), SCHEMA), SCHEMA, behind)
    return [(node.table, node.rows_read) for node in found.root.children]


def scan(alias: str, native: str = "ALL", loops: float = 1.0, table: str = "") -> PlanNode:
    return PlanNode(Operation.FULL_SCAN, native, table=table or alias, alias=alias, loops=loops)


def test_an_alias_becomes_its_tables_name() -> None:
    assert names("SELECT * FROM orders O", {}, scan("o")) == [("orders", 1000.0)]


def test_one_that_stands_for_two_tables_stays() -> None:
    sql = "SELECT * FROM orders x WHERE EXISTS (SELECT 1 FROM items x)"
    assert names(sql, {}, scan("x")) == [("x", None)]
    assert names("SELECT * FROM orders x", {"x": {"items"}}, scan("x")) == [("x", None)]


def test_a_views_aliases() -> None:
    assert names("SELECT * FROM orders", {"i": {"items"}}, scan("i")) == [("items", 90.0)]


def test_processes_that_share_a_scan_share_its_rows() -> None:
    assert names("SELECT * FROM items", {}, scan("items", "Parallel Seq Scan", 3.0)) == [("items", 30.0)]
    assert names("SELECT * FROM items", {}, scan("items", "Seq Scan", 3.0)) == [("items", 90.0)]
