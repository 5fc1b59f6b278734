"""Rules about indexes that a table lacks, has in vain, or has in an order that the statement cannot use."""

from collections.abc import Iterator
from typing import ClassVar

from diagnose.advice.candidates import Candidate, Purpose, covering, of_index, of_usage
from diagnose.advice.price import price
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import Index, Table
from diagnose.evidence.plan import Operation, PlanNode
from diagnose.rules.index_reads import FEW_ROWS, HUGE_ROWS, MANY_ROWS, Read, Want, filtered, joined, reads
from diagnose.types import DropIndex, Finding, Rule, Severity
from diagnose.wording import amount, listed, shown

_LOOKUPS = (Operation.INDEX_LOOKUP, Operation.INDEX_RANGE, Operation.BITMAP)


class MissingIndex:
    """A table is read although a condition names few of its rows."""

    code: ClassVar[str] = "missing-index"
    title: ClassVar[str] = "A condition without an index"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each table and set of columns."""
        yield from _once(_wanted(self.code, evidence, want) for want in filtered(evidence) if want.other_order is None)


class MissingJoinIndex:
    """A joined table is read again for every row, or whole beside a few rows."""

    code: ClassVar[str] = "missing-join-index"
    title: ClassVar[str] = "A join without an index"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each table and set of columns."""
        yield from _once(_wanted(self.code, evidence, want) for want in joined(evidence) if want.other_order is None)


class IndexOrderMismatch:
    """An index has the columns, in an order or direction that this statement cannot use."""

    code: ClassVar[str] = "index-order-mismatch"
    title: ClassVar[str] = "An index in the wrong order"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """For searching first, then for sorting."""
        wants = [*filtered(evidence), *joined(evidence)]
        found = [_wanted(self.code, evidence, want, want.other_order) for want in wants if want.other_order is not None]
        yield from _once(iter(found or _sorts(self.code, evidence)))


class RedundantIndex:
    """Another index of the table does all that this one does."""

    code: ClassVar[str] = "redundant-index"
    title: ClassVar[str] = "An index that another one replaces"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Of the tables that the statement names."""
        named = {(s.table.schema, s.table.name): s.table for b in evidence.blocks for s in b.sources if s.table}
        for table in named.values():
            if table.temporary or table.view or (table.rows or 0) < FEW_ROWS or _hinted(evidence):
                continue
            for index, kept in redundant(table):
                yield self._finding(table, index, kept)

    def _finding(self, table: Table, index: Index, kept: Index) -> Finding:
        name, other, of = shown(index.name, 64), shown(kept.name, 64), shown(table.name, 64)
        same = index.columns == kept.columns
        why = "has the same columns" if same else "begins with the same columns"
        columns = f"{name} ({_columns(index)}), {other} ({_columns(kept)})"
        seen = (
            f"; {name} was used {amount(index.used)} times since the counters began" if index.used is not None else ""
        )
        return Finding(
            self.code,
            Severity.LOW,
            f"The index {name} of {of} is not needed beside {other}, which {why}.",
            f"{columns}{seen}",
            "Drop it once no other statement names it in a hint: every write to the table pays for it.",
            DropIndex(table.name, index.name, kept.name, table.schema),
            names=(table.name, index.name, kept.name, *index.columns, *kept.columns),
        )


class CoveringIndex:
    """Many rows are found in an index and then fetched from the table for a column or two."""

    code: ClassVar[str] = "covering-index"
    title: ClassVar[str] = "Rows fetched for a few columns"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Only where the plan proves many lookups."""
        yield from _once(found for read in reads(evidence) if (found := self._of(evidence, read)) is not None)

    def _of(self, evidence: Evidence, read: Read) -> Finding | None:
        node, table = read.node, read.usage.table
        index = next((i for i in table.indexes if i.name == node.index), None)
        if index is None or index.primary or index.unique or node.covering or node.operation not in _LOOKUPS:
            return None
        fetched = read.rows * max(read.loops, 1.0)
        began = of_index(read.usage, index)
        longer = covering(began, evidence.server.kind) if began is not None else None
        if fetched < MANY_ROWS or (table.rows or 0) < MANY_ROWS or longer is None or len(longer.columns) > 5:
            return None
        of, name = shown(table.name, 64), shown(index.name, 64)
        more = listed(shown(c, 64) for c in longer.names[len(index.columns) :])
        return Finding(
            self.code,
            Severity.LOW if fetched < HUGE_ROWS else Severity.MEDIUM,
            f"About {amount(fetched)} rows of {of} are found in the index {name} and then fetched for {more}.",
            f"the plan looks up {of} by {name}, about {amount(read.rows)} entries each time; of its other columns the "
            f"statement reads only {more}",
            f"An index on ({_names(longer)}) holds all of it. {price(longer, evidence.server.kind)}",
            longer.remedy,
            names=(table.name, index.name, *longer.names),
        )


def redundant(table: Table) -> Iterator[tuple[Index, Index]]:
    """(an index that is not needed, the one that does its work)."""
    gone: set[str] = set()
    for index in reversed(table.indexes):  # of two that are the same the later one goes
        if index.primary or index.constraint:
            continue
        for other in table.indexes:
            if other is not index and other.name not in gone and _does_all_of(other, index):
                gone.add(index.name)
                yield index, other
                break


def _does_all_of(other: Index, index: Index) -> bool:
    length = len(index.columns)
    if index.kind != "btree" or other.kind != "btree" or index.predicate or other.predicate or not index.columns:
        return False
    if other.columns[:length] != index.columns or not set(index.include) <= {*other.include, *other.columns}:
        return False
    if _padded(index.prefixes, length) != _padded(other.prefixes, length):
        return False
    if tuple(map(bool, _padded(index.descending, length))) != tuple(map(bool, _padded(other.descending, length))):
        return False
    # Another index keeps the values unique only where it has the same columns.
    return not index.unique or (other.unique and len(other.columns) == length)


def _padded(values: tuple[object, ...], length: int) -> tuple[object, ...]:
    return (*values[:length], *[None] * (length - len(values)))


def _hinted(evidence: Evidence) -> bool:
    """Whether the statement names an index itself."""
    return any(node.key == "indextablehint" for node in evidence.tree.walk())


def _wanted(code: str, evidence: Evidence, want: Want, has: Index | None = None) -> Finding:
    read, candidate = want.read, want.candidate
    table, of = candidate.table, shown(candidate.table.name, 64)
    searched = listed(shown(c.name, 64) for c in candidate.columns[: candidate.searched])
    if has is not None:
        name = shown(has.name, 64)
        problem = f"The index {name} of {of} has {searched}, but in an order that this statement cannot search by."
    elif candidate.purpose is Purpose.JOIN:
        times = f", {amount(read.loops)} times" if read.again else " beside a few rows"
        problem = f"{of} is joined by {searched} without an index, so it is read whole{times}."
    else:
        problem = f"{of} is read row by row, because no index leads to the rows by {searched}."
    return Finding(
        code,
        read.severity if want.known else _less(read.severity),
        problem,
        _seen(want, has),
        f"An index on ({_names(candidate)}) leads to the rows. {price(candidate, evidence.server.kind)}",
        candidate.remedy,
        if_verified=read.severity,
        names=(table.name, *candidate.names, *((has.name, *has.columns) if has is not None else ())),
    )


def _less(severity: Severity) -> Severity:
    """Where no statistics say how many rows are meant."""
    return Severity.MEDIUM if severity is Severity.HIGH else Severity.LOW


def _seen(want: Want, has: Index | None) -> str:
    read, table = want.read, want.candidate.table
    how = f"{read.node.operation.value}" + (f" of {shown(read.node.index, 64)}" if read.node.index else "")
    text = f"the plan reads about {amount(read.total)} rows of {shown(table.name, 64)} ({how})"
    if read.until_enough:
        text = (
            f"the plan goes through {shown(read.node.index, 64)} until enough rows are found, in the worst case all "
            f"{amount(read.total)} rows of {shown(table.name, 64)}"
        )
    if has is not None:
        text += f"; {shown(has.name, 64)} is on ({_columns(has)})"
    if want.known:
        return (
            f"{text}; about {amount(max(want.share * (table.rows or read.rows), 1))} of them would be read by the index"
        )
    return f"{text}; how many rows have the value is not known from statistics"


def _sorts(code: str, evidence: Evidence) -> Iterator[Finding]:
    """ORDER BY with a LIMIT over an index whose directions or order differ."""
    if evidence.plan is None:
        return
    sorts = [n for n in evidence.plan.root.walk() if n.operation is Operation.SORT]
    for read in reads(evidence):
        usage = read.usage
        if not usage.limited or not usage.order or len(usage.block.sources) > 1 or usage.group:
            continue
        if read.total < MANY_ROWS or not any(_is_below(sort, read.node) for sort in sorts):
            continue
        for candidate in of_usage(usage, evidence.server.kind):
            if candidate.purpose not in (Purpose.ORDER, Purpose.FILTER):
                continue
            has = next(
                (i for i in usage.table.indexes if i.kind == "btree" and set(i.columns) == set(candidate.names)), None
            )
            if has is not None:
                yield _order_finding(code, evidence, read, candidate, has)
                break


def _order_finding(code: str, evidence: Evidence, read: Read, candidate: Candidate, has: Index) -> Finding:
    of, name = shown(candidate.table.name, 64), shown(has.name, 64)
    return Finding(
        code,
        Severity.LOW if read.total < HUGE_ROWS else Severity.MEDIUM,
        f"The index {name} of {of} has the columns to sort by, but in another order or direction: all rows are sorted.",
        f"the plan sorts about {amount(read.total)} rows for the few that LIMIT keeps; {name} is on ({_columns(has)})",
        f"An index on ({_names(candidate)}) gives the rows in order. {price(candidate, evidence.server.kind)}",
        candidate.remedy,
        names=(candidate.table.name, has.name, *has.columns),
    )


def _is_below(node: PlanNode, wanted: PlanNode) -> bool:
    return any(found is wanted for found in node.walk())


def _columns(index: Index) -> str:
    directions = (*index.descending, *[False] * len(index.columns))
    return ", ".join(shown(c, 64) + (" DESC" if d else "") for c, d in zip(index.columns, directions, strict=False))


def _names(candidate: Candidate) -> str:
    directions = candidate.descending or (False,) * len(candidate.names)
    return ", ".join(shown(c, 64) + (" DESC" if d else "") for c, d in zip(candidate.names, directions, strict=True))


def _once(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Each remedy once."""
    seen = set()
    for finding in findings:
        if finding.remedy not in seen:
            seen.add(finding.remedy)
            yield finding


RULES: tuple[Rule, ...] = (MissingIndex(), MissingJoinIndex(), IndexOrderMismatch(), RedundantIndex(), CoveringIndex())
