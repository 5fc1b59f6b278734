"""What a log-in and a COM_CHANGE_USER do the same: order, errors and the end. Each has its transcripts in its file."""

import pytest

from proxy.wire.actions import Action, Legs, Refused, ToClient, ToUpstream
from proxy.wire.conversation import Conversation, Event, State
from proxy.wire.errors import ProtocolError
from tests.proxy.wire.peers import frame
from tests.proxy.wire.replies import err

LATE = ProtocolError(1159, "08S01", "Got timeout reading communication packets")


class Echo(Conversation):
    """Passes every packet on; ``boom`` is malformed to it."""

    def _step(self, event: Event, payload: bytes) -> list[Action]:
        if payload == b"boom":
            raise ProtocolError(1835, "HY000", "Malformed communication packet")
        if event is Event.UPSTREAM_PACKET:
            return [self._legs.to_client(payload)]
        return [self._legs.to_upstream(payload)]

    def _success(self, nonce: bytes, status: int) -> Action:
        raise AssertionError("nobody logs in here")


def echo(state: State = State.RESPONSE) -> Echo:
    return Echo(Legs(), state)


def test_packets_in_order_are_taken() -> None:
    talk = echo()
    assert talk.client_packet(0, b"a") == [ToUpstream(frame(0, b"a"))]
    assert talk.upstream_packet(1, b"b") == [ToClient(frame(1, b"b"))]
    assert talk.state is State.RESPONSE


@pytest.mark.parametrize(
    ("state", "reads"),
    [
        (State.GREETING, False),
        (State.RESPONSE, True),
        (State.CLIENT_TLS, False),
        (State.RESPONSE_IN_TLS, True),
        (State.UPSTREAM_TLS, False),
        (State.AUTHENTICATION, False),  # before the exchange began
        (State.DONE, False),
        (State.REFUSED, False),
    ],
)
def test_when_the_client_is_read(state: State, reads: bool) -> None:
    assert echo(state).reads_client is reads


@pytest.mark.parametrize("side", ["client_packet", "upstream_packet"])
@pytest.mark.parametrize(("seq", "payload", "number"), [(1, b"a", 1156), (255, b"a", 1156), (0, b"boom", 1835)])
def test_a_peer_that_breaks_the_protocol_is_refused(side: str, seq: int, payload: bytes, number: int) -> None:
    talk = echo()
    answer, refused = getattr(talk, side)(seq, payload)
    assert isinstance(answer, ToClient)
    assert answer.data[4:7] == b"\xff" + number.to_bytes(2, "little")
    assert isinstance(refused, Refused)
    assert refused.number == number
    assert talk.state is State.REFUSED


def test_nothing_follows_a_refusal() -> None:
    talk = echo()
    talk.client_packet(9, b"")
    assert talk.client_packet(0, b"a") == []
    assert talk.upstream_packet(0, b"a") == []
    assert talk.upstream_packet(0, err()) == []
    assert talk.refuse(LATE) == []
    assert talk.state is State.REFUSED


@pytest.mark.parametrize("state", [State.GREETING, State.RESPONSE, State.AUTHENTICATION, State.UPSTREAM_TLS])
def test_an_error_of_the_upstream_is_passed_on_as_it_is(state: State) -> None:
    talk = echo(state)
    error = err(1045, "Accès refusé".encode())
    assert talk.upstream_packet(0, error) == [ToClient(frame(0, error)), Refused(1045, "Accès refusé")]
    assert talk.state is State.REFUSED


def test_while_tls_starts_the_client_can_read_no_error() -> None:
    assert echo(State.CLIENT_TLS).upstream_packet(0, err(1040, b"full")) == [Refused(1040, "full")]
    assert echo(State.CLIENT_TLS).refuse(LATE) == [Refused(1159, LATE.message)]


def test_an_error_that_is_none() -> None:
    answer, refused = echo().upstream_packet(0, b"\xff\x15")
    assert isinstance(answer, ToClient)
    assert answer.data[4:].startswith(b"\xff\x2b\x07#HY000")
    assert isinstance(refused, Refused)
    assert refused.number == 1835


def test_a_reason_that_is_no_text() -> None:
    assert echo().upstream_packet(0, err(1045, b"\xff\xfe"))[1] == Refused(1045, "��")


def test_after_the_end_an_error_is_no_longer_the_log_ins() -> None:
    talk = echo(State.DONE)
    assert talk.upstream_packet(0, err()) == [ToClient(frame(0, err()))]
    assert talk.state is State.DONE


@pytest.mark.parametrize(("state", "sqlstate"), [(State.GREETING, b""), (State.RESPONSE, b"#08S01")])
def test_refused_from_outside(state: State, sqlstate: bytes) -> None:
    """Before the greeting a client does not know of SQLSTATE."""
    answer, refused = echo(state).refuse(LATE)
    assert answer == ToClient(frame(0, b"\xff\x87\x04" + sqlstate + LATE.message.encode()))
    assert refused == Refused(1159, LATE.message)
