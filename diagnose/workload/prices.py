"""What a statement would cost with other indexes: by HypoPG, by the tables' sizes, or by what trying each showed."""

import asyncio
import time
from collections.abc import Mapping, Sequence

from diagnose.types import CreateIndex, Trial, Verdict
from diagnose.verification.hypopg import Hypothetical, Trials
from diagnose.workload.advisor import Asked
from diagnose.workload.measuring import Share
from diagnose.workload.model import Model
from plugins import UpstreamError

# Of an index that could not be tried: the part of the time that is taken to be left.
UNTRIED = 0.5


class Hypothetically:
    """Asks the planner. ``until``: monotonic time after which no index helps any more, so that it ends."""

    def __init__(self, trials: Trials, asked: Sequence[Asked], database: str, until: float) -> None:
        self._trials = trials
        self._sql = [each.evidence.planned for each in asked]
        self._database = database
        self._until = until
        self._there: dict[CreateIndex, Hypothetical | None] = {}  # None: PostgreSQL does not make it
        self._before: dict[int, float] = {}

    async def price(self, at: int, indexes: Sequence[CreateIndex]) -> float:
        """See ``advisor.Price``. Raises ``UpstreamError``."""
        if time.monotonic() > self._until:
            return 1.0
        if at not in self._before:
            await self._only([])
            self._before[at] = await self._cost(at)
        await self._only(indexes)
        before = self._before[at]
        return min((await self._cost(at)) / before, 1.0) if before > 0 else 1.0

    def size(self, index: CreateIndex) -> int | None:
        """In bytes, while it is there."""
        made = self._there.get(index)
        return made.size_bytes if made is not None else None

    async def _cost(self, at: int) -> float:
        try:
            return (await self._trials.cost(self._sql[at])).total
        except ValueError:
            return 0.0

    async def _only(self, indexes: Sequence[CreateIndex]) -> None:
        """Exactly these are there."""
        for index, made in list(self._there.items()):
            if index not in indexes:
                if made is not None:
                    await self._trials.drop(made)
                del self._there[index]
        for index in indexes:
            if index not in self._there:
                try:
                    self._there[index] = await self._trials.create(index, self._database)
                except UpstreamError:
                    self._there[index] = None


class Found:
    """By trials of each statement's candidates: what a verified one spares, and a guess for one that was not tried."""

    def __init__(self, trials: Sequence[Mapping[CreateIndex, Trial]]) -> None:
        self._gains = [_gains(each) for each in trials]

    def candidates(self) -> list[CreateIndex]:
        """What helps some statement, or may."""
        return list(dict.fromkeys(remedy for gains in self._gains for remedy in gains))

    async def price(self, at: int, indexes: Sequence[CreateIndex]) -> float:
        """See ``advisor.Price``: those of one table share the work, those of several multiply."""
        left: dict[str, float] = {}
        for wanted, gain in self._gains[at].items():
            if any(index.serves(wanted) for index in indexes):
                left[wanted.table] = min(left.get(wanted.table, 1.0), gain)
        share = 1.0
        for gain in left.values():
            share *= gain
        return share


def _gains(trials: Mapping[CreateIndex, Trial]) -> dict[CreateIndex, float]:
    tried = {index: trial for index, trial in trials.items() if trial.verdict is not Verdict.REFUTED}
    return {index: UNTRIED if trial.gain is None else min(trial.gain, 1.0) for index, trial in tried.items()}


class Modelled:
    """By the tables' sizes and the shares ``measured`` of each statement; ``until`` as above."""

    def __init__(self, asked: Sequence[Asked], measured: Sequence[Sequence[Share | None]], until: float) -> None:
        self._models = [Model(each.evidence, shares) for each, shares in zip(asked, measured, strict=True)]
        self._before: dict[int, float] = {}
        self._until = until

    async def price(self, at: int, indexes: Sequence[CreateIndex]) -> float:
        """See ``advisor.Price``."""
        if time.monotonic() > self._until:
            return 1.0
        return await asyncio.to_thread(self._priced, at, indexes)  # a join of ten tables takes long

    def _priced(self, at: int, indexes: Sequence[CreateIndex]) -> float:
        before = self._before.get(at) or self._before.setdefault(at, self._models[at].cost([]))
        return min(self._models[at].cost(indexes) / before, 1.0) if before > 0 else 1.0
