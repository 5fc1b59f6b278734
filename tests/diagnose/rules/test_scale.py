from dataclasses import replace

import pytest

from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import Index
from diagnose.evidence.plan import Operation, PlanNode
from diagnose.rules.scale import Reading, leading_index, reading
from diagnose.types import Severity
from tests.diagnose.plans import lookup, plan, scan
from tests.diagnose.samples import evidence, table

ORDERS = table("orders(id int pk, a int, b int, c int, key(a, b))")


def read(sql: str, *nodes: PlanNode) -> Reading | None:
    seen: Evidence = evidence(sql, ORDERS, plan=plan(*nodes) if nodes else None)
    return reading(seen, seen.blocks[0].sources[0])


@pytest.mark.parametrize(
    ("node", "severity"),
    [
        (scan("o", 999), None),
        (scan("o", 1_000), Severity.LOW),
        (scan("o", 10_000), Severity.MEDIUM),
        (scan("o", 100, loops=1_000), Severity.HIGH),
        (lookup("o", "a_b", 1_000_000), Severity.MEDIUM),
        (lookup("o", "a_b", 10), None),
        (scan("p", 100_000), None),
    ],
)
def test_severity_is_by_the_rows_read(node: PlanNode, severity: Severity | None) -> None:
    found = read("SELECT 1 FROM orders o", node)
    assert (found.severity if found else None) is severity


def test_a_scan_whose_rows_are_not_told_reads_the_table() -> None:
    unknown = PlanNode(Operation.FULL_SCAN, table="orders", alias="orders", rows=3)
    found = read("SELECT 1 FROM orders", unknown)
    assert found is not None
    assert found.rows == 100_000
    assert str(found) == "the plan reads about 100,000 rows of orders (full scan)"


def test_without_a_plan_the_size_of_the_table_counts_and_severity_is_low() -> None:
    found = read("SELECT 1 FROM orders")
    assert found is not None
    assert (found.severity, found.scans) == (Severity.LOW, False)
    assert str(found) == "orders has about 100,000 rows (there is no plan)"


def test_views_and_small_tables_are_not_read() -> None:
    for other in (replace(ORDERS, view=True), replace(ORDERS, rows=999.0), replace(ORDERS, rows=None)):
        seen = evidence("SELECT 1 FROM orders", other)
        assert reading(seen, seen.blocks[0].sources[0]) is None


def test_which_columns_are_looked_up() -> None:
    column = ORDERS.columns[1]
    found = read("SELECT 1 FROM orders", lookup("orders", "a_b", 5_000))
    assert found is not None
    assert found.uses(column)
    told = replace(lookup("orders", "a_b", 5_000), key_parts=("b",))
    found = read("SELECT 1 FROM orders", told)
    assert found is not None
    assert not found.uses(column)
    found = read("SELECT 1 FROM orders", scan("orders", index="a_b"))
    assert found is not None
    assert not found.uses(column)


@pytest.mark.parametrize(
    ("condition", "column", "index"),
    [
        ("b > 1", "a", "a_b"),
        ("b > 1", "b", None),
        ("a = 5 AND b > 1", "b", "a_b"),
        ("a > 5 AND b > 1", "b", None),
        ("c = 1", "c", None),
    ],
)
def test_an_index_leads_to_its_first_column_and_to_those_after_equalities(
    condition: str, column: str, index: str | None
) -> None:
    block = evidence(f"SELECT 1 FROM orders WHERE {condition}", ORDERS).blocks[0]
    wanted = ORDERS.column(column)
    assert wanted is not None
    found = leading_index(block, block.sources[0], wanted)
    assert (found.name if found else None) == index


def test_partial_and_other_indexes_lead_nowhere() -> None:
    others = (Index("p", ("c",), predicate="c > 0"), Index("g", ("c",), kind="gin"))
    seen = evidence("SELECT 1 FROM orders WHERE c = 1", replace(ORDERS, indexes=others))
    source = seen.blocks[0].sources[0]
    assert source.table is not None
    assert leading_index(seen.blocks[0], source, source.table.columns[3]) is None
