"""A circuit breaker: a model that fails again and again is left alone for a while.

The three states of M. Nygard, *Release It!*: closed (requests pass), open (refused at once until a pause is over),
half-open (one request tries whether the model is back).
"""

import time
from collections.abc import Callable
from enum import Enum

_FAILURES = 3  # in a row
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0


class Circuit(Enum):
    CLOSED = "closed"
    HALF_OPEN = "half-open"
    OPEN = "open"


class Breaker:
    """Every request that ``admits`` lets pass is followed by one of ``succeeded``, ``failed``, ``abandoned``."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._pause_s = 0.0  # 0: closed
        self._opened_at = 0.0
        self._probing = False

    @property
    def circuit(self) -> Circuit:
        if not self._pause_s:
            return Circuit.CLOSED
        return Circuit.OPEN if self.wait_s > 0 else Circuit.HALF_OPEN

    @property
    def wait_s(self) -> float:
        """Seconds until the next request may try; 0 when one may."""
        return max(0.0, self._opened_at + self._pause_s - self._clock()) if self._pause_s else 0.0

    def admits(self) -> bool:
        """Whether a request may pass now."""
        if self.circuit is Circuit.CLOSED:
            return True
        if self.circuit is Circuit.OPEN or self._probing:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        self._failures, self._pause_s, self._probing = 0, 0.0, False

    def failed(self) -> None:
        """The model is at fault, not the request."""
        self._failures += 1
        probed, self._probing = self._probing, False
        if self._pause_s and not probed:
            return  # sent before the circuit opened: says nothing new
        if self._failures >= _FAILURES:
            self._pause_s = min(_LONGEST_PAUSE_S, 2 * self._pause_s or _FIRST_PAUSE_S)
            self._opened_at = self._clock()

    def abandoned(self) -> None:
        """The request ended without a word on the model: cancelled, or refused for its own faults."""
        self._probing = False
