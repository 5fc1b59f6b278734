"""What a join costs by the tables' sizes: a small optimizer, for indexes that a server's own cannot be asked about.

A sample is nearly all of a small table and a thousandth of a large one, so that an index by which the small one leads
into the large one looks worthless on it. Here the sizes are the real ones. Join orders are chosen as in Selinger et
al., "Access Path Selection in a Relational Database Management System" (SIGMOD 1979): left-deep, the cheapest way to
every subset; nested loops with a join buffer, as MariaDB joins. Costs are in rows of a scan.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import ceil, inf, prod

from sqlglot import exp

from diagnose.advice.candidates import distinct, shares
from diagnose.advice.usage import Usage, shared, usages
from diagnose.evidence.blocks import Block
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import Column, Table
from diagnose.types import CreateIndex
from diagnose.workload.measuring import Share

LOOKUP = 4.0  # to find the first entry of a key
FETCH = 4.0  # a row that an entry of a secondary index leads to
BUFFERED = 2_500  # rows of a join buffer, for which a table is read once
COMPARED = 0.05  # a pair of rows in a join buffer; MariaDB takes it for COUNTED, as a row that was read
COUNTED = 1.0
MOST_TABLES = 10
UNKNOWN = 10.0  # rows of one value of a column of which nothing is known

Member = tuple[int, str]  # (source by its number, column)
Keys = tuple[tuple[str, int], ...]  # (column, the number of its class)


@dataclass(frozen=True)
class Path:
    """An index: its columns in order, and whether the rows themselves are in it (InnoDB's primary key)."""

    columns: tuple[str, ...]
    clustered: bool = False


@dataclass
class Joined:
    """The base tables of one block. ``measured``: the shares of their rows.

    ``classes``: columns that equal each other; number -1 is an outer block's.
    """

    block: Block
    uses: Sequence[Usage]
    measured: Sequence[Share | None]
    classes: list[set[Member]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for one, other in _equalities(self.block, self.uses):
            met = [each for each in self.classes if one in each or other in each]
            self.classes = [each for each in self.classes if each not in met] + [{one, other}.union(*met)]
        self._different = cache(self._count_different)
        self._bound = cache(self._find_bound)
        self._part = cache(self._share_of)
        self._found = cache(self._find)
        self.rows = [max(use.table.rows or 1.0, 1.0) for use in self.uses]
        self.share = [self._together(at) for at in range(len(self.uses))]

    def cheapest(self, paths: Sequence[Sequence[Path]]) -> tuple[float, float]:
        """(the cost, the rows of the result). ``paths``: of each source.

        The order is the one that looks best to the server, which without an index knows nothing of a column's values;
        its cost is counted with the shares that are believed here.
        """
        seen = [self._seen(at, paths[at]) for at in range(len(self.uses))]
        best: dict[int, tuple[float, float, float, float]] = {0: (0.0, 1.0, 0.0, 1.0)}
        for done in range(1 << len(self.uses)):
            if done not in best:
                continue
            looks, looks_rows, cost, rows = best[done]
            for at in self._next(done):
                step, path = self._step(done, at, looks_rows, paths[at])
                then = done | 1 << at
                if then not in best or best[then][0] > looks + step:
                    fanout = self._fanout(done, at)
                    cost_then = cost + self._reading(done, at, rows, path)
                    best[then] = (
                        looks + step, max(looks_rows * fanout * seen[at], 1.0),
                        cost_then, max(rows * fanout * self.share[at], 1.0),
                    )  # fmt: skip
        _, _, cost, rows = best[(1 << len(self.uses)) - 1]
        return cost, rows

    def _seen(self, at: int, paths: Sequence[Path]) -> float:
        """The share of a source's rows that the server knows its conditions to leave: by its indexes."""
        return min((self._constant(at, path)[1] for path in paths), default=1.0)

    def _constant(self, at: int, path: Path) -> tuple[int, float]:
        """(how many columns of an index are compared with constants, the share of the rows that they leave)."""
        use, part = self.uses[at], 1.0
        fixed = {equal.column.name for equal in use.equal}
        for number, name in enumerate(path.columns):
            column = use.table.column(name)
            if column is None or (name not in fixed and column not in use.ranges):
                return number, part
            part *= self._part(at, column)
            if name not in fixed:
                return number + 1, part
        return len(path.columns), part

    def _next(self, done: int) -> Iterator[int]:
        """What may be read next: behind an outer join all before it; what is joined before a product."""
        free = [
            at for at, use in enumerate(self.uses)
            if not done >> at & 1 and (not use.source.side or done & (1 << at) - 1 == (1 << at) - 1)
        ]  # fmt: skip
        joined = [at for at in free if self._bound(done, at)] if done else []
        yield from joined or free

    def _find_bound(self, done: int, at: int) -> Keys:
        """The columns of a source that are known from those before it, and the number of their class."""
        return tuple(
            (column, number)
            for number, members in enumerate(self.classes)
            for source, column in sorted(members)
            if source == at and any(other == -1 or (other != at and done >> other & 1) for other, _ in members)
        )

    def _together(self, at: int) -> float:
        """The share of a source's rows that its own conditions leave."""
        use, known = self.uses[at], self.measured[at]
        return known.together if known is not None else shares(use, [e.column for e in use.equal] + list(use.ranges))[1]

    def _share_of(self, at: int, column: Column) -> float:
        """Of a source's rows, by one column's constants."""
        known = self.measured[at]
        if known is not None and column.name in known.columns:
            return known.columns[column.name]
        return shares(self.uses[at], [column])[1]

    def _step(self, done: int, at: int, rows: float, paths: Sequence[Path]) -> tuple[float, Path | None]:
        """The cheapest way to read a source behind ``rows`` rows, and what it costs; None: to read it whole."""
        ways = [(self._reading(done, at, rows, path, COUNTED), path) for path in (None, *paths)]
        return min(ways, key=lambda way: way[0])

    def _reading(self, done: int, at: int, rows: float, path: Path | None, pair: float = COMPARED) -> float:
        """What it costs; an index that cannot be searched is never cheapest."""
        size = self.rows[at]
        if path is None:
            return size if not done else size * ceil(rows / BUFFERED) + pair * size * rows
        found = self._found(at, path, self._bound(done, at))
        return inf if found is None else rows * (LOOKUP + found * (1.0 if path.clustered else FETCH))

    def _fanout(self, done: int, at: int) -> float:
        """A source's rows for each row before it, by what joins them."""
        return self.rows[at] / self._values(at, self._bound(done, at))

    def _find(self, at: int, path: Path, bound: Keys) -> float | None:
        """The rows that one search reads; None where nothing of the index can be searched."""
        use = self.uses[at]
        fixed = {equal.column.name for equal in use.equal}
        known, keys = dict(bound), list[tuple[str, int]]()
        part = 1.0
        for name in path.columns:
            column = use.table.column(name)
            if name in known:
                keys.append((name, known[name]))
            elif column is not None and name in fixed:
                part *= self._part(at, column)
            elif column is not None and column in use.ranges:
                part *= self._part(at, column)
                break
            else:
                break
        if not keys and part == 1.0:
            return None
        return max(self.rows[at] * part / self._values(at, tuple(keys)), part)

    def _values(self, at: int, keys: Keys) -> float:
        """How many different values the columns have together, at most one for each row."""
        if not keys:
            return 1.0
        names = {name for name, _ in keys}
        if any(i.unique and set(i.columns) <= names for i in self.uses[at].table.indexes):
            return self.rows[at]
        return min(self._different(frozenset(number for _, number in keys)), self.rows[at])

    def _count_different(self, numbers: frozenset[int]) -> float:
        """Of the classes together: a table whose key they are tells it, else they are taken to be independent."""
        known = prod(self._of_class(self.classes[number]) for number in numbers)
        for at, use in enumerate(self.uses):
            names = {column for number in numbers for source, column in self.classes[number] if source == at}
            if len(names) == len(numbers) and any(i.unique and set(i.columns) == names for i in use.table.indexes):
                known = min(known, self.rows[at])
        return max(known, 1.0)

    def _of_class(self, members: set[Member]) -> float:
        known = [different for at, name in members if at >= 0 and (different := _different(self.uses[at].table, name))]
        return min(known, default=max(1.0, min(self.rows[at] for at, _ in members if at >= 0) / UNKNOWN))


class Model:
    """Prices a statement's joins with indexes that are not there. ``measured``: as ``measure`` gives it."""

    def __init__(self, evidence: Evidence, measured: Sequence[Share | None] = ()) -> None:
        all_uses = usages(evidence)
        by_block: dict[int, list[tuple[Usage, Share | None]]] = {}
        for use, share in zip(all_uses, measured or [None] * len(all_uses), strict=True):
            by_block.setdefault(id(use.block), []).append((use, share))
        found = [
            Joined(block, *map(list, zip(*by_block[id(block)], strict=True)))
            for block in evidence.blocks if id(block) in by_block
        ]  # fmt: skip
        self._blocks = [each for each in found if len(each.uses) <= MOST_TABLES]

    def cost(self, indexes: Sequence[CreateIndex]) -> float:
        """In rows of a scan."""
        results: dict[int, float] = {}
        total = 0.0
        for joined in self._blocks:  # outer first
            cost, rows = joined.cheapest([list(_paths(use.table, indexes)) for use in joined.uses])
            results[id(joined.block)] = rows
            outer = any(source == -1 for members in joined.classes for source, _ in members)
            total += cost * (results.get(id(joined.block.parent), 1.0) if outer else 1.0)
        return total


def _paths(table: Table, indexes: Sequence[CreateIndex]) -> Iterator[Path]:
    clustered = table.engine.casefold() == "innodb"
    for index in table.indexes:
        if index.kind == "btree" and not index.predicate:
            yield Path(index.columns, index.primary and clustered)
    for wanted in indexes:
        if wanted.table == table.name and wanted.schema in ("", table.schema):
            yield Path(wanted.columns)


def _equalities(block: Block, uses: Sequence[Usage]) -> Iterator[tuple[Member, Member]]:
    """Columns that a condition says are equal; one of them is of this block."""
    numbers = {id(use.source): at for at, use in enumerate(uses)}
    conditions = [*block.where, *(condition for _, on in block.joined for condition in on)]
    for condition in (part for each in conditions for part in shared(each)):
        if not isinstance(condition, exp.EQ):
            continue
        left, right = block.resolve(condition.this.unnest()), block.resolve(condition.expression.unnest())
        if left is None or right is None or left.source is right.source:
            continue
        one, other = ((numbers.get(id(r.source), -1), r.column.name) for r in (left, right))
        if one[0] >= 0 or other[0] >= 0:
            yield one, other


def _different(table: Table, name: str) -> float:
    if any(index.unique and index.columns == (name,) for index in table.indexes):
        return max(table.rows or 1.0, 1.0)
    column = table.column(name)
    return distinct(table, column) if column is not None else 0.0
