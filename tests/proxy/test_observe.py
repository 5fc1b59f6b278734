"""Prepared statements, pipelines and the end of a session, as an observer sees them."""

import random

import pytest

from proxy.bound import MAX_PREPARED, PreparedTexts
from proxy.observed import QUIET, Observed, Waiting
from proxy.wire.commands import Com
from proxy.wire.packets import packet
from tests.proxy.legs import ERROR, OK, Wire


def test_all_are_counted() -> None:
    """Whatever is slow, fails, is taken or passes."""
    draw = random.Random(7)
    wire = Wire(room=3)
    sent, taken = 0, 0
    for _ in range(3000):
        if draw.random() < 0.02:
            wire.observer.sample(draw.randrange(5))
        if draw.random() < 0.01:
            wire.observer.allow(0 if wire.observer.away else draw.choice([0, 2]))
        wire.send(draw.choice(["SELECT 1", "COMMIT", "SELECT 2"]))
        sent += 1
        if draw.random() < 0.02 and not wire.watched:
            wire.observer.mark(1.0)
            wire.observer.mark(2.0)  # and it has run since the first: slow
            assert wire.watched
        wire.receive(draw.choice([OK, OK, OK, ERROR]))
        taken += sum(weight for _, weight in wire.taken())
        wire.waiting.queue.clear()
    wire.observer.sample(0)
    wire.query("SELECT 3")
    wire.observer.leave()
    taken += sum(weight for _, weight in wire.taken())
    assert taken == sent + 1 == wire.waiting.counted
    assert not wire.waiting.away


def test_what_another_user_sent_is_not_shown() -> None:
    wire = Wire(room=0)
    wire.query("secret")
    wire.observer.forget()
    assert wire.observer.finish() is None
    wire.query("COMMIT")
    assert wire.observer.before is None
    assert wire.last() == "COMMIT"


@pytest.mark.parametrize("room", [500, 0])
def test_a_pipeline_is_left_out_until_the_gateway_knows_again(room: int) -> None:
    wire = Wire(room)
    wire.query("before")
    wire.send("first")
    wire.send("second")
    assert not wire.watched
    wire.receive()
    wire.query("third")
    wire.observer.mark(1.0)
    wire.observer.allow(500)
    assert not wire.watched
    assert not wire.waiting.away
    assert wire.observer.finish() is None
    wire.observer.synchronised(b"other", "utf-8")
    wire.query("fourth")
    assert (wire.last(), wire.observer.database) == ("fourth", b"other")


def test_short_sessions_stand_for_those_before_them() -> None:
    waiting = Waiting()
    waiting.loaded = True
    weights: list[int] = []
    for _ in range(1000):  # there is room for the first 93
        wire = Wire(waiting=waiting)
        for number in range(QUIET):
            wire.query(str(number))
        wire.observer.leave()
    weights += [weight for _, weight in wire.taken()]
    assert set(weights) == {1}
    waiting.queue.clear()
    for _ in range(50):
        wire = Wire(waiting=waiting)
        for number in range(QUIET):
            wire.query(str(number))
        wire.observer.leave()
    weights += [weight for _, weight in wire.taken()]
    assert sum(weights) + waiting.owed == 1050 * QUIET
    assert waiting.owed < 700 * QUIET
    assert max(weights) < 100


def test_commands_without_a_reply_are_no_pipeline() -> None:
    wire = Wire()
    wire.query("mine")
    wire.command(Com.STMT_CLOSE, b"\1\0\0\0", reply=b"")
    wire.query("next")
    assert wire.watched
    assert wire.relay.awaiting is False


def execute(statement: int, body: bytes = bytes(5)) -> bytes:
    return packet(0, bytes([Com.STMT_EXECUTE]) + statement.to_bytes(4, "little") + body)


def prepared_ok(statement: int, parameters: int = 0) -> bytes:
    counts = bytes(2) + parameters.to_bytes(2, "little") + bytes(3)
    return packet(1, b"\0" + statement.to_bytes(4, "little") + counts)


def test_prepared_texts_are_bounded() -> None:
    texts = PreparedTexts()
    for number in range(MAX_PREPARED + 10):
        texts.prepared(packet(0, b"\x16S"), prepared_ok(number), False)
    assert texts.executed(execute(5)) is not None
    assert texts.executed(execute(MAX_PREPARED + 5)) is None
    assert texts.prepared(bytes(2 << 20), prepared_ok(0), False) is not None
    assert texts.executed(execute(0)) is None


def test_executions_while_it_is_away_tell_their_types_too() -> None:
    wire = Wire(room=1)
    wire.command(Com.STMT_PREPARE, b"SELECT ?", prepared_ok(1, 1))
    wire.command(Com.STMT_EXECUTE, b"\1\0\0\0\0\1\0\0\0\0\1\x08\0" + bytes(8))
    typed = b"\1\0\0\0\0\1\0\0\0\0\1\xfd\0\1x"
    for body in (typed, b"\1\0\0\0\0\1\0\0\0\0\0\1y"):
        wire.command(Com.STMT_EXECUTE, body)
        assert not wire.watched
    wire.command(Com.STMT_CLOSE, b"\2\0\0\0", reply=b"")
    observed = wire.observer.finish()
    assert isinstance(observed, Observed)
    assert observed.unseen
    assert observed.text_of is not None
    assert observed.text_of.command[5:] == b"SELECT ?"
    assert observed.typed == packet(0, b"\x17" + typed)


def test_values_that_came_before_their_execution_are_no_others() -> None:
    wire = Wire(room=0)
    wire.command(Com.STMT_PREPARE, b"SELECT ?", prepared_ok(1, 1))
    wire.command(Com.STMT_EXECUTE, b"\1\0\0\0\0\1\0\0\0\0\1\xfd\0\1x")
    wire.command(Com.STMT_SEND_LONG_DATA, b"\1\0\0\0\0\0long", reply=b"")
    assert isinstance(wire.observer.finish(), Observed)  # somebody asks what was before
    wire.command(Com.STMT_EXECUTE, b"\1\0\0\0\0\1\0\0\0\0\1\xfd\0")
    observed = wire.observer.finish()
    assert isinstance(observed, Observed)
    assert (observed.unseen, observed.typed) == (False, None)


def text(wire: Wire) -> bytes:
    """Of what the last statement executed."""
    observed = wire.observer.finish()
    assert isinstance(observed, Observed)
    assert observed.text_of is not None
    return observed.text_of.command[5:]


def types_of(wire: Wire) -> bytes | None:
    """The execution that told the types of the last statement's parameters."""
    observed = wire.observer.finish()
    assert isinstance(observed, Observed)
    return observed.typed


@pytest.mark.parametrize("room", [500, 0])
def test_the_first_execution(room: int) -> None:
    """Nothing goes up between it and what prepared it."""
    wire = Wire(room)
    wire.command(Com.STMT_PREPARE, b"SELECT ?", prepared_ok(1, 1))
    wire.command(Com.STMT_EXECUTE, body := b"\1\0\0\0\0\1\0\0\0\0\1\x08\0" + bytes(8))
    assert text(wire) == b"SELECT ?"
    wire.command(Com.STMT_EXECUTE, b"\1\0\0\0\0\1\0\0\0\0\0" + bytes(8))
    assert text(wire) == b"SELECT ?"
    assert types_of(wire) == packet(0, b"\x17" + body)


def test_values_that_came_before_the_first_execution() -> None:
    wire = Wire()
    wire.command(Com.STMT_PREPARE, b"SELECT ?", prepared_ok(1, 1))
    wire.command(Com.STMT_SEND_LONG_DATA, b"\1\0\0\0\0\0long", reply=b"")
    wire.command(Com.STMT_EXECUTE, b"\1\0\0\0\0\1\0\0\0\0\1\xfd\0")
    assert text(wire) == b"SELECT ?"
    assert types_of(wire) is None


def test_types_of_an_execution_that_did_not_wait_are_no_others() -> None:
    wire = Wire()
    typed = b"\1\0\0\0\0\1\0\0\0\0\1\x08\0" + bytes(8)
    for lost in (False, True):
        wire.command(Com.STMT_PREPARE, b"first", prepared_ok(1, 1))
        wire.command(Com.STMT_EXECUTE, typed)
        if lost:
            wire.observer.lose()
        wire.command(Com.STMT_PREPARE, b"second", reply=b"")
        wire.command(Com.STMT_EXECUTE, b"\xff\xff\xff\xff\0\1\0\0\0\0\1\xfd\0\1x", reply=prepared_ok(2, 1))
        wire.receive(OK)
        if lost:
            wire.observer.synchronised(b"shop", "utf-8")
        else:
            assert text(wire) == b"second"
        wire.command(Com.STMT_EXECUTE, b"\1\0\0\0\0\1\0\0\0\0\0" + bytes(8))
        assert types_of(wire) == packet(0, b"\x17" + typed)


def test_types_told_while_it_is_not_known_what_belongs_to_what() -> None:
    wire = Wire()
    wire.command(Com.STMT_PREPARE, b"first", prepared_ok(1, 1))
    wire.command(Com.STMT_EXECUTE, b"\1\0\0\0\0\1\0\0\0\0\1\x08\0" + bytes(8))
    wire.observer.lose()
    typed = b"\1\0\0\0\0\1\0\0\0\0\1\xfd\0\1x"
    wire.command(Com.STMT_EXECUTE, typed)
    wire.observer.synchronised(b"shop", "utf-8")
    wire.command(Com.STMT_EXECUTE, b"\1\0\0\0\0\1\0\0\0\0\0\1y")
    assert types_of(wire) == packet(0, b"\x17" + typed)


@pytest.mark.parametrize("waits", [True, False])
def test_what_is_closed_has_no_place(waits: bool) -> None:
    """Whether it was ever executed, and whether the client waited for its number."""
    wire = Wire()
    for number in range(1, MAX_PREPARED + 10):
        statement = number.to_bytes(4, "little")
        if waits:
            wire.command(Com.STMT_PREPARE, b"closed", prepared_ok(number))
        else:
            wire.command(Com.STMT_PREPARE, b"closed", reply=b"")
            wire.command(Com.STMT_EXECUTE, b"\xff\xff\xff\xff" + bytes(5), reply=prepared_ok(number))
            wire.receive(OK)
        wire.command(Com.STMT_CLOSE, statement, reply=b"")
    wire.command(Com.STMT_PREPARE, b"kept", prepared_ok(5000))
    wire.query("between")
    wire.command(Com.STMT_EXECUTE, (5000).to_bytes(4, "little") + bytes(5))
    assert text(wire) == b"kept"


@pytest.mark.parametrize("room", [500, 0])
def test_a_reset_that_does_not_wait(room: int) -> None:
    """The reply to the statement before is not the one to it, nor to what comes next."""
    wire = Wire(room)
    wire.send("first")
    wire.observer.forget()
    wire.command(Com.RESET_CONNECTION, b"\0", reply=b"")
    wire.receive(ERROR)
    wire.query("second")
    assert wire.observer.finish() is None
    assert not wire.watched
    assert wire.taken() == []


@pytest.mark.parametrize("pipelined", [True, False])
def test_prepared_statements_take_no_more_than_their_share(pipelined: bool) -> None:
    """Those that cannot be prepared, and those that are executed before that is known."""
    wire = Wire(room=2)
    for _ in range(10):
        if pipelined:
            wire.command(Com.STMT_PREPARE, b"SELECT 1", reply=b"")
            wire.command(Com.STMT_EXECUTE, b"\xff\xff\xff\xff" + bytes(5), reply=prepared_ok(1))
            wire.receive(OK)
        else:
            wire.command(Com.STMT_PREPARE, b"SELEC 1", ERROR)
    assert wire.observer in wire.waiting.away
    wire.observer.mark(1.0)
    wire.observer.sample(0)
    wire.query("SELECT 2")
    wire.query("SELECT 3")
    weights = [item[1].weight for item in wire.waiting.queue if isinstance(item, tuple)]
    assert weights == [1, 1, 9 if pipelined else 8]
    wire.observer.leave()
    assert wire.waiting.counted == 12
    assert not wire.waiting.away


def test_values_are_kept_for_their_types_only() -> None:
    texts = PreparedTexts()
    texts.prepared(packet(0, b"\x16SELECT ?"), prepared_ok(1, 1), False)
    told = b"\0\1\0\0\0\0\1\xfd\0"
    known = texts.executed(execute(1, told + b"\1x"))
    assert known is not None
    assert known.typed is not None
    texts.executed(execute(1, told + bytes(1 << 20)))
    assert known.typed is None  # those that were told before hold no longer
