"""Real hangs on a real main thread; the clock only bounds how long a failing test lasts."""

import asyncio
import re
import threading
import time
from collections.abc import Callable
from types import FrameType

import pytest

from plugins.watchdog import TICK_S, Hung, Watchdog

LIMIT_S = 2 * TICK_S


def endless() -> None:
    while True:
        pass


def asleep() -> None:
    time.sleep(60)


def stubborn() -> None:
    """Holds on to every chance to go on but the third."""
    for _ in range(2):
        try:
            endless()
        except BaseException:
            continue
    endless()


def backtracking() -> None:
    re.match(r"(a|aa)+$", "a" * 60 + "b")


@pytest.mark.parametrize("hangs", [endless, asleep, stubborn, backtracking])
def test_what_hangs_is_ended_where_it_hangs(hangs: Callable[[], None]) -> None:
    with Watchdog() as watchdog, pytest.raises(Hung) as caught:
        watchdog.run(hangs, LIMIT_S)
    assert hangs.__name__ in [entry.name for entry in caught.traceback]


def test_nothing_is_raised_outside_of_what_is_watched() -> None:
    with Watchdog() as watchdog:
        assert watchdog.run(lambda: "in time", LIMIT_S) == "in time"
        time.sleep(LIMIT_S + 2 * TICK_S)
        with pytest.raises(Hung):
            watchdog.run(endless, LIMIT_S)
        time.sleep(2 * TICK_S)
    with Watchdog() as watchdog, pytest.raises(ZeroDivisionError):
        watchdog.run(lambda: 1 / 0, LIMIT_S)


def test_what_is_called_within_has_a_limit_of_its_own() -> None:
    """A plugin's handler asks the gateway for something, which asks other plugins."""

    def outer() -> str:
        with pytest.raises(Hung):
            watchdog.run(endless, LIMIT_S)
        return "went on"

    with Watchdog() as watchdog:
        assert watchdog.run(outer, 40 * TICK_S) == "went on"
        with pytest.raises(Hung):
            watchdog.run(endless, LIMIT_S)


async def test_between_calls_the_loop_is_watched_in_frames_that_are_named() -> None:
    def named(frame: FrameType) -> bool:
        return frame.f_code is stubborn.__code__

    with Watchdog() as watchdog, watchdog.loop(asyncio.get_running_loop(), LIMIT_S, named):
        time.sleep(LIMIT_S + 2 * TICK_S)  # noqa: ASYNC251  another's code
        for _ in range(3):
            await asyncio.sleep(LIMIT_S / 2)  # turns that are not too long
        watchdog.run(lambda: time.sleep(LIMIT_S + 2 * TICK_S), 40 * TICK_S)
        with pytest.raises(Hung) as caught:
            stubborn()
    assert "endless" in [entry.name for entry in caught.traceback]


def test_other_threads_are_left_alone() -> None:
    """As those of a program that runs the gateway beside its own main thread."""
    done: list[str] = []
    with Watchdog() as watchdog:
        thread = threading.Thread(target=lambda: done.append(watchdog.run(lambda: "called", LIMIT_S)))
        thread.start()
        thread.join()
    assert done == ["called"]
