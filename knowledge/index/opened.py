"""The indexes of the bases that this process searches: opened when needed, the least recently used dropped."""

import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog

from knowledge.index.nearest import Nearest
from knowledge.index.saved import Key, Saved, Stopped
from knowledge.index.words import Words
from knowledge.records import Base

log = structlog.get_logger("askwire.knowledge")

RETRY_SECONDS = 60.0
Connect = Callable[[], sqlite3.Connection]


class Opened:
    """One thread calls it. Graphs are made on another one, with connections that ``connect`` makes.

    ``folder`` keeps the graphs; ``memory`` bounds what the indexes take in all, in bytes (one base may take more).
    """

    def __init__(self, connect: Connect, folder: Path, memory: int) -> None:
        self._connect = connect
        self._saved = Saved(folder)
        self._memory = memory
        self._words: OrderedDict[int, tuple[int, Words]] = OrderedDict()
        self._nearest: OrderedDict[Key, tuple[int, Nearest]] = OrderedDict()
        self._merger = ThreadPoolExecutor(1, thread_name_prefix="askwire-index")
        self._merging: set[Key] = set()
        self._retry: dict[Key, float] = {}
        self._stop = threading.Event()
        self._swept = False

    def words(self, c: sqlite3.Connection, base: Base) -> Words:
        """The base's words as of now. Raises sqlite3.Error."""
        revision = current(c, base)
        known, words = self._words.pop(base.id, (-1, Words(base.id)))
        if known != revision:
            words.catch_up(c)
        self._words[base.id] = revision, words
        return words

    def nearest(self, c: sqlite3.Connection, base: Base, dimensions: int) -> Nearest:
        """The base's vectors as of now. Raises sqlite3.Error."""
        self._sweep(c)
        revision = current(c, base)
        key = Key(installation(c), base.id, base.embedder, dimensions)
        known, nearest = self._nearest.pop(key, (-1, None))
        if nearest is None:
            nearest = Nearest(key, self._saved)
            nearest.open(c)
        if known != revision or nearest.merged:
            nearest.catch_up(c)
        self._nearest[key] = revision, nearest
        if nearest.wants_merge and key not in self._merging and time.monotonic() >= self._retry.get(key, 0):
            self._merging.add(key)
            self._merger.submit(self._merge, nearest)
        return nearest

    def trim(self) -> None:
        """Drop what was not used for longest, until the rest fits."""
        while len(self._words) + len(self._nearest) > 2 and self.nbytes > self._memory:
            # A base's two indexes are mostly used together; the larger kind goes first.
            if len(self._nearest) > 1:
                self._nearest.popitem(last=False)
            else:
                self._words.popitem(last=False)

    @property
    def nbytes(self) -> int:
        return sum(item.nbytes for kept in (self._words, self._nearest) for _, item in kept.values())

    def forget(self, base: int) -> None:
        """The base was dropped. Raises OSError."""
        self._words.pop(base, None)
        for key in [key for key in self._nearest if key.base == base]:
            del self._nearest[key]
        self._saved.forget(base)

    def close(self) -> None:
        """End what is being made; a part of it is lost, and made again when it is needed."""
        self._stop.set()
        self._merger.shutdown()

    def _merge(self, nearest: Nearest) -> None:
        key, started = nearest.key, time.monotonic()
        try:
            connection = self._connect()
            try:
                nearest.merge(connection, self._stop.is_set)
            finally:
                connection.close()
            log.info("Index made", base=key.base, vectors=len(nearest), seconds=round(time.monotonic() - started, 1))
        except Stopped:
            pass
        except (sqlite3.Error, OSError, RuntimeError, MemoryError) as error:
            self._retry[key] = time.monotonic() + RETRY_SECONDS
            log.warning("An index could not be made; searches take longer", base=key.base, error=str(error))
        finally:
            self._merging.discard(key)

    def _sweep(self, c: sqlite3.Connection) -> None:
        """Once: remove the files of bases that are gone."""
        if not self._swept:
            self._swept = True
            there = {row[0] for row in c.execute("SELECT id FROM bases WHERE folded IS NOT NULL")}
            for base in self._saved.bases() - there:
                self._saved.forget(base)


def current(c: sqlite3.Connection, base: Base) -> int:
    """The base's revision; -2 when it is gone. Raises sqlite3.Error."""
    row = c.execute("SELECT revision FROM bases WHERE id = ? AND folded IS NOT NULL", (base.id,)).fetchone()
    return int(row[0]) if row else -2


def installation(c: sqlite3.Connection) -> str:
    """What tells this SQLite file from others. Raises sqlite3.Error."""
    return str(c.execute("SELECT id FROM installation").fetchone()[0])
