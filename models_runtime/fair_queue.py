"""The queue before a model: bounded, and shared fairly between those who wait."""

import asyncio
import math
import statistics
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from plugins import AskwireError, ErrorCode

# The median of the latest requests says how long one takes; the first ones, which find nothing cached, say too much.
_MEASURED = 20
_ENOUGH = 3


class FairQueue:
    """``places`` requests at a time; at most ``size`` wait.

    Owners take turns: whoever sends many requests at once waits behind his own, not before everybody else's. When the
    queue is full, the owner with the most waiting requests gives up his newest for one who has fewer. An owner's own
    requests are served in the order in which they came.
    """

    def __init__(self, name: str, places: int, size: int) -> None:
        self._name = name
        self._places = self._free = places
        self._size = size
        self._turns: dict[str, deque[asyncio.Future[None]]] = {}  # by owner; the first owner is next
        self._seconds: deque[float] = deque(maxlen=_MEASURED)

    @property
    def waiting(self) -> int:
        return sum(map(len, self._turns.values()))

    @property
    def in_flight(self) -> int:
        return self._places - self._free

    def took(self, seconds: float) -> None:
        """An answer took so long, from its place on."""
        self._seconds.append(seconds)

    @asynccontextmanager
    async def place(self, owner: str, until: float) -> AsyncIterator[None]:
        """Wait for a place and hold it. The caller ends the wait at ``until`` (time.monotonic).

        Raises MODEL_BUSY at once when the queue is full, or when the answer could not come in time by what the
        latest ones took. A place that is free is given without looking at the time.
        """
        if self._free:
            self._free -= 1
        else:
            self._check_time(owner, until)
            self._make_room(owner)
            await self._wait(owner)
        try:
            yield
        finally:
            self._pass_on()

    def _check_time(self, owner: str, until: float) -> None:
        if len(self._seconds) < _ENOUGH:
            return
        mine = len(self._turns.get(owner, ()))
        ahead = mine + sum(min(len(turns), mine + 1) for other, turns in self._turns.items() if other != owner)
        needed = (ahead / self._places + 1) * statistics.median(self._seconds)
        left = until - time.monotonic()
        if needed > left:
            raise AskwireError(
                ErrorCode.MODEL_BUSY,
                f"The model {self._name!r} would need about {math.ceil(needed)} seconds for this and the {ahead} "
                f"requests before it; the answer is due in {max(left, 0):.1f}",
            )

    def _make_room(self, owner: str) -> None:
        if self.waiting < self._size:
            return
        busy = AskwireError(ErrorCode.MODEL_BUSY, f"{self.waiting} requests wait for the model {self._name!r}")
        most = max(self._turns, key=lambda other: len(self._turns[other]))
        if len(self._turns[most]) <= len(self._turns.get(owner, ())) + 1:
            raise busy
        newest = self._turns[most].pop()
        if not newest.done():
            newest.set_exception(busy)

    async def _wait(self, owner: str) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._turns.setdefault(owner, deque()).append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._pass_on()  # cancelled in the moment in which the place was given
            else:
                self._forget(owner, turn)
            raise

    def _forget(self, owner: str, turn: "asyncio.Future[None]") -> None:
        turns = self._turns.get(owner, deque())
        if turn in turns:
            turns.remove(turn)
        if not turns:
            self._turns.pop(owner, None)

    def _pass_on(self) -> None:
        while self._turns:
            owner = next(iter(self._turns))
            turns = self._turns.pop(owner)
            turn = turns.popleft()
            if turns:
                self._turns[owner] = turns  # behind the other owners
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
