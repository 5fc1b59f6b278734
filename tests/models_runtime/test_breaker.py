"""The circuit breaker's three states, on a clock of the test's own."""

import pytest

from models_runtime.breaker import Breaker, Circuit


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        assert breaker.admits()
        breaker.failed()


def test_it_opens_after_failures_in_a_row_only(clock: Clock) -> None:
    breaker = Breaker(clock)
    fail(breaker, 2)
    assert breaker.admits()
    breaker.succeeded()
    fail(breaker, 2)
    assert breaker.circuit is Circuit.CLOSED
    fail(breaker, 1)
    assert breaker.circuit is Circuit.OPEN
    assert not breaker.admits()
    assert breaker.wait_s == 1


def test_one_request_at_a_time_tries_again_and_pauses_grow(clock: Clock) -> None:
    breaker = Breaker(clock)
    fail(breaker, 3)
    pauses = []
    for _ in range(7):
        pauses.append(breaker.wait_s)
        clock.now += breaker.wait_s
        assert breaker.circuit is Circuit.HALF_OPEN
        assert breaker.admits()
        assert not breaker.admits()
        breaker.failed()
        assert breaker.circuit is Circuit.OPEN
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    clock.now += 30
    assert breaker.admits()
    breaker.succeeded()
    assert breaker.circuit is Circuit.CLOSED
    assert breaker.admits()


def test_a_try_that_was_abandoned_leaves_room_for_the_next(clock: Clock) -> None:
    breaker = Breaker(clock)
    fail(breaker, 3)
    clock.now += 1
    assert breaker.admits()
    breaker.abandoned()
    assert breaker.circuit is Circuit.HALF_OPEN
    assert breaker.admits()


def test_requests_sent_before_it_opened_do_not_prolong_the_pause(clock: Clock) -> None:
    breaker = Breaker(clock)
    assert all(breaker.admits() for _ in range(8))
    for _ in range(8):
        breaker.failed()
    assert breaker.wait_s == 1
