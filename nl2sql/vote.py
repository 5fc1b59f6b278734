"""Chooses among the candidates that survived the guard, and says how sure that is.

With one candidate there is no agreement to measure; the confidence is then a prior that every doubt on the way lowers.
It orders answers, it is no calibrated probability.
"""

from dataclasses import dataclass

from nl2sql.guard import Guarded

PRIOR = 0.8
FLOOR = 0.1
PER_REPAIR = 0.15
PER_MEND = 0.1
PER_UNKNOWN_SHARE = 0.3
LEFT_OUT = 0.1


@dataclass(frozen=True, slots=True)
class Survivor:
    """A statement that passed, and the doubts about it. ``unknown_share``: words that the schema has not."""

    guarded: Guarded
    repairs: int = 0
    mends: int = 0
    unknown_share: float = 0.0
    tables_left_out: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    survivor: Survivor
    confidence: float
    agreeing: int = 1
    of: int = 1


def vote(survivors: list[Survivor]) -> Verdict:
    """The statement that most survivors agree on, the least doubted first. ``survivors`` is not empty."""
    groups: dict[str, list[Survivor]] = {}
    for survivor in survivors:
        groups.setdefault(survivor.guarded.sql, []).append(survivor)
    best = max(groups.values(), key=lambda group: (len(group), max(_own(s) for s in group)))
    chosen = max(best, key=_own)
    share = len(best) / len(survivors)
    return Verdict(chosen, round(max(FLOOR, _own(chosen) * share), 2), len(best), len(survivors))


def _own(s: Survivor) -> float:
    doubt = PER_REPAIR * s.repairs + PER_MEND * s.mends + PER_UNKNOWN_SHARE * s.unknown_share
    return max(FLOOR, PRIOR - doubt - (LEFT_OUT if s.tables_left_out else 0.0))
