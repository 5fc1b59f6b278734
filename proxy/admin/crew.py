"""All processes of a gateway, asked by the first of them. Frames on a socket pair: four bytes of length, then JSON."""

import asyncio
import contextlib
import itertools
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import structlog

from proxy.admin.control import Control, Reply, answer
from proxy.replies import fail
from proxy.workers import Siblings

log = structlog.get_logger("askwire.admin")
TIMEOUT_S = 5.0
_LENGTH = 4


class Crew:
    """The owner's side. ``await crew.ask(do=…)`` gives the replies of all processes, its own first."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._others: list[_Other] = []

    async def ask(self, do: str, **given: Any) -> list[Reply]:
        """A process that does not answer in time is left out."""
        question = {"do": do, **given}
        mine = answer(self._control, question)
        theirs = await asyncio.gather(*(other.ask(question) for other in self._others), return_exceptions=True)
        for failure in theirs:
            if isinstance(failure, BaseException):
                log.warning("worker_silent", reason=repr(failure))
        return [mine, *(reply for reply in theirs if not isinstance(reply, BaseException))]

    async def connect(self, siblings: Siblings, stack: AsyncExitStack) -> None:
        for near in siblings.asks:
            reader, writer = await _streams(near)
            other = _Other(reader, writer)
            stack.push_async_callback(other.close)
            self._others.append(other)


class _Other:
    """One connection to another process. Replies are read by a task of their own, so that none is ever read by half."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._task = asyncio.create_task(self._read(reader))

    async def ask(self, question: dict[str, Any]) -> Reply:
        """Raises TimeoutError and ConnectionError."""
        number = next(self._numbers)
        reply = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await _send(self._writer, [number, question])
                return await reply
        finally:
            del self._waiting[number]

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                number, reply = await _receive(reader)
                waiting = self._waiting.get(number)
                if waiting is not None and not waiting.done():
                    waiting.set_result(reply)
        for waiting in self._waiting.values():
            fail(waiting, ConnectionResetError("the process ended"))

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._writer.close()


@asynccontextmanager
async def answering(control: Control, siblings: Siblings | None) -> AsyncIterator[None]:
    """A worker's side: while entered, the owner's questions are answered."""
    if siblings is None or siblings.asked is None:
        yield
        return
    task = asyncio.create_task(_answer_all(control, siblings.asked))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _answer_all(control: Control, far: socket.socket) -> None:
    reader, writer = await _streams(far)
    with contextlib.closing(writer), contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            number, question = await _receive(reader)
            try:
                reply = answer(control, question)
            except Exception:
                log.exception("question_failed", question=question)
                continue
            await _send(writer, [number, reply])


async def _streams(sock: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    sock.setblocking(False)
    return await asyncio.open_unix_connection(sock=sock)


async def _send(writer: asyncio.StreamWriter, value: Any) -> None:
    data = json.dumps(value).encode()
    writer.write(len(data).to_bytes(_LENGTH) + data)
    await writer.drain()


async def _receive(reader: asyncio.StreamReader) -> Any:
    return json.loads(await reader.readexactly(int.from_bytes(await reader.readexactly(_LENGTH))))
