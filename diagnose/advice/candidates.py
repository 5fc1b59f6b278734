"""Indexes that a statement could use and that its tables do not have."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from math import prod

from diagnose.advice.usage import Usage, usages
from diagnose.advice.width import longest, prefixes
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import Column, Index, Table
from diagnose.types import CreateIndex

MOST_COLUMNS = 4
MOST_COVERED = 6
WIDEST_COVERED = 40  # bytes or characters of a column that is only kept to be read
_RANGE_GUESS = 1 / 3  # of an open range, where nothing is known
_CLOSED_GUESS = 1 / 20  # of one with both ends


class Purpose(Enum):
    """What the index is for."""

    FILTER = "filter"
    JOIN = "join"
    GROUP = "group"
    ORDER = "order"
    COVER = "cover"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An index for one use of a table. ``equal``: how many of the first columns are compared for equality;
    ``searched``: those, and the one behind them whose range limits what is read too.

    ``share``: of the table's rows that a search reads (0 to 1), None where no statistics tell; ``guess`` has a usual
    share in its place. ``extends``: an index whose columns are the first ones of this one, which it would replace.
    """

    usage: Usage
    purpose: Purpose
    columns: tuple[Column, ...]
    equal: int
    searched: int
    descending: tuple[bool, ...] = ()
    share: float | None = None
    guess: float = 1.0
    extends: Index | None = None
    prefixes: tuple[int | None, ...] = ()

    @property
    def table(self) -> Table:
        return self.usage.table

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def remedy(self) -> CreateIndex:
        return CreateIndex(
            self.table.name,
            self.names,
            descending=self.descending,
            prefixes=self.prefixes,
            schema=self.table.schema,
        )


def candidates(evidence: Evidence) -> list[Candidate]:
    """Of every table of a statement, those of most use first; none that an index of the table serves already."""
    found: dict[tuple[object, ...], Candidate] = {}
    for usage in usages(evidence):
        for candidate in of_usage(usage, evidence.server.kind):
            key = (candidate.table.schema, candidate.table.name, candidate.names, candidate.descending, usage.alias)
            found.setdefault(key, candidate)
    return list(found.values())


def of_usage(usage: Usage, kind: str) -> Iterator[Candidate]:
    """Of one use of a table; those that read least come first. ``kind``: of the server."""
    for candidate in _of_usage(usage):
        if any(served(index, candidate) for index in usage.table.indexes):
            continue
        lengths = prefixes(candidate.columns, kind)
        if lengths is None or any(lengths[candidate.searched :]):
            continue  # a part of a value is in no order and tells no value
        yield replace(candidate, prefixes=lengths, extends=_extended(candidate))


def _of_usage(usage: Usage) -> Iterator[Candidate]:
    fixed = [equal.column for equal in usage.equal]
    for join in usage.joins:
        yield from _search(usage, Purpose.JOIN, [*join.columns, *fixed], usage.ranges)
        yield from _search(usage, Purpose.JOIN, join.columns, ())
    if fixed or usage.ranges:
        yield from _search(usage, Purpose.FILTER, fixed, usage.ranges)
    if usage.order:
        yield from _sorted(usage, Purpose.ORDER, fixed, usage.order)
    if usage.group:
        yield from _sorted(usage, Purpose.GROUP, fixed, [(column, False) for column in usage.group])


def covering(candidate: Candidate, kind: str) -> Candidate | None:
    """The candidate with every other column of the table that the block reads; None when they are too many or wide."""
    usage = candidate.usage
    if usage.star:
        return None
    more = [c for c in usage.used if c not in candidate.columns and c.name not in _clustered(usage.table)]
    columns = (*candidate.columns, *more)
    if (
        not more
        or len(columns) > MOST_COVERED
        or any(longest(c) > WIDEST_COVERED for c in more)
        or prefixes(columns, kind) != ()
    ):
        return None
    return replace(candidate, purpose=Purpose.COVER, columns=columns, descending=())


def of_index(usage: Usage, index: Index) -> Candidate | None:
    """An index that the table has as if it were a candidate; None where it is of another kind."""
    columns = tuple(c for name in index.columns if (c := usage.table.column(name)) is not None)
    if not _usable(index) or len(columns) != len(index.columns):
        return None
    return Candidate(
        usage, Purpose.FILTER, columns, len(columns), len(columns), extends=None if index.primary else index
    )


def _search(usage: Usage, purpose: Purpose, fixed: Sequence[Column], ranges: Sequence[Column]) -> Iterator[Candidate]:
    """Equalities, the most selective first, then one range or else the order that a LIMIT waits for."""
    equal = _by_values(usage.table, fixed)[:MOST_COLUMNS]
    if held_by_key(usage.table, equal):
        return
    columns, searched = equal, len(equal)
    descending: tuple[bool, ...] = ()
    if ranges and len(equal) < MOST_COLUMNS:
        closest = min(ranges, key=lambda c: (c.name not in usage.closed, -distinct(usage.table, c)))
        columns, searched = [*equal, closest], searched + 1
    elif usage.limited and usage.order and purpose is Purpose.FILTER:
        for candidate in _sorted(usage, purpose, fixed, usage.order):
            columns, descending = list(candidate.columns), candidate.descending
    yield Candidate(
        usage, purpose, tuple(columns), len(equal), searched, descending, *shares(usage, columns[:searched])
    )


def _sorted(
    usage: Usage, purpose: Purpose, fixed: Sequence[Column], order: Sequence[tuple[Column, bool]]
) -> Iterator[Candidate]:
    """Equalities, then the columns of ORDER BY or GROUP BY. One direction throughout needs no descending column."""
    equal = _by_values(usage.table, fixed)
    rest = [(column, desc) for column, desc in order if column not in equal]
    if not rest or len(equal) + len(rest) > MOST_COLUMNS:
        return
    mixed = len({desc for _, desc in rest}) > 1
    descending = (*[False] * len(equal), *(desc for _, desc in rest)) if mixed else ()
    columns = (*equal, *(c for c, _ in rest))
    yield Candidate(usage, purpose, columns, len(equal), len(equal), descending, *shares(usage, equal))


def served(index: Index, candidate: Candidate) -> bool:
    """Whether an index does what the candidate would: the columns of equalities in any order, then the others."""
    if not _usable(index):
        return False
    names, equal = candidate.names, candidate.equal
    key = (*index.columns, *(n for n in _clustered(candidate.table) if n not in index.columns))
    directions = [*index.descending, *[False] * len(key)][equal : len(names)]
    wanted = [*candidate.descending, *[False] * len(names)][equal : len(names)]
    return (
        len(names) <= len(key)
        and set(key[:equal]) == set(names[:equal])
        and key[equal : len(names)] == names[equal:]
        and len({a == b for a, b in zip(directions, wanted, strict=True)}) <= 1  # read backwards it is the other way
    )


def _extended(candidate: Candidate) -> Index | None:
    """The index of the table that the candidate begins with."""
    return next(
        (
            i
            for i in candidate.table.indexes
            if _usable(i) and not i.unique and candidate.names[: len(i.columns)] == i.columns
        ),
        None,
    )


def _by_values(table: Table, columns: Sequence[Column]) -> list[Column]:
    return sorted({c.name: c for c in columns}.values(), key=lambda c: -distinct(table, c))


def _usable(index: Index) -> bool:
    return index.kind == "btree" and not index.predicate and not any(index.prefixes)


def _clustered(table: Table) -> tuple[str, ...]:
    """The columns that every index of the table holds at its end: InnoDB's primary key."""
    primary = table.primary
    return primary.columns if primary is not None and table.engine.casefold() == "innodb" else ()


def held_by_key(table: Table, equal: Sequence[Column]) -> bool:
    """Whether the equalities name one row at most, by a unique index on some of them."""
    names = {column.name for column in equal}
    return any(i.unique and i.columns and set(i.columns) <= names and not i.predicate for i in table.indexes)


def distinct(table: Table, column: Column) -> float:
    """How many different values a column has; 0 when unknown."""
    if column.distinct is not None:
        return column.distinct
    known = [
        i.cardinality[0]
        for i in table.indexes
        if i.columns[:1] == (column.name,) and i.cardinality[:1] not in ((), (None,))
    ]
    return next((k for k in known if k is not None), 0.0)


def shares(usage: Usage, searched: Sequence[Column]) -> tuple[float | None, float]:
    """(the share of rows that a search reads or None, the same with usual shares for what is unknown)."""
    values = {equal.column.name: equal.values for equal in usage.equal}
    known: list[float] = []
    guessed: list[float] = []
    for column in searched:
        different = distinct(usage.table, column)
        if column in usage.ranges and column.name not in values:
            guessed.append(_CLOSED_GUESS if column.name in usage.closed else _RANGE_GUESS)
        elif different > 0:
            known.append(min(values.get(column.name, 1) / different, 1.0))
        else:
            guessed.append(_usual(column))
    rows = max(usage.table.rows or 1.0, 1.0)
    share = max(prod(known), 1 / rows)
    return (share if known or not searched else None), max(share * prod(guessed), 1 / rows)


def _usual(column: Column) -> float:
    """Of one value of a column of which nothing is known but its type."""
    if column.base_type in ("enum", "set", "bit", "tinyint") or column.type.lower() in ("char(1)", "varchar(1)"):
        return 0.25
    return 0.01
