"""Where a plan reads much more than it needs, and the index that the statement could use there."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from diagnose.advice.candidates import Candidate, Purpose, distinct, of_usage, shares
from diagnose.advice.usage import Usage, usages
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import MYSQL, Index
from diagnose.evidence.plan import ACCESS, Operation, PlanNode
from diagnose.types import Severity

FEW_ROWS = 1_000  # a read of fewer takes no time that anybody notices
MANY_ROWS = 10_000
HUGE_ROWS = 100_000
WORTH = 0.1  # an index is offered when it reads at most this share of what is read now
PART = 0.1  # and when that is at least this part of all that the statement reads
_AGAIN = 10
_NUMBERS = ("int", "integer", "bigint")
_SCANS = (Operation.FULL_SCAN, Operation.INDEX_SCAN)
_PARTIAL = (Operation.INDEX_RANGE, Operation.INDEX_LOOKUP, Operation.BITMAP)
_JOINS = (Operation.NESTED_LOOP, Operation.JOIN_BUFFER, Operation.HASH_JOIN, Operation.MERGE_JOIN)
# MySQL's guesses where it knows nothing: dev.mysql.com/doc/refman/8.4/en/condition-filtering.html
_GUESSES = (0.1, 0.1111, 0.3333, 0.05, 0.01, 0.5)


@dataclass(frozen=True, slots=True)
class Read:
    """How the plan reads one table of a block. ``loops``: how often its rows are gone through.

    ``beside``: rows that the other side of the join gives where that is not a nested loop, else None. ``guessed``: the
    server is MySQL or MariaDB, whose plan does not look at what a condition on a column without an index leaves.
    """

    usage: Usage
    node: PlanNode
    loops: float
    beside: float | None = None
    guessed: bool = False

    @property
    def again(self) -> bool:
        """It is executed for each row of something else. A few loops are the processes of a parallel plan."""
        return self.loops >= _AGAIN

    @property
    def rows(self) -> float:
        """Read in one execution, by all processes."""
        whole = self.usage.table.rows
        if (self.skips_first or self.until_enough) and whole is not None:
            return whole
        if self.node.operation in _SCANS and whole is not None:
            return whole if self.node.rows_read is None else min(self._each(self.node.rows_read), whole)
        return self._each(self.node.rows if self.node.rows_read is None else self.node.rows_read)

    @property
    def skips_first(self) -> bool:
        """All of an index is read, to find what a column behind its first one says: PostgreSQL does that."""
        node = self.node
        index = next((i for i in self.usage.table.indexes if i.name == node.index), None)
        return index is not None and bool(node.key_parts) and index.columns[0] not in node.key_parts

    @property
    def until_enough(self) -> bool:
        """An index is read in order until LIMIT's rows are found, and nothing tells when that is.

        MySQL and MariaDB expect it as soon as their guess of the condition allows, which for a rare value may be
        at the end of the table.
        """
        node, table = self.node, self.usage.table
        told = node.actual_rows is not None or node.rows_read is None
        if told or not (self.guessed and self.usage.limited and node.condition):
            return False
        return node.operation is Operation.INDEX_SCAN and (node.rows_read or 0.0) < (table.rows or 0.0) / 2

    @property
    def blind(self) -> bool:
        """Rows looked up are checked by a condition that MariaDB expects all to fulfil: it knows nothing of it."""
        node = self.node
        checked = self.guessed and bool(node.condition) and node.operation in _PARTIAL
        return checked and node.rows is not None and node.rows == node.rows_read

    @property
    def total(self) -> float:
        """Read in all executions; through a join buffer, the comparisons."""
        return self.rows * (self.loops if self.again else 1.0)

    @property
    def kept(self) -> float | None:
        """The share of what is read that is given on, as the server estimates it from statistics; None: it does not."""
        if self.node.rows is None or self.rows <= 0:
            return None
        return min(self._each(self.node.rows) / self.rows, 1.0)

    def _each(self, rows: float | None) -> float:
        return (rows or 0.0) * (1.0 if self.again else max(self.loops, 1.0))

    @property
    def severity(self) -> Severity:
        if self.total < MANY_ROWS:
            return Severity.LOW
        return Severity.MEDIUM if self.total < HUGE_ROWS else Severity.HIGH


@dataclass(frozen=True, slots=True)
class Want:
    """An index that would spare most of a read. ``share`` of the rows is what it reads; ``known``: from statistics."""

    read: Read
    candidate: Candidate
    share: float
    known: bool

    @property
    def other_order(self) -> Index | None:
        """An index that has the searched columns, but so that this statement cannot search by them."""
        wanted = set(self.candidate.names[: self.candidate.searched])
        return next((i for i in self.candidate.table.indexes if i.kind == "btree" and wanted <= set(i.columns)), None)


def reads(evidence: Evidence) -> list[Read]:
    """Of every table of every block that the plan names."""
    if evidence.plan is None:
        return []
    nodes = list(_accesses(evidence.plan.root))
    asked = usages(evidence)
    aliases = [usage.alias.casefold() for usage in asked]
    found = []
    for usage in asked:
        mine = [n for n in nodes if _is_of(n[0], usage)]
        if aliases.count(usage.alias.casefold()) > 1:  # in several blocks: the one whose condition is of this block
            mine = [n for n in mine if _names_any(n[0], usage)] if len(mine) > 1 else mine
        if mine:
            worst = max(mine, key=lambda n: n[0].total_read * n[1])
            found.append(Read(usage, *worst, guessed=evidence.server.is_mysql_family))
    return found


def filtered(evidence: Evidence) -> Iterator[Want]:
    """Reads that an index on the columns of constant conditions would spare."""
    for read in _heavy(evidence):
        for candidate in of_usage(read.usage, evidence.server.kind):
            if candidate.purpose is not Purpose.FILTER or (read.until_enough and not candidate.equal):
                continue
            share, known = _share(read, candidate, evidence.server.kind)
            rows = read.usage.table.rows or read.rows
            now = read.rows if read.node.operation in _SCANS else read.total  # a lookup's table could be read first
            if share * rows <= WORTH * now and (known or not read.blind or _like_a_key(read.usage)):
                yield Want(read, candidate, share, known)
                break


def _like_a_key(usage: Usage) -> bool:
    """Whether one value is asked for of a column that may well have very many: a number that is no small one."""
    return any(equal.values == 1 and equal.column.base_type in _NUMBERS for equal in usage.equal)


def joined(evidence: Evidence) -> Iterator[Want]:
    """Reads of a joined table, for each row or beside few rows, that an index on the join's columns would spare."""
    asked = usages(evidence)
    for read in _heavy(evidence):
        for candidate in of_usage(read.usage, evidence.server.kind):
            if candidate.purpose is not Purpose.JOIN or read.node.operation not in _SCANS or _leads(candidate):
                continue
            beside, told = (1.0, True) if read.again else _beside(read, candidate, asked)
            known = told and all(distinct(candidate.table, c) > 0 for c in candidate.columns[: candidate.equal])
            share = candidate.share if candidate.share is not None and known else candidate.guess
            rows = read.usage.table.rows or read.rows
            if share * rows * beside <= WORTH * read.rows:
                yield Want(read, candidate, share, known)
                break


def _beside(read: Read, candidate: Candidate, asked: list[Usage]) -> tuple[float, bool]:
    """(rows of the other side of the join that would look up this one, whether statistics tell them).

    The planner tells it of a hash or merge join. Where this table is read first and leads to the other one, what counts
    is how many rows of that its own conditions leave.
    """
    if read.beside is not None:
        return read.beside, True
    names = {column.name for column in candidate.columns[: candidate.equal]}
    least, told = math.inf, False
    for join in read.usage.joins:
        other = next((u for u in asked if u.alias == join.other and u.block is read.usage.block), None)
        if other is None or not {c.name for c in join.columns} <= names or other.table.rows is None:
            continue
        fixed = [equal.column for equal in other.equal]
        share, guess = shares(other, [*fixed, *(c for c in other.ranges if c.name in other.closed)])
        if guess * other.table.rows < least:
            least, told = guess * other.table.rows, share is not None and not other.ranges and bool(fixed)
    return least, told


def _leads(candidate: Candidate) -> bool:
    """Whether an index of the table leads to few rows by the same columns: not to use it is the planner's choice."""
    table, wanted = candidate.table, candidate.names[: candidate.equal]
    firsts = {i.columns[0] for i in table.indexes if i.kind == "btree" and i.columns}
    known = [distinct(table, column) for column in candidate.columns if column.name in firsts & set(wanted)]
    return any(different * WORTH >= 1 for different in known)


def _heavy(evidence: Evidence) -> Iterator[Read]:
    """Reads that matter: of many rows, and a good part of all that is read."""
    found = reads(evidence)
    everything = sum(read.total for read in found)
    for read in found:
        many = read.rows if read.node.operation in _SCANS else read.total
        if many < FEW_ROWS or (read.usage.table.rows or read.rows) < FEW_ROWS or read.total < PART * everything:
            continue
        kept = None if read.blind else read.kept
        partial = read.node.operation in _PARTIAL and (read.skips_first or kept is None or kept <= WORTH)
        if read.node.operation in _SCANS or partial:
            yield read


def _share(read: Read, candidate: Candidate, kind: str) -> tuple[float, bool]:
    """(the share of the table's rows that the index would read, whether statistics tell it).

    What is kept of a read tells it only where no other condition has a part in that.
    """
    searched = candidate.columns[: candidate.searched]
    if candidate.searched == candidate.equal and all(distinct(candidate.table, column) > 0 for column in searched):
        return candidate.guess, True
    alone = not read.again and not read.usage.others and read.node.operation in _SCANS
    kept = read.kept if alone else None
    if kept is None or kept >= 1.0 or (kind == MYSQL and any(abs(kept - guess) < 1e-4 for guess in _GUESSES)):
        return candidate.guess, False
    return kept * read.rows / max(candidate.table.rows or read.rows, 1.0), True


def _accesses(node: PlanNode, beside: float | None = None) -> Iterator[tuple[PlanNode, float, float | None]]:
    """(access, loops, rows on the other side of the join that it is in)."""
    for child in node.children:
        if child.operation in ACCESS:
            buffered = node.operation is Operation.JOIN_BUFFER
            yield child, node.loops if buffered else child.loops, _other_side(node, child, beside)
        side = _other_side(node, child, beside) if node.operation in _JOINS or beside is not None else None
        yield from _accesses(child, side)
    if node.operation in ACCESS and beside is None and not node.children:
        yield node, node.loops, None


def _other_side(node: PlanNode, child: PlanNode, beside: float | None) -> float | None:
    if node.operation in (Operation.HASH_JOIN, Operation.MERGE_JOIN):
        others = [c.rows for c in node.children if c is not child and c.rows is not None]
        return others[0] if others else None
    return beside if node.operation not in _JOINS else None


def _is_of(node: PlanNode, usage: Usage) -> bool:
    """PostgreSQL calls the second table of an alias ``alias_1``."""
    alias, wanted = node.alias.casefold(), usage.alias.casefold()
    if alias == wanted:
        return True
    return node.table == usage.table.name and re.fullmatch(re.escape(wanted) + r"_\d+", alias) is not None


def _names_any(node: PlanNode, usage: Usage) -> bool:
    text = f"{node.condition} {node.index_condition}".casefold()
    columns = [e.column for e in usage.equal] + list(usage.ranges) + [c for j in usage.joins for c in j.columns]
    return any(column.name.casefold() in text for column in columns)
