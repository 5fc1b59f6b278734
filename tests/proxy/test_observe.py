"""What an observer keeps, without a network: the quick way, what slow statements and pipelines do, and its bounds."""

from types import SimpleNamespace
from typing import Any

import pytest

from plugins import SeenStatement
from proxy.bound import MAX_PREPARED, PreparedTexts
from proxy.legs import ClientLeg, UpstreamLeg
from proxy.observe import Observer
from proxy.observed import CLOCK, KEPT, MAX_WAITING, SLOW_S, TAIL, Observed, Waiting
from proxy.wire.commands import Com
from proxy.wire.packets import packet
from proxy.wire.reply import Dialect

OK = b"\x07\0\0\1\0\0\0\2\0\0\0"


class Wire:
    """Both legs and their observer; ``relay`` is what they need of one."""

    def __init__(self, every: int = 1) -> None:
        transport: Any = SimpleNamespace(get_extra_info=lambda _name: None, write=lambda _data: None)
        router: Any = SimpleNamespace(may_take=lambda _data, _at: False)
        login = SimpleNamespace(user=b"app", database=b"shop")
        self.relay: Any = SimpleNamespace(
            upstream=transport, client=transport, awaiting=False, login=login, dialect=Dialect(0)
        )
        self.client, self.upstream = ClientLeg(self.relay, router, False), UpstreamLeg(self.relay)
        self.relay.client_leg, self.relay.upstream_leg = self.client, self.upstream
        self.waiting = Waiting()
        self.waiting.every = every
        self.observer = Observer(self.relay, self.waiting)
        self.client.observer = self.upstream.observer = self.observer

    def query(self, sql: str, *reply: bytes) -> None:
        self.client.data_received(packet(0, bytes([Com.QUERY]) + sql.encode()))
        for data in reply or (OK,):
            self.upstream.data_received(data)

    def command(self, code: int, body: bytes = b"", reply: bytes = OK) -> None:
        self.client.data_received(packet(0, bytes([code]) + body))
        if reply:
            self.upstream.data_received(reply)

    @property
    def watched(self) -> bool:
        return self.client.observer is not None

    def taken(self) -> list[tuple[str, int]]:
        """The texts that wait, and for how many statements each stands."""
        found = []
        for item in self.waiting.queue:
            assert not isinstance(item, SeenStatement)
            found.append((item[1].command[5:].decode(), item[1].weight))
        return found

    def last(self) -> str:
        observed = self.observer.finish()
        assert isinstance(observed, Observed)
        return observed.command[5:].decode()


def test_every_statement_once_the_next_has_come() -> None:
    wire = Wire()
    for number in range(3):
        wire.query(str(number))
    assert wire.taken() == [("0", 1), ("1", 1)]
    wire.command(Com.STMT_RESET, bytes(4))
    assert wire.taken()[2:] == [("2", 1)]
    assert wire.last() == "2"


def test_under_load_one_stands_for_many() -> None:
    wire = Wire(every=10)
    for number in range(100):
        wire.query(str(number))
    assert [weight for _, weight in wire.taken()] == [10] * len(wire.taken())
    assert len(wire.taken()) in (9, 10)
    assert wire.last() == "99"


def test_of_those_left_out_slow_ones_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(every=1000)
    wire.observer.left = 999
    wire.query("quick")
    wire.client.data_received(packet(0, b"\x03slow"))
    monkeypatch.setattr(CLOCK, "now", CLOCK.now + SLOW_S * 1.5)
    wire.upstream.data_received(OK)
    wire.query("quick")
    assert wire.taken() == [("slow", 1)]
    assert wire.last() == "quick"


@pytest.mark.parametrize("left", [0, 999])
def test_what_stands_between_statements_of_people_is_no_last_one(left: int) -> None:
    wire = Wire(every=1000)
    wire.observer.left = left
    for sql in ("BEGIN", "first", "commit", "begin", "second", "COMMIT", "SET autocommit=1"):
        wire.query(sql)
        if sql == "second":
            wire.observer.database = b"another"
    before = wire.observer.before
    assert isinstance(before, Observed)
    assert (before.command[5:], before.size, before.user) == (b"second", len(OK), b"app")
    assert wire.last() == "SET autocommit=1"


@pytest.mark.parametrize("every", [1, 1000])
def test_a_pipeline_is_left_out_until_the_gateway_knows_again(every: int) -> None:
    wire = Wire(every)
    wire.query("before")
    wire.client.data_received(packet(0, b"\x03first"))
    wire.client.data_received(packet(0, b"\x03second"))
    assert not wire.watched
    wire.upstream.data_received(OK)
    wire.query("third")
    assert wire.observer.finish() is None
    wire.observer.synchronised(b"other", "utf-8")
    wire.query("fourth")
    assert (wire.last(), wire.observer.database) == ("fourth", b"other")


@pytest.mark.parametrize("every", [1, 1000])
@pytest.mark.parametrize("size", [KEPT - 1, KEPT, KEPT + 1, 20 * KEPT])
def test_what_is_kept_of_a_reply_is_bounded(every: int, size: int) -> None:
    for pieces in (1, 2, 7):
        wire = Wire(every)
        wire.observer.left = every - 1
        data = bytes(range(256)) * (size // 256 + 1)
        data = data[:size]
        step = -(-size // pieces)
        wire.query("large", *(data[at : at + step] for at in range(0, size, step)))
        observed = wire.observer.finish()
        assert isinstance(observed, Observed)
        assert observed.size == size
        assert b"".join(observed.chunks) == data[:KEPT]
        assert observed.tail == (b"" if size <= KEPT else data[-min(TAIL, size - (pieces - 1) * step) :])


def test_what_waits_is_bounded() -> None:
    wire = Wire()
    seen = 20 * MAX_WAITING
    for number in range(seen):
        wire.query(str(number))
    assert len(wire.waiting.queue) == MAX_WAITING
    assert 0 < wire.waiting.dropped == wire.waiting.counted - sum(weight for _, weight in wire.taken())
    assert wire.waiting.counted == pytest.approx(seen, abs=wire.waiting.every)


def test_a_burst_is_thinned_out_at_once() -> None:
    wire, called = Wire(), []
    wire.waiting.under_load = lambda: called.append(wire.waiting.every)
    for number in range(MAX_WAITING // 2 + 1):
        wire.query(str(number))
    assert called == [2]
    for number in range(MAX_WAITING):
        wire.query(str(number))
    assert called == [2]
    assert {weight for _, weight in wire.taken()} == {1, 2, 4, 8}


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


def test_executions_left_out_tell_their_types_too() -> None:
    wire = Wire(every=1000)
    wire.command(Com.STMT_PREPARE, b"SELECT ?", prepared_ok(1, 1))
    wire.command(Com.STMT_EXECUTE, b"\1\0\0\0\0\1\0\0\0\0\1\x08\0" + bytes(8))
    assert wire.observer.left == 999
    typed = b"\1\0\0\0\0\1\0\0\0\0\1\xfd\0\1x"
    for body in (typed, b"\1\0\0\0\0\1\0\0\0\0\0\1y"):
        wire.command(Com.STMT_EXECUTE, body)
        assert wire.observer.command is not None
    wire.command(Com.STMT_CLOSE, b"\1\0\0\0", reply=b"")
    observed = wire.observer.finish()
    assert isinstance(observed, Observed)
    assert observed.text_of is not None
    assert observed.text_of.command[5:] == b"SELECT ?"
    assert observed.typed == packet(0, b"\x17" + typed)
