"""Tries indexes and rewrites on MySQL and MariaDB: on samples in temporary tables of the caller's own session.

Rows that the storage engine read are those of the Handler_read counters:
https://mariadb.com/kb/en/server-status-variables/#handler_read_first
"""

import asyncio
import time
from collections.abc import Collection, Sequence
from operator import attrgetter

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from diagnose.evidence import guards, mariadb, mysql
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import MYSQL
from diagnose.evidence.facts_rows import rows_of
from diagnose.evidence.planned import NothingToPlan, planned_query
from diagnose.evidence.safety import Unsafe, explainable
from diagnose.types import CreateIndex, Rewrite, Trial
from diagnose.verification.judging import (
    MAX_ROWS,
    Measured,
    Sampled,
    judge_index,
    judge_rewrite,
    rests_on_time,
    untried,
)
from diagnose.verification.replacing import Unsampled, over_samples
from diagnose.verification.sampling import Samples, take
from diagnose.wording import amount
from plugins import AskwireError, ResultSet, Scratch, Session, UpstreamError

AGAIN_S = 0.25  # a run shorter than that is measured again: the shortest counts
STEPS = 4  # statements that may take their whole time before the time for all is over
TIMEOUTS = frozenset({1969, 3024})  # MariaDB's, MySQL's
_HANDLERS = "SHOW SESSION STATUS LIKE 'Handler\\_read\\_%'"


async def try_remedies(
    session: Session,
    evidence: Evidence,
    remedies: Sequence[CreateIndex | Rewrite],
    *,
    rows: int,
    seconds: float,
    given: Sequence[CreateIndex] = (),
) -> dict[CreateIndex | Rewrite, Trial]:
    """A trial of each: verified, refuted, or why it could not be tried. Never raises for what it tries.

    ``given``: indexes that are there already, as far as the statement's tables have their columns.
    """
    deadline = time.monotonic() + seconds
    try:
        query = planned_query(evidence.tree).query
        async with session.scratch(seconds / STEPS) as scratch:
            indexed = [r.table for r in remedies if isinstance(r, CreateIndex)]
            single = evidence.server.kind == MYSQL
            samples = await take(scratch, query, evidence.schema, rows, indexed, single=single)
            bench = _Bench(session, scratch, evidence, samples)
            for index in given:
                await bench.make(index)
            return await bench.all(query, remedies, deadline)
    except (UpstreamError, AskwireError, Unsampled, Unsafe, NothingToPlan) as error:
        return {remedy: untried(_reason(error)) for remedy in remedies}


class _Bench:
    """Runs statements over the samples."""

    def __init__(self, session: Session, scratch: Scratch, evidence: Evidence, samples: Samples) -> None:
        self._session, self._scratch = session, scratch
        self._evidence, self._samples = evidence, samples

    async def all(
        self, query: exp.Query, remedies: Sequence[CreateIndex | Rewrite], deadline: float
    ) -> dict[CreateIndex | Rewrite, Trial]:
        before = await self.run(query)
        done: dict[CreateIndex | Rewrite, Trial] = {}
        for remedy in remedies:
            if time.monotonic() > deadline:
                done[remedy] = untried("the time for trying things was over")
                continue
            try:
                if isinstance(remedy, CreateIndex):
                    done[remedy] = await self._index(query, remedy, before)
                else:
                    done[remedy] = await self._rewrite(query, remedy, before)
            except (UpstreamError, Unsampled, Unsafe, SqlglotError, NothingToPlan, ValueError) as error:
                done[remedy] = untried(_reason(error))
        return done

    async def run(self, query: exp.Query) -> Measured:
        """Raises ``UpstreamError``, ``Unsampled`` and ``Unsafe``."""
        text = await asyncio.to_thread(self._written, query)
        best = await self._once(text)
        for _ in range(2):
            if best.result is not None and best.seconds < AGAIN_S:
                best = min(best, await self._once(text), key=attrgetter("seconds"))
        return best

    def _written(self, query: exp.Query) -> str:
        """Over the samples. In a thread, for a long statement takes long."""
        self._samples.start()
        return explainable(over_samples(query, self._evidence.schema, self._samples.name))[0]

    async def _once(self, text: str) -> Measured:
        idle = await self._counted()
        start = await self._counted()
        overhead = start - idle  # what asking for the counters reads itself
        began = time.perf_counter()
        try:
            result: ResultSet | None = await self._scratch.query(text, max_rows=MAX_ROWS)
        except UpstreamError as error:
            if error.number not in TIMEOUTS:
                raise
            result = None
        seconds = time.perf_counter() - began
        return Measured(max(await self._counted() - start - overhead, 0), seconds, result)

    async def _counted(self) -> int:
        found = await self._scratch.query(_HANDLERS)
        return sum(int(str(value or 0)) for name, value in found.rows if not str(name).endswith("deleted"))

    async def make(self, remedy: CreateIndex) -> list[tuple[str, str]]:
        """(table, index) of each sample that has it now; none where the statement has no such table."""
        table = self._evidence.schema.table(remedy.table, remedy.schema)
        lengths = {c: n for c, n in zip(remedy.columns, remedy.prefixes, strict=False) if n}
        down = [c for c, desc in zip(remedy.columns, remedy.descending, strict=False) if desc]
        made = []
        for name in self._samples.tables.get((table.schema, table.name), ()) if table is not None else ():
            index = await self._scratch.add_index(name, remedy.columns, prefixes=lengths, descending=down)
            made.append((name, index))
            await self._scratch.analyze(name)
        return made

    async def _index(self, query: exp.Query, remedy: CreateIndex, before: Measured) -> Trial:
        made = await self.make(remedy)
        try:
            after = await self.run(query)
            sampled = await self._sampled(query, remedy, {index for _, index in made})
            unsure = before.seconds < AGAIN_S and rests_on_time(before, after, sampled)
            if unsure:  # the machine may have been busy with something else for a moment
                after = min(after, await self.run(query), key=attrgetter("seconds"))
        finally:
            for name, index in made:
                await self._scratch.drop_index(name, index)
        if unsure:
            before = min(before, await self.run(query), key=attrgetter("seconds"))
        return judge_index(before, after, self._on(), sampled)

    async def _sampled(self, query: exp.Query, remedy: CreateIndex, made: Collection[str]) -> Sampled:
        """The remedy's table, and what the plan reads by one of the indexes ``made``."""
        table = self._evidence.schema.table(remedy.table, remedy.schema)
        names = self._samples.tables.get((table.schema, table.name), []) if table is not None else []
        if table is None or not names:
            return Sampled(0)
        text = await asyncio.to_thread(self._written, query)
        found = await self._scratch.query(f"EXPLAIN FORMAT=JSON {text}")
        read = mysql.read_plan if self._evidence.server.kind == MYSQL else mariadb.read_plan
        used = [node for node in read("\n".join(row[0] for row in rows_of(found))).accesses() if node.index in made]
        rows, size = self._samples.rows[names[0]], table.data_bytes or 0
        room = int(self._evidence.server.settings.get("innodb_buffer_pool_size", size))
        return Sampled(
            rows,
            rows / table.rows if table.rows else 1.0,
            unbuffered=size if table.engine.casefold() == "innodb" and room < size else 0,
            fetched=sum(node.total_read for node in used if not node.covering),
            covered=any(node.covering for node in used),
        )

    async def _rewrite(self, query: exp.Query, remedy: Rewrite, before: Measured) -> Trial:
        written = planned_query(sqlglot.parse_one(remedy.sql, dialect="mysql")).query
        _, calls = explainable(written)
        await guards.check(self._session, self._evidence.server, self._evidence.schema, written, calls)
        after = await self.run(written)
        return judge_rewrite(query, before, after, self._on())

    def _on(self) -> str:
        names = {name: key[1] for key, tables in self._samples.tables.items() for name in tables[:1]}
        largest = sorted(names, key=lambda name: -self._samples.rows[name])[:3]
        rows = ", ".join(f"{names[name]}: {amount(self._samples.rows[name])}" for name in largest)
        return f"on a sample of rows ({rows})"


def _reason(error: Exception) -> str:
    if isinstance(error, (UpstreamError, AskwireError)):
        return f"it could not be tried: {error.message[:200]}"
    return f"it could not be tried: {str(error)[:200]}"


def _seconds(run: Measured) -> float:
    return run.seconds
