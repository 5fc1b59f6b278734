"""Whatever either side sends in a log-in: no exception, no log-in without an OK, nothing after a refusal."""

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.wire.actions import (
    Action,
    LoggedIn,
    LoginResult,
    Refused,
    StartClientTls,
    StartUpstreamTls,
    ToClient,
    ToUpstream,
    UserChanged,
)
from proxy.wire.change_user import ChangeUser
from proxy.wire.conversation import Conversation
from proxy.wire.errors import ProtocolError
from proxy.wire.greeting import parse_greeting
from proxy.wire.login import Login, LoginPolicy
from proxy.wire.packets import PacketReader, parse_eof, parse_err, parse_ok
from proxy.wire.response import parse_change_user, parse_response
from tests.proxy.wire.peers import (
    CACHING,
    CLIENT_FLAGS,
    DENIED,
    NATIVE,
    OK,
    SERVER,
    frame,
    greeting,
    head,
    response,
    switch,
)

SSL = 1 << 11
Steps = list[tuple[str, bytes, bool]]


class FakeRsa:
    """RSA in name only, so that thousands of log-ins take no time; a blob is the data with 'x' before it."""

    public_pem = b"pem"

    def decrypt(self, blob: bytes) -> bytes:
        if blob[:1] != b"x":
            raise ValueError
        return blob[1:]

    def encrypt(self, public_pem: bytes, data: bytes) -> bytes:
        if b"bad" in public_pem:
            raise ValueError
        return b"x" + data


GREETINGS = [
    greeting(SERVER | SSL),
    greeting(SERVER),
    greeting(SERVER & ~1, plugin=NATIVE, version=b"5.5.5-10.11.6-MariaDB", extended=0x1F),
]
FLAGS = CLIENT_FLAGS | (1 << 28)
CLIENT_PACKETS = [
    head(FLAGS | SSL),
    response(FLAGS | SSL, b"s" * 32),
    response(FLAGS, b"s" * 32),
    response(FLAGS, b"s" * 20, plugin=NATIVE),
    response(FLAGS, b"\x01", plugin="sha256_password"),
    response(FLAGS, b"password\0", plugin="mysql_clear_password"),
    b"",
    b"\x01",
    b"\x02",
    b"password\0",
    b"xblob",
    b"\x03SELECT 1",
    b"\x11bob\0\0db\0",
    b"\x11bob\0\x02pwdb\0\x2d\0mysql_clear_password\0",
]
UPSTREAM_PACKETS = [
    OK,
    DENIED,
    b"\x01\x03",
    b"\x01\x04",
    b"\x01pem",
    b"\x01bad",
    b"\xfe",
    switch(CACHING),
    switch(NATIVE),
    switch("sha256_password"),
    switch("mysql_clear_password"),
    b"\x02dialog\0",
    b"\xfecaching_sha2_password\0",  # without a nonce
    b"\x04Password: ",
    *GREETINGS,
]


@st.composite
def mutated(draw: st.DrawFn, base: bytes) -> bytes:
    """``base`` as it is, cut, with bytes changed, or with something put in."""
    kind = draw(st.sampled_from(["same", "same", "same", "cut", "change", "insert"]))
    at = draw(st.integers(0, len(base)))
    if kind == "cut":
        return base[:at]
    if kind == "change":
        return base[:at] + draw(st.binary(min_size=1, max_size=4)) + base[at + 1 :]
    if kind == "insert":
        return base[:at] + draw(st.binary(max_size=300)) + base[at:]
    return base


def packets(known: list[bytes]) -> st.SearchStrategy[bytes]:
    return st.one_of(st.sampled_from(known).flatmap(mutated), st.binary(max_size=80))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("client"), packets(CLIENT_PACKETS), st.booleans()),
        st.tuples(st.just("upstream"), packets(UPSTREAM_PACKETS), st.booleans()),
        st.tuples(st.sampled_from(["client tls", "upstream tls"]), st.just(b""), st.just(True)),
    ),
    max_size=14,
)
POLICIES = st.builds(
    LoginPolicy, st.sampled_from(["off", "on", "required"]), st.sampled_from(["off", "preferred", "required"])
)


class Watch:
    """Plays steps on a conversation, keeping sequence ids right (mostly), and checks what must hold after each."""

    def __init__(self, talk: Conversation) -> None:
        self.talk = talk
        self.next = {"client": 0, "upstream": 0}
        self.over = False

    def play(self, who: str, payload: bytes, in_order: bool) -> None:
        if who in self.next:
            seq = self.next[who]
            if in_order:
                self.next[who] = (seq + 1) & 0xFF
            else:
                seq = (seq + 1) & 0xFF
            feed = self.talk.client_packet if who == "client" else self.talk.upstream_packet
            self.check(feed(seq, payload), who, payload)
        elif isinstance(self.talk, Login):
            started = self.talk.client_tls_started if who == "client tls" else self.talk.upstream_tls_started
            self.check(started(), who, payload)

    def check(self, actions: list[Action], who: str, payload: bytes) -> None:
        assert not (self.over and actions)
        for position, action in enumerate(actions):
            last = position == len(actions) - 1
            match action:
                case ToClient(data) | ToUpstream(data):
                    leg = "client" if isinstance(action, ToClient) else "upstream"
                    assert data[3] == self.next[leg]
                    assert int.from_bytes(data[:3], "little") == len(data) - 4
                    self.next[leg] = (self.next[leg] + 1) & 0xFF
                case LoggedIn() | UserChanged():
                    assert last
                    assert who == "upstream"
                    assert payload[:1] == b"\0"
                    assert isinstance(actions[position - 1], ToClient)
                case Refused():
                    assert last
                    assert not any(isinstance(before, ToUpstream | LoggedIn | UserChanged) for before in actions)
                    self.over = True
                case StartClientTls() | StartUpstreamTls():
                    assert last


@given(POLICIES, st.sampled_from(GREETINGS).flatmap(mutated), STEPS)
def test_login(policy: LoginPolicy, first: bytes, steps: Steps) -> None:
    watch = Watch(Login(policy, FakeRsa()))
    watch.play("upstream", first, True)
    for step in steps:
        watch.play(*step)


GOOD_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("client"), packets(CLIENT_PACKETS), st.just(True)),
        st.tuples(st.just("upstream"), packets(UPSTREAM_PACKETS), st.just(True)),
    ),
    max_size=10,
)


@given(st.booleans(), st.booleans(), st.sampled_from(CLIENT_PACKETS[1:6]), GOOD_STEPS)
def test_exchange(client_tls: bool, upstream_tls: bool, answer: bytes, steps: Steps) -> None:
    """Begins where authentication does, so that mutations go deep."""
    watch = Watch(Login(LoginPolicy("on", "preferred"), FakeRsa()))
    watch.play("upstream", GREETINGS[0 if upstream_tls else 1], True)
    if client_tls:
        watch.play("client", head(FLAGS | SSL), True)
        watch.play("client tls", b"", True)
    flags = int.from_bytes(answer[:4], "little") & ~SSL
    watch.play("client", flags.to_bytes(4, "little") + answer[4:], True)
    if upstream_tls:
        watch.play("upstream tls", b"", True)
    assert not watch.over
    for step in steps:
        watch.play(*step)


@given(st.booleans(), st.booleans(), packets(CLIENT_PACKETS[-2:]), STEPS)
def test_change_user(client_tls: bool, upstream_tls: bool, command: bytes, steps: Steps) -> None:
    session = LoginResult(FLAGS, 0, 1, "8.4.3", False, b"app", None, 45, b"n" * 20, 2, client_tls, upstream_tls)
    watch = Watch(ChangeUser(session, b"n" * 20, FakeRsa()))
    watch.play("client", command, True)
    for step in steps:
        watch.play(*step)


@pytest.mark.parametrize("client_tls", [False, True])
@given(steps=GOOD_STEPS)
def test_password_stays_out_of_the_clear(client_tls: bool, steps: Steps) -> None:
    """A client inside TLS never has its password written to an upstream without, whatever that upstream asks for."""
    login = Login(LoginPolicy("on", "off"), FakeRsa())
    watch = Watch(login)
    watch.play("upstream", GREETINGS[1], True)
    if client_tls:
        watch.play("client", head(FLAGS | SSL), True)
        watch.play("client tls", b"", True)
    watch.play("client", response(FLAGS, b"s" * 32), True)
    password, plugin, asked = b"correct horse\0", CACHING.encode(), b""
    for who, payload, _ in steps:
        if who == "upstream":
            watch.play(who, payload, True)
            asked = payload
            plugin = payload[1:].split(b"\0")[0] if payload[:1] in (b"\xfe", b"\x02") else plugin
        elif login.reads_client:
            # As a client library: the password only to the plugins that want it so.
            caching = plugin == CACHING.encode()
            wants = asked == b"\x01\x04" if caching else plugin != NATIVE.encode()
            actions = login.client_packet(watch.next["client"], password if wants else payload)
            sent = b"".join(action.data for action in actions if isinstance(action, ToUpstream))
            assert not client_tls or password not in sent
            watch.next["client"] += 1
            watch.check(actions, "client", payload)


@given(st.lists(st.binary(max_size=40), max_size=8), st.one_of(st.none(), st.integers(0, 255)), st.randoms())
def test_reader_whole_and_in_pieces(chunks: list[bytes], expected: int | None, randomness: random.Random) -> None:
    seqs = [randomness.choice([number, number, 7]) for number in range(len(chunks))]
    data = b"".join(frame(seq, chunk) for seq, chunk in zip(seqs, chunks, strict=True))
    data = data[: randomness.randint(0, len(data))] if randomness.random() < 0.3 else data

    def read(pieces: list[bytes]) -> list[object]:
        reader, got = PacketReader(max_size=30, expected_seq=expected), list[object]()
        for piece in pieces:
            reader.feed(piece)
            try:
                got.extend(reader)
            except ProtocolError as error:
                return [*got, error.number]
        return got

    assert read([data]) == read([data[i : i + 1] for i in range(len(data))])


PARSERS = [
    (parse_greeting, GREETINGS),
    (lambda payload: parse_response(payload, SERVER), CLIENT_PACKETS),
    (lambda payload: parse_change_user(payload, CLIENT_FLAGS), CLIENT_PACKETS),
    (parse_ok, UPSTREAM_PACKETS),
    (parse_eof, UPSTREAM_PACKETS),
    (parse_err, UPSTREAM_PACKETS),
]


@pytest.mark.parametrize("number", range(len(PARSERS)))
@given(data=st.data())
def test_parsers(number: int, data: st.DataObject) -> None:
    parser, known = PARSERS[number]
    payload = data.draw(packets(known))
    with contextlib.suppress(ProtocolError):
        parser(payload)
