"""The server's end of the socket pair: packets in, replies out."""

import socket
from collections.abc import Iterator

import pytest

from proxy.upstreams.channel import WRITE_SIZE, Channel, Replies
from proxy.upstreams.metadata.rows import columns
from proxy.upstreams.table_rows import TableRows
from proxy.upstreams.types import Done
from proxy.wire.charsets import UTF8MB4
from proxy.wire.errors import ProtocolError
from proxy.wire.packets import Frames
from proxy.wire.reply import Reply
from proxy.wire.rows import Framer
from tests.proxy.wire.peers import frame
from tests.proxy.wire.replies import DIALECTS

DIALECT = DIALECTS["deprecate_eof"]
ROWS = TableRows(columns("A, B: bigint"), [("x", 1), (None, 2)])


@pytest.fixture
def ends() -> Iterator[tuple[Channel, socket.socket]]:
    """The session's and the relay's."""
    mine, relays = socket.socketpair()
    relays.settimeout(10)
    channel = Channel(mine)
    yield channel, relays
    channel.close()
    relays.close()


def test_packets_in_pieces(ends: tuple[Channel, socket.socket]) -> None:
    channel, relay = ends
    relay.sendall(frame(0, b"\x03SELECT 1")[:6])
    relay.sendall(frame(0, b"\x03SELECT 1")[6:] + frame(0, b"\x01"))
    assert channel.read() == (0, b"\x03SELECT 1")
    assert channel.read() == (0, b"\x01")


def test_a_client_that_is_gone(ends: tuple[Channel, socket.socket]) -> None:
    channel, relay = ends
    relay.sendall(b"\5\0\0\0ab")
    relay.close()
    assert channel.read() is None


def test_a_packet_too_large_is_refused_by_its_head(ends: tuple[Channel, socket.socket]) -> None:
    channel, relay = ends
    channel._reader._max_size = 10
    relay.sendall(b"\x0b\0\0\0")
    with pytest.raises(ProtocolError) as caught:
        channel.read()
    assert caught.value.number == 1153


def test_the_replies_to_two_statements(ends: tuple[Channel, socket.socket]) -> None:
    channel, relay = ends
    replies = Replies(channel, DIALECT, framer=Framer(1))
    replies.head(ROWS, 2, UTF8MB4)
    assert replies.rows(ROWS.batches(binary=False, codec="utf-8")) == 2
    replies.end_of_rows(2, warnings=1, more=True)
    replies.ok(Done(3, 7, "info"), 2, warnings=0)
    reply = Reply(DIALECT, decode=9)
    frames = Frames().feed(relay.recv(1 << 16))
    assert [frame[3] for frame in frames] == list(range(1, len(frames) + 1))
    assert [reply.feed(each) for each in frames] == [False] * (len(frames) - 1) + [True]
    assert reply.summary.rows == [(b"x", b"1"), (None, b"2")]


def test_a_small_reply_takes_one_write(ends: tuple[Channel, socket.socket]) -> None:
    channel, relay = ends
    replies = Replies(channel, DIALECT)
    replies.head(ROWS, 2, UTF8MB4)
    relay.setblocking(False)
    with pytest.raises(BlockingIOError):
        relay.recv(1)
    replies.rows([[b"x" * WRITE_SIZE]])
    assert len(relay.recv(WRITE_SIZE)) > 0


def test_an_error_in_the_middle_of_rows_ends_them(ends: tuple[Channel, socket.socket]) -> None:
    channel, relay = ends
    replies = Replies(channel, DIALECT)
    replies.head(ROWS, 2, UTF8MB4)
    replies.error(1317, "70100", "Größe", UTF8MB4)
    assert Frames().feed(relay.recv(1 << 16))[-1][4:] == b"\xff\x25\x05#70100" + "Größe".encode()
