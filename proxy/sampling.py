"""Whose statements are looked at, and which, while there are more of them than there is time to look at.

Sessions that say little have all their statements taken, as people's do. The others are away (``observe.py``): each in
its turn gives one, which stands for all that it sent since the last one.
"""

from collections.abc import Sequence
from itertools import islice
from random import randrange
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from proxy.hub import Hub

TICK_S = 0.02
TICKS = 50  # of a round
# A session that was silent for a round may say so much at once: tools put statements around those of people.
QUIET = 8
# Which statement of a session is taken must not depend on what came before it: one of so many next ones.
SKIPPED = 32
MAX_LOOKED_AT = 200  # sessions, in a tick


class Sampling:
    """Of one gateway."""

    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        self._waiting = hub.waiting
        self._per_tick = 0.0  # samples: half of them of new sessions
        self._turns = 0.0

    def allow(self, room: int) -> None:
        """A round begins, in which ``room`` statements can be looked at."""
        observers = [relay.observer for relay in self._hub.sessions.values() if relay.observer is not None]
        turns = [observer.turn() for observer in observers]
        share, samples = fair_share(turns, room)
        for observer, count in zip(observers, turns, strict=True):
            observer.allow(max(share, QUIET) if count <= share else 0)
        self._per_tick = samples / TICKS
        self._waiting.share = 0 if samples else share
        self._waiting.owed = self._waiting.owed if samples else 0

    def tick(self) -> None:
        """Look at those that are away: does one's statement take long, and whose turn is it to give one?"""
        now, waiting = monotonic(), self._waiting
        left_by_new_ones, waiting.samples = divmod(waiting.samples, 1)
        waiting.samples += self._per_tick / 2
        self._turns += left_by_new_ones + self._per_tick / 2
        for observer in list(islice(waiting.away, MAX_LOOKED_AT)):
            waiting.away.move_to_end(observer)
            observer.mark(now)
            if self._turns >= 1 and observer.sample(randrange(SKIPPED)):  # noqa: S311 (a sample is no secret)
                self._turns -= 1


def fair_share(counts: Sequence[int], room: int) -> tuple[int, int]:
    """Max-min fairness: a session that sends no more than the share has all its statements taken.

    Takes what each sent, and how many can be taken -> (the share, how many are left for samples of the others; 0 where
    there are no others).
    """
    share = 0
    for at, count in enumerate(sorted(counts)):
        if count * (len(counts) - at) > room:
            return share, max(1, room)
        share, room = count, room - count
    return share + room, 0
