"""What a run amounts to: accuracy by category, failures by cause, latency, and what changed since another run."""

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nl2sql.evaluation.results import Outcome, Result, Run


@dataclass(frozen=True, slots=True)
class Line:
    """One category, or all. Times in seconds; None where nothing was measured."""

    name: str
    of: int
    counts: dict[Outcome, int]
    median_s: float
    p95_s: float

    @property
    def right(self) -> int:
        return self.counts[Outcome.RIGHT]

    @property
    def percent(self) -> float:
        return 100 * self.right / self.of


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between two runs, over the cases that both hold. ``chance``: how likely at least so uneven a
    change is when neither run is better (McNemar's exact test)."""

    earlier: Run
    of: int
    right_before: int
    right_now: int
    became_right: tuple[tuple[Result, Result], ...]
    became_wrong: tuple[tuple[Result, Result], ...]
    chance: float


def by_category(results: Sequence[Result]) -> list[Line]:
    """One line for each category by name; the last one, ``all``, for all."""
    names = sorted({result.category for result in results})
    lines = [_line(name, [r for r in results if r.category == name]) for name in names]
    return [*lines, _line("all", results)] if results else []


def _line(name: str, results: Sequence[Result]) -> Line:
    counted = Counter(result.outcome for result in results)
    seconds = [result.seconds for result in results]
    counts = {outcome: counted[outcome] for outcome in Outcome}
    return Line(name, len(results), counts, statistics.median(seconds), percentile(seconds, 95))


def by_cause(results: Sequence[Result]) -> list[tuple[str, int]]:
    """How often what went wrong, the most frequent first."""
    return Counter(r.cause for r in results if r.outcome is not Outcome.RIGHT).most_common()


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that ``percent`` of the values do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]


def median_of(values: Sequence[float | None]) -> float | None:
    """Of those that are there."""
    there = [value for value in values if value is not None]
    return statistics.median(there) if there else None


def compare(earlier: Run, run: Run) -> Change:
    """Case by case, by id."""
    before = {result.id: result for result in earlier.results}
    pairs = [(before[result.id], result) for result in run.results if result.id in before]
    became_right = tuple((a, b) for a, b in pairs if a.outcome is not Outcome.RIGHT and b.outcome is Outcome.RIGHT)
    became_wrong = tuple((a, b) for a, b in pairs if a.outcome is Outcome.RIGHT and b.outcome is not Outcome.RIGHT)
    right_before = sum(a.outcome is Outcome.RIGHT for a, _ in pairs)
    right_now = sum(b.outcome is Outcome.RIGHT for _, b in pairs)
    chance = _sign_test(len(became_right), len(became_wrong))
    return Change(earlier, len(pairs), right_before, right_now, became_right, became_wrong, chance)


def _sign_test(ups: int, downs: int) -> float:
    """Two-sided exact binomial test of ``ups`` against ``downs`` with one half."""
    changed = ups + downs
    tail = sum(math.comb(changed, k) for k in range(min(ups, downs) + 1))
    return min(1.0, float(2 * tail / 2.0**changed))
