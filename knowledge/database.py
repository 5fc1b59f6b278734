"""An SQLite file (WAL) in the data folder, shared by all gateway processes; never touched on the event loop.

Reads and writes have a thread each, so that a read never waits for a write of another process (WAL lets it read on).
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from knowledge.migrations import STEPS, Steps, migrate
from plugins import AskwireError, ErrorCode

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

FILE_NAME = "askwire.sqlite"
# How long a write waits for other processes' writes. Those take a millisecond; what takes longer is done in slices
# (knowledge/slices.py).
BUSY_SECONDS = 10.0


class Database:
    """The file at ``path`` with the schema of ``steps``; made on first use, readable by its owner alone."""

    def __init__(self, path: Path, steps: Steps = STEPS) -> None:
        self._path = path
        self._steps = steps
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="askwire-read")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="askwire-write")
        self._local = threading.local()

    async def read(self, work: Work[T]) -> T:
        """Run ``work`` in the reading thread. Raises sqlite3.Error and OSError."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, lambda: work(self._connection()))

    def write(self, work: Work[T]) -> "asyncio.Future[T]":
        """Run ``work`` as one transaction, in the order of the calls; it is done even when nobody awaits the future.

        The future raises sqlite3.Error, OSError and what ``work`` raises; nothing of it was written then.
        """
        return asyncio.get_running_loop().run_in_executor(self._writer, self._transaction, work)

    async def close(self) -> None:
        """Wait for what is being written."""
        loop = asyncio.get_running_loop()
        for executor in (self._writer, self._reader):
            await loop.run_in_executor(executor, self._disconnect)
            executor.shutdown()

    def connect(self) -> sqlite3.Connection:
        """A connection for a thread of the caller's own, who closes it. Raises sqlite3.Error and OSError."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path.touch(mode=0o600)  # questions may hold data
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                migrate(connection, self._steps)
                connection.execute("PRAGMA foreign_keys = ON")
            except sqlite3.Error as error:
                connection.close()
                # The change to WAL does not wait for its lock (https://www.sqlite.org/wal.html, section 5).
                locked = getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")
                if not locked or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return connection

    def _transaction(self, work: Work[T]) -> T:
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(connection)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return result

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self.connect()
        return connection

    def _disconnect(self) -> None:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None


class Repository:
    """What keeps its rows in the file. Every method of one raises KNOWLEDGE_UNAVAILABLE when the file fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def _read(self, work: Work[T]) -> T:
        try:
            return await self._database.read(work)
        except (sqlite3.Error, OSError) as error:
            raise unavailable(error) from error

    async def _write(self, work: Work[T]) -> T:
        try:
            return await self._database.write(work)
        except (sqlite3.Error, OSError) as error:
            raise unavailable(error) from error


def unavailable(error: Exception) -> AskwireError:
    """What a failing file is to those who ask. To be raised."""
    return AskwireError(ErrorCode.KNOWLEDGE_UNAVAILABLE, f"The data folder's file cannot be read or written: {error}")
