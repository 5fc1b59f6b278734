"""What runs now, so that a cancel or a time limit stops it, and nothing that comes after it."""

import threading
from collections.abc import Callable
from enum import Enum


class Stopped(Enum):
    """Why a statement was stopped."""

    CANCELLED = "cancelled"
    TIMED_OUT = "timed out"


class Running:
    """Guards one session's current statement. ``interrupt`` stops it in the database; it is called by any thread.

    A statement is under way from ``start`` to ``finish``; the lock makes ``finish`` wait for an interrupt that is
    being sent, so that it cannot reach the next statement.
    """

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._statement: object | None = None
        self.stopped: Stopped | None = None  # why the last statement was stopped, if it was

    def start(self, limit: float | None = None) -> None:
        """``limit``: in seconds."""
        with self._lock:
            self.stopped = None
            self._statement = statement = object()
        if limit is not None:
            self._timer = threading.Timer(limit, self._stop, (Stopped.TIMED_OUT, statement))
            self._timer.daemon = True
            self._timer.start()

    def finish(self) -> None:
        """The statement ended; does nothing when none is under way."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        with self._lock:
            self._statement = None

    def cancel(self) -> None:
        self._stop(Stopped.CANCELLED)

    def _stop(self, why: Stopped, statement: object | None = None) -> None:
        with self._lock:
            if self._statement is None or statement not in (None, self._statement):
                return
            self.stopped = self.stopped or why
            self._interrupt()
