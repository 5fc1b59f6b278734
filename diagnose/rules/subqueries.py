"""Subqueries that are run again and again, or whose NULLs empty the result."""

from collections.abc import Iterator
from typing import ClassVar

from sqlglot import exp

from diagnose.advice.comparisons import comparison
from diagnose.advice.rewrites_subqueries import grouped_once, not_exists, qualified
from diagnose.evidence.blocks import Block, Reference
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.plan import ACCESS, PlanNode
from diagnose.rules.scale import SCANS, SMALL_ROWS
from diagnose.types import Finding, Rewrite, Rule, Severity
from diagnose.wording import amount, column_name, listed, provided, shown, shown_sql

_COMPARED = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Like, exp.Between, exp.In)
MEDIUM_READS = 100_000
HIGH_READS = 1_000_000
LEAST_READS = 10_000
MOST_REWRITES = 5  # each is a copy of the statement
SHORT_RUN = 100  # rows; how often a subquery runs is a bold estimate, so one that an index makes short is left alone
SELECTIVE_KEYS = 100  # an index on a column of fewer values would still read much for each of them


class NotInNullable:
    """One NULL in the subquery of NOT IN and no row is returned."""

    code: ClassVar[str] = "not-in-nullable"
    title: ClassVar[str] = "NOT IN over values that may be NULL"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        by_node = {id(block.node): block for block in evidence.blocks}
        for block in evidence.blocks:
            for condition in block.where:
                value, query = _not_in(condition)
                if value is None:
                    continue
                inner = by_node.get(id(query))
                finding = (
                    self._of_query(evidence, block, inner, condition, value)
                    if inner is not None
                    else self._of_list(block, condition)
                )
                if finding is not None:
                    yield finding

    def _of_list(self, block: Block, condition: exp.Expr) -> Finding | None:
        found = condition.this.unnest()
        if not isinstance(found, exp.In) or not any(isinstance(v.unnest(), exp.Null) for v in found.expressions):
            return None
        names = [name for r in block.references(condition) for name in (r.table.name, r.column.name)]
        return Finding(
            self.code,
            Severity.HIGH,
            f"{_spelled(condition)} is never true, because NULL is in the list.",
            "a comparison with NULL is unknown, so NOT IN is unknown or false for every row",
            "Take NULL out of the list; add IS NOT NULL where rows without a value do not belong to the result.",
            names=tuple(names),
        )

    def _of_query(
        self, evidence: Evidence, block: Block, inner: Block, condition: exp.Expr, value: exp.Expr
    ) -> Finding | None:
        output = inner.node.expressions[0].unalias() if len(inner.node.expressions) == 1 else None
        found = inner.resolve(output) if output is not None else None
        if found is None or found.outer or output is None or not _may_be_null(inner, found):
            return None
        severity = _not_in_severity(block, inner, found)
        if severity is None:
            return None
        name = column_name(found.table, found.column)
        share = found.column.nulls
        known = "" if share is None else f"; about {share:.1%} of its values are NULL" if share else "; none is known"
        return Finding(
            self.code,
            severity,
            f"As soon as one {name} is NULL, {_spelled(condition)} is true for no row and nothing is returned.",
            f"{name} may be NULL by its definition{known}",
            f"Add {shown(found.column.name, 64)} IS NOT NULL to the subquery, or use NOT EXISTS, for which a NULL "
            "matches nothing. Both return other rows than now when there are NULLs.",
            self._rewrite(evidence, block, inner, condition, value, output, found) if not share else None,
            (found.table.name, found.column.name),
        )

    def _rewrite(
        self,
        evidence: Evidence,
        block: Block,
        inner: Block,
        condition: exp.Expr,
        value: exp.Expr,
        output: exp.Expr,
        found: Reference,
    ) -> Rewrite | None:
        outer = block.resolve(value)
        if outer is None or outer.outer or outer.column.nullable or _null_filled(block, outer):
            return None
        mine, its = qualified(value, outer.source), qualified(output, found.source)
        sql = not_exists(evidence.tree, condition, mine, its, inner)
        return Rewrite(sql, f"{column_name(found.table, found.column)} is never NULL") if sql is not None else None


def _spelled(condition: exp.Expr) -> str:
    """``x NOT IN (…)``, as people write it."""
    found = condition.this.unnest() if isinstance(condition, exp.Not) else condition
    return shown_sql(found, 60).replace(" IN (", " NOT IN (", 1) if isinstance(found, exp.In) else shown_sql(found, 60)


def _not_in(condition: exp.Expr) -> tuple[exp.Expr | None, exp.Expr | None]:
    """x and the query of ``x NOT IN (query)`` or ``x <> ALL (query)``; the query is None for a list."""
    if isinstance(condition, exp.Not):
        found = condition.this.unnest()
        if isinstance(found, exp.In):
            query = found.args.get("query")
            return found.this.unnest(), query.unnest() if query is not None else None
    if isinstance(condition, exp.NEQ) and isinstance(condition.expression, exp.All):
        return condition.this.unnest(), condition.expression.this.unnest()
    return None, None


def _may_be_null(block: Block, found: Reference) -> bool:
    if not found.column.nullable and not _null_filled(block, found):
        return False
    return not any(_rejects_null(block, condition, found) for condition in block.filters)


def _rejects_null(block: Block, condition: exp.Expr, wanted: Reference) -> bool:
    """Whether a condition is true only where the column is not NULL."""
    if isinstance(condition, exp.Not):
        inner = condition.this.unnest()
        is_null = isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null)
        sides = [inner.this] if is_null or isinstance(inner, exp.In | exp.Between | exp.Like) else []
    else:
        sides = list(condition.iter_expressions()) if isinstance(condition, _COMPARED) else []
    found = [block.resolve(side.unnest()) for side in sides]
    return any(r is not None and r.source is wanted.source and r.column is wanted.column for r in found)


def _null_filled(block: Block, found: Reference) -> bool:
    """Whether an outer join may put NULLs in the place of the source's columns."""
    at = next((i for i, source in enumerate(block.sources) if source is found.source), 0)
    return found.source.side in ("LEFT", "FULL") or any(s.side in ("RIGHT", "FULL") for s in block.sources[at + 1 :])


def _not_in_severity(block: Block, inner: Block, found: Reference) -> Severity | None:
    share = found.column.nulls
    rows = [s.table.rows for b in (block, inner) for s in b.sources if s.table is not None and s.table.rows is not None]
    if max(rows, default=SMALL_ROWS) < SMALL_ROWS:
        return Severity.LOW if share else None
    if share:
        return Severity.MEDIUM if inner.where else Severity.HIGH
    return Severity.MEDIUM if share is None else Severity.LOW


class CorrelatedSubquery:
    """A subquery that is run for each outer row, and reads more than its tables hold."""

    code: ClassVar[str] = "correlated-subquery"
    title: ClassVar[str] = "A subquery is run again for each row"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        if evidence.plan is None:
            return
        dependent = [node for node in evidence.plan.root.walk() if node.dependent]
        rewrites = MOST_REWRITES
        for block in evidence.blocks:
            outer = [r for column in block.columns if (r := block.resolve(column)) is not None and r.outer]
            if block.parent is not None and outer:
                finding = self._finding(evidence, block, outer, dependent, rewritten=rewrites > 0)
                if finding is not None:
                    rewrites -= 1
                    yield finding

    def _finding(
        self, evidence: Evidence, block: Block, outer: list[Reference], dependent: list[PlanNode], *, rewritten: bool
    ) -> Finding | None:
        accesses = _accesses(block, dependent)
        tables = [source.table for source in block.sources if source.table is not None]
        whole = sum(table.rows or 0.0 for table in tables)
        reads = sum(_total_read(block, node) for node in accesses)
        if reads < max(LEAST_READS, 2 * whole) or not accesses:
            return None
        worst = max(accesses, key=lambda node: _total_read(block, node))
        if reads < SHORT_RUN * worst.loops:
            return None
        names = listed(shown(table.name, 64) for table in tables)
        around = listed(dict.fromkeys(shown(r.table.name, 64) for r in outer))
        rewrite = grouped_once(evidence.tree, block, evidence.server) if rewritten else None
        return Finding(
            self.code,
            Severity.HIGH if reads >= HIGH_READS else Severity.MEDIUM if reads >= MEDIUM_READS else Severity.LOW,
            f"The subquery on {names} is run again for each row of {around}, about {amount(worst.loops)} times.",
            f"in all it reads about {amount(reads)} rows ({worst.operation.value} of {shown(worst.alias, 64)}), while "
            f"{names} {'has' if len(tables) == 1 else 'have'} {amount(whole)}",
            self._advice(block, rewrite),
            rewrite,
            tuple(dict.fromkeys([t.name for t in tables] + [r.table.name for r in outer])),
        )

    def _advice(self, block: Block, rewrite: Rewrite | None) -> str:
        keys = _keys(block)
        index = f" Or make each run short with an index on {listed(keys)}." if keys else ""
        if rewrite is None:
            return f"Compute it once for all rows: group it by what ties it to them.{index}"
        return f"Compute it once for all rows and join the result.{provided(rewrite.needs)}{index}"


def _accesses(block: Block, dependent: list[PlanNode]) -> list[PlanNode]:
    """How the plan reads the block's tables in the subquery that it repeats."""
    aliases = {source.alias.casefold() for source in block.sources}
    for top in dependent:
        found = [n for n in top.walk() if n.operation in ACCESS and n.alias.casefold() in aliases]
        if {node.alias.casefold() for node in found} == aliases:
            return list({id(node): node for node in found}.values())
    return []


def _total_read(block: Block, node: PlanNode) -> float:
    source = block.source(node.alias)
    if node.operation in SCANS and node.rows_read is None and source is not None and source.table is not None:
        return max(node.total_read, (source.table.rows or 0.0) * node.loops)
    return node.total_read


def _keys(block: Block) -> list[str]:
    """The inner columns that are compared with outer ones."""
    keys = []
    for condition in block.where:
        found = comparison(condition)
        if found is None or found.operator != "=":
            continue
        sides = [block.resolve(found.subject), block.resolve(found.value)]
        inner = [r for r in sides if r is not None and not r.outer]
        tells_apart = len(inner) == 1 and (inner[0].column.distinct or SELECTIVE_KEYS) >= SELECTIVE_KEYS
        if tells_apart and any(r is not None and r.outer for r in sides):
            keys.append(column_name(inner[0].table, inner[0].column))
    return keys


RULES: tuple[Rule, ...] = (NotInNullable(), CorrelatedSubquery())
