"""Groups: wider than needed, with columns of no certain value, made in temporary tables."""

from collections.abc import Iterator
from typing import ClassVar

from sqlglot import exp

from diagnose.advice.rewrites_grouping import dependent_columns, narrower_groups
from diagnose.evidence.blocks import Block
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.grouping import arbitrary
from diagnose.evidence.plan import Operation, PlanNode
from diagnose.evidence.scope import Scope
from diagnose.rules.access_order import already, wanted_index
from diagnose.rules.sizes import given_rows, is_small
from diagnose.types import CreateIndex, Finding, Rule, Severity
from diagnose.wording import amount, listed, shown

_GROUPED = 10_000  # rows into a temporary table
_MILLION = 1_000_000


class GroupByFunctional:
    """GROUP BY names what a key determines anyway, or leaves out what is selected."""

    code: ClassVar[str] = "group-by-functional"
    title: ClassVar[str] = "Groups by more or fewer columns than needed"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        if not evidence.server.is_mysql_family:
            return  # PostgreSQL refuses the one and sees the other itself
        for block in evidence.blocks:
            if isinstance(block.node, exp.Select):
                yield from self._arbitrary(Scope(evidence, block))
                if not is_small(evidence, block):
                    yield from self._wide(evidence, block)

    def _arbitrary(self, scope: Scope) -> Iterator[Finding]:
        found = [f"{shown(r.source.alias, 64)}.{shown(r.column.name, 64)}" for r in arbitrary(scope)]
        if found:
            names = list(dict.fromkeys(found))
            grouped = scope.block.node.args.get("group") is not None
            yield Finding(
                self.code,
                Severity.MEDIUM,
                f"{listed(names)} {'has' if len(names) == 1 else 'have'} no certain value: any row of the group "
                "gives it",
                ("neither in GROUP BY nor determined by it" if grouped else "beside an aggregate, without GROUP BY")
                + ": no key of the schema holds it to one value in a group",
                "Add it to GROUP BY, or say which value is meant: MIN, MAX, or ANY_VALUE where any will do",
                names=tuple(names),
            )

    def _wide(self, evidence: Evidence, block: Block) -> Iterator[Finding]:
        scope = Scope(evidence, block)
        found = dependent_columns(scope)
        if not found:
            return
        names = [f"{shown(d.source.alias, 64)}.{shown(d.column, 64)}" for d in found]
        keys = list(dict.fromkeys(f"{shown(d.source.alias, 64)}.{shown(k, 64)}" for d in found for k in d.key))
        yield Finding(
            self.code,
            Severity.LOW,
            f"GROUP BY also compares {listed(names)}, which {listed(keys)} already "
            f"{'determines' if len(keys) == 1 else 'determine'}",
            f"unique and never NULL: {listed(keys)}; grouping by that alone makes the same groups",
            f"Group without {listed(names)}",
            narrower_groups(evidence, block, found),
            names=(*names, *keys),
        )


class TemporaryTable:
    """Groups, or different values, are collected in a temporary table although an index could give them in order."""

    code: ClassVar[str] = "temporary-table"
    title: ClassVar[str] = "Grouped in a temporary table"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        made = [] if evidence.plan is None else [n for n in evidence.plan.root.walk() if _collects(n)]
        grouping = [b for b in evidence.blocks if b.node.args.get("group") or b.node.args.get("distinct")]
        if made and len(grouping) == 1 and isinstance(grouping[0].node, exp.Select):
            yield from self._block(evidence, grouping[0], made)

    def _block(self, evidence: Evidence, block: Block, made: list[PlanNode]) -> Iterator[Finding]:
        scope = Scope(evidence, block)
        columns = _grouped(scope)
        if not columns or "" in columns:
            return
        used = dict.fromkeys(scope.name(column) for column in block.columns)
        wanted = None if "" in used else wanted_index(scope, columns, more=[n for n in used if n not in columns])
        rows = max(given_rows(child) for node in made for child in (node.children or (node,)))
        if wanted is None or already(wanted) or rows < _GROUPED:
            return
        table, named = shown(wanted.table.name, 64), [shown(name, 64) for name in wanted.columns]
        spills = any(node.spills for node in made)
        yield Finding(
            self.code,
            Severity.MEDIUM if rows >= _MILLION or spills else Severity.LOW,
            f"About {amount(rows)} rows of {table} go through a {'sort' if _sorted(made) else 'temporary table'} to be "
            f"grouped{', on disk' if spills else ''}",
            f"steps of the plan: {listed(sorted({shown(n.native, 40) or n.operation.value for n in made}))}; no index "
            f"of {table} has the groups together",
            f"An index of {table} on ({', '.join(named)}) holds all that is needed, the rows of a group side by side",
            CreateIndex(wanted.table.name, wanted.columns),
            names=(table, *named),
        )


def _collects(node: PlanNode) -> bool:
    """A temporary table, or PostgreSQL's sort below an aggregate, or a hash that needs the disk."""
    below = any(child.operation is Operation.SORT for child in node.children)
    aggregate = node.operation is Operation.AGGREGATE and (below or node.spills)
    return node.operation is Operation.TEMPORARY or aggregate


def _sorted(made: list[PlanNode]) -> bool:
    return all(node.operation is Operation.AGGREGATE for node in made)


def _grouped(scope: Scope) -> list[str]:
    """The columns of GROUP BY, or of SELECT DISTINCT; empty ones where it is anything else."""
    node = scope.block.node
    group = node.args.get("group")
    if group is not None:
        rollup = any(group.args.get(part) for part in ("rollup", "cube", "grouping_sets"))
        return [] if rollup else [scope.name(part) for part in group.expressions]
    return [scope.name(item.unalias()) for item in node.args.get("expressions") or ()]


RULES: tuple[Rule, ...] = (GroupByFunctional(), TemporaryTable())
