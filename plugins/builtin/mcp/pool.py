"""Sessions for the calls: a thread for each, and a KILL for what nobody waits for any more."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from plugins.builtin.mcp.connection import Connection, Login
from plugins.errors import AskwireError, ErrorCode
from plugins.upstream import UpstreamError

T = TypeVar("T")
WAITING = 8  # calls that wait, for each that is at work
STOP_TIMEOUT_S = 10.0


class Pool:
    """``calls`` at a time. ``keep``: sessions are used again, for a single client; else each call has a new one.

    ``close`` at the end.
    """

    def __init__(self, login: Login, calls: int, *, keep: bool) -> None:
        self._login = login
        self._keep = keep
        self._places = asyncio.Semaphore(calls)
        self._waiting = 0
        self._most_waiting = WAITING * calls
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._most_idle = calls
        # A thread for each call, one that stops it, and some that close.
        self._threads = ThreadPoolExecutor(2 * calls + 2, thread_name_prefix="askwire-mcp")
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, database: str, work: Callable[[Connection], T], limit_s: float) -> T:
        """``work`` in a thread, with a session that has ``database`` selected ("": the account's default).

        Raises ``UpstreamError``, and ``AskwireError`` after ``limit_s`` seconds. Whoever is cancelled meanwhile leaves
        nothing running: the statement is killed, the session closed.
        """
        if self._waiting >= self._most_waiting:
            raise UpstreamError(1040, "08004", "Too many calls wait already; try again in a moment")
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        return await self._run(database, work, limit_s)

    async def _run(self, database: str, work: Callable[[Connection], T], limit_s: float) -> T:
        connection: Connection | None = None
        future: asyncio.Future[T] | None = None
        stopping = False
        try:
            async with asyncio.timeout(limit_s):
                kept = self._kept(database)
                opening = self._in_thread(lambda: self._take(kept, database))
                try:
                    connection = await asyncio.shield(opening)
                except asyncio.CancelledError:
                    opening.add_done_callback(_close_when_open)
                    raise
                self._open.add(connection)
                future = self._in_thread(lambda: work(connection))
                return await asyncio.shield(future)
        except (asyncio.CancelledError, TimeoutError) as error:
            stopping = connection is not None
            if stopping:
                assert connection is not None
                assert future is not None
                self._stop(connection, future)
            if isinstance(error, TimeoutError):
                raise AskwireError(
                    ErrorCode.DEADLINE, f"The call took longer than {limit_s:g} s and was stopped", "Ask for less."
                ) from None
            raise
        finally:
            if not stopping:
                self._give_back(connection)
                self._places.release()

    def _take(self, kept: Connection | None, database: str) -> Connection:
        """In a thread. Raises ``UpstreamError``."""
        if kept is not None:
            if kept.usable():
                return kept
            kept.close()
        return Connection(self._login, database)

    def _kept(self, database: str) -> Connection | None:
        """The session that was used last, so that a question goes on from the one before."""
        found = next((c for c in reversed(self._idle) if c.database == database), None)
        if found is not None:
            self._idle.remove(found)
        return found

    def _give_back(self, connection: Connection | None) -> None:
        if connection is None:
            return
        self._open.discard(connection)
        if not self._keep or connection.lost:
            connection.close()
            return
        self._idle.append(connection)
        if len(self._idle) > self._most_idle:
            self._idle.pop(0).close()

    def _stop(self, connection: Connection, future: "asyncio.Future[T]") -> None:
        """Kill what runs on it and close it; the call's place is taken until that is done."""
        task = asyncio.get_running_loop().create_task(self._kill(connection, future))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _kill(self, connection: Connection, future: "asyncio.Future[T]") -> None:
        try:
            with suppress(TimeoutError, UpstreamError):
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await self._in_thread(lambda: _kill(self._login, connection.number))
                    await asyncio.wait([future])
        finally:
            self._open.discard(connection)
            connection.close()
            future.add_done_callback(_seen)
            self._places.release()

    def _in_thread(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        return asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def close(self) -> None:
        """Stop everything."""
        for task in list(self._tasks):
            task.cancel()
        for connection in [*self._open, *self._idle]:
            connection.close()
        self._threads.shutdown(wait=False, cancel_futures=True)


def _kill(login: Login, number: int) -> None:
    own = Connection(login, "")
    try:
        own.kill(number)
    finally:
        own.close()


def _close_when_open(opening: "asyncio.Future[Connection]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _seen(future: "asyncio.Future[T]") -> None:
    """Nobody is left who waits for it."""
    if not future.cancelled():
        future.exception()
