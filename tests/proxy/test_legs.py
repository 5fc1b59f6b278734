"""The fast path: what goes straight on, what is handed over to be looked at, and how it is written to a socket."""

import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from proxy.legs import ClientLeg, UpstreamLeg, writer
from proxy.wire.commands import Com
from proxy.wire.packets import packet


class Transport:
    """Notes what was written to it."""

    def __init__(self, connection: socket.socket | None = None, *, tls: bool = False) -> None:
        self.written: list[bytes] = []
        self.buffered = 0
        self.closing = False
        self._extra = {"socket": connection, "ssl_object": object() if tls else None}

    def get_extra_info(self, name: str) -> Any:
        return self._extra[name]

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def get_write_buffer_size(self) -> int:
        return self.buffered

    def is_closing(self) -> bool:
        return self.closing


# --- straight to the socket


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    near.setblocking(False)
    far.setblocking(False)
    with near, far:
        yield near, far


def received(far: socket.socket) -> bytes:
    try:
        return far.recv(1 << 20)
    except BlockingIOError:
        return b""


def test_it_does_not_wait_for_the_end_of_the_turn(pair: tuple[socket.socket, socket.socket]) -> None:
    transport: Any = Transport(pair[0])
    writer(transport)(b"a command")
    assert (received(pair[1]), transport.written) == (b"a command", [])


@pytest.mark.parametrize("state", [{"buffered": 1}, {"closing": True}])
def test_nothing_overtakes_and_a_closing_transports_descriptor_is_not_used(
    pair: tuple[socket.socket, socket.socket], state: dict[str, Any]
) -> None:
    """It may be another connection's already."""
    transport: Any = Transport(pair[0])
    write = writer(transport)
    for name, value in state.items():
        setattr(transport, name, value)
    write(b"a command")
    assert (received(pair[1]), transport.written) == (b"", [b"a command"])


def test_what_does_not_fit_waits_in_the_transport(pair: tuple[socket.socket, socket.socket]) -> None:
    transport: Any = Transport(pair[0])
    write, data = writer(transport), bytes(range(256)) * 40_000
    write(data)
    sent = b""
    while piece := received(pair[1]):
        sent += piece
    assert 0 < len(sent) < len(data)
    assert sent + transport.written[0] == data


def test_a_full_socket_and_a_broken_one_are_the_transports_affair(pair: tuple[socket.socket, socket.socket]) -> None:
    transport: Any = Transport(pair[0])
    write = writer(transport)
    while not transport.written:
        write(bytes(1 << 16))
    transport.written.clear()
    write(b"full")
    pair[1].close()
    write(b"broken")
    assert transport.written == [b"full", b"broken"]


@pytest.mark.parametrize("tls", [True, False])
def test_tls_has_records_to_make(pair: tuple[socket.socket, socket.socket], tls: bool) -> None:
    transport: Any = Transport(pair[0] if tls else None, tls=tls)
    writer(transport)(b"secret")
    assert (received(pair[1]), transport.written) == (b"", [b"secret"])


# --- client -> upstream


class Observer:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, bytes]] = []

    def sent(self, data: bytes) -> None:
        self.told.append(("sent", data))

    def other(self, data: bytes) -> None:
        self.told.append(("other", data))

    def received(self, data: bytes) -> None:
        self.told.append(("received", data))

    def noticed(self, data: bytes) -> None:
        self.told.append(("noticed", data))

    def lose(self) -> None:
        self.told.append(("lose", b""))


class Session:
    """Both legs between two transports; ``slow`` is what did not go the fast way. Texts with ASK may be taken."""

    def __init__(self, *, attributes: bool = False, observed: bool = True, away: bool = False) -> None:
        self.slow: list[bytes] = []
        self.looked: list[int] = []
        self.observer = Observer() if observed else None
        self.relay: Any = SimpleNamespace(
            client=Transport(), upstream=Transport(), awaiting=False, observer=self.observer,
            from_client=self.slow.append,
        )  # fmt: skip
        router: Any = SimpleNamespace(may_take=self._may_take)
        self.client, self.upstream = ClientLeg(self.relay, router, attributes), UpstreamLeg(self.relay)
        if not away:
            self.client.observer = self.upstream.observer = self.observer  # type: ignore[assignment]

    def _may_take(self, data: bytes, at: int) -> bool:
        self.looked.append(at)
        return data.startswith(b"ASK", at)

    @property
    def went_up(self) -> list[bytes]:
        return self.relay.upstream.written  # type: ignore[no-any-return]

    @property
    def came_down(self) -> list[bytes]:
        return self.relay.client.written  # type: ignore[no-any-return]


def query(sql: bytes, before: bytes = b"") -> bytes:
    return packet(0, bytes([Com.QUERY]) + before + sql)


def test_a_statement_goes_straight_up() -> None:
    session = Session()
    data = query(b"SELECT 1")
    session.client.data_received(data)
    assert (session.went_up, session.slow, session.looked) == ([data], [], [5])
    assert session.relay.awaiting
    assert session.observer is not None
    assert session.observer.told == [("sent", data)]


@pytest.mark.parametrize(
    "data",
    [
        query(b"ASK 'q'"),
        query(b"SELECT 1")[:-1],
        query(b"SELECT 1") + b"\1",
        query(b"SELECT 1") * 2,
        b"",
        b"\x09\0\0",
        packet(0, b"\3"),  # too short to hold a statement
        packet(1, b"\3SELECT 1"),  # of a file: it has the sequence id of no command
        b"\xff\xff\xff\0" + b"\3" + b"x" * 100,
    ],
    ids=["taken", "cut", "more", "two", "nothing", "part of a header", "no text", "no command", "the first of many"],
)
def test_what_is_not_one_whole_command_is_handed_over(data: bytes) -> None:
    session = Session()
    session.client.data_received(data)
    assert (session.went_up, session.slow) == ([], [data])
    assert not session.relay.awaiting


def test_while_something_is_under_way_everything_is_handed_over() -> None:
    session = Session()
    session.client.fast = False
    for data in (query(b"SELECT 1"), packet(0, bytes([Com.PING, 0]))):
        session.client.data_received(data)
    assert (session.went_up, len(session.slow)) == ([], 2)


@pytest.mark.parametrize(("block", "fast"), [(b"\0\1", True), (b"\1\1\0\1\x03\0\0\1x", False)])
def test_query_attributes(block: bytes, fast: bool) -> None:
    """With any in their block the text begins elsewhere."""
    session = Session(attributes=True)
    session.client.data_received(data := query(b"ASK 'q'", block))
    assert session.slow == [data]
    session.client.data_received(data := query(b"SELECT 1", block))
    assert (session.went_up == [data]) is fast
    assert session.looked == ([7, 7] if fast else [])


@pytest.mark.parametrize(
    ("code", "waits"), [(Com.PING, True), (Com.STMT_EXECUTE, True), (Com.STMT_CLOSE, False), (Com.QUIT, False)]
)
def test_another_command(code: Com, waits: bool) -> None:
    session = Session()
    data = packet(0, bytes([code]) + bytes(4))
    session.client.data_received(data)
    assert session.went_up == [data]
    assert session.relay.awaiting is waits
    assert session.observer is not None
    assert session.observer.told == [("other", data)]
    assert session.client.count == 0


def test_a_command_that_is_watched() -> None:
    session = Session()
    session.client.watched = frozenset({int(Com.CHANGE_USER)})
    session.client.data_received(data := packet(0, bytes([Com.CHANGE_USER]) + b"root\0"))
    assert (session.went_up, session.slow) == ([], [data])


def test_nobody_looks_at_all() -> None:
    session = Session(observed=False)
    for data in (query(b"SELECT 1"), packet(0, bytes([Com.PING, 0]))):
        session.client.data_received(data)
        session.upstream.data_received(b"\1\0\0\1\xff")
    assert len(session.went_up) == len(session.came_down) == 2


def test_the_last_two_statements_are_kept_and_all_are_counted() -> None:
    session = Session(away=True)
    statements = [query(b"SELECT %d" % number) for number in range(3)]
    for data in statements:
        session.client.data_received(data)
        session.upstream.data_received(b"ok")
    assert (session.client.before, session.client.last, session.client.count) == (*statements[1:], 3)
    session.client.keep(other := query(b"ASK"))
    assert (session.client.before, session.client.last, session.client.count) == (statements[2], other, 4)
    session.client.forget()
    assert (session.client.before, session.client.last) == (b"", b"")


def test_a_statement_before_the_reply_to_the_one_before_is_told_though_nobody_looks() -> None:
    """From then on it is not known which reply belongs to what."""
    session = Session(away=True)
    assert session.observer is not None
    session.client.data_received(query(b"SELECT 1"))
    assert session.observer.told == []
    session.client.data_received(query(b"SELECT 2"))
    assert session.observer.told == [("lose", b"")]


# --- upstream -> client


ERROR = packet(1, b"\xff\x1e\x04#42S22no")


def test_whoever_listens_gets_all() -> None:
    heard: list[bytes] = []
    session = Session()
    session.relay.awaiting = True
    session.upstream.listener = heard.append
    session.upstream.data_received(b"for the gateway")
    assert (heard, session.came_down, session.relay.awaiting) == ([b"for the gateway"], [], True)


@pytest.mark.parametrize(
    ("data", "awaiting", "noticed", "awaits"),
    [
        (b"\1\0\0\1\3", True, False, False),  # a reply
        (b"more of it", False, True, False),
        (ERROR, True, True, False),
        (packet(1, b"\xfbfile"), True, False, True),  # what comes up next is that, and no statement
        (packet(1, b"\xfbfile"), False, True, False),  # a row that begins so
        (b"\1\0\0", True, False, False),
    ],
    ids=["reply", "more", "error", "file", "row", "part of a header"],
)
def test_what_comes_down_while_it_is_away(data: bytes, awaiting: bool, noticed: bool, awaits: bool) -> None:
    session = Session(away=True)
    session.relay.awaiting = awaiting
    session.upstream.data_received(data)
    assert session.observer is not None
    assert session.observer.told == ([("noticed", data)] if noticed else [])
    assert (session.came_down, session.relay.awaiting) == ([data], awaits)


def test_what_comes_down_while_it_is_looked_at() -> None:
    session = Session()
    session.upstream.data_received(b"\1\0\0\1\3")
    assert session.observer is not None
    assert session.observer.told == [("received", b"\1\0\0\1\3")]
    assert session.came_down == [b"\1\0\0\1\3"]


# --- ends and pauses


def test_each_leg_tells_the_relay_of_its_own_end_and_pauses_the_other() -> None:
    told: list[object] = []
    session = Session()
    for name in ("client_lost", "upstream_lost"):
        setattr(session.relay, name, lambda name=name: told.append(name))
    for name in ("pause_upstream", "pause_client"):
        setattr(session.relay, name, lambda pause, name=name: told.append((name, pause)))
    session.relay.client_eof = lambda: True
    # A leg that cannot be written to pauses the one that is read for it.
    session.client.pause_writing()
    session.client.resume_writing()
    session.upstream.pause_writing()
    session.upstream.resume_writing()
    session.client.connection_lost(None)
    session.upstream.connection_lost(ConnectionResetError())
    pauses = [(name, pause) for name in ("pause_upstream", "pause_client") for pause in (True, False)]
    assert told == [*pauses, "client_lost", "upstream_lost"]
    assert session.client.eof_received() is True
