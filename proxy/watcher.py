"""Turns what sessions relayed into ``SeenStatement`` values and hands them to plugins, about once a second.

It works on the event loop in small slices with pauses between them, and may take only a share of the loop's time: what
is over that waits no longer than a round and is dropped, and from then on only every so many statements are taken.
"""

import asyncio
import time
from typing import TYPE_CHECKING

from plugins import SeenStatement
from proxy import metrics
from proxy.observe import Observer
from proxy.observed import CLOCK, MAX_WAITING, SLOW_S, Observed
from proxy.seen import read

if TYPE_CHECKING:
    from proxy.hub import Hub

ROUND_S = 1.0
SLICE_S = 0.001  # of the loop's time at once
PAUSE_S = 0.01
TICK_S = 0.01  # of the clock, under load
# Of a round: that much of a busy loop's time, and of what an idle one has left.
BUSY_SHARE, IDLE_SHARE = 0.005, 0.005
# A client that was silent for so long has its whole reply, if the reply is over by what it says.
SETTLED_AFTER_S = 0.5
FIRST_COST_S = 50e-6

Item = tuple[Observer, Observed] | SeenStatement


class Watcher:
    """One per gateway; ``run`` is its task."""

    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        self._waiting = hub.waiting
        self._cost = FIRST_COST_S  # of one statement, plugins included, in seconds
        self._counted = self._dropped = 0
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Until it is cancelled."""
        self._tick(asyncio.get_running_loop())
        try:
            while True:
                busy = time.thread_time()
                await asyncio.sleep(ROUND_S)
                idle = max(0.0, 1 - (time.thread_time() - busy) / ROUND_S)
                await self.round(ROUND_S * (BUSY_SHARE + IDLE_SHARE * idle))
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        CLOCK.tick()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_later(TICK_S if self._waiting.every > 1 else ROUND_S, self._tick, loop)

    async def round(self, budget_s: float) -> None:
        """Everything that waits, as far as ``budget_s`` of the loop's time goes."""
        waiting = self._waiting
        taken = [waiting.queue.popleft() for _ in range(len(waiting.queue))]
        # With too little time it is the quick ones that are left out.
        taken.sort(key=_slowest)
        work, spent, done = taken + self._unended(), 0.0, 0
        while done < len(work) and spent < budget_s:
            used, read_now = self._slice(work[done:])
            spent, done = spent + used, done + read_now
            await asyncio.sleep(PAUSE_S)
        waiting.dropped += sum(_weight(item) for item in taken[done:])
        if done:
            self._cost += 0.3 * (spent / done - self._cost)
        self._sample(budget_s)

    def _unended(self) -> list[Item]:
        """Statements whose clients have said nothing since; their replies may be over."""
        until = time.monotonic() - SETTLED_AFTER_S
        shortest = 0.0 if self._waiting.every == 1 else SLOW_S
        found: list[Item] = []
        for relay in self._hub.sessions.values():
            observer = relay.observer
            observed = None if observer is None else observer.unended(until, shortest)
            if observer and observed:
                found.append((observer, observed))
        return sorted(found, key=_slowest)

    def _slice(self, work: list[Item]) -> tuple[float, int]:
        """Read some and tell plugins -> (seconds, how many)."""
        started, statements, count = time.perf_counter(), [], 0
        for item in work:
            count += 1
            statement = item if isinstance(item, SeenStatement) else _read(*item)
            if statement is not None:
                statements.append(statement)
            if time.perf_counter() - started > SLICE_S:
                break
        if statements:
            for session in self._hub.plugins.statements_seen(statements):
                if relay := self._hub.sessions.get(session):
                    relay.idle.offer_to_diagnose()
        return time.perf_counter() - started, count

    def _sample(self, budget_s: float) -> None:
        """How many statements of the next round are taken, by the last one's number."""
        waiting = self._waiting
        seen, self._counted = waiting.counted - self._counted, waiting.counted
        room = max(1, min(MAX_WAITING // 2, int(budget_s / self._cost)))
        before, waiting.every = waiting.every, max(1, -(-seen // room))
        if (before == 1) != (waiting.every == 1):
            self._tick(asyncio.get_running_loop())
        if waiting.every == 1:
            for relay in self._hub.sessions.values():
                if relay.observer is not None:
                    relay.observer.left = 0
        dropped, self._dropped = waiting.dropped - self._dropped, waiting.dropped
        metrics.SEEN.inc(seen)
        metrics.UNSEEN.inc(dropped)


def _slowest(item: Item) -> float:
    return -item.seconds if isinstance(item, SeenStatement) else -item[1].seconds


def _weight(item: Item) -> int:
    return 1 if isinstance(item, SeenStatement) else item[1].weight


def _read(observer: Observer, observed: Observed) -> SeenStatement | None:
    if observer.current is not observed or not observer.listening:
        found = read(observer, observed)
        return found.statement if found.over else None
    found = read(observer, observed)
    if not found.over:
        observer.looked_at = observed.ended
        return None
    observer.settle(found.status, found.warnings)
    return found.statement
