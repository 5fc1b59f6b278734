"""Works the queue of loads off. One process of a data folder at a time does it.

Who holds ``ingest.lock`` (flock) works. The kernel gives it back however that process ends, and whoever waits for a
load of its own goes on with what was left.
"""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

from knowledge.documents import Documents
from knowledge.filling import Filler, Turn
from knowledge.loading.loaders import Loaders, built_in, loaders_of
from knowledge.loading.types import Limits
from knowledge.loads import Loads
from knowledge.records import Load
from knowledge.spool import sweep
from models_runtime.embeddings import Embeddings
from plugins import AskwireError

log = structlog.get_logger("askwire.knowledge")

POLL_S = 0.25


class Ingest:
    """``folder``: where the lock and uploads are. ``wake`` it when a load was queued or anything was taken out."""

    def __init__(
        self,
        folder: Path,
        imports: Path,
        loads: Loads,
        documents: Documents,
        embeddings: Embeddings | None,
        limits: Limits,
        loaders: Loaders | None = None,
    ) -> None:
        self._folder = folder
        self._spool = folder / "uploads"
        self._loads = loads
        self._documents = documents
        self.loaders = loaders or loaders_of(built_in(limits))
        self._filler = Filler(self._spool, imports, loads, documents, embeddings, limits, self.loaders)
        self._task: asyncio.Task[None] | None = None
        self._again = False

    @property
    def spool(self) -> Path:
        """Where uploads wait to be loaded; made on first use."""
        self._spool.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._spool

    def wake(self) -> None:
        """Work the queue off in the background, unless another process does."""
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="ingest")

    async def stop(self) -> None:
        """What was begun goes on at the next start."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def finish(self, load: int) -> Load | None:
        """Wait until the load is over, working on it where no other process does; the load as it ended."""
        while (now := await self._loads.get(load)) is not None and now.open:
            self.wake()
            await asyncio.sleep(POLL_S)
        return now

    async def _run(self) -> None:
        while self._again:
            self._again = False
            try:
                await self._work_off()
            except AskwireError as error:
                log.error("ingest_failed", reason=error.message)
                return
            except Exception:
                log.exception("ingest_failed")
                return

    async def purge(self) -> None:
        """Delete what was taken out, unless another process works the queue off; that one does it then."""
        with self._locked() as ours:
            if ours:
                await self._documents.purge()

    async def _work_off(self) -> None:
        while await self._loads.next() is not None or await self._documents.has_marked():
            with self._locked() as ours:
                if ours:
                    await asyncio.to_thread(sweep, self.spool, await self._loads.uploads())
                    await self._documents.purge()
                    await self._queue()
                    continue
            await asyncio.sleep(POLL_S)

    async def _queue(self) -> None:
        """One load after the other, bases in turn; while one is embedded, the first document of the next is read."""
        last, before = (0, 0), None
        tasks = set[asyncio.Task[None]]()
        try:
            while (found := await self._loads.next(*last)) is not None:
                last, read = (found[0].id, found[1].id), asyncio.Event()
                task = asyncio.create_task(self._filler.fill(*found, Turn(before, read)))
                tasks.add(task)
                task.add_done_callback(lambda _, read=read: read.set())  # type: ignore[misc]
                await read.wait()
                if before is not None:
                    await before
                    tasks.discard(before)
                before = task
                await self._documents.purge()
            if before is not None:
                await before
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @contextmanager
    def _locked(self) -> Iterator[bool]:
        """Whether the lock is ours; if so, no other process works until it is given back."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(self._folder / "ingest.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield _try_lock(lock)
        finally:
            os.close(lock)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
