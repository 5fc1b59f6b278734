"""Indexes for a whole workload: few that help much, weighed against what they cost when rows are written.

Greedy, as in Chaudhuri and Narasayya, "An Efficient Cost-Driven Index Selection Tool for Microsoft SQL Server" (VLDB
1997): candidates of each statement, chosen one by one by what they gain given those chosen before, and dropped again
when later ones make them useless. A statement's time is taken to go down as its cost does.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from diagnose.evidence.evidence import Evidence
from diagnose.types import CreateIndex

# An index must spare this part of the time that the others leave.
WORTH = 0.01
MOST_INDEXES = 20
# What another index adds to the time of a statement that writes to its table: an estimate, from timing INSERTs of one
# row into tables of one to six indexes.
WRITE_SHARE = 0.1


@dataclass(frozen=True)
class Asked:
    """A digest of the workload: what is known of its worst example, how often it was seen, its time in all."""

    evidence: Evidence
    count: int
    seconds: float

    @property
    def tables(self) -> frozenset[tuple[str, str]]:
        """(schema, name) of those that it names."""
        return frozenset((s.table.schema, s.table.name) for b in self.evidence.blocks for s in b.sources if s.table)

    @property
    def writes_to(self) -> tuple[str, str] | None:
        """The table whose rows it changes."""
        tree = self.evidence.tree
        if not isinstance(tree, exp.Insert | exp.Update | exp.Delete):
            return None
        found = tree.this.find(exp.Table) if isinstance(tree.this, exp.Expr) else None
        table = self.evidence.schema.table(found.name, found.db) if found is not None else None
        return (table.schema, table.name) if table is not None else None

    def pays_for(self, remedy: CreateIndex) -> bool:
        """Whether it must write to the index too."""
        if self.writes_to is None or self.writes_to[1] != remedy.table:
            return False
        tree = self.evidence.tree
        if not isinstance(tree, exp.Update):
            return True
        changed = {column.name.casefold() for each in tree.expressions for column in [each.find(exp.Column)] if column}
        return bool(changed & {name.casefold() for name in remedy.columns})


@dataclass(frozen=True)
class Chosen:
    """An index, the seconds that it spares of the ``of`` that those before it leave, and for how many statements."""

    remedy: CreateIndex
    spares: float
    of: float
    helps: int
    costs: float  # seconds of writes


# Of statement number i with these indexes: the share of its time that is left, 0 to 1.
Price = Callable[[int, Sequence[CreateIndex]], Awaitable[float]]


@dataclass
class Choice:
    """Chooses for ``asked`` with ``price``, and remembers what was asked of it."""

    asked: Sequence[Asked]
    price: Price
    worth: float = WORTH
    _known: dict[tuple[int, frozenset[CreateIndex]], float] = field(default_factory=dict)

    async def choose(self, candidates: Iterable[CreateIndex]) -> list[Chosen]:
        """The best first. Raises what ``price`` raises."""
        left = list(dict.fromkeys(candidates))
        chosen: list[Chosen] = []
        gains = {remedy: await self._gain(remedy, []) for remedy in left}
        while left and len(chosen) < MOST_INDEXES:
            left.sort(key=lambda remedy: -gains[remedy].spares)
            best = left[0]
            now = await self._gain(best, [each.remedy for each in chosen])
            gains[best] = now
            if len(left) > 1 and now.spares < gains[left[1]].spares:
                continue  # the others' gains may only have been higher before
            left.pop(0)
            if self._is_worth(now):
                chosen.append(now)
        return await self._pruned(chosen)

    def _is_worth(self, gain: Chosen) -> bool:
        return gain.spares - gain.costs > self.worth * gain.of

    async def _pruned(self, chosen: list[Chosen]) -> list[Chosen]:
        """Without those that later ones made useless."""
        for each in list(chosen):
            others = [other.remedy for other in chosen if other is not each]
            gain = await self._gain(each.remedy, others)
            if not self._is_worth(gain):
                chosen.remove(each)
        return chosen

    async def _gain(self, remedy: CreateIndex, others: list[CreateIndex]) -> Chosen:
        spared, left, helped = 0.0, 0.0, 0
        for at, asked in enumerate(self.asked):
            before = await self._share(at, others)
            after = await self._share(at, [*others, remedy])
            spared += asked.seconds * (before - after)
            left += asked.seconds * before
            helped += after < 0.9 * before
        costs = sum(WRITE_SHARE * asked.seconds for asked in self.asked if asked.pays_for(remedy))
        return Chosen(remedy, spared, left, helped, costs)

    async def _share(self, at: int, indexes: list[CreateIndex]) -> float:
        tables = {name for _, name in self.asked[at].tables}
        mine = [index for index in indexes if index.table in tables]
        key = (at, frozenset(mine))
        if key not in self._known:
            self._known[key] = await self.price(at, indexes) if mine else 1.0
        return self._known[key]
