"""What the statements of a workload cost with an index: by PostgreSQL's planner, or by running them on samples."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from conf.diagnose import DiagnoseSettings
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.planned import NothingToPlan, planned_query
from diagnose.evidence.safety import Unsafe, explainable
from diagnose.types import Verdict
from diagnose.verification import hypopg, scratch
from diagnose.workload.choosing import Ask, Costs, Option
from plugins import Session, UpstreamError

LONGEST_S = 30.0  # for one statement on its samples


@asynccontextmanager
async def planner_costs(session: Session, evidences: Sequence[Evidence], deadline: float) -> AsyncIterator[Ask]:
    """Asks PostgreSQL's planner, with HypoPG's indexes. After the deadline nothing gains any more."""
    async with hypopg.trials(session) as trial:
        planner = _Planner(trial, evidences, deadline)
        await planner.begin()
        yield planner.ask


class _Planner:
    def __init__(self, trial: hypopg.Trials, evidences: Sequence[Evidence], deadline: float) -> None:
        self._trial, self._deadline = trial, deadline
        self._evidences = evidences
        self._texts: dict[int, str] = {}
        self._before: dict[int, float] = {}
        self._made: list[Option] = []

    async def begin(self) -> None:
        for n, evidence in enumerate(self._evidences):
            try:
                self._texts[n], _ = explainable(planned_query(evidence.tree)[0])
                self._before[n] = (await self._trial.cost(self._texts[n])).total
            except (Unsafe, NothingToPlan, UpstreamError, ValueError):
                self._texts.pop(n, None)

    async def ask(self, option: Option, chosen: Sequence[Option]) -> Costs:
        for each in chosen[len(self._made) :]:
            await self._trial.create(each.remedy, self._database(each))
            self._made.append(each)
        if time.monotonic() > self._deadline:
            return {}
        try:
            index = await self._trial.create(option.remedy, self._database(option))
        except UpstreamError:
            return {}
        try:
            return await self._costs(option)
        finally:
            await self._trial.drop(index)

    async def _costs(self, option: Option) -> Costs:
        found: dict[int, float] = {}
        table = (option.remedy.schema, option.remedy.table)
        for n, text in self._texts.items():
            if table in {(t.schema, t.name) for t in self._evidences[n].schema.tables} and self._before[n] > 0:
                found[n] = (await self._trial.cost(text)).total / self._before[n]
        return found

    def _database(self, option: Option) -> str:
        return option.candidate.table.schema


async def sample_costs(
    session: Session,
    evidences: Sequence[Evidence],
    options: Sequence[Option],
    settings: DiagnoseSettings,
    deadline: float,
) -> Ask:
    """Runs each statement on samples, with each index that could serve it; what several do together is worked out.

    Of two indexes on one table the better one counts; what they save on different tables multiplies.
    """
    alone: dict[int, Mapping[Option, float]] = {}
    for n, evidence in enumerate(evidences):
        left = deadline - time.monotonic()
        tables = {(t.schema, t.name) for t in evidence.schema.tables}
        fit = [o for o in options if (o.remedy.schema, o.remedy.table) in tables and _of(o, evidence)]
        if not fit or left <= 0:
            continue
        tried = await scratch.try_remedies(
            session, evidence, [o.remedy for o in fit], rows=settings.sample_rows, seconds=min(left, LONGEST_S)
        )
        alone[n] = {
            o: min(trial.gain, 1.0)
            for o in fit
            if (trial := tried[o.remedy]).verdict is Verdict.VERIFIED and trial.gain is not None
        }

    async def ask(option: Option, chosen: Sequence[Option]) -> Costs:
        return {n: _together(gains, [*chosen, option]) for n, gains in alone.items()}

    return ask


def _of(option: Option, evidence: Evidence) -> bool:
    """Whether the statement names the index's first column."""
    first = option.remedy.columns[0].casefold()
    return any(column.name.casefold() == first for block in evidence.blocks for column in block.columns)


def _together(gains: Mapping[Option, float], options: Sequence[Option]) -> float:
    best: dict[tuple[str, str], float] = {}
    for option in options:
        served = [gain for each, gain in gains.items() if each == option or option.serves(each)]
        table = (option.remedy.schema, option.remedy.table)
        best[table] = min([best.get(table, 1.0), *served])
    product = 1.0
    for gain in best.values():
        product *= gain
    return product
