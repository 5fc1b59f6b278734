"""What a block asks of each of its tables: the columns that an index could search, join, group and sort by."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

from sqlglot import exp

from diagnose.evidence.blocks import BLOCKS, Block, Reference, Source, conjuncts
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import Column, Table

_ABOVE, _BELOW, _SAME = (exp.GT, exp.GTE), (exp.LT, exp.LTE), (exp.EQ, exp.NullSafeEQ)
_CHANGING = (exp.Rand, exp.Uuid)
_KEPT = "usages"


@dataclass(frozen=True, slots=True)
class Equal:
    """``column`` has one of ``values`` values that are known before the table is read."""

    column: Column
    values: int = 1


@dataclass(frozen=True, slots=True)
class Join:
    """The table's columns that equal columns of one other source; ``other`` is its alias, empty for a query in IN."""

    other: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """One base table of one block.

    ``ranges``: columns with a bound; ``closed``: the names of those with both. ``order`` holds (column, descending)
    where ORDER BY names this table's columns only, ``group`` likewise. ``used`` are all of its columns that the block
    reads; ``star``: it reads every column, or changes rows. ``others``: it has conditions that no index can search by.
    """

    block: Block
    source: Source
    table: Table
    equal: tuple[Equal, ...] = ()
    ranges: tuple[Column, ...] = ()
    closed: frozenset[str] = frozenset()
    joins: tuple[Join, ...] = ()
    group: tuple[Column, ...] = ()
    order: tuple[tuple[Column, bool], ...] = ()
    limited: bool = False
    used: tuple[Column, ...] = ()
    star: bool = False
    others: bool = False

    @property
    def alias(self) -> str:
        return self.source.alias


def usages(evidence: Evidence) -> list[Usage]:
    """Of every base table in every block; empty when nothing is known of the tables.

    Several rules ask, and many tables of many conditions take seconds: it is read once, as ``Evidence.blocks`` is.
    """
    kept: tuple[Usage, ...] | None = evidence.__dict__.get(_KEPT)
    if kept is None:
        kept = evidence.__dict__[_KEPT] = tuple(_usages(evidence))
    return list(kept)


def _usages(evidence: Evidence) -> list[Usage]:
    outer = {id(block.node): _named_outside(block) for block in evidence.blocks}
    return [
        _Reader(block, source, source.table, outer).usage()
        for block in evidence.blocks
        for source in block.sources
        if source.table is not None and not source.table.view and not source.table.temporary
    ]


def _named_outside(block: Block) -> frozenset[int]:
    """The ids of the sources of outer blocks that a block names."""
    return frozenset(id(r.source) for c in block.columns if (r := block.resolve(c)) is not None and r.outer)


class _Reader:
    """Collects what the conjuncts of a block say of one source."""

    def __init__(self, block: Block, source: Source, table: Table, outer: Mapping[int, frozenset[int]]) -> None:
        self.block, self.source, self.table, self.outer = block, source, table, outer
        self.equal: dict[str, Equal] = {}
        self.lower: dict[str, Column] = {}
        self.upper: dict[str, Column] = {}
        self.joins: dict[str, dict[str, Column]] = {}
        self.others = False

    def usage(self) -> Usage:
        for conjunct in _limiting(self.block, self.source):
            known = self._known_so_far()
            self.read(conjunct)
            if known == self._known_so_far():
                self.others |= any(r.source is self.source for r in self.block.references(conjunct))
        order = self.block.node.args.get("order")
        group = self.block.node.args.get("group")
        ordered = order.expressions if order is not None else []
        sorted_by = self._all_mine(item.this for item in ordered)
        return Usage(
            self.block,
            self.source,
            self.table,
            equal=tuple(self.equal.values()),
            ranges=tuple(c for name, c in {**self.lower, **self.upper}.items() if name not in self.equal),
            closed=frozenset(self.lower) & frozenset(self.upper),
            joins=tuple(Join(other, tuple(columns.values())) for other, columns in self.joins.items()),
            group=self._all_mine(group.expressions if group is not None else ()),
            order=tuple((c, bool(item.args.get("desc"))) for c, item in zip(sorted_by, ordered, strict=False)),
            limited=self.block.node.args.get("limit") is not None,
            used=tuple(self._used()),
            star=self._reads_all(),
            others=self.others,
        )

    def _known_so_far(self) -> int:
        joined = sum(len(columns) for columns in self.joins.values())
        return len(self.equal) + len(self.lower) + len(self.upper) + joined

    def read(self, node: exp.Expr) -> None:
        if isinstance(node, (*_SAME, *_ABOVE, *_BELOW)):
            left, right = node.this.unnest(), node.expression.unnest()
            self._compared(node, left, right, above=isinstance(node, _ABOVE))
            self._compared(node, right, left, above=isinstance(node, _BELOW))
            return
        if isinstance(node, exp.Or):
            self._alternatives([_values(side) for side in node.flatten()])
            return
        column = self._mine(node.this.unnest()) if isinstance(node, (exp.Between, exp.In, exp.Like, exp.Is)) else None
        if column is None:
            return
        if isinstance(node, exp.Between):
            if self._known(node.args["low"], column) and self._known(node.args["high"], column):
                self.lower[column.name] = self.upper[column.name] = column
        elif isinstance(node, exp.In):
            self._listed(node, column)
        elif isinstance(node, exp.Is):
            if isinstance(node.expression, exp.Null):
                self.equal.setdefault(column.name, Equal(column))
        elif column.is_text and _begins(node.expression) and not node.args.get("negate"):
            self.lower[column.name] = self.upper[column.name] = column

    def _compared(self, node: exp.Expr, mine: exp.Expr, other: exp.Expr, *, above: bool) -> None:
        column = self._mine(mine)
        if column is None:
            return
        partner = self._partner(other, column) if isinstance(node, _SAME) else None
        if partner is not None:
            self.joins.setdefault(partner, {})[column.name] = column
        elif not self._known(other, column):
            return
        elif isinstance(node, _SAME):
            self.equal[column.name] = Equal(column)
        else:
            (self.lower if above else self.upper)[column.name] = column

    def _alternatives(self, sides: list[tuple[exp.Expr | None, list[exp.Expr]]]) -> None:
        """``a = 1 OR a IN (2, 3)`` searches as one list does."""
        columns = {self._mine(node) if node is not None else None for node, _ in sides}
        column = columns.pop()
        values = [value for _, side in sides for value in side]
        if column is not None and not columns and all(self._known(value, column) for value in values):
            self.equal.setdefault(column.name, Equal(column, len(values)))

    def _listed(self, node: exp.In, column: Column) -> None:
        query = node.args.get("query")
        if query is not None:
            if not self._depends(query):
                self.joins.setdefault("", {})[column.name] = column
        elif node.expressions and all(self._known(value, column) for value in node.expressions):
            self.equal.setdefault(column.name, Equal(column, len(node.expressions)))

    def _mine(self, node: exp.Expr) -> Column | None:
        reference = self.block.resolve(node)
        return reference.column if reference is not None and reference.source is self.source else None

    def _partner(self, node: exp.Expr, column: Column) -> str | None:
        """The alias of the other source of this block or an outer one whose column ``node`` is."""
        reference = self.block.resolve(node)
        if reference is not None:
            return reference.source.alias if reference.source is not self.source and _agree(column, reference) else None
        named = self.block.source(node.table) if isinstance(node, exp.Column) and node.table else None
        return named.alias if named is not None and named.table is None else None

    def _known(self, node: exp.Expr, column: Column) -> bool:
        """Whether the value is the same for all rows, and is compared as the column's own type."""
        node = node.unnest()
        if isinstance(node, exp.Null) or node.find(*_CHANGING):
            return False
        if column.is_text and isinstance(node, (exp.Literal, exp.Neg)) and not (node.is_string):
            return False  # the column's values are made numbers, row by row
        if any(self._depends(query) for query in node.find_all(exp.Query)):
            return False
        return not any(c.find_ancestor(*BLOCKS) is self.block.node for c in node.find_all(exp.Column))

    def _depends(self, query: exp.Expr) -> bool:
        """Whether a query inside of the block names one of the block's own sources."""
        own = {id(source) for source in self.block.sources}
        return any(self.outer.get(id(node), frozenset()) & own for node in query.find_all(exp.Select))

    def _all_mine(self, nodes: Iterable[exp.Expr]) -> tuple[Column, ...]:
        """The columns of a list; empty unless all are this source's."""
        found = [self._mine(node) for node in nodes]
        columns = tuple(column for column in found if column is not None)
        return columns if len(columns) == len(found) else ()

    def _used(self) -> Iterator[Column]:
        """Every column of the source that the block names, also in queries inside of it."""
        seen = {}
        for node in self.block.node.find_all(exp.Column):
            inner = node.find_ancestor(*BLOCKS) is not self.block.node
            if inner and (not node.table or node.table.casefold() != self.source.alias.casefold()):
                continue
            column = self._mine(node)
            if column is not None:
                seen[column.name] = column
        yield from seen.values()

    def _reads_all(self) -> bool:
        if not isinstance(self.block.node, exp.Select):
            return True
        for item in self.block.node.expressions:
            if isinstance(item, exp.Star):
                return True
            if isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
                return not item.table or item.table.casefold() == self.source.alias.casefold()
        return False


def _limiting(block: Block, source: Source) -> Iterator[exp.Expr]:
    """The conjuncts that limit which of its rows are needed; an outer join's ON only of the side that may lack."""
    for conjunct in block.where:
        yield from shared(conjunct)
    for joined, on in block.joined:
        may_lack = {"": True, "LEFT": joined is source, "RIGHT": joined is not source}.get(joined.side, False)
        if may_lack:
            yield from (part for conjunct in on for part in shared(conjunct))


def shared(conjunct: exp.Expr) -> Iterator[exp.Expr]:
    """The conjunct itself; of an OR also the conjuncts that all its sides have."""
    if not isinstance(conjunct, exp.Or):
        yield conjunct
        return
    sides = [{part.sql(): part for part in conjuncts(side)} for side in conjunct.flatten()]
    both = reduce(set.intersection, (set(side) for side in sides))
    yield from (part for text, part in sides[0].items() if text in both)
    yield conjunct


def _values(node: exp.Expr) -> tuple[exp.Expr | None, list[exp.Expr]]:
    """(column, values) of ``column = value`` or ``column IN (values)``."""
    node = node.unnest()
    if isinstance(node, exp.EQ) and isinstance(node.this, exp.Column):
        return node.this, [node.expression]
    if isinstance(node, exp.In) and isinstance(node.this, exp.Column) and node.expressions:
        return node.this, list(node.expressions)
    return None, []


def _begins(pattern: exp.Expr) -> bool:
    """Whether a LIKE pattern is a literal that does not begin with a wildcard."""
    return isinstance(pattern, exp.Literal) and pattern.is_string and pattern.name[:1] not in ("", "%", "_")


def _agree(column: Column, partner: Reference) -> bool:
    """Whether an index on the column can be searched with the partner's values."""
    other = partner.column
    if column.is_text and other.is_text:
        return not column.collation or not other.collation or column.collation == other.collation
    return column.is_text == other.is_text
