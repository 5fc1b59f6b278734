"""Plans made up for unit tests: every table is read whole."""

from dataclasses import replace

from diagnose.evidence.evidence import Evidence
from diagnose.evidence.plan import Operation, Plan, PlanNode

LOOPS = 1_000  # how often a subquery that depends on an outer row is run


def scan(alias: str, rows: float = 100_000, *, loops: float = 1, index: str = "") -> PlanNode:
    """A table that is read whole, or an index of it."""
    operation = Operation.INDEX_SCAN if index else Operation.FULL_SCAN
    return PlanNode(operation, table=alias, alias=alias, index=index, rows=rows, rows_read=rows, loops=loops)


def lookup(alias: str, index: str, rows: float = 5, *, loops: float = 1) -> PlanNode:
    """The rows of one value, by an index."""
    return PlanNode(
        Operation.INDEX_LOOKUP, table=alias, alias=alias, index=index, rows=rows, rows_read=rows, loops=loops
    )


def plan(*nodes: PlanNode) -> Plan:
    """Steps beside each other."""
    return Plan(PlanNode(Operation.NESTED_LOOP, rows_read=0, children=nodes))


def dependent(*nodes: PlanNode) -> PlanNode:
    """A subquery that is run again for outer rows."""
    return PlanNode(Operation.SUBQUERY, rows_read=0, loops=LOOPS, dependent=True, children=nodes)


def scanned(evidence: Evidence) -> Evidence:
    """With a plan that reads every table whole, those of subqueries again and again."""
    nodes = []
    for block in evidence.blocks:
        sources = [s for s in block.sources if s.table is not None]
        inner = block.parent is not None and any((r := block.resolve(c)) and r.outer for c in block.columns)
        reads = [scan(s.alias, (s.table and s.table.rows) or 0.0, loops=LOOPS if inner else 1) for s in sources]
        nodes += [dependent(*reads)] if inner else reads
    return replace(evidence, plan=plan(*nodes))
