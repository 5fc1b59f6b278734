"""Tries indexes and rewrites on MySQL and MariaDB: on samples in temporary tables of the caller's own session.

Rows that the storage engine read are compared first (the Handler_read counters), time second: a join buffer's
comparisons cost time and no reads, and rows that an index leads to cost more than those of a scan. https://mariadb.com/kb/en/server-status-variables/#handler_read_first
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from diagnose.evidence import guards, mariadb, mysql
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import MYSQL
from diagnose.evidence.facts_rows import rows_of
from diagnose.evidence.planned import NothingToPlan, planned_query
from diagnose.evidence.safety import Unsafe, explainable
from diagnose.types import CreateIndex, Rewrite, Trial, Verdict
from diagnose.verification.replacing import Unsampled, over_samples
from diagnose.verification.results import Difference, difference
from diagnose.verification.sampling import Samples, take
from diagnose.wording import amount
from plugins import AskwireError, ResultSet, Scratch, Session, UpstreamError

MAX_ROWS = 10_000  # of a result that is compared
FEW = 0.1  # an index that reads at most this part of the rows is worth it, unless it takes longer
SOME = 1 / 3  # one that reads at most this part must take clearly less time too
HALF = 0.5  # one that reads more, half of the time; of the rows where the sample is a small part of the table
SMALL_PART = 0.2
CLEARLY = 2 / 3
LESS = 0.9  # a rewrite that reads at most this part is worth it
FEWEST = 100  # rows that a statement must read for a comparison to tell anything
WORTH_S = 0.002  # shorter than that, times tell nothing
LONG_S = 0.01  # shorter than that, time alone proves nothing
AGAIN_S = 0.1  # a run shorter than that is measured again: the shortest counts
STEPS = 4  # statements that may take their whole time before the time for all is over
TIMEOUTS = frozenset({1969, 3024})  # MariaDB's, MySQL's
_HANDLERS = "SHOW SESSION STATUS LIKE 'Handler\\_read\\_%'"


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: rows and index entries read, seconds, and the result; ``result`` is None when it took too long."""

    reads: int
    seconds: float
    result: ResultSet | None


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
        return {remedy: _untried(_reason(error)) for remedy in remedies}


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
                done[remedy] = _untried("the time for trying things was over")
                continue
            try:
                if isinstance(remedy, CreateIndex):
                    done[remedy] = await self._index(query, remedy, before)
                else:
                    done[remedy] = await self._rewrite(query, remedy, before)
            except (UpstreamError, Unsampled, Unsafe, SqlglotError, NothingToPlan, ValueError) as error:
                done[remedy] = _untried(_reason(error))
        return done

    async def run(self, query: exp.Query) -> Measured:
        """Raises ``UpstreamError``, ``Unsampled`` and ``Unsafe``."""
        text = await asyncio.to_thread(self._written, query)
        best = await self._once(text)
        for _ in range(2):
            if best.result is not None and best.seconds < AGAIN_S:
                best = min(best, await self._once(text), key=lambda run: run.seconds)
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
            covers = await self._covered(query, {index for _, index in made})
        finally:
            for name, index in made:
                await self._scratch.drop_index(name, index)
        part = self._part(remedy)
        trial = judge_index(before, after, self._on(), covers=covers, part=part)
        if trial.verdict is Verdict.VERIFIED and before.result is not None and after.reads > FEW * before.reads:
            again = await self.run(query)  # where it rests on time: the machine may have been busy before
            best = min(before, again, key=lambda run: run.seconds)
            trial = judge_index(best, after, self._on(), covers=covers, part=part)
        return trial

    def _part(self, remedy: CreateIndex) -> float:
        """How much of the index's table is in its sample."""
        table = self._evidence.schema.table(remedy.table, remedy.schema)
        names = self._samples.tables.get((table.schema, table.name), []) if table is not None else []
        if table is None or not table.rows or not names:
            return 1.0
        return self._samples.rows[names[0]] / table.rows

    async def _covered(self, query: exp.Query, names: set[str]) -> bool:
        """Whether the plan reads one of these indexes and not the table behind it."""
        text = await asyncio.to_thread(self._written, query)
        found = await self._scratch.query(f"EXPLAIN FORMAT=JSON {text}")
        read = mysql.read_plan if self._evidence.server.kind == MYSQL else mariadb.read_plan
        plan = read("\n".join(row[0] for row in rows_of(found)))
        return any(node.index in names and node.covering for node in plan.accesses())

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


def judge_index(before: Measured, after: Measured, on: str, *, covers: bool = False, part: float = 1.0) -> Trial:
    """By the rows read, then by the time. ``covers``: the table behind the index is not read any more.

    ``part`` of the table is in its sample: a scan grows with the table, the other tables are sampled for less.
    """
    if after.result is None:
        return _untried(f"the statement did not end in time {on}")
    told = _told(before, after, on)
    gain = after.reads / before.reads if before.reads else 1.0
    if before.result is None:
        how = f"without it the statement did not end in {before.seconds:.1f} s; {told}"
        return Trial(Verdict.VERIFIED, how, after.seconds / before.seconds)
    if before.reads < FEWEST:
        return _untried(f"the sample has too few rows for this statement: {told}")
    longer = after.seconds > max(1.5 * before.seconds, before.seconds + WORTH_S)
    measurable = before.seconds > WORTH_S
    less = (
        (gain <= FEW and not longer)
        or (gain <= 2 * FEW and not measurable)
        or (gain <= SOME and measurable and after.seconds <= CLEARLY * before.seconds)
        or (gain <= HALF and part <= SMALL_PART and after.seconds <= before.seconds)
        or (gain <= 1.1 and before.seconds > LONG_S and after.seconds <= HALF * before.seconds)
    )
    if covers and gain <= 1.1:
        less |= measurable and after.seconds <= CLEARLY * before.seconds
        if not less and not longer:
            return _untried(f"the index is read alone, which in memory makes no difference: {told}")
    if not less:
        return Trial(Verdict.REFUTED, told, gain)
    return Trial(Verdict.VERIFIED, told, min(gain, after.seconds / before.seconds) if measurable else gain)


def judge_rewrite(query: exp.Query, before: Measured, after: Measured, on: str) -> Trial:
    """Equal results first; then it must read less, or take clearly less time."""
    if before.result is None or after.result is None:
        return _untried(f"the statement did not end in time {on}")
    if before.result.truncated or after.result.truncated:
        return _untried(f"more than {MAX_ROWS:,} rows came {on}, too many to compare")
    told = _told(before, after, on)
    gain = after.reads / before.reads if before.reads else 1.0
    found = difference(query, before.result, after.result)
    if found is Difference.TIES:
        return _untried(f"which of equal rows LIMIT keeps is not determined {on}")
    if found is not Difference.NONE:
        return Trial(Verdict.REFUTED, f"the results differ {on}", gain)
    if not before.result.rows:
        return _untried(f"the statement finds no rows {on}")
    longer = after.seconds > max(1.5 * before.seconds, before.seconds + 10 * WORTH_S)
    faster = before.seconds > WORTH_S and after.seconds <= HALF * before.seconds
    if longer or (gain > 1.1 and not faster):
        return Trial(Verdict.REFUTED, f"equal results, but more work: {told}", gain)
    quicker = before.seconds > WORTH_S and after.seconds <= CLEARLY * before.seconds
    if gain > LESS and not quicker:
        return _untried(f"equal results, and by itself no less work: {told}")
    return Trial(Verdict.VERIFIED, f"equal results, {told}", gain)


def _told(before: Measured, after: Measured, on: str) -> str:
    milliseconds, then = f"{before.seconds * 1000:.1f} ms", f"{after.seconds * 1000:.1f} ms"
    return f"rows read {amount(before.reads)} -> {amount(after.reads)}, time {milliseconds} -> {then} {on}"


def _untried(why: str) -> Trial:
    return Trial(Verdict.UNTRIED, why)


def _reason(error: Exception) -> str:
    if isinstance(error, (UpstreamError, AskwireError)):
        return f"it could not be tried: {error.message[:200]}"
    return f"it could not be tried: {str(error)[:200]}"
