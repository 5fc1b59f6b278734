"""Which indexes are worth having for many statements together: greedy, the one that saves most first.

What indexes save overlaps: the second one on the same column saves little. So what an index saves is asked again after each
choice, but only of those that could still be the best (lazy greedy; Minoux, 1978).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from diagnose.advice.candidates import Candidate
from diagnose.types import CreateIndex

LEAST = 0.01  # of all the time: an index that saves less is not offered
ALIKE = 0.97  # of two that save about as much the smaller one is taken


@dataclass(frozen=True, slots=True)
class Option:
    """An index that may be chosen. ``writes_s``: what keeping it costs the statements that write, in seconds."""

    remedy: CreateIndex
    candidate: Candidate
    size_bytes: int = 0
    writes_s: float = 0.0

    def serves(self, other: "Option") -> bool:
        """Whether the other one's columns are the first ones of this, so that this does its work too."""
        mine, theirs = self.remedy, other.remedy
        length = len(theirs.columns)
        return (
            (mine.table, mine.schema) == (theirs.table, theirs.schema)
            and mine.columns[:length] == theirs.columns
            and mine.prefixes[:length] == theirs.prefixes
            and mine.descending[:length] == theirs.descending
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """A chosen index. ``saved_s``: seconds of the workload that it saves beside those chosen before, less the writes'.

    ``statements``: which ones gain by a tenth or more.
    """

    option: Option
    saved_s: float
    statements: tuple[int, ...]


Costs = Mapping[
    int, float
]  # of statements by their number, those not told are as before: 1.0 is the cost without indexes
Ask = Callable[[Option, Sequence[Option]], Awaitable[Costs]]


@dataclass(slots=True)
class _State:
    seconds: Sequence[float]
    costs: list[float]
    chosen: list[Option] = field(default_factory=list)

    def saves(self, option: Option, costs: Costs) -> float:
        return sum(self.seconds[n] * (self.costs[n] - cost) for n, cost in costs.items()) - option.writes_s

    def take(self, option: Option, costs: Costs) -> Choice:
        saved = self.saves(option, costs)
        gained = tuple(n for n, cost in costs.items() if cost <= 0.9 * self.costs[n])
        for n, cost in costs.items():
            self.costs[n] = min(self.costs[n], cost)
        self.chosen.append(option)
        return Choice(option, saved, gained)


async def choose(options: Sequence[Option], seconds: Sequence[float], ask: Ask, *, most: int) -> list[Choice]:
    """At most ``most`` of the options, in the order in which they are worth making.

    ``seconds``: of each statement. ``ask(option, chosen)`` tells the statements' costs with that option beside the
    chosen ones, over their costs without any.
    """
    state = _State(seconds, [1.0] * len(seconds))
    least = LEAST * sum(seconds)
    asked: dict[int, tuple[int, Costs]] = {}  # option -> (how many were chosen then, what was told)
    bound = {n: float("inf") for n in range(len(options))}
    choices: list[Choice] = []
    while bound and len(choices) < most:
        best = await _best(options, bound, asked, state, ask)
        if bound[best] < least:
            break
        for other in [n for n in bound if bound[n] >= ALIKE * bound[best] and n != best]:
            if options[other].size_bytes < options[best].size_bytes:
                await _fresh(other, options, bound, asked, state, ask)
                best = other if bound[other] >= ALIKE * bound[best] else best
        choices.append(state.take(options[best], asked[best][1]))
        del bound[best]
        for n in [n for n in bound if options[best].serves(options[n])]:
            del bound[n]
    return _needed(choices)


async def _best(
    options: Sequence[Option], bound: dict[int, float], asked: dict[int, tuple[int, Costs]], state: _State, ask: Ask
) -> int:
    """The option that saves most now; those are asked again whose old answer could still make them that."""
    while True:
        best = max(bound, key=lambda n: (bound[n], -options[n].size_bytes))
        if best in asked and asked[best][0] == len(state.chosen):
            return best
        await _fresh(best, options, bound, asked, state, ask)


async def _fresh(
    n: int,
    options: Sequence[Option],
    bound: dict[int, float],
    asked: dict[int, tuple[int, Costs]],
    state: _State,
    ask: Ask,
) -> None:
    if n not in asked or asked[n][0] != len(state.chosen):
        costs = await ask(options[n], state.chosen)
        asked[n] = (len(state.chosen), costs)
        bound[n] = state.saves(options[n], costs)


def _needed(choices: list[Choice]) -> list[Choice]:
    """Without those whose work a longer one does that was chosen later; that one gets what they saved."""
    kept: list[Choice] = []
    for at, choice in enumerate(choices):
        later = next((c for c in choices[at + 1 :] if c.option.serves(choice.option)), None)
        if later is None:
            kept.append(choice)
            continue
        place = choices.index(later)
        both = tuple(sorted({*later.statements, *choice.statements}))
        choices[place] = Choice(later.option, later.saved_s + choice.saved_s, both)
    return kept
