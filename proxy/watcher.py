"""Turns what sessions relayed into ``SeenStatement`` values and hands them to plugins, about once a second.

It works on the event loop in small slices with pauses between them, and may take only a share of its time: what is left
over waits for the next round, and from then on fewer statements are taken.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from random import choice
from typing import TYPE_CHECKING

import structlog

from plugins import SeenStatement
from proxy import metrics
from proxy.observe import Observer
from proxy.observed import MAX_WAITING, SLOW_S, Observed
from proxy.passing import Passing
from proxy.sampling import TICK_S, Sampling
from proxy.seen import read

if TYPE_CHECKING:
    from proxy.hub import Hub

log = structlog.get_logger("askwire.watching")

ROUND_S = 1.0
SLICE_S = 0.001  # of the loop's time at once
PAUSE_S = 0.01
# Seconds of processor time for a round; when the last one left the loop little to do, and when it had more.
AT_REST_S, BUSY_S = 0.005, 0.002
BUSY = 0.1  # of a round
# A client that was silent for so long has its whole reply, if the reply is over by what it says.
SETTLED_AFTER_S = 0.5
FIRST_COST_S = 50e-6

Item = tuple[Passing, Observed] | SeenStatement


class Watcher:
    """One per gateway; ``run`` is its task."""

    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        self._waiting = hub.waiting
        self._sampling = Sampling(hub)
        self._cost = FIRST_COST_S  # of one statement, plugins included, in seconds
        self._counted = self._dropped = 0
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Until it is cancelled."""
        self._waiting.on_away = self._look_after
        try:
            while True:
                before = time.thread_time()
                await asyncio.sleep(ROUND_S)
                try:
                    busy = time.thread_time() - before > BUSY * ROUND_S
                    await self.round(BUSY_S if busy else AT_REST_S)
                except Exception:  # a fault of ours may cost a round, never the rest
                    log.exception("watching_failed")
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def _look_after(self) -> None:
        """Sessions are away."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def _tick(self) -> None:
        self._timer = None
        try:
            self._sampling.tick()
        finally:
            if self._waiting.away:
                self._look_after()

    async def round(self, budget_s: float) -> None:
        """Everything that waits, as far as ``budget_s`` of the loop's time goes; then how many may come to wait."""
        self._allow(budget_s, await self._work_off(budget_s))

    async def tell(self) -> None:
        """Do not let those that wait wait for the next round: somebody asks about them."""
        await self._work_off(AT_REST_S)

    async def _work_off(self, budget_s: float) -> int:
        """Returns how many are left over."""
        waiting = self._waiting
        taken = waiting.take()
        if waiting.loaded:
            taken = thinned(taken, max(1, int(budget_s / self._cost)))
        # With too little time it is the quick ones that wait.
        taken.sort(key=_slowest)
        work = [*(partial(_read, item) for item in taken), *(partial(_read_unended, *item) for item in self._unended())]
        spent, done = 0.0, 0
        while done < len(work) and spent < budget_s:
            used, read_now = self._slice(work[done:])
            spent, done = spent + used, done + read_now
            await asyncio.sleep(PAUSE_S)
        waiting.put_back(taken[done:])
        if done:
            self._cost += 0.3 * (spent / done - self._cost)
        return max(0, len(taken) - done)

    def _unended(self) -> list[tuple[Observer, Observed]]:
        """Statements whose clients have said nothing since; their replies may be over."""
        until = time.monotonic() - SETTLED_AFTER_S
        found: list[tuple[Observer, Observed]] = []
        for relay in self._hub.sessions.values():
            observer = relay.observer
            observed = None if observer is None else observer.unended(until)
            if observer and observed:
                found.append((observer, observed))
        return sorted(found, key=_slowest)

    def _slice(self, work: Sequence[Callable[[], SeenStatement | None]]) -> tuple[float, int]:
        """Read some and tell plugins -> (seconds of processor time, how many)."""
        processor, started, statements, count = time.thread_time(), time.perf_counter(), [], 0
        for reading in work:
            count += 1
            statement = reading()
            if statement is not None:
                statements.append(statement)
            if time.perf_counter() - started > SLICE_S:
                break
        if statements:
            for session in self._hub.plugins.statements_seen(statements):
                if relay := self._hub.sessions.get(session):
                    relay.idle.offer_to_diagnose()
        return time.thread_time() - processor, count

    def _allow(self, budget_s: float, left: int) -> None:
        """What may be taken in the next round, when so many are left over."""
        waiting = self._waiting
        self._sampling.allow(max(1, min(MAX_WAITING // 2, int(budget_s / self._cost)) - left))
        seen, self._counted = waiting.counted - self._counted, waiting.counted
        dropped, self._dropped = waiting.dropped - self._dropped, waiting.dropped
        metrics.SEEN.inc(seen)
        metrics.UNSEEN.inc(dropped)


def thinned(items: Sequence[Item], room: int) -> list[Item]:
    """``items`` without some quick statements; of each group one stands for all, so that ``room`` are left of them."""
    quick = [item for item in items if not isinstance(item, SeenStatement) and item[1].seconds < SLOW_S]
    if len(quick) <= room:
        return list(items)
    kept: list[Item] = [item for item in items if isinstance(item, SeenStatement) or item[1].seconds >= SLOW_S]
    of = -(-len(quick) // room)
    for group in (quick[at : at + of] for at in range(0, len(quick), of)):
        chosen = choice(group)  # noqa: S311 (a sample is no secret)
        chosen[1].weight = sum(observed.weight for _, observed in group)
        kept.append(chosen)
    return kept


def _slowest(item: Item) -> float:
    return -item.seconds if isinstance(item, SeenStatement) else -item[1].seconds


def _read(item: Item) -> SeenStatement | None:
    if isinstance(item, SeenStatement):
        return item
    found = read(*item)
    return found.statement if found.over else None


def _read_unended(observer: Observer, observed: Observed) -> SeenStatement | None:
    """It may have ended since: then it has come to wait by itself."""
    if observer.current is not observed or not observer.listening:
        return None
    found = read(observer, observed)
    if not found.over:
        observer.looked_at = observed.ended
        return None
    observer.settle(found.status, found.warnings)
    return found.statement
