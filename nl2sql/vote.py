"""Chooses among the candidates that survived the guard, and says how sure that is."""

import math
from dataclasses import dataclass

from nl2sql.candidates import Candidate
from nl2sql.coverage import Coverage
from nl2sql.guard import Guarded
from nl2sql.results import Returned

FLOOR = 0.05
# Mean per token. Measured: of greedy statements above it nine of ten were right.
SURE_LOGPROB = -0.06


@dataclass(frozen=True, slots=True)
class Survivor:
    """A statement that passed and ran, and the doubts about it. ``unknown_share``: words that the schema has not."""

    guarded: Guarded
    candidate: Candidate
    returned: Returned
    coverage: Coverage
    greedy: bool = False
    repairs: int = 0
    mends: int = 0
    unknown_share: float = 0.0
    tables_left_out: bool = False

    @property
    def own(self) -> float:
        """How likely it is right, by itself: the model's own probability and what speaks against it."""
        logprob = self.candidate.completion.logprob
        score = 0.85 * (math.exp(4 * logprob) if logprob is not None else 0.8)
        score *= 0.4 + 0.6 * self.coverage.total
        score *= 0.6 if self.returned.empty else 1.0
        score *= 0.9**self.mends * 0.7**self.repairs
        score *= 1 - 0.3 * self.unknown_share
        return max(FLOOR, score * (0.9 if self.tables_left_out else 1.0))


@dataclass(frozen=True, slots=True)
class Verdict:
    survivor: Survivor
    confidence: float
    agreeing: int = 1
    of: int = 1


def is_sure(survivor: Survivor) -> bool:
    """No other candidates are worth their time."""
    logprob = survivor.candidate.completion.logprob
    if logprob is not None and logprob < SURE_LOGPROB:
        return False
    covered = survivor.coverage
    return covered.values == covered.stated == 1.0 and not survivor.returned.empty


def vote(survivors: list[Survivor]) -> Verdict:
    """The answer that most survivors return, the surer ones counting more. ``survivors`` is not empty."""
    groups: dict[str, list[Survivor]] = {}
    for survivor in survivors:
        groups.setdefault(survivor.returned.key or survivor.guarded.sql, []).append(survivor)
    best = max(groups.values(), key=lambda group: sum(_weight(s) for s in group))
    chosen = max(best, key=_weight)
    share = sum(_weight(s) for s in best) / sum(_weight(s) for s in survivors)
    return Verdict(chosen, round(max(FLOOR, chosen.own * share), 2), len(best), len(survivors))


def _weight(survivor: Survivor) -> float:
    return survivor.own + (0.1 if survivor.greedy else 0.0)
