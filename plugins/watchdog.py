"""Ends Python code on the main thread that does not give the event loop back.

Calls are watched one by one (``run``); between them the whole event loop, for what plugins have it call (``loop``).

A thread counts ticks; when there were too many, a signal makes the main thread look, and ``Hung`` is raised within the
code that hangs, and nowhere else. A signal, because it also ends what waits in the kernel (``time.sleep``); ticks, so
that a process that was stopped or starved meanwhile is not taken to hang.

What computes without letting other threads run (a regular expression that backtracks) stops that thread too; there a
timer of the process's own processor time ticks.
"""

import asyncio
import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import TypeVar

T = TypeVar("T")

TICK_S = 0.25
# Ignored by default, and used by nobody else: Go's scheduler chose it for the same reasons.
_SIGNAL = signal.SIGURG
_TIMER = signal.SIGVTALRM


class Hung(BaseException):
    """Raised within the code that took too long; no ``except Exception`` of its stops it."""


@dataclass(slots=True)
class _Watched:
    frame: FrameType | None  # what it calls is watched; None: a turn of the event loop
    most: int
    until: float
    ticks: int = 0
    busy: int = 0  # ticks of processor time, of all threads

    @property
    def hangs(self) -> bool:
        return self.ticks > self.most or (self.busy > self.most and time.monotonic() > self.until)


class Watchdog:
    """``with`` it on the main thread, ``run`` what is to be watched. Elsewhere ``run`` merely calls."""

    def __init__(self) -> None:
        self._users = 0
        self._watched: _Watched | None = None
        self._turn: _Watched | None = None  # of the event loop, since it was last heard of
        self._hear: Callable[[], object] = lambda: None
        self._ends: Callable[[FrameType], bool] = lambda frame: False
        self._stop = threading.Event()
        self._thread = threading.Thread()
        self._before: list[object] = []

    def __enter__(self) -> "Watchdog":
        if threading.current_thread() is threading.main_thread():
            self._users += 1
            if self._users == 1:
                self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if threading.current_thread() is threading.main_thread():
            self._users -= 1
            if self._users == 0:
                self._end()

    def run(self, work: Callable[[], T], limit_s: float) -> T:
        """What ``work`` returns. Raises ``Hung`` within it after ``limit_s``, and again with every tick."""
        if not self._users or threading.current_thread() is not threading.main_thread():
            return work()
        outer = self._watched
        self._watched = _watched(sys._getframe(), limit_s)
        try:
            return work()
        finally:
            self._watched = outer

    @contextmanager
    def loop(
        self, loop: asyncio.AbstractEventLoop, limit_s: float, ends: Callable[[FrameType], bool]
    ) -> Iterator[None]:
        """While entered, ``Hung`` is raised too where a turn of ``loop`` takes longer in code that a frame which
        ``ends`` names has called, or in that frame itself."""
        if not self._users or threading.current_thread() is not threading.main_thread():
            yield
            return

        def heard() -> None:
            self._turn = _watched(None, limit_s)

        def hear() -> None:
            with suppress(RuntimeError):  # it is closed
                loop.call_soon_threadsafe(heard)

        before = self._hear, self._ends, self._turn
        self._hear, self._ends, self._turn = hear, ends, _watched(None, limit_s)
        try:
            yield
        finally:
            self._hear, self._ends, self._turn = before

    def _begin(self) -> None:
        self._before = [signal.signal(_SIGNAL, self._look), signal.signal(_TIMER, self._look_busy)]
        signal.siginterrupt(_TIMER, False)  # it may reach any thread
        signal.setitimer(signal.ITIMER_VIRTUAL, TICK_S, TICK_S)
        self._stop.clear()
        self._thread = threading.Thread(target=self._tick, name="askwire-watchdog", daemon=True)
        self._thread.start()

    def _end(self) -> None:
        self._stop.set()
        self._thread.join()
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        for number, before in zip((_SIGNAL, _TIMER), self._before, strict=True):
            signal.signal(number, before or signal.SIG_DFL)  # type: ignore[arg-type]

    def _tick(self) -> None:
        main = threading.main_thread().ident
        assert main is not None
        while not self._stop.wait(TICK_S):
            self._hear()
            watched = self._watched or self._turn
            if watched is not None:
                watched.ticks += 1
                if watched.hangs:
                    signal.pthread_kill(main, _SIGNAL)

    def _look_busy(self, number: int, frame: FrameType | None) -> None:
        if (watched := self._watched or self._turn) is not None:
            watched.busy += 1
            self._look(number, frame)

    def _look(self, _number: int, frame: FrameType | None) -> None:
        """On the main thread, between two steps of ``frame``: one of ours, unless it is above that of ``run``."""
        watched = self._watched or self._turn
        if watched is None or not watched.hangs or frame is watched.frame:
            return
        while frame is not None:
            if frame is watched.frame or (watched.frame is None and self._ends(frame)):
                raise Hung
            frame = frame.f_back


def _watched(frame: FrameType | None, limit_s: float) -> _Watched:
    return _Watched(frame, math.ceil(limit_s / TICK_S), time.monotonic() + limit_s)


WATCHDOG = Watchdog()
