from diagnose.evidence.plan import Operation, Plan, PlanNode

INNER = PlanNode(Operation.INDEX_LOOKUP, table="orders", alias="O", rows=2.0, loops=50.0)
OUTER = PlanNode(Operation.FULL_SCAN, table="customers", alias="c", rows=10.0, rows_read=50.0)
AGAIN = PlanNode(Operation.FULL_SCAN, table="orders", alias="o", rows_read=5.0)
JOIN = PlanNode(Operation.NESTED_LOOP, rows_read=0.0, children=(OUTER, INNER))
PLAN = Plan(PlanNode(Operation.UNION, rows_read=0.0, children=(JOIN, AGAIN)))


def test_outer_nodes_come_first() -> None:
    assert [node.operation.value for node in PLAN.root.walk()] == [
        "union", "nested loop", "full scan", "index lookup", "full scan",
    ]  # fmt: skip
    assert PLAN.accesses() == [OUTER, INNER, AGAIN]


def test_rows_read_are_of_all_executions() -> None:
    assert INNER.total_read == 100.0  # where it is not told: what it gives
    assert PLAN.rows_read == 155.0


def test_the_access_of_an_alias_is_the_one_that_reads_most() -> None:
    assert PLAN.access("o") is INNER
    assert PLAN.access("x") is None
