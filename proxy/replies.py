"""Commands that the gateway sends, and their replies, each read to its end whoever still waits for it."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from proxy.wire.errors import ProtocolError
from proxy.wire.packets import Frames


class Follower(Protocol):
    """What reads one reply."""

    def feed(self, packet: bytes) -> bool:
        """One packet -> whether the reply ended with it."""


Sink = Callable[[list[bytes]], None]


@dataclass(slots=True)
class _Expected:
    follower: Follower
    sink: Sink | None
    done: asyncio.Future[None]


class Replies:
    """Those that are still to come."""

    def __init__(self, upstream: asyncio.Transport) -> None:
        self._upstream = upstream
        self._frames = Frames()
        self._expected: deque[_Expected] = deque()

    async def ask(self, *asked: tuple[bytes, Follower], sink: Sink | None = None) -> None:
        """Send commands at once and wait for their replies; ``sink`` gets the packets of the first as they come."""
        loop = asyncio.get_running_loop()
        expected = [
            _Expected(follower, sink if index == 0 else None, loop.create_future())
            for index, (_, follower) in enumerate(asked)
        ]
        self._expected += expected
        self._upstream.write(b"".join(command for command, _ in asked))
        await asyncio.shield(expected[-1].done)

    async def idle(self) -> None:
        """Wait until no reply is outstanding."""
        if self._expected:
            await self._expected[-1].done

    def fail(self, error: Exception) -> None:
        """The upstream is gone: whoever waits gets ``error``."""
        for expected in self._expected:
            fail(expected.done, error)
        self._expected.clear()

    def feed(self, data: bytes) -> None:
        """Bytes of the upstream. Raises ``ProtocolError``."""
        batch: list[bytes] = []
        for frame in self._frames.feed(data):
            if not self._expected:
                raise ProtocolError(1835, "HY000", "The upstream sent a packet that nobody asked for")
            current = self._expected[0]
            ended = current.follower.feed(frame)
            if current.sink is not None:
                batch.append(frame)
            if ended:
                self._expected.popleft()
                _flush(current, batch)
                current.done.set_result(None)
        if self._expected:
            _flush(self._expected[0], batch)


def _flush(current: _Expected, batch: list[bytes]) -> None:
    if current.sink is not None and batch:
        current.sink(batch)
        batch.clear()


def fail(future: asyncio.Future[Any], error: Exception) -> None:
    """Unless it is done already."""
    if not future.done():
        future.set_exception(error)
        future.exception()  # it may have no reader left; that is no fault worth a log line
