"""MySQL's and MariaDB's indexes for a workload: chosen by the tables' sizes, then tried on samples.

Samples alone would choose badly: the time of a trial depends on what else the machine does, and what an index on a join
is worth does not show where the large table is small. What they do show: whether a condition leaves few rows, and what
an order is worth.
"""

import time
from collections.abc import Mapping, Sequence

from conf.diagnose import DiagnoseSettings
from diagnose.advice.candidates import Purpose, candidates
from diagnose.types import CreateIndex, Trial, Verdict
from diagnose.verification.scratch import try_remedies
from diagnose.workload.advisor import Asked, Choice, Chosen
from diagnose.workload.measuring import Share, measure
from diagnose.workload.prices import Found, Modelled
from plugins import Session

SMALL_ROWS = 1_000
FEW_OF_THEM = 0.1  # of the rows: an index that leads to more is not offered
ON_SAMPLES = (
    0.02  # what an index must spare, as ``advisor.WORTH``: times on samples are less certain than a planner's cost
)
TRYING = 2 / 3  # of the time, after measuring
HELPS = 0.9  # of its cost that a statement keeps, at most, with an index that helps it
BY_SIZES = "not verified: by the sizes of the tables, samples do not show it"


class BySizes:
    """One choice. ``tries``: whether samples may be taken; ``until``: monotonic time when all trying ends."""

    def __init__(
        self, session: Session, asked: Sequence[Asked], settings: DiagnoseSettings, until: float, *, tries: bool
    ) -> None:
        self._session, self._asked, self._settings = session, asked, settings
        self._until, self._tries = until, tries
        self._spare = (until - time.monotonic()) * TRYING
        self.trials: dict[CreateIndex, Trial] = {}  # what trying an index has shown at best

    async def choose(self) -> list[Chosen]:
        """The best first; without those that a sample has shown to help nothing."""
        measured = [await self._measured(each) for each in self._asked]
        self._model = Modelled(self._asked, measured, self._until)
        chosen = await self._by_sizes()
        if not self._tries:
            return chosen
        wrong = await self._try(chosen)
        if wrong:
            chosen = await self._by_sizes(wrong)
            await self._try([each for each in chosen if each.remedy not in self.trials])
        return chosen + await self._sorted([each.remedy for each in chosen])

    def verified(self, index: CreateIndex) -> str:
        """For the column of that name."""
        trial = self.trials.get(index)
        if not self._tries:
            return "not verified"
        return f"yes: {trial.how}" if trial is not None and trial.verdict is Verdict.VERIFIED else BY_SIZES

    async def _measured(self, asked: Asked) -> Sequence[Share | None]:
        late = time.monotonic() > self._until - self._spare
        return () if late or not self._tries else await measure(self._session, asked.evidence)

    async def _by_sizes(self, without: Sequence[CreateIndex] = ()) -> list[Chosen]:
        offered = dict.fromkeys(index for each in self._asked for index in searching(each))
        return await Choice(self._asked, self._model.price).choose(i for i in offered if i not in without)

    async def _try(self, chosen: Sequence[Chosen]) -> list[CreateIndex]:
        """Try each for the statements that it helps, what took most first; returns those that one shows to be wrong."""
        everything = [each.remedy for each in chosen]
        wrong = []
        for at, each in enumerate(self._asked):
            helping = await self._helping(at, everything)
            if helping and time.monotonic() < self._until:
                found = await self._on_samples(each, helping)
                left = [i for i in helping if len(helping) > 1 and found.get(i) is not Verdict.VERIFIED]
                for index in left if time.monotonic() < self._until else ():
                    await self._on_samples(each, [index], [other for other in helping if other != index])
                if len(each.tables) == 1:
                    wrong += [index for index, verdict in found.items() if verdict is Verdict.REFUTED]
        return [index for index in wrong if self.trials[index].verdict is not Verdict.VERIFIED]

    async def _helping(self, at: int, indexes: Sequence[CreateIndex]) -> list[CreateIndex]:
        with_all = await self._model.price(at, indexes)
        without = {index: await self._model.price(at, [i for i in indexes if i != index]) for index in indexes}
        return [i for i in indexes if with_all < HELPS * without[i] and not self._is_verified(i)]

    def _is_verified(self, index: CreateIndex) -> bool:
        return index in self.trials and self.trials[index].verdict is Verdict.VERIFIED

    async def _on_samples(
        self, asked: Asked, indexes: Sequence[CreateIndex], given: Sequence[CreateIndex] = ()
    ) -> Mapping[CreateIndex, Verdict]:
        rows, seconds = self._settings.sample_rows, min(self._settings.verify_s, self._until - time.monotonic())
        tried = await try_remedies(
            self._session, asked.evidence, indexes, rows=rows, seconds=max(seconds, 0.1), given=given
        )
        found = {index: trial for index, trial in tried.items() if isinstance(index, CreateIndex)}
        for index, trial in found.items():
            if not self._is_verified(index):
                self.trials[index] = trial
        return {index: trial.verdict for index, trial in found.items()}

    async def _sorted(self, chosen: Sequence[CreateIndex]) -> list[Chosen]:
        """Those for an order or a group, which only samples show, beside what was chosen."""
        left, trials = [], list[Mapping[CreateIndex, Trial]]()
        for at, each in enumerate(self._asked):
            share = await self._model.price(at, chosen)
            left.append(Asked(each.evidence, each.count, each.seconds * share))
            wanted = [i for i in sorting(each) if not any(other.serves(i) for other in chosen)]
            if wanted and time.monotonic() < self._until:
                await self._on_samples(each, wanted, chosen)
            trials.append({i: t for i in wanted if (t := self.trials.get(i)) and t.verdict is Verdict.VERIFIED})
        found = Found(trials)
        return await Choice(left, found.price, ON_SAMPLES).choose(found.candidates())


def searching(asked: Asked) -> list[CreateIndex]:
    """The statement's candidates whose worth the tables' sizes tell."""
    return [
        each.remedy for each in candidates(asked.evidence)
        if (each.table.rows or 0) >= SMALL_ROWS
        and (each.purpose is Purpose.JOIN or (each.purpose is Purpose.FILTER and each.guess <= FEW_OF_THEM))
    ]  # fmt: skip


def sorting(asked: Asked) -> list[CreateIndex]:
    """Those for an order that LIMIT ends early, and of a single table for every order and group."""
    return [
        each.remedy for each in candidates(asked.evidence)
        if (each.table.rows or 0) >= SMALL_ROWS
        and (each.purpose in (Purpose.ORDER, Purpose.GROUP))
        and (each.usage.limited or len(asked.tables) == 1)
    ]  # fmt: skip
