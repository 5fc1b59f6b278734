"""Vectors on a server, kept in step with the SQLite file, which stays the truth (see ``plugins.vectors``)."""

import sqlite3
from collections.abc import Callable

import numpy as np

from knowledge.index.saved import Stopped
from knowledge.index.vectors import read_after, read_ids, read_some
from plugins.vectors import VectorStore

AT_ONCE = 500


def behind(c: sqlite3.Connection, store: VectorStore, table: str, base: int) -> int:
    """About how many chunks of the file are not in the store, or too many in it. Raises StoreError, sqlite3.Error."""
    count, last = store.extent(table)
    newer, all_ = c.execute(
        "SELECT SUM(id > ?), COUNT(*) FROM passages WHERE base = ? AND vector IS NOT NULL", (last, base)
    ).fetchone()
    return int(max(newer or 0, abs(all_ - count)))


def catch_up(
    c: sqlite3.Connection, store: VectorStore, table: str, base: int, stopped: Callable[[], bool] = lambda: False
) -> None:
    """Make the store hold what the file holds; one process at a time. Raises Stopped, StoreError, sqlite3.Error."""
    dimensions = base_dimensions(c, base)
    if not dimensions:
        store.drop(table)
        return
    _, last = store.extent(table)
    for block in read_after(c, base, last, dimensions, AT_ONCE):
        _stop(stopped)
        store.put(table, block)
    wanted = read_ids(c, base, dimensions)
    if store.extent(table)[0] == len(wanted):
        return
    held = store.ids(table)
    store.remove(table, np.setdiff1d(held, wanted))
    missing = np.setdiff1d(wanted, held)
    for start in range(0, len(missing), AT_ONCE):
        _stop(stopped)
        block = read_some(c, base, missing[start : start + AT_ONCE].tolist(), dimensions)
        if len(block):  # they may have been deleted meanwhile
            store.put(table, block)


def same(c: sqlite3.Connection, store: VectorStore, table: str, base: int) -> bool:
    """Whether the store holds the same chunks as the file. Raises StoreError, sqlite3.Error."""
    return np.array_equal(store.ids(table), read_ids(c, base, base_dimensions(c, base)))


def base_dimensions(c: sqlite3.Connection, base: int) -> int:
    """The length of the base's newest vector; 0 without any. Raises sqlite3.Error."""
    sql = "SELECT LENGTH(vector) / 4 FROM passages WHERE base = ? AND vector IS NOT NULL ORDER BY id DESC LIMIT 1"
    row = c.execute(sql, (base,)).fetchone()
    return int(row[0]) if row else 0


def _stop(stopped: Callable[[], bool]) -> None:
    if stopped():
        raise Stopped
