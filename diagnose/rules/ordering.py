"""Sorting that an index would save, and pages that are found by counting rows."""

from collections.abc import Iterator
from typing import ClassVar

from sqlglot import exp

from diagnose.advice.rewrites_paging import late_lookup
from diagnose.evidence.blocks import Block
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import POSTGRES
from diagnose.evidence.plan import Operation, PlanNode
from diagnose.evidence.scope import Scope
from diagnose.rules.access_order import Wanted, already, wanted_index
from diagnose.rules.sizes import LARGE, SMALL, block_rows, given_rows, has_aggregate, is_small, number, source_rows
from diagnose.types import CreateIndex, Finding, Rule, Severity
from diagnose.wording import amount, listed, shown, shown_sql

_FAR = 10_000  # rows to skip
_MILLION = 1_000_000


class OffsetPagination:
    """A page far behind: all rows before it are found and thrown away."""

    code: ClassVar[str] = "offset-pagination"
    title: ClassVar[str] = "Pages by OFFSET"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        for block in evidence.blocks:
            offset, limit = number(block.node.args.get("offset")), number(block.node.args.get("limit"))
            if offset is None or offset < SMALL or is_small(evidence, block):
                continue
            order = block.node.args.get("order")
            by = listed(shown_sql(part.this, 60) for part in order.expressions) if order is not None else ""
            given = f" to give {amount(limit)}" if limit is not None else ""
            names = tuple(shown(source.node.name or source.alias, 64) for source in block.sources)
            yield Finding(
                self.code,
                Severity.MEDIUM if offset >= _FAR else Severity.LOW,
                f"{amount(offset)} rows are found and thrown away{given}",
                f"OFFSET {amount(offset)}; later pages take longer still"
                + ("" if order is not None else "; without ORDER BY the pages are in no fixed order"),
                f"Remember the last row's values of {by} and ask for what comes after them "
                f"(WHERE … {'<' if _downwards(order) else '>'} …), with a unique column as the last of ORDER BY"
                if order is not None and by
                else "Order by a unique key, remember the last row's value and ask for what comes after it",
                late_lookup(evidence, block),
                names=names,
            )


def _downwards(order: exp.Expr | None) -> bool:
    return order is not None and all(part.args.get("desc") for part in order.expressions)


class OrderByRand:
    """Every row gets a random number, then all are sorted by it."""

    code: ClassVar[str] = "order-by-rand"
    title: ClassVar[str] = "Sorted by random numbers"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        for block in evidence.blocks:
            order = block.node.args.get("order")
            if order is None or not any(isinstance(part.this, exp.Rand) for part in order.expressions):
                continue
            rows = source_rows(evidence, block.sources[0]) if len(block.sources) == 1 else block_rows(evidence, block)
            if rows is None or rows < SMALL or has_aggregate(block):
                continue
            names = tuple(shown(source.node.name or source.alias, 64) for source in block.sources)
            yield Finding(
                self.code,
                Severity.HIGH if rows >= _MILLION else Severity.MEDIUM if rows >= LARGE else Severity.LOW,
                f"About {amount(rows)} rows are sorted by random numbers",
                "ORDER BY RAND(): no index gives that order, so every row is read and sorted, whatever LIMIT says",
                "Draw random values between the smallest and the largest key and look those rows up (gaps make some "
                "rows likelier), or keep a column with a random number, with an index",
                names=names,
            )


class Filesort:
    """Rows are sorted that an index could give in order."""

    code: ClassVar[str] = "filesort"
    title: ClassVar[str] = "Sorted without an index"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        sorts = [] if evidence.plan is None else [n for n in evidence.plan.root.walk() if n.operation is Operation.SORT]
        for block in evidence.blocks:
            if sorts and isinstance(block.node, exp.Select) and not is_small(evidence, block):
                yield from self._block(evidence, block, sorts)

    def _block(self, evidence: Evidence, block: Block, sorts: list[PlanNode]) -> Iterator[Finding]:
        if has_aggregate(block) or block.node.args.get("distinct"):
            return
        scope = Scope(evidence, block)
        wanted = _order_index(scope)
        sort = next((node for node in sorts if _sorts(evidence, node, scope.order())), None)
        if wanted is None or sort is None or already(wanted) or _nulls_first(evidence, wanted):
            return
        rows = max(map(given_rows, sort.children), default=given_rows(sort))
        limit = number(block.node.args.get("limit"))
        few = limit is not None and limit + (number(block.node.args.get("offset")) or 0) < rows / 10
        if rows < (SMALL if few else LARGE):
            return
        yield self._finding(wanted, rows, limit if few else None, sort)

    def _finding(self, wanted: Wanted, rows: float, limit: int | None, sort: PlanNode) -> Finding:
        columns = [shown(name, 64) for name in wanted.columns]
        table = shown(wanted.table.name, 64)
        disk = ", on disk" if sort.spills else ""
        return Finding(
            self.code,
            Severity.MEDIUM if limit is not None and rows >= LARGE else Severity.LOW,
            f"About {amount(rows)} rows of {table} are sorted{disk}"
            + (f" to give the first {amount(limit)}" if limit is not None else ""),
            f"the plan sorts ({shown(sort.native, 40) or 'sort'}); no index of {table} begins with {listed(columns)}",
            f"An index of {table} on ({', '.join(columns)}) gives the rows in order"
            + (", and reading ends after the last one that is wanted" if limit is not None else ""),
            CreateIndex(wanted.table.name, wanted.columns),
            names=(table, *columns),
        )


def _order_index(scope: Scope) -> Wanted | None:
    """The index that gives the block's order, where one table has all of it in one direction."""
    order = scope.block.node.args.get("order")
    names = scope.order()
    if order is None or not names or "" in names or len({bool(p.args.get("desc")) for p in order.expressions}) > 1:
        return None
    return wanted_index(scope, names, first_may_range=True)


def _nulls_first(evidence: Evidence, wanted: Wanted) -> bool:
    """MySQL's order has NULLs first, PostgreSQL's indexes have them last."""
    if evidence.server.kind != POSTGRES:
        return False
    sorted_by = [wanted.table.column(name) for name in wanted.columns if name not in wanted.equal]
    return any(column is None or column.nullable for column in sorted_by)


def _sorts(evidence: Evidence, node: PlanNode, order: tuple[str, ...]) -> bool:
    """Whether a sort of the plan is that of this order; where the plan does not say, there must be only one."""
    if not node.sort_keys:
        return sum(1 for block in evidence.blocks if block.node.args.get("order")) == 1
    return bool(order) and order[0].rpartition(".")[2] in " ".join(node.sort_keys).casefold()


RULES: tuple[Rule, ...] = (OffsetPagination(), OrderByRand(), Filesort())
