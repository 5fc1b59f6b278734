import asyncio
from typing import Any, cast

import pytest

from proxy.replies import Replies, fail
from proxy.wire.errors import ProtocolError
from tests.proxy.wire.peers import frame


class Upstream:
    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)


class Until:
    """A reply that ends with a packet of this payload."""

    def __init__(self, last: bytes) -> None:
        self._last = last
        self.seen: list[bytes] = []

    def feed(self, packet: bytes) -> bool:
        self.seen.append(packet[4:])
        return packet[4:] == self._last


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
async def replies(upstream: Upstream) -> Replies:
    return Replies(cast(Any, upstream))


async def asked(replies: Replies, *pairs: tuple[bytes, Until], **given: Any) -> "asyncio.Task[None]":
    task = asyncio.create_task(replies.ask(*pairs, **given))
    await asyncio.sleep(0)
    return task


async def test_replies_come_in_the_order_of_their_questions(replies: Replies, upstream: Upstream) -> None:
    first, second = Until(b"1"), Until(b"2")
    task = await asked(replies, (b"ask 1", first), (b"ask 2", second))
    assert upstream.written == [b"ask 1ask 2"]
    replies.feed(frame(1, b"x") + frame(2, b"1") + frame(1, b"y"))
    await asyncio.sleep(0)
    assert not task.done()
    replies.feed(frame(2, b"2"))
    await task
    assert (first.seen, second.seen) == ([b"x", b"1"], [b"y", b"2"])
    await replies.idle()


async def test_bytes_come_as_they_like(replies: Replies) -> None:
    follower = Until(b"end")
    task = await asked(replies, (b"", follower))
    for byte in frame(1, b"begin") + frame(2, b"end"):
        replies.feed(bytes([byte]))
    await task
    assert follower.seen == [b"begin", b"end"]


async def test_the_sink_gets_the_first_reply_only(replies: Replies) -> None:
    got: list[list[bytes]] = []
    task = await asked(replies, (b"", Until(b"1")), (b"", Until(b"2")), sink=lambda frames: got.append(list(frames)))
    replies.feed(frame(1, b"x"))
    replies.feed(frame(2, b"1") + frame(1, b"2"))
    await task
    assert got == [[frame(1, b"x")], [frame(2, b"1")]]


async def test_who_stops_waiting_leaves_the_reply_to_be_read(replies: Replies) -> None:
    task = await asked(replies, (b"", Until(b"1")))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    idle = asyncio.create_task(replies.idle())
    await asyncio.sleep(0)
    assert not idle.done()
    replies.feed(frame(1, b"1"))
    await idle


async def test_what_nobody_asked_for(replies: Replies) -> None:
    with pytest.raises(ProtocolError, match="a packet that nobody asked for"):
        replies.feed(frame(1, b"x"))
    task = await asked(replies, (b"", Until(b"1")))
    with pytest.raises(ProtocolError, match="a packet that nobody asked for"):
        replies.feed(frame(1, b"1") + frame(2, b"more"))
    await task


async def test_an_upstream_that_is_gone(replies: Replies) -> None:
    task = await asked(replies, (b"", Until(b"1")), (b"", Until(b"2")))
    replies.fail(ConnectionResetError("gone"))
    with pytest.raises(ConnectionResetError, match="gone"):
        await task
    await replies.idle()


async def test_what_is_done_does_not_fail() -> None:
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    future.set_result(1)
    fail(future, ValueError("late"))
    assert future.result() == 1
