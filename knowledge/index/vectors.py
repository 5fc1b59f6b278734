"""Vectors as the SQLite file holds them: little-endian float32 of length 1."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from plugins.vectors import Floats, Found, Ids


@dataclass(frozen=True, slots=True)
class Block:
    """``vectors`` (n, dimensions) of the chunks ``ids`` (n,), by rising id."""

    ids: Ids
    vectors: Floats

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def nbytes(self) -> int:
        return self.ids.nbytes + self.vectors.nbytes

    def after(self, last: int) -> "Block":
        """Those with a higher id."""
        start = int(np.searchsorted(self.ids, last, side="right"))
        return Block(self.ids[start:], self.vectors[start:])

    def only(self, ids: Ids) -> "Block":
        """Those that ``ids`` names."""
        kept = np.isin(self.ids, ids)
        return self if kept.all() else Block(self.ids[kept], self.vectors[kept])

    def nearest(self, vector: Floats, k: int) -> Found:
        """The exact answer."""
        scores = self.vectors @ vector
        top = np.argpartition(-scores, k)[:k] if k < len(scores) else np.arange(len(scores))
        return [(int(self.ids[n]), float(scores[n])) for n in top]


def joined(first: Block, second: Block) -> Block:
    return Block(np.concatenate([first.ids, second.ids]), np.concatenate([first.vectors, second.vectors]))


def read_after(c: sqlite3.Connection, base: int, last: int, dimensions: int, rows: int = 10_000) -> Iterator[Block]:
    """The vectors of the base's chunks after the id ``last``; those of another length are left out.

    Raises sqlite3.Error.
    """
    sql = "SELECT id, vector FROM passages WHERE base = ? AND id > ? AND LENGTH(vector) = ? ORDER BY id LIMIT ?"
    while True:
        found = c.execute(sql, (base, last, 4 * dimensions, rows)).fetchall()
        if not found:
            return
        last = found[-1][0]
        yield block(found, dimensions)
        if len(found) < rows:
            return


def read_some(c: sqlite3.Connection, base: int, ids: Sequence[int], dimensions: int) -> Block:
    """The vectors of these chunks of the base, as far as they are there. Raises sqlite3.Error."""
    marks = ",".join("?" * len(ids))
    # The plus: found by its id, a row is read in half the time that the index over base takes.
    sql = f"SELECT id, vector FROM chunks WHERE +base = ? AND LENGTH(vector) = ? AND id IN ({marks}) ORDER BY id"
    return block(c.execute(sql, (base, 4 * dimensions, *ids)).fetchall(), dimensions)


def read_ids(c: sqlite3.Connection, base: int, dimensions: int, last: int = 2**63 - 1) -> Ids:
    """The ids up to ``last`` of all chunks with such a vector, rising. Raises sqlite3.Error."""
    sql = "SELECT id FROM passages WHERE base = ? AND id <= ? AND LENGTH(vector) = ? ORDER BY id"
    return np.fromiter((row[0] for row in c.execute(sql, (base, last, 4 * dimensions))), np.int64)


def block(rows: Sequence[tuple[int, bytes]], dimensions: int) -> Block:
    ids = np.fromiter((row[0] for row in rows), np.int64, len(rows))
    vectors = np.frombuffer(b"".join(row[1] for row in rows), "<f4").reshape(-1, dimensions).astype(np.float32)
    sound = np.isfinite(vectors).all(axis=1)
    return Block(ids, vectors) if sound.all() else Block(ids[sound], vectors[sound])
