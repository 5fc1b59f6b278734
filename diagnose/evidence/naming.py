"""Puts the tables' own names into a plan, where the server tells only aliases, and what it leaves out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from diagnose.evidence.blocks import Block
from diagnose.evidence.facts import Schema, Table
from diagnose.evidence.plan import Operation, Plan, PlanNode


def named(plan: Plan, blocks: Sequence[Block], schema: Schema, behind: Mapping[str, set[str]]) -> Plan:
    """The plan with ``table`` as the catalog spells it, where an alias stands for one table only.

    ``behind``: what the aliases in views stand for.
    """
    meant = {alias: set(names) for alias, names in behind.items()}
    for block in blocks:
        for source in block.sources:
            if source.table is not None:
                meant.setdefault(source.alias.casefold(), set()).add(source.table.name)
    known = {table.name: table for table in schema.tables}
    single = {alias: next(iter(names)) for alias, names in meant.items() if len(names) == 1}
    return replace(plan, root=_named(plan.root, single, known))


def _named(node: PlanNode, single: dict[str, str], known: dict[str, Table]) -> PlanNode:
    children = tuple(_named(child, single, known) for child in node.children)
    if not node.table:
        return replace(node, children=children)
    name = single.get(node.alias.casefold(), node.table) if node.table == node.alias else node.table
    return replace(node, table=name, rows_read=_rows_read(node, known.get(name)), children=children)


def _rows_read(node: PlanNode, table: Table | None) -> float | None:
    """PostgreSQL does not tell how many rows a filtered scan looks at: all of the table's, shared by the processes."""
    if node.rows_read is not None or node.operation is not Operation.FULL_SCAN:
        return node.rows_read
    rows = table.rows if table is not None else None
    return rows / max(node.loops, 1.0) if rows is not None and node.native.startswith("Parallel") else rows
