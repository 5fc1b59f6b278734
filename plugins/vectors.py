"""Stores of vectors beside the gateway's own index: servers, most often. The SQLite file stays the truth.

A store has one table (or collection) a base. It only has to take batches twice without harm; everything else, from a
first filling that was killed to rows that somebody deleted, is found by comparing ids.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]
# (chunk id, cosine of the angle to the question), best first.
Found = list[tuple[int, float]]


class StoreError(Exception):
    """The server cannot be reached or refuses; the message names no password."""


class Block(Protocol):
    """Vectors of length 1, (n, dimensions), of the chunks ``ids`` (n,), by rising id."""

    @property
    def ids(self) -> Ids: ...
    @property
    def vectors(self) -> Floats: ...
    def __len__(self) -> int: ...


class VectorStore(Protocol):
    """Vectors on one server. Blocking, safe to call from several threads. Every method raises StoreError."""

    def search(self, table: str, vector: Floats, k: int) -> Found:
        """The ``k`` nearest, best first; empty when there is no such table."""

    def extent(self, table: str) -> tuple[int, int]:
        """How many vectors there are and the highest chunk id; zeros when there is no such table."""

    def ids(self, table: str) -> Ids:
        """Of all vectors, rising."""

    def put(self, table: str, block: Block) -> None:
        """Add them, or exchange them. Makes the table, anew when its vectors have another length."""

    def remove(self, table: str, ids: Ids) -> None:
        """Remove those of them that are there."""

    def drop(self, table: str) -> None:
        """Remove the table if there is one."""

    def close(self) -> None:
        """Give connections back."""
