"""Whose statements are looked at, and which, while there are more of them than there is time to look at.

Sessions that say little have all their statements taken, as people's do. The others are away (``observe.py``): each in
its turn gives one, which stands for all that it sent since the last one.
"""

from collections.abc import Sequence
from itertools import islice
from random import randrange
from time import monotonic
from typing import TYPE_CHECKING

from proxy.observed import AT_REST, QUIET

if TYPE_CHECKING:
    from proxy.hub import Hub

TICK_S = 0.02
TICKS = 50  # of a round
# Which statement of a session is taken must not depend on what came before it: one of so many next ones.
SKIPPED = 32
MAX_LOOKED_AT = 200  # sessions, in a tick
MAX_TURNS = 20.0
FIRST_ROOM = 50


class Sampling:
    """Of one gateway."""

    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        self._waiting = hub.waiting
        self._per_tick = FIRST_ROOM / TICKS  # samples
        self._turns = 0.0

    def allow(self, room: int) -> None:
        """A round begins, in which ``room`` statements can be looked at."""
        observers = [relay.observer for relay in self._hub.sessions.values() if relay.observer is not None]
        turns = [observer.turn() for observer in observers]
        share, samples = fair_share(turns, room)
        for observer, count in zip(observers, turns, strict=True):
            observer.allow(AT_REST if not samples else max(share, QUIET) if count <= share else 0)
        self._waiting.loaded = samples > 0
        self._waiting.owed = self._waiting.owed if samples else 0
        self._per_tick = (samples or room) / TICKS

    def tick(self) -> None:
        """Look at those that are away: does one's statement take long, and whose turn is it to give one?"""
        now, away = monotonic(), self._waiting.away
        self._turns = min(MAX_TURNS, self._turns + self._per_tick)
        for observer in list(islice(away, MAX_LOOKED_AT)):
            away.move_to_end(observer)
            observer.mark(now)
            if self._turns >= 1 and observer.sample(randrange(SKIPPED)):  # noqa: S311 (a sample is no secret)
                self._turns -= 1


def fair_share(counts: Sequence[int], room: int) -> tuple[int, int]:
    """Max-min fairness: a session that sends no more than the share has all its statements taken.

    Takes what each sent, and how many can be taken -> (the share, how many are left for samples of the others; 0 where
    all can be taken).
    """
    share = 0
    for at, count in enumerate(sorted(counts)):
        if count * (len(counts) - at) > room:
            return share, max(1, room)
        share, room = count, room - count
    return share, 0
