"""Where bases' vectors are searched beside this process: servers, and moving a base to one and back."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TypeVar

import structlog

from knowledge.index.opened import Connect, current, installation
from knowledge.index.remote import behind, catch_up, same
from knowledge.index.saved import Saved, Stopped
from knowledge.records import Base
from plugins.vectors import Floats, Found, StoreError, VectorStore

log = structlog.get_logger("askwire.knowledge")
T = TypeVar("T")

LOCAL = "local"
SERVERS = ("pgvector", "qdrant")
# This many changes are caught up before a search answers; more of them beside it.
SMALL = 1_000
MOVE_ATTEMPTS = 3


class Backends:
    """The servers by the name of their backend. ``saved`` holds the locks that processes share."""

    def __init__(self, connect: Connect, stores: Mapping[str, VectorStore], saved: Saved) -> None:
        self._connect = connect
        self._stores = dict(stores)
        self._saved = saved
        self._local = threading.local()
        self._searching = ThreadPoolExecutor(4, thread_name_prefix="askwire-vectors")
        self._following = ThreadPoolExecutor(1, thread_name_prefix="askwire-follow")
        self._behind: set[tuple[str, int]] = set()
        self._known: dict[tuple[str, int], int] = {}
        self._stop = threading.Event()

    @property
    def names(self) -> tuple[str, ...]:
        """What a base may be moved to."""
        return (LOCAL, *self._stores)

    async def search(self, base: Base, vector: Floats, k: int) -> Found:
        """The ``k`` nearest on the base's server, best first; ``base`` says which one.

        Raises StoreError, sqlite3.Error, OSError.
        """
        return await self._in(self._searching, lambda c: self._search(c, base, vector, k))

    async def move(self, base: Base, backend: str) -> None:
        """Search the base's vectors at ``backend`` from now on. It is searched at the old one until all are there.

        Killed on the way, it changes nothing; called again, it goes on where it was. Called when the base is there
        already, it removes what an earlier move left elsewhere. Raises StoreError, Stopped, sqlite3.Error, OSError.
        """
        if backend not in self.names:
            if backend in SERVERS:
                raise StoreError(f"[knowledge] {backend} is not in the settings")
            there = dict.fromkeys((LOCAL, *SERVERS, *self._stores))
            raise StoreError(f"vectors are searched at {', '.join(there)}, not at {backend!r}")
        await self._in(self._following, lambda c: self._move(c, base, backend))

    async def forget(self, base: Base) -> None:
        """Remove the vectors of a base that was dropped, everywhere. Raises StoreError, sqlite3.Error, OSError."""
        await self._in(self._following, lambda c: self._drop_elsewhere(c, base.id, LOCAL))

    async def close(self) -> None:
        """Stop what is being done; it goes on with the next search or move."""
        self._stop.set()
        for executor in (self._searching, self._following):
            await asyncio.to_thread(executor.shutdown)
        for store in self._stores.values():
            await asyncio.to_thread(store.close)

    def _search(self, c: sqlite3.Connection, base: Base, vector: Floats, k: int) -> Found:
        store = self._stores.get(base.backend)
        if store is None:
            raise StoreError(f"{base.backend} is not in the settings")
        table, here = _table(c, base.id), (base.backend, base.id)
        revision = current(c, base)
        out_of_step = self._known.get(here) != revision and here not in self._behind
        if out_of_step and (
            behind(c, store, table, base.id) > SMALL or not self._follow(c, base, revision, lambda: True)
        ):
            self._behind.add(here)
            self._following.submit(self._follow_later, base)
        return store.search(table, vector, k)

    def _follow(self, c: sqlite3.Connection, base: Base, revision: int, stopped: Callable[[], bool]) -> bool:
        """Whether the store is in step now; not when ``stopped`` and another process is at it."""
        try:
            with self._lock(base.id, stopped):
                catch_up(c, self._stores[base.backend], _table(c, base.id), base.id, self._stop.is_set)
        except Stopped:
            return False
        self._known[base.backend, base.id] = revision
        return True

    def _follow_later(self, base: Base) -> None:
        try:
            c = self._connect()
            try:
                self._follow(c, base, current(c, base), self._stop.is_set)
            finally:
                c.close()
        except (StoreError, sqlite3.Error, OSError) as error:
            log.warning("A base's vectors could not be sent", base=base.name, backend=base.backend, error=str(error))
        finally:
            self._behind.discard((base.backend, base.id))

    def _move(self, c: sqlite3.Connection, base: Base, backend: str) -> None:
        with self._lock(base.id, self._stop.is_set):
            for _ in range(MOVE_ATTEMPTS):
                if backend != LOCAL:
                    catch_up(c, self._stores[backend], _table(c, base.id), base.id, self._stop.is_set)
                if self._switched(c, base.id, backend):
                    break
            else:
                raise StoreError("the server does not hold what it was sent; nothing was changed")
            self._drop_elsewhere(c, base.id, backend)

    def _switched(self, c: sqlite3.Connection, base: int, backend: str) -> bool:
        """Send the last changes, compare, switch: in one transaction, so that no chunk is written in between."""
        c.execute("BEGIN IMMEDIATE")
        try:
            whole = backend == LOCAL or self._whole(c, self._stores[backend], _table(c, base), base)
            if whole:
                c.execute("UPDATE bases SET backend = ?, revision = revision + 1 WHERE id = ?", (backend, base))
        except BaseException:
            c.execute("ROLLBACK")
            raise
        c.execute("COMMIT")
        return whole

    def _whole(self, c: sqlite3.Connection, store: VectorStore, table: str, base: int) -> bool:
        if behind(c, store, table, base) > SMALL:
            return False  # others would wait too long for their writes
        catch_up(c, store, table, base, self._stop.is_set)
        return same(c, store, table, base)

    def _drop_elsewhere(self, c: sqlite3.Connection, base: int, backend: str) -> None:
        for name, store in self._stores.items():
            if name != backend:
                try:
                    store.drop(_table(c, base))
                except StoreError as error:  # it costs space, no more; the next move tries again
                    log.warning("Vectors could not be removed", base=base, backend=name, error=str(error))

    def _lock(self, base: int, stopped: Callable[[], bool]) -> AbstractContextManager[None]:
        return self._saved.lock(f"{base}.sent", stopped)

    async def _in(self, executor: ThreadPoolExecutor, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(executor, lambda: work(self._connection()))

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
        return connection


def _table(c: sqlite3.Connection, base: int) -> str:
    return f"{installation(c)}_{base}"
