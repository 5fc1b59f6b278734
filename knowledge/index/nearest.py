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
from knowledge.index.table import count_chunks
from knowledge.index.vectors import Block, joined, read_after
from plugins.vectors import Floats, Found

log = structlog.get_logger("askwire.knowledge")

# Up to here an exact search is as quick as the graph (measured: 0.8 ms for 384 dimensions).
EXACT = 5_000
# Chunks outside a large graph, as a share of it, before they are added.
NEW_SHARE = 1 / 16


class Nearest:
    """The vectors of one base. One thread calls it; ``merge`` may run in another one at the same time."""

    def __init__(self, key: Key, saved: Saved) -> None:
        self.key = key
        self._saved = saved
        self._graph: Graph | None = None
        self._merged: Graph | None = None  # left by merge() for the searching thread
        self._tail: list[Block] = []
        self._seen = (-1, 0)  # chunks of the base, with or without vectors, and the highest of their ids

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
        """Read what is new, and what was deleted, since the last time. Raises sqlite3.Error."""
        changed = self._take_merged()
        for block in read_after(c, self.key.base, self._last, self.key.dimensions):
            if self._tail and len(self._tail[-1]) < EXACT:
                block = joined(self._tail.pop(), block)
            self._tail.append(block)
        count, (known, highest) = count_chunks(c, self.key.base), self._seen
        sql = "SELECT COUNT(*), MAX(id) FROM passages WHERE base = ? AND id > ?"
        new, newest = c.execute(sql, (self.key.base, highest)).fetchone()
        if changed or count - new != known:
            self._leave_out_deleted(c)
        self._seen = count, newest or highest

    def _take_merged(self) -> bool:
        if self._merged is None:
            return False
        self._graph, self._merged = self._merged, None
        self._tail = [later for block in self._tail if len(later := block.after(self._graph.last))]
        return True

    def _leave_out_deleted(self, c: sqlite3.Connection) -> None:
        sql = "SELECT id FROM passages WHERE base = ?"
        alive = np.fromiter((row[0] for row in c.execute(sql, (self.key.base,))), np.int64)
        self._tail = [kept for block in self._tail if len(kept := block.only(alive))]
        if self._graph is not None:
            graphs.bury(self._graph, alive)

    def search(self, vector: Floats, k: int) -> Found:
        """The ``k`` nearest, best first."""
        found = graphs.search(self._graph, vector, k) if self._graph else []
        for block in self._tail:
            found += block.nearest(vector, k)
        return sorted(found, key=lambda item: (-item[1], item[0]))[:k]

    @property
    def wants_merge(self) -> bool:
        """Whether so much is outside the graph, or deleted in it, that searches take longer."""
        if self._graph is None:
            return len(self) > EXACT
        graph = self._graph
        outside = sum(map(len, self._tail))
        return outside > max(EXACT, NEW_SHARE * graph.count) or graph.dead > graphs.MOST_DEAD * graph.count

    def merge(self, c: sqlite3.Connection, stopped: Callable[[], bool]) -> None:
        """Make the graph of all chunks and save it; on a thread of its own, with its own connection.

        Processes take turns: what another one saved is taken over. Raises Stopped, sqlite3.Error, OSError.
        """
        with self._saved.lock(str(self.key.base), stopped):
            graph = self._saved.load(self.key)
            if graph is None or not graphs.fits(c, self.key, graph):
                graph = graphs.copied(self._graph) if self._graph else None
            before = (graph.last, graph.count, graph.dead) if graph else None
            graph = graphs.extended(c, self.key, graph, stopped)
            if (graph.last, graph.count, graph.dead) != before:
                try:
                    self._saved.save(self.key, graph)
                except OSError as error:  # it serves from memory all the same
                    log.warning("An index could not be saved", base=self.key.base, error=str(error))
        self._merged = graph

    def __len__(self) -> int:
        return (self._graph.count - self._graph.dead if self._graph else 0) + sum(map(len, self._tail))

    @property
    def _last(self) -> int:
        if self._tail:
            return int(self._tail[-1].ids[-1])
        return self._graph.last if self._graph else 0
