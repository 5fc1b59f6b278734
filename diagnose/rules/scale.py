"""How much a statement reads of a table, and how bad that is."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from diagnose.evidence.blocks import Block, Source
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import Column, Index, Table
from diagnose.evidence.plan import Operation, Plan, PlanNode
from diagnose.types import Severity
from diagnose.wording import amount, shown

SMALL_ROWS = 1_000  # below that many rows read, nothing is worth a finding
MEDIUM_ROWS = 10_000
HIGH_ROWS = 100_000
SCANS = (Operation.FULL_SCAN, Operation.INDEX_SCAN)


@dataclass(frozen=True, slots=True)
class Reading:
    """``rows`` of ``source`` that are looked at. ``node`` is None where there is no plan, only the table's size."""

    source: Source
    table: Table
    rows: float
    node: PlanNode | None = None

    @property
    def scans(self) -> bool:
        """Every row or index entry is read, as the plan proves."""
        return self.node is not None and self.node.operation in SCANS

    def uses(self, column: Column) -> bool:
        """Whether the plan looks that column up in an index."""
        node = self.node
        if node is None or node.operation in SCANS or not node.index:
            return False
        parts = node.key_parts
        if not parts:
            index = next((i for i in self.table.indexes if i.name == node.index), None)
            parts = index.columns if index is not None else ()
        return any(part.casefold() == column.name.casefold() for part in parts)

    @property
    def severity(self) -> Severity:
        """By the rows read; at most low where no plan proves that they are read."""
        if self.node is None or self.rows < MEDIUM_ROWS:
            return Severity.LOW
        return Severity.MEDIUM if self.rows < HIGH_ROWS or not self.scans else Severity.HIGH

    def __str__(self) -> str:
        name = shown(self.table.name, 64)
        if self.node is None:
            return f"{name} has about {amount(self.rows)} rows (there is no plan)"
        how = self.node.operation.value + (f" of {shown(self.node.index, 64)}" if self.node.index else "")
        return f"the plan reads about {amount(self.rows)} rows of {name} ({how})"


def reading(evidence: Evidence, source: Source) -> Reading | None:
    """How a source is read; None when that is not known, or so little that nothing about it matters."""
    table = source.table
    if table is None or table.view or (table.rows is not None and table.rows < SMALL_ROWS):
        return None
    if evidence.plan is None:
        return Reading(source, table, table.rows) if table.rows is not None else None
    node = evidence.plan.access(source.alias)
    rows = node.total_read if node is not None else 0.0
    if node is None and table.partition_columns:
        partitions = _partitions(evidence.plan, source.alias)
        node = max(partitions, key=lambda found: found.total_read, default=None)
        rows = sum(found.total_read for found in partitions)
    if node is None:
        return None
    if node.operation in SCANS and node.rows_read is None and table.rows is not None:
        rows = max(rows, table.rows * node.loops)
    return Reading(source, table, rows, node) if rows >= SMALL_ROWS else None


def _partitions(plan: Plan, alias: str) -> list[PlanNode]:
    """PostgreSQL numbers the partitions of ``alias``: ``alias_1``, ``alias_2`` …"""
    start = f"{alias.casefold()}_"
    found = [(node, node.alias.casefold()) for node in plan.accesses()]
    return [node for node, name in found if name.startswith(start) and name[len(start) :].isdecimal()]


def leading_index(block: Block, source: Source, column: Column) -> Index | None:
    """An index that a condition on ``column`` alone could use: its first column, or after columns held to one value."""
    assert source.table is not None
    fixed = _fixed(block, source)
    wanted = column.name.casefold()
    for index in source.table.indexes:
        if index.kind != "btree" or index.predicate:
            continue
        for name in index.columns:
            if name.casefold() == wanted:
                return index
            if name.casefold() not in fixed:
                break
    return None


def _fixed(block: Block, source: Source) -> set[str]:
    """The columns of a source that a condition holds to one value."""
    found = set()
    for condition in block.filters:
        if isinstance(condition, exp.EQ):
            for side in (condition.this, condition.expression):
                reference = block.resolve(side)
                if reference is not None and not reference.outer and reference.source is source:
                    found.add(reference.column.name.casefold())
    return found


def conditions(block: Block) -> Iterator[tuple[exp.Expr, Source | None]]:
    """The conjuncts that an index may serve, and whose index alone where it is a LEFT JOIN's: the joined table's."""
    for conjunct in block.filters:
        yield conjunct, None
    for source, on in block.joined:
        if source.side == "LEFT":
            for conjunct in on:
                yield conjunct, source
