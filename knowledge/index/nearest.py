"""Nearest vectors in this process: exact over what is new, HNSW (Malkov and Yashunin 2018) over the rest.

Every search covers all chunks that it sees in the SQLite file: new ones are read into a plain matrix before it
answers. When there are many, a thread adds them to a copy of the graph, saves it and exchanges the two.
"""

import sqlite3
from collections.abc import Callable

import numpy as np
import structlog

from knowledge.index import graph as graphs
from knowledge.index.saved import Graph, Key, Saved
from knowledge.index.vectors import Block, Floats, Found, read_after

log = structlog.get_logger("askwire.knowledge")

# Up to here an exact search is as quick as the graph (measured: 0.8 ms for 384 dimensions).
EXACT = 5_000
# Chunks outside a large graph, as a share of it, before they are added.
NEW_SHARE = 1 / 16
DEAD_SHARE = 1 / 16


class Nearest:
    """The vectors of one base. One thread calls it; ``merge`` may run in another one at the same time."""

    def __init__(self, key: Key, saved: Saved) -> None:
        self.key = key
        self._saved = saved
        self._graph: Graph | None = None
        self._merged: Graph | None = None  # left by merge() for the searching thread
        self._tail: list[Block] = []
        self._alive = 0

    @property
    def nbytes(self) -> int:
        return sum(block.nbytes for block in self._tail) + (self._graph.nbytes if self._graph else 0)

    @property
    def merged(self) -> bool:
        """Whether a new graph waits to be taken over by ``catch_up``."""
        return self._merged is not None

    def open(self, c: sqlite3.Connection) -> None:
        """Take the saved graph if it is of these chunks. Raises sqlite3.Error."""
        graph = self._saved.load(self.key)
        if graph is not None and graphs.fits(c, self.key, graph):
            self._graph = graph

    def catch_up(self, c: sqlite3.Connection) -> None:
        """Read what is new since the last time. Raises sqlite3.Error."""
        if self._merged is not None:
            self._graph, self._merged = self._merged, None
            self._tail = [later for block in self._tail if len(later := _after(block, self._graph.last))]
        for block in read_after(c, self.key.base, self._last, self.key.dimensions):
            if self._tail and len(self._tail[-1]) < EXACT:
                last = self._tail.pop()
                block = Block(np.concatenate([last.ids, block.ids]), np.concatenate([last.vectors, block.vectors]))
            self._tail.append(block)
        self._alive = c.execute("SELECT COUNT(*) FROM chunks WHERE base = ?", (self.key.base,)).fetchone()[0]

    def search(self, vector: Floats, k: int) -> Found:
        """The ``k`` nearest, best first; deleted ones may be among more than ``k``."""
        wanted = k + self._dead
        found = graphs.search(self._graph, vector, wanted) if self._graph else []
        for block in self._tail:
            found += block.nearest(vector, wanted)
        return sorted(found, key=lambda item: (-item[1], item[0]))[:wanted]

    @property
    def wants_merge(self) -> bool:
        """Whether so much is outside the graph, or deleted, that searches take longer."""
        if self._graph is None:
            return len(self) > EXACT
        size = self._graph.count - self._graph.dead
        if self._dead > max(64, DEAD_SHARE * size):
            return True
        return sum(map(len, self._tail)) > max(EXACT, NEW_SHARE * size)

    def merge(self, c: sqlite3.Connection, stopped: Callable[[], bool]) -> None:
        """Make the graph of all chunks and save it; on a thread of its own, with its own connection.

        Processes take turns: what another one saved is taken over. Raises Stopped, sqlite3.Error, OSError.
        """
        with self._saved.lock(str(self.key.base), stopped):
            graph = self._saved.load(self.key)
            if graph is None or not graphs.fits(c, self.key, graph):
                graph = graphs.copied(self._graph) if self._graph else None
            before = (graph.last, graph.dead) if graph else None
            graph = graphs.extended(c, self.key, graph, stopped)
            if (graph.last, graph.dead) != before:
                try:
                    self._saved.save(self.key, graph)
                except OSError as error:  # it serves from memory all the same
                    log.warning("An index could not be saved", base=self.key.base, error=str(error))
        self._merged = graph

    def __len__(self) -> int:
        return (self._graph.count - self._graph.dead if self._graph else 0) + sum(map(len, self._tail))

    @property
    def _dead(self) -> int:
        return max(0, len(self) - self._alive)

    @property
    def _last(self) -> int:
        if self._tail:
            return int(self._tail[-1].ids[-1])
        return self._graph.last if self._graph else 0


def _after(block: Block, last: int) -> Block:
    start = int(np.searchsorted(block.ids, last, side="right"))
    return Block(block.ids[start:], block.vectors[start:])
