"""What is kept of statements that pass: all, samples, slow ones, errors, and its bounds."""

import time

import pytest

from proxy.observed import FULL, KEPT, MAX_WAITING, Observed, Waiting
from proxy.wire.commands import Com
from tests.proxy.legs import ERROR, OK, Wire


def test_every_statement_once_the_next_has_come() -> None:
    wire = Wire()
    for number in range(3):
        wire.query(str(number))
    assert wire.taken() == [("0", 1), ("1", 1)]
    wire.command(Com.STMT_RESET, bytes(4))
    assert wire.taken()[2:] == [("2", 1)]
    assert wire.last() == "2"


def test_one_stands_for_those_that_passed() -> None:
    wire = Wire(room=2)
    for number in range(100):
        wire.query(str(number))
    assert wire.taken() == [("0", 1), ("1", 1)]
    assert not wire.watched
    assert wire.observer.sample(3)
    assert not wire.observer.sample(3)  # one is under way
    for number in range(100, 110):
        wire.query(str(number))
    assert wire.taken()[2:] == [("103", 102)]
    assert not wire.watched
    last = wire.observer.finish()
    assert isinstance(last, Observed)
    assert (last.command[5:], last.unseen) == (b"109", True)


def test_slow_ones_are_kept_while_it_is_away() -> None:
    wire = Wire(room=0)
    wire.query("quick")
    wire.send("slow")
    now = time.monotonic()
    wire.observer.mark(now - 1)
    assert not wire.watched
    wire.observer.mark(now)
    assert wire.watched
    wire.receive()
    wire.query("quick")
    assert wire.taken() == [("slow", 1)]
    assert wire.waiting.queue[0][1].seconds > 0.9  # type: ignore[index]
    assert not wire.watched
    assert wire.last() == "quick"
    wire.observer.mark(now)
    wire.observer.mark(now)
    assert not wire.watched  # it has its reply


def test_an_error_is_seen_while_it_is_away() -> None:
    wire = Wire(room=0)
    wire.query("good")
    wire.query("bad", ERROR)
    observed = wire.observer.finish()
    assert isinstance(observed, Observed)
    assert (observed.command[5:], observed.failed, observed.unseen) == (b"bad", True, False)
    wire.query("next")
    assert wire.taken() == []
    assert not wire.watched


def test_the_rest_of_a_reply_is_seen_while_it_is_away() -> None:
    wire = Wire(room=0)
    wire.query("small")
    wire.query("large", b"a" * 100, b"b" * 200, b"c" * 300)
    observed = wire.observer.finish()
    assert isinstance(observed, Observed)
    assert (observed.command[5:], observed.chunks, observed.tail) == (b"large", [], b"c" * 300)
    assert observed.size == KEPT + 500


def test_what_stands_between_statements_of_people_is_no_last_one() -> None:
    wire = Wire()
    for sql in ("BEGIN", "first", "commit", "begin", "second", "COMMIT", "SET autocommit=1"):
        wire.query(sql)
        if sql == "second":
            wire.observer.database = b"another"
    before = wire.observer.before
    assert isinstance(before, Observed)
    assert (before.command[5:], before.size, before.user) == (b"second", len(OK), b"app")
    assert wire.last() == "SET autocommit=1"


@pytest.mark.parametrize("back", [False, True])
def test_between_statements_while_it_is_away(back: bool) -> None:
    """Of a session that is so busy one such statement is looked through."""
    wire = Wire(room=0)
    for sql in ("BEGIN", "mine"):
        wire.query(sql)
    if back:
        wire.observer.allow(10)
    wire.query("COMMIT")
    before = wire.observer.before
    assert isinstance(before, Observed)
    assert (before.command[5:], before.unseen) == (b"mine", True)
    if not back:
        wire.query("SET autocommit=1")
        assert wire.observer.before is None


def test_what_waits_is_bounded() -> None:
    waiting = Waiting()
    for number in range(3):
        wire = Wire(waiting=waiting)
        for _ in range(MAX_WAITING):
            wire.query(str(number))
        assert not wire.watched
    assert {text for text, _ in wire.taken()} == {"0", "1"}
    assert len(waiting.queue) == FULL * MAX_WAITING
    wire.observer.allow(3)
    for _ in range(10):
        wire.query("more")
    assert len(waiting.queue) == FULL * MAX_WAITING
    for _ in range(MAX_WAITING):  # slow ones have room beyond that
        wire.send("slow")
        wire.observer.mark(1.0)
        wire.observer.mark(2.0)
        wire.receive()
    wire.query("quick")
    assert len(waiting.queue) == MAX_WAITING
    assert waiting.dropped == FULL * MAX_WAITING


def test_it_comes_back_when_it_says_nothing() -> None:
    """Nobody looks after a session that is silent."""
    wire = Wire(room=0)
    wire.query("mine")
    wire.query("COMMIT")
    wire.observer.allow(10)
    assert not wire.waiting.away
    before = wire.observer.before
    assert isinstance(before, Observed)
    assert before.command[5:] == b"mine"
    assert wire.last() == "COMMIT"
    wire.query("next")
    assert wire.last() == "next"
    assert wire.taken() == [("next", 1)]


def test_one_that_waits_for_a_reply_is_looked_after_until_it_has_it() -> None:
    wire = Wire(room=0)
    wire.send("slow")
    wire.observer.allow(10)
    assert wire.observer in wire.waiting.away
    wire.receive()
    wire.query("next")
    assert not wire.waiting.away
