"""Joins that multiply rows, that change nothing, or that DISTINCT has to undo."""

from collections.abc import Iterator
from math import prod
from typing import ClassVar

from sqlglot import exp

from diagnose.advice.rewrites_joins import exists_instead, without_joins
from diagnose.evidence.blocks import Block, Source
from diagnose.evidence.dependencies import Dependencies, equated
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import ForeignKey
from diagnose.evidence.scope import UNKNOWN, Scope
from diagnose.evidence.unused import Unused, unused_joins
from diagnose.rules.sizes import SMALL, has_aggregate, is_small, source_rows
from diagnose.types import Finding, Rule, Severity
from diagnose.wording import amount, listed, shown

_MULTIPLIED = 10_000  # rows of a product that are worth a word
_MANY = 1_000_000


class CartesianJoin:
    """Sources that no condition connects."""

    code: ClassVar[str] = "cartesian-join"
    title: ClassVar[str] = "Rows multiply without a join condition"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        for block in evidence.blocks:
            if len(block.sources) > 1:
                yield from self._block(evidence, block)

    def _block(self, evidence: Evidence, block: Block) -> Iterator[Finding]:
        islands = _islands(Scope(evidence, block))
        sizes = [_size(evidence, island) for island in islands]
        if len(islands) < 2 or None in sizes:
            return
        known = [size for size in sizes if size is not None]
        product = prod(known)
        if product < _MULTIPLIED or min(known) < 2:
            return
        names = [shown(min(island, key=block.sources.index).alias, 64) for island in islands]
        yield Finding(
            self.code,
            _severity(product, min(known), islands),
            f"Nothing connects {listed(names)}: every row of one is combined with every row of the others",
            f"no condition of ON or WHERE names both sides; {' x '.join(map(amount, known))} rows "
            f"make {amount(product)}",
            _advice(islands),
            names=tuple(shown(s.node.name or s.alias, 64) for s in block.sources) + tuple(names),
        )


def _severity(product: float, least: float, islands: list[list[Source]]) -> Severity:
    asked = all(island[0].join is None or island[0].join.kind == "CROSS" for island in islands)
    if asked:  # CROSS JOIN says that it is meant
        return Severity.LOW if product >= _MANY else Severity.INFO
    return Severity.HIGH if product >= _MANY and least >= SMALL else Severity.MEDIUM


def _islands(scope: Scope) -> list[list[Source]]:
    """The sources in groups that conditions connect, without those of at most one row; one group where in doubt."""
    block = scope.block
    group = {alias: alias for alias in scope.sources}
    if not scope.clear or any(_connects_itself(source) for source in block.sources):
        return [list(block.sources)]
    lenient = Dependencies(scope, strict=False)
    conjuncts = [*block.where, *(c for _, found in block.joined for c in found)]
    held = {alias: lenient.closure(()) for alias in group}
    for conjunct in conjuncts:
        touched = scope.touched(conjunct)
        if UNKNOWN in touched:
            return [list(block.sources)]
        _connect(group, touched)
    for values in _same_constants(scope, conjuncts):
        _connect(group, values)
    many = [s for s in block.sources if not (_one_row(s) or lenient.determines(held[s.alias.casefold()], s))]
    islands = {root: [s for s in many if group[s.alias.casefold()] == root] for root in group.values()}
    return [island for island in islands.values() if island]


def _connect(group: dict[str, str], aliases: frozenset[str]) -> None:
    roots = {group[alias] for alias in aliases}
    if roots:
        first = min(roots)
        group.update({alias: first for alias, root in group.items() if root in roots})


def _same_constants(scope: Scope, conjuncts: list[exp.Expr]) -> Iterator[frozenset[str]]:
    """Columns of one name that equal the same constant join their sources: ``a.day = '…' AND b.day = '…'``."""
    found: dict[tuple[str, str], set[str]] = {}
    for conjunct in conjuncts:
        for name, column, other in equated(scope, conjunct):
            if not scope.touched(other):
                key = (column.name.casefold(), other.sql())
                found.setdefault(key, set()).add(name.split(".")[0])
    yield from map(frozenset, found.values())


def _connects_itself(source: Source) -> bool:
    """NATURAL and USING join by names; LATERAL, JSON_TABLE and the like look at what stands before them."""
    join = source.join
    named = join is not None and bool(join.method or join.args.get("using"))
    plain = isinstance(source.node, exp.Subquery) or (
        isinstance(source.node, exp.Table) and isinstance(source.node.this, exp.Identifier)
    )
    return named or not plain


def _one_row(source: Source) -> bool:
    """A derived table of at most one row: an aggregate without groups, LIMIT 1, no FROM."""
    query = source.inner_query
    if not isinstance(query, exp.Select):
        return False
    limit = query.args.get("limit")
    one = limit is not None and limit.expression is not None and limit.expression.name == "1"
    grouped = query.args.get("group") is not None
    aggregates = any(isinstance(s.unalias(), exp.AggFunc) for s in query.selects)
    return one or query.args.get("from_") is None or (aggregates and not grouped)


def _size(evidence: Evidence, island: list[Source]) -> float | None:
    sizes = [size for source in island if (size := source_rows(evidence, source)) is not None]
    return max(sizes, default=None)


def _advice(islands: list[list[Source]]) -> str:
    for one in islands:
        for other in islands:
            for left, right, key in _keys_between(one, other):
                pairs = zip(key.columns, key.to_columns, strict=False)
                said = listed(
                    f"{shown(left.alias, 64)}.{shown(a, 64)} = {shown(right.alias, 64)}.{shown(b, 64)}"
                    for a, b in pairs
                )
                return f"Add the condition that joins them; the foreign key says {said}"
    return "Add the condition that joins them, or write CROSS JOIN if every combination is meant"


def _keys_between(one: list[Source], other: list[Source]) -> Iterator[tuple[Source, Source, ForeignKey]]:
    if one is other:
        return
    for left in one:
        for right in other:
            if left.table is not None and right.table is not None:
                for key in left.table.foreign_keys:
                    if key.to_table.casefold() == right.table.name.casefold():
                        yield left, right, key


class UnusedJoin:
    """A join that neither adds nor removes rows, to a table of which nothing is used."""

    code: ClassVar[str] = "unused-join"
    title: ClassVar[str] = "A joined table is not used"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        for block in evidence.blocks:
            if isinstance(block.node, exp.Select) and len(block.sources) > 1 and not is_small(evidence, block):
                unused = unused_joins(Scope(evidence, block))
                if unused and not _left_out(evidence, unused):
                    yield self._finding(evidence, block, unused)

    def _finding(self, evidence: Evidence, block: Block, unused: list[Unused]) -> Finding:
        names = [shown(found.source.alias, 64) for found in unused]
        one = len(names) == 1
        reads = [_reads(evidence, found) for found in unused]
        return Finding(
            self.code,
            Severity.LOW,
            f"{listed(names)} {'is' if one else 'are'} joined but nothing of {'it' if one else 'them'} is used, "
            "and the join neither adds nor removes rows",
            "; ".join(filter(None, (*(found.proof for found in unused), *reads))),
            f"Leave out the join of {listed(names)}",
            without_joins(evidence, block, unused),
            names=(*names, *(shown(f.table.name, 64) for f in unused)),
        )


def _left_out(evidence: Evidence, unused: list[Unused]) -> bool:
    """Whether the server saw it too: MariaDB's table elimination, PostgreSQL's join removal."""
    plan = evidence.plan
    return plan is not None and not any(plan.access(found.source.alias) for found in unused)


def _reads(evidence: Evidence, found: Unused) -> str:
    access = evidence.plan.access(found.source.alias) if evidence.plan is not None else None
    return (
        "" if access is None else f"the plan reads {amount(access.total_read)} rows of {shown(found.source.alias, 64)}"
    )


class DistinctHidesJoin:
    """DISTINCT removes the duplicates that a join made, of a table that nothing is selected from."""

    code: ClassVar[str] = "distinct-hides-join"
    title: ClassVar[str] = "DISTINCT undoes what a join multiplied"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        for block in evidence.blocks:
            if block.node.args.get("distinct") and len(block.sources) > 1 and not is_small(evidence, block):
                yield from self._block(evidence, block)

    def _block(self, evidence: Evidence, block: Block) -> Iterator[Finding]:
        scope = Scope(evidence, block)
        if has_aggregate(block) or block.node.args["distinct"].args.get("on") or not scope.plain:
            return
        selected = _of_result(scope)
        hidden = [source for source in block.sources if source.alias.casefold() not in selected]
        if UNKNOWN in selected or not hidden or len(hidden) == len(block.sources) or any(s.side for s in block.sources):
            return
        several = _multiplying(scope, hidden, selected)
        if not several:
            return
        names = [shown(source.alias, 64) for source in several]
        yield Finding(
            self.code,
            Severity.MEDIUM,
            f"The join with {listed(names)} repeats rows, and DISTINCT removes them again",
            f"nothing of {listed(names)} is selected, and no unique key limits the join to one row of it",
            f"Ask with EXISTS whether a row of {listed(names)} is there: it stops at the first one, and nothing has to "
            "be made distinct",
            exists_instead(evidence, block, hidden),
            names=(*names, *(shown(s.table.name, 64) for s in several if s.table is not None)),
        )


def _of_result(scope: Scope) -> frozenset[str]:
    """The aliases that the select list and ORDER BY refer to."""
    node = scope.block.node
    parts = [*(node.args.get("expressions") or ()), *filter(None, [node.args.get("order")])]
    return frozenset[str]().union(*(scope.touched(part) for part in parts))


def _multiplying(scope: Scope, hidden: list[Source], selected: frozenset[str]) -> list[Source]:
    """The hidden sources of which several rows may go with one row of those selected."""
    proved = Dependencies(scope, strict=False)
    kept = [source for source in scope.block.sources if source.alias.casefold() in selected]
    columns = {f"{s.alias}.{c.name}".casefold() for s in kept if s.table is not None for c in s.table.columns}
    if any(source.table is None for source in (*kept, *hidden)):
        return []
    return [source for source in hidden if not proved.determines(columns, source)]


RULES: tuple[Rule, ...] = (CartesianJoin(), UnusedJoin(), DistinctHidesJoin())
