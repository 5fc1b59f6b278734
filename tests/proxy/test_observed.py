"""What is kept of one statement, and the room for those that wait to be looked at."""

import time
from typing import Any, cast

import pytest

from plugins import SeenStatement
from proxy.bound import PreparedText
from proxy.observed import (
    AT_REST,
    FULL,
    KEPT,
    MAX_WAITING,
    MAX_WAITING_BYTES,
    QUIET,
    TAIL,
    Aside,
    Observed,
    Waiting,
)
from proxy.wire.commands import Com
from proxy.wire.packets import packet
from tests.proxy.legs import ERROR, OK

ANYBODY = cast(Any, object())


def statement(text: bytes = b"SELECT 1", weight: int = 1, code: Com = Com.QUERY) -> Observed:
    return Observed(packet(0, bytes([code]) + text), time.monotonic(), weight)


def seen(text: str) -> SeenStatement:
    return SeenStatement(text, 0.0, 0, 0, None, "app", None, 7, "mysql://x", 0.0)


# --- one statement


@pytest.mark.parametrize("size", [1, KEPT - 1, KEPT, KEPT + 1, KEPT + TAIL, 20 * KEPT])
@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_what_is_kept_of_a_reply_is_bounded(size: int, pieces: int) -> None:
    """Its beginning, and the end of its last piece."""
    data = (bytes(range(256)) * (size // 256 + 1))[:size]
    step = -(-size // pieces)
    cut = [data[at : at + step] for at in range(0, size, step)]
    observed = statement()
    for piece in cut:
        observed.received(piece)
    assert observed.size == size
    assert b"".join(observed.chunks) == data[:KEPT]
    assert observed.tail == (b"" if size <= KEPT else cut[-1][-TAIL:])


def test_it_lasts_until_the_last_byte() -> None:
    observed = Observed(packet(0, b"\3SELECT 1"), time.monotonic() - 2, 1)
    assert observed.seconds == 0.0, "no byte came yet"
    observed.received(OK)
    assert observed.seconds >= 2


@pytest.mark.parametrize(
    ("pieces", "failed"),
    [
        ([], False),
        ([OK], False),
        ([ERROR], True),
        ([OK, ERROR], False),
        ([ERROR[:4], ERROR[4:]], False),
        ([b""], False),
    ],
)
def test_a_reply_that_begins_with_an_error(pieces: list[bytes], failed: bool) -> None:
    observed = statement()
    for piece in pieces:
        observed.received(piece)
    assert observed.failed is failed


def prepared(*, long_data: bool = False) -> PreparedText:
    known = PreparedText(packet(0, b"\x16SELECT ?"), 1)
    known.typed, known.long_data = b"with types", long_data
    return known


@pytest.mark.parametrize(
    ("code", "long_data", "typed"),
    [
        (Com.STMT_EXECUTE, False, b"with types"),
        (Com.STMT_EXECUTE, True, None),  # some of its values came before
        (Com.STMT_BULK_EXECUTE, False, None),  # many rows of values
    ],
)
def test_the_types_of_its_values(code: Com, long_data: bool, typed: bytes | None) -> None:
    observed = statement(bytes(9), code=code)
    observed.bind(known := prepared(long_data=long_data))
    assert observed.text_of is known
    assert observed.typed == typed


def test_what_it_executes_is_not_known() -> None:
    observed = statement(bytes(9), code=Com.STMT_EXECUTE)
    observed.typed = b"its own"
    observed.bind(None)
    assert (observed.text_of, observed.typed) == (None, b"its own")


def test_one_that_could_not_be_prepared_is_a_statement_that_failed() -> None:
    aside = Aside(packet(0, b"\x16SELEC 1"), statement(), None)
    aside.received(ERROR)
    aside.received(bytes(KEPT))
    made = aside.as_statement(3)
    assert type(made) is Observed
    assert (made.command, made.weight, made.failed) == (aside.command, 3, True)
    assert (made.seconds, made.size, made.chunks, made.tail) == (aside.seconds, aside.size, aside.chunks, aside.tail)
    assert aside.weight == 0


# --- those that wait


def test_they_wait_in_order_and_are_taken_at_once() -> None:
    waiting = Waiting()
    first, second = statement(b"first"), seen("second")
    waiting.add(ANYBODY, first)
    waiting.add_seen(second)
    assert waiting.take() == [(ANYBODY, first), second]
    assert waiting.take() == []
    assert (waiting.counted, waiting.dropped) == (1, 0)  # a session counts its own


def test_what_is_put_back_comes_before_what_came_meanwhile() -> None:
    waiting = Waiting()
    for text in ("first", "second"):
        waiting.add_seen(seen(text))
    taken = waiting.take()
    waiting.add_seen(seen("third"))
    waiting.put_back(taken[1:])
    assert waiting.take() == [seen("second"), seen("third")]


def test_what_has_no_room_is_dropped_with_all_that_it_stands_for() -> None:
    waiting = Waiting()
    for _ in range(MAX_WAITING):
        waiting.add(ANYBODY, statement())
    assert waiting.full
    waiting.add(ANYBODY, statement(weight=40))
    waiting.add_seen(seen("SELECT 1"))
    assert (len(waiting.queue), waiting.dropped) == (MAX_WAITING, 41)


@pytest.mark.parametrize("share", [1, 3, 100])
def test_their_bytes_are_bounded(share: int) -> None:
    """Of commands and of texts alike; one that is too large leaves its room to smaller ones."""
    waiting = Waiting()
    size = MAX_WAITING_BYTES // share
    large = Observed(bytes(size), 0.0, 1)
    for _ in range(share):
        waiting.add(ANYBODY, large)
    assert len(waiting.queue) == share
    waiting.add_seen(seen("x" * (MAX_WAITING_BYTES - share * size + 1)))
    waiting.add(ANYBODY, large)
    assert (len(waiting.queue), waiting.dropped) == (share, 2)
    waiting.take()
    waiting.add(ANYBODY, large)
    assert len(waiting.queue) == 1


def test_the_room_of_what_was_taken_is_free_until_it_is_put_back() -> None:
    waiting = Waiting()
    while not waiting.full:
        waiting.add(ANYBODY, statement(bytes(MAX_WAITING_BYTES // 50)))
    taken = waiting.take()
    assert 0 < len(taken) < FULL * MAX_WAITING
    assert not waiting.full
    waiting.put_back(taken)
    assert waiting.full
    assert list(waiting.queue) == taken


def test_fewer_statements_of_a_new_session_are_welcome_under_load() -> None:
    waiting = Waiting()
    assert waiting.welcome == AT_REST
    waiting.loaded = True
    assert waiting.welcome == QUIET


def test_the_first_session_that_goes_away_is_told_of() -> None:
    waiting, told = Waiting(), []
    one, other = cast(Any, "one"), cast(Any, "other")
    waiting.goes_away(other)
    waiting.comes_back(other)
    waiting.on_away = lambda: told.append(list(waiting.away))
    waiting.comes_back(one)  # it was not away
    waiting.goes_away(one)
    waiting.goes_away(other)
    assert list(waiting.away) == [one, other]
    waiting.comes_back(one)
    waiting.comes_back(other)
    waiting.goes_away(other)
    assert told == [[one], [other]]
