"""Sequence ids of the two legs, and what an action shows of itself."""

import pytest

from proxy.wire.actions import Leg, Legs, ToClient, ToUpstream
from proxy.wire.errors import ProtocolError


def test_ids_count_over_both_directions() -> None:
    leg = Leg(1, tls=False)
    assert leg.frame(b"ab") == b"\2\0\0\1ab"
    leg.received(2)
    assert leg.frame(b"") == b"\0\0\0\3"


def test_ids_begin_again_after_255() -> None:
    leg = Leg(255, tls=False)
    leg.received(255)
    leg.received(0)
    leg = Leg(255, tls=False)
    assert [leg.frame(b"")[3], leg.frame(b"")[3]] == [255, 0]


@pytest.mark.parametrize("seq", [0, 4, 6, 255])
def test_a_packet_out_of_turn(seq: int) -> None:
    leg = Leg(5, tls=False)
    with pytest.raises(ProtocolError) as caught:
        leg.received(seq)
    assert (caught.value.number, caught.value.sqlstate) == (1156, "08S01")
    leg.received(5)  # its turn did not pass


def test_the_legs_count_apart() -> None:
    legs = Legs(7, client_tls=True)
    assert (legs.client.tls, legs.upstream.tls) == (True, False)
    assert legs.to_client(b"a") == ToClient(b"\1\0\0\7a")
    assert legs.to_client(b"b") == ToClient(b"\1\0\0\x08b")
    assert legs.to_upstream(b"c") == ToUpstream(b"\1\0\0\7c")


@pytest.mark.parametrize("action", [ToClient(b"secret"), ToUpstream(b"secret")])
def test_bytes_are_not_shown_in_a_log(action: ToClient | ToUpstream) -> None:
    assert "secret" not in repr(action)
