"""The comparison itself: it must see what was changed, and only that."""

import socket

import pytest

from tests.support.raw_client import CLASSIC, DEPRECATE_EOF, RawClient
from tests.support.recorder import Packet, Recorder, Tap, split_packets
from tests.support.shop_server import ShopServer


class Forger(Recorder):
    """Changes a text on its way to the client."""

    def __init__(self, target: tuple[str, int], old: bytes, new: bytes) -> None:
        super().__init__(target)
        self._old, self._new = old, new

    def _altered(self, data: bytes, sink: socket.socket) -> bytes:
        return data.replace(self._old, self._new)


def select(port: int, sql: str) -> None:
    with RawClient(port, CLASSIC | DEPRECATE_EOF) as client:
        client.query(sql)


def test_equal_without_a_gateway_between(mariadb: ShopServer) -> None:
    with Recorder((mariadb.host, mariadb.port)) as inner, Recorder(("127.0.0.1", inner.port)) as outer:
        tap = Tap(outer, inner)
        select(tap.port, "SELECT 1")
        select(tap.port, "SELECT * FROM no_such_table")
        tap.assert_identical(connections=2, commands=2)


def test_a_changed_byte_is_found(mariadb: ShopServer) -> None:
    with (
        Recorder((mariadb.host, mariadb.port)) as inner,
        Forger(("127.0.0.1", inner.port), b"apples", b"pearls") as forger,
        Recorder(("127.0.0.1", forger.port)) as outer,
    ):
        tap = Tap(outer, inner)
        select(tap.port, "SELECT CONCAT('app', 'les')")
        with pytest.raises(AssertionError, match=r"pearls.*apples"):
            tap.assert_identical(connections=1, commands=1)


def test_a_missing_command_is_found(mariadb: ShopServer) -> None:
    with Recorder((mariadb.host, mariadb.port)) as inner, Recorder(("127.0.0.1", inner.port)) as outer:
        tap = Tap(outer, inner)
        select(tap.port, "SELECT 1")
        with pytest.raises(AssertionError, match="only 2 commands"):
            tap.assert_identical(connections=1, commands=3)


def test_masked_capabilities_are_no_difference_and_others_are(mariadb: ShopServer) -> None:
    for bit, same in ((1 << 5, True), (1 << 13, False)):
        with Recorder((mariadb.host, mariadb.port)) as inner:
            greeting = greeting_of(mariadb)
            low = greeting.index(b"\0", 5) + 1 + 4 + 8 + 1
            changed = bytearray(greeting[low : low + 2])
            changed[bit.bit_length() // 9] ^= bit & 0xFF or bit >> 8
            tail = greeting[low + 2 : low + 5]
            with (
                Forger(("127.0.0.1", inner.port), greeting[low : low + 2] + tail, bytes(changed) + tail) as forger,
                Recorder(("127.0.0.1", forger.port)) as outer,
            ):
                tap = Tap(outer, inner)
                select(tap.port, "SELECT 1")
                found = [difference for pair in tap.pairs() for difference in pair.differences()]
                assert (not found) is same, found


def greeting_of(mariadb: ShopServer) -> bytes:
    with socket.create_connection((mariadb.host, mariadb.port)) as plain:
        head = plain.recv(4, socket.MSG_WAITALL)
        return head + plain.recv(int.from_bytes(head[:3], "little"), socket.MSG_WAITALL)


def test_split_packets() -> None:
    assert split_packets(b"\x01\0\0\x00a\0\0\0\x01\x05\0\0\x02bc") == [
        Packet(0, b"a"),
        Packet(1, b""),
        Packet(2, b"bc"),
    ]
