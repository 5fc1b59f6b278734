"""Whose statements are taken when there is no time for all."""

from types import SimpleNamespace
from typing import Any

import pytest

from proxy.observed import AT_REST, FULL, MAX_WAITING, QUIET, Waiting
from proxy.sampling import TICKS, Sampling, fair_share
from tests.proxy.legs import OK, Wire


@pytest.mark.parametrize(
    ("counts", "room", "expected"),
    [
        ([], 10, (0, 0)),
        ([3, 4], 10, (4, 0)),
        ([3, 7], 10, (7, 0)),
        ([3, 8], 10, (3, 7)),
        ([0, 0, 1000], 10, (0, 10)),
        ([2, 3, 1000, 1000], 20, (3, 15)),
        ([1000] * 64, 60, (0, 60)),
        ([0, 5], -3, (0, 1)),
    ],
)
def test_fair_share(counts: list[int], room: int, expected: tuple[int, int]) -> None:
    assert fair_share(counts, room) == expected


class Sessions:
    """Some that send many statements in a round, and one that sends few."""

    def __init__(self, busy: int) -> None:
        self.waiting = Waiting()
        self.busy = [Wire(waiting=self.waiting) for _ in range(busy)]
        self.quiet = Wire(waiting=self.waiting)
        relays = {number: wire.relay for number, wire in enumerate([*self.busy, self.quiet])}
        hub: Any = SimpleNamespace(waiting=self.waiting, sessions=relays)
        self.sampling = Sampling(hub)
        self.sent = 0

    def round(self, room: int) -> list[tuple[str, int]]:
        """What is taken of one."""
        self.sampling.allow(room)
        for _ in range(TICKS):
            self.sampling.tick()
            for number in range(20):
                for wire in self.busy:
                    wire.query("cheap" if number % 2 else "dear")
                    self.sent += 1
        self.quiet.query("mine")
        self.sent += 1
        taken = self.quiet.taken()
        self.waiting.queue.clear()
        return taken


def test_the_busy_give_samples_and_the_quiet_have_all_taken() -> None:
    sessions = Sessions(4)
    for wire in sessions.busy:
        for _ in range(5000):
            wire.query("cheap")
    sessions.waiting.queue.clear()
    outstanding = 20_000 - int(FULL * MAX_WAITING)
    taken = [each for _ in range(20) for each in sessions.round(100)]
    assert [weight for text, weight in taken if text == "mine"] == [1] * 19  # the last one is not over yet
    samples = [(text, weight) for text, weight in taken if text != "mine"]
    assert 1900 <= len(samples) <= 2050
    assert abs(sum(weight for _, weight in samples) - sessions.sent - outstanding) < 0.05 * sessions.sent
    # Which one is taken does not depend on what it stands beside.
    assert 0.35 < sum(text == "dear" for text, _ in samples) / len(samples) < 0.65


def test_all_come_back_when_there_is_room() -> None:
    sessions = Sessions(2)
    for wire in (*sessions.busy, sessions.quiet):
        for _ in range(2000):
            wire.query("x")
    assert len(sessions.waiting.away) == 3
    sessions.waiting.queue.clear()
    sessions.sampling.allow(50)
    assert sessions.waiting.loaded
    assert len(sessions.waiting.away) == 3
    sessions.sampling.allow(50)
    assert not sessions.waiting.loaded
    for wire in (*sessions.busy, sessions.quiet):
        assert wire.watched
        wire.query("x")
    assert not sessions.waiting.away


def test_one_that_was_silent_may_say_some_things_at_once() -> None:
    sessions = Sessions(1)
    for _ in range(5000):
        sessions.busy[0].query("x")
    sessions.waiting.queue.clear()
    sessions.sampling.allow(10)
    for number in range(2 * QUIET):
        sessions.quiet.query(str(number))
    assert [text for text, _ in sessions.quiet.taken()] == [str(number) for number in range(QUIET)]


def test_a_slow_statement_is_found_out() -> None:
    sessions = Sessions(1)
    busy = sessions.busy[0]
    for _ in range(5000):
        busy.query("x")
    busy.send("slow")
    sessions.sampling.tick()
    assert busy.observer.away
    sessions.sampling.tick()
    assert not busy.observer.away
    busy.receive(OK)
    assert busy.last() == "slow"


def test_new_sessions_under_load() -> None:
    sessions = Sessions(1)
    for _ in range(5000):
        sessions.busy[0].query("x")
    assert sessions.waiting.welcome == AT_REST
    sessions.sampling.allow(50)
    assert sessions.waiting.welcome == QUIET
