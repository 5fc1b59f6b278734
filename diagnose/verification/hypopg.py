"""Tries indexes on PostgreSQL without making them: HypoPG's hypothetical ones, which only EXPLAIN sees.

https://hypopg.readthedocs.io/en/rel1_stable/usage.html. They live in the memory of the caller's own session, where the
caller may have some too: only those made here are dropped, whatever ends the trial.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from diagnose.types import CreateIndex
from plugins import Session, UpstreamError

# The database's own name is the gateway's other name of ``public``, unless a schema has it.
_WHERE = (
    "SELECT n.nspname, CASE WHEN NOT EXISTS (SELECT FROM pg_namespace o WHERE o.nspname = current_database()) "
    "THEN current_database() ELSE 'public' END "
    "FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'hypopg'"
)
_DEEPEST = 200  # levels of a plan that are looked at


@dataclass(frozen=True, slots=True)
class Hypothetical:
    """An index that only EXPLAIN sees; ``size_bytes`` as HypoPG estimates it."""

    oid: int
    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What EXPLAIN said: the planner's total cost, and the names of the indexes that the plan uses."""

    total: float
    indexes: frozenset[str]


class Trials:
    """What can be done inside of ``trials``."""

    def __init__(self, session: Session, schema: str, public: str) -> None:
        self._session = session
        self._schema = _name(schema)
        self._public = public  # another name of the schema ``public``
        self._kept: frozenset[int] = frozenset()

    async def begin(self) -> None:
        """Remember the indexes that were there before."""
        self._kept = frozenset(await self._oids())

    async def create(self, remedy: CreateIndex, database: str) -> Hypothetical:
        """Raises ``UpstreamError`` when PostgreSQL would not make it."""
        here, sql = self._schema, _literal(_create(remedy, self._real(remedy.schema or database)))
        found = await self._session.query(
            f"/*raw*/ SELECT c.indexrelid::text, h.indexname, {here}.hypopg_relation_size(c.indexrelid)::text "
            f"FROM {here}.hypopg_create_index({sql}) c LEFT JOIN LATERAL "
            f"(SELECT indexname FROM {here}.hypopg() WHERE indexrelid = c.indexrelid) h ON true"
        )
        oid, name, size = found.rows[0]
        return Hypothetical(int(oid or 0), str(name), int(size or 0))

    async def drop(self, index: Hypothetical) -> None:
        """It is no longer seen."""
        await self._session.query(f"/*raw*/ SELECT {self._schema}.hypopg_drop_index({index.oid})")

    async def cost(self, sql: str) -> Cost:
        """Of a statement in MySQL's SQL, with all indexes that are there now. Raises ``UpstreamError``, ValueError."""
        found = await self._session.query(f"EXPLAIN FORMAT=JSON {sql}")
        return read_cost("\n".join(str(row[0]) for row in found.rows))

    async def end(self) -> None:
        """Drop what was made since ``begin``."""
        made = [oid for oid in await self._oids() if oid not in self._kept]
        if made:
            calls = ", ".join(f"{self._schema}.hypopg_drop_index({oid})" for oid in made)
            await self._session.query(f"/*raw*/ SELECT {calls}")

    def _real(self, schema: str) -> str:
        return "public" if schema == self._public else schema

    async def _oids(self) -> list[int]:
        found = await self._session.query(f"/*raw*/ SELECT indexrelid::text FROM {self._schema}.hypopg()")
        return [int(row[0] or 0) for row in found.rows]


@asynccontextmanager
async def trials(session: Session) -> AsyncIterator[Trials]:
    """Lends hypothetical indexes. Raises ``UpstreamError``; LookupError where the extension is not there."""
    found = await session.query(f"/*raw*/ {_WHERE}")
    if not found.rows:
        raise LookupError("The extension hypopg is not installed in this database")
    trial = Trials(session, *map(str, found.rows[0]))
    await trial.begin()
    try:
        yield trial
    finally:
        # A second cancelling must not leave them; when the session itself is lost, they are gone with it.
        await asyncio.shield(trial.end())


def read_cost(text: str) -> Cost:
    """Of EXPLAIN (FORMAT JSON)'s text. Raises ValueError when it is none."""
    try:
        top = json.loads(text)[0]["Plan"]
        return Cost(float(top["Total Cost"]), frozenset(_indexes(top, 0)))
    except (KeyError, IndexError, TypeError, RecursionError) as broken:
        raise ValueError("PostgreSQL's EXPLAIN has no plan") from broken


def _indexes(node: Mapping[str, Any], depth: int) -> Iterator[str]:
    if "Index Name" in node:
        yield str(node["Index Name"])
    for child in node.get("Plans", ()) if depth < _DEEPEST else ():
        yield from _indexes(child, depth + 1)


def _create(remedy: CreateIndex, schema: str) -> str:
    """PostgreSQL's CREATE INDEX, as the gateway would make it of MySQL's."""
    keys = [
        _name(column) + (" DESC" if remedy.descending and remedy.descending[at] else "")
        for at, column in enumerate(remedy.columns)
    ]
    return f"CREATE INDEX ON {_name(schema)}.{_name(remedy.table)} ({', '.join(keys)})"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    """Of PostgreSQL whatever standard_conforming_strings says: no backslash without E."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Tried:
    """What one index did by itself: the cost before and with it, whether the plan used it, its size; or why not."""

    remedy: CreateIndex
    before: float
    after: float
    used: bool = False
    size_bytes: int = 0
    failed: str = ""

    @property
    def gain(self) -> float:
        """The cost with it over the cost without."""
        return self.after / self.before if self.before > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Chosen:
    """``tried`` in the order asked for; ``best``: the smallest set that helps, and the cost with all of it."""

    before: float
    tried: tuple[Tried, ...]
    best: tuple[CreateIndex, ...]
    after: float


async def choose(session: Session, sql: str, remedies: Sequence[CreateIndex], database: str, helps: "Helps") -> Chosen:
    """Try each index alone, then add the one that lowers the cost most as long as that helps.

    Raises ``UpstreamError`` and LookupError as ``trials`` does, ValueError when EXPLAIN tells no cost.
    """
    async with trials(session) as trial:
        before = (await trial.cost(sql)).total
        tried = [await _alone(trial, sql, remedy, database, before) for remedy in remedies]
        best: list[CreateIndex] = []
        now = before
        left = sorted((t for t in tried if t.used and helps(before, t.after)), key=lambda t: t.after)
        while left:
            costs = [
                (await _added(trial, sql, t.remedy, database) if best else t.after, at) for at, t in enumerate(left)
            ]
            lowest, at = min(costs)
            if not helps(now, lowest):
                break
            added = left.pop(at)
            await trial.create(added.remedy, database)
            best.append(added.remedy)
            now = lowest
        return Chosen(before, tuple(tried), tuple(best), now)


class Helps:
    """Whether a cost is lower by enough: a share of it, and an absolute amount that no plan notices."""

    def __init__(self, share: float = 0.1, floor: float = 10.0) -> None:
        self.share, self.floor = share, floor

    def __call__(self, before: float, after: float) -> bool:
        return before - after >= max(self.share * before, self.floor)


async def _alone(trial: Trials, sql: str, remedy: CreateIndex, database: str, before: float) -> Tried:
    try:
        index = await trial.create(remedy, database)
    except UpstreamError as error:
        return Tried(remedy, before, before, failed=error.message)
    cost = await trial.cost(sql)
    await trial.drop(index)
    return Tried(remedy, before, cost.total, index.name in cost.indexes, index.size_bytes)


async def _added(trial: Trials, sql: str, remedy: CreateIndex, database: str) -> float:
    index = await trial.create(remedy, database)
    cost = await trial.cost(sql)
    await trial.drop(index)
    return cost.total
