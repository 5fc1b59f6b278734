"""How many rows a rule speaks of, as the plan or the schema tells."""

from sqlglot import exp

from diagnose.evidence.blocks import Block, Source
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.plan import Operation, PlanNode

SMALL = 1_000  # rows; whatever is done with fewer is done at once
LARGE = 100_000


def source_rows(evidence: Evidence, source: Source) -> float | None:
    """Rows that one reading of a source gives: of the plan, else of the whole table; None: not known."""
    access = evidence.plan.access(source.alias) if evidence.plan is not None else None
    if access is not None and access.rows is not None and access.operation is not Operation.UNIQUE_LOOKUP:
        return access.rows
    return source.table.rows if source.table is not None else None


def block_rows(evidence: Evidence, block: Block) -> float | None:
    """The rows of the largest table of a block, None where none is known: for whether a block is worth a word."""
    found = [s.table.rows for s in block.sources if s.table is not None and s.table.rows is not None]
    return max(found, default=None)


def is_small(evidence: Evidence, block: Block) -> bool:
    """Whether all that a block reads is known to be little, or nothing of it is known."""
    rows = block_rows(evidence, block)
    return rows is None or rows < SMALL


def given_rows(node: PlanNode) -> float:
    """Rows that a node gives in all executions; where it does not say, those that it is given."""
    if node.rows is not None:
        return node.rows * node.loops
    last = [given_rows(child) for child in node.children]
    if node.operation in (Operation.NESTED_LOOP, Operation.JOIN_BUFFER) and last:
        return last[-1]
    return max(last, default=0.0)


def number(node: exp.Expr | None) -> int | None:
    """A literal number of LIMIT or OFFSET."""
    found = node.args.get("expression") if node is not None else None
    return int(found.name) if isinstance(found, exp.Literal) and found.is_int else None


def result_rows(evidence: Evidence) -> float | None:
    """Rows that the statement sends: those seen, else the plan's estimate up to LIMIT; None: not told.

    MySQL and MariaDB take a condition of which they know nothing to keep every row; that is no estimate.
    """
    if evidence.rows_sent is not None:
        return float(evidence.rows_sent)
    if evidence.plan is None or (evidence.server.is_mysql_family and any(map(_blind, evidence.plan.accesses()))):
        return None
    rows, limit = given_rows(evidence.plan.root), number(evidence.tree.args.get("limit"))
    return rows if limit is None else min(rows, limit)


def _blind(node: PlanNode) -> bool:
    return bool(node.condition) and (node.rows is None or node.rows == node.rows_read)


def has_aggregate(block: Block) -> bool:
    """Whether the block's rows are groups, or numbered over a window."""
    node = block.node
    selected = node.args.get("expressions") or ()
    return bool(node.args.get("group") or node.args.get("having")) or any(
        isinstance(found, exp.AggFunc | exp.Window) and found.find_ancestor(exp.Select) is node
        for part in selected
        for found in part.find_all(exp.AggFunc, exp.Window)
    )
