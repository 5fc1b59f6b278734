"""HNSW graphs (Malkov and Yashunin 2018): made, extended, searched, compared with the SQLite file."""

import os
import pickle
import sqlite3
from collections.abc import Callable

import hnswlib
import numpy as np

from knowledge.index.saved import Graph, Key, Stopped
from knowledge.index.vectors import read_after, read_ids, read_some
from plugins.vectors import Floats, Found, Ids

# Chosen for a recall@10 of 0.99 at 100,000 vectors: python -m tests.bench knowledge.
M, EF_CONSTRUCTION, EF = 16, 200, 160
# Deleted vectors stay in a graph, skipped, up to this share; then it is made from the start.
MOST_DEAD = 0.25
ADDED_AT_ONCE = 500
SAMPLES = 32
THREADS = max(1, (os.cpu_count() or 2) // 2)


def fits(c: sqlite3.Connection, key: Key, graph: Graph) -> bool:
    """Whether the graph has all vectors of the file up to its ``last``.

    It has not when the file is an older one, brought back from a backup: ids are then used again, so some vectors,
    the newest among them, are compared. Raises sqlite3.Error.
    """
    alive = read_ids(c, key.base, key.dimensions, graph.last)
    if not len(alive) or not np.isin(alive, _ids(graph)).all():
        return False
    some = {int(alive[n]) for n in np.linspace(0, len(alive) - 1, SAMPLES).astype(int)}
    sample = read_some(c, key.base, sorted(some | {int(n) for n in alive[-SAMPLES:]}), key.dimensions)
    try:
        held = np.array(graph.index.get_items(sample.ids), np.float32)
    except RuntimeError:  # it counts one of them as deleted
        return False
    return bool(np.array_equal(held, sample.vectors))


def extended(c: sqlite3.Connection, key: Key, graph: Graph | None, stopped: Callable[[], bool]) -> Graph:
    """``graph`` itself with what it lacks, or a new one of everything. Raises Stopped, sqlite3.Error."""
    alive = read_ids(c, key.base, key.dimensions)
    if graph is not None:
        bury(graph, alive)
    if graph is None or graph.dead > MOST_DEAD * graph.count:
        graph = _empty(key, max(1, len(alive)))
    for block in read_after(c, key.base, graph.last, key.dimensions):
        graph.index.resize_index(max(graph.index.get_max_elements(), graph.count + len(block)))
        for start in range(0, len(block), ADDED_AT_ONCE):
            if stopped():
                raise Stopped
            part = slice(start, start + ADDED_AT_ONCE)
            graph.index.add_items(block.vectors[part], block.ids[part], num_threads=THREADS)
        graph.count += len(block)
        graph.last = int(block.ids[-1])
    return graph


def bury(graph: Graph, alive: Ids) -> None:
    """Have searches skip what is not ``alive``."""
    gone = np.setdiff1d(_ids(graph), alive)
    for label in gone:
        try:
            graph.index.mark_deleted(int(label))
        except RuntimeError:  # it was already
            continue
    graph.dead = len(gone)


def search(graph: Graph, vector: Floats, k: int) -> Found:
    """The about ``k`` nearest."""
    k = min(k, graph.count - graph.dead)
    while k > 0:
        graph.index.set_ef(max(EF, 2 * k))
        try:
            labels, distances = graph.index.knn_query(vector, k, num_threads=1)
        except RuntimeError:  # fewer than k can be reached
            k //= 2
            continue
        return [(int(label), 1.0 - float(distance)) for label, distance in zip(labels[0], distances[0], strict=True)]
    return []


def copied(graph: Graph) -> Graph:
    """Another one, that may be changed while this one is searched."""
    index = pickle.loads(pickle.dumps(graph.index))  # noqa: S301
    return Graph(index, graph.last, graph.count, graph.dead)


def _empty(key: Key, size: int) -> Graph:
    index = hnswlib.Index("ip", key.dimensions)
    index.init_index(size, M=M, ef_construction=EF_CONSTRUCTION)
    return Graph(index, last=0, count=0, dead=0)


def _ids(graph: Graph) -> Ids:
    return np.array(graph.index.get_ids_list(), np.int64)
