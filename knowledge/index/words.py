"""Which chunks hold a question's words, ranked by BM25 (Robertson and Zaragoza 2009, section 3.4).

The words are in an FTS5 table (https://www.sqlite.org/fts5.html) that triggers keep in step with ``chunks``; each is
stored with its base's number before it, so that a base's words are found and counted apart from other bases'.

FTS5's own ``bm25()`` reads every chunk of every word anew: 95 ms for a question to 64,000 chunks. Here the chunks of a
word are read once and kept, and numpy adds up: 1 ms. The table keeps no counts: on 200 questions to known chunks of
120 words, whether a word occurs put as many of them among the first ten as how often it does.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.index.table import count_chunks
from knowledge.index.tokens import tokens

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]

# The parameters of BM25; the usual k1, and the b that found most.
K1, B = 1.2, 0.5
# Of one base: the chunks of this many bytes of words are kept.
KEPT_BYTES = 32 << 20
# A question's words beyond these are not searched.
MOST_WORDS = 64
# Chunks that were deleted are only masked, up to this share.
MOST_DEAD = 0.25


class Words:
    """The words of one base, in memory as far as they were asked for. One thread at a time."""

    def __init__(self, base: int) -> None:
        self._base = base
        self._clear()

    def _clear(self) -> None:
        self._ids: Ids = np.empty(0, np.int64)
        self._lengths: Floats = np.empty(0, np.float32)
        # What BM25 multiplies a chunk's words by: more for short chunks, 0 for deleted ones; at most 1.
        self.weights: Floats = np.empty(0, np.float32)
        self._alive = 0
        self._kept: OrderedDict[str, tuple[int, NDArray[np.int32]]] = OrderedDict()
        self._kept_bytes = 0

    @property
    def ids(self) -> Ids:
        """Chunk ids, rising; the deleted ones among them weigh nothing."""
        return self._ids

    @property
    def count(self) -> int:
        return self._alive

    @property
    def nbytes(self) -> int:
        return self._kept_bytes + self._ids.nbytes + self._lengths.nbytes + self.weights.nbytes

    def catch_up(self, c: sqlite3.Connection) -> None:
        """Read what the base's chunks became since the last time. Raises sqlite3.Error."""
        sql = "SELECT id, LENGTH(text) FROM passages WHERE base = ? AND id > ? ORDER BY id"
        new = np.array(c.execute(sql, (self._base, self._last)).fetchall(), np.int64).reshape(-1, 2)
        # Ids rise and are never used again: the number tells whether any was deleted.
        count = count_chunks(c, self._base)
        if len(new) == 0 and count == self._alive:
            return
        self._ids = np.concatenate([self._ids, new[:, 0]])
        self._lengths = np.concatenate([self._lengths, new[:, 1].astype(np.float32)])
        if count < (1 - MOST_DEAD) * len(self._ids):
            self._clear()
            return self.catch_up(c)
        self._alive = count
        relative = self._lengths / max(1.0, float(self._lengths.mean()))
        self.weights = ((1 + K1 * (1 - B)) / (1 + K1 * (1 - B + B * relative))).astype(np.float32)
        if count < len(self._ids):
            rows = c.execute("SELECT id FROM passages WHERE base = ?", (self._base,))
            self.weights[~np.isin(self._ids, np.fromiter((row[0] for row in rows), np.int64))] = 0
        return None

    @property
    def _last(self) -> int:
        return int(self._ids[-1]) if len(self._ids) else 0

    def chunks_with(self, c: sqlite3.Connection, word: str) -> NDArray[np.int32]:
        """Where in ``ids`` the chunks are that hold ``word``, one of ``tokens()``. Raises sqlite3.Error."""
        upto, known = self._kept.pop(word, (0, np.empty(0, np.int32)))
        self._kept_bytes -= known.nbytes
        if upto < self._last:
            # A token has no character that FTS5's query language reads.
            sql = "SELECT rowid FROM chunk_words WHERE chunk_words MATCH ? AND rowid > ? AND rowid <= ?"
            rows = c.execute(sql, (f'"{self._base}x{word}"', upto, self._last))
            found = np.fromiter((row[0] for row in rows), np.int64)
            places = np.searchsorted(self._ids, found).astype(np.int32)
            places = places[self._ids[places] == found]
            known = np.concatenate([known, places])
        self._kept[word] = self._last, known
        self._kept_bytes += known.nbytes
        while self._kept_bytes > KEPT_BYTES and len(self._kept) > 1:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._kept_bytes -= dropped.nbytes
        return known


def search_words(
    c: sqlite3.Connection, bases: Sequence[Words], question: str, k: int, also: Collection[int] = (),
    only: Ids | None = None,
) -> list[tuple[int, float]]:  # fmt: skip
    """The best ``k`` (chunk id, score) over all ``bases``, and those of ``also`` that hold a word; best first.

    ``only``: of these chunks, though the rarity of words stays that in the bases.

    The score is the chunk's BM25 as a share of what a short chunk with every word of the question has: 0 to 1. A word
    that is rare in these bases counts more, one that none of them knows counts as the rarest. Raises sqlite3.Error.
    """
    words = list(dict.fromkeys(tokens(question)))[:MOST_WORDS]
    total = sum(base.count for base in bases)
    scores = [np.zeros(len(base.ids), np.float32) for base in bases]
    most = 0.0
    for word in words:
        places = [base.chunks_with(c, word) for base in bases]
        holding = min(total, sum(map(len, places)))
        rarity = np.float32(np.log(1 + (total - holding + 0.5) / (holding + 0.5)))
        most += float(rarity)
        for score, place in zip(scores, places, strict=True):
            score[place] += rarity
    if not total or not most:
        return []
    found: list[tuple[int, float]] = []
    for base, score in zip(bases, scores, strict=True):
        score *= base.weights
        if only is not None:
            score[~np.isin(base.ids, only)] = 0
        top = np.argpartition(-score, k)[:k] if k < len(score) else np.arange(len(score))
        found += [(int(base.ids[n]), float(score[n]) / most) for n in top if score[n] > 0]
    found = sorted(found, key=lambda item: (-item[1], item[0]))[:k]
    wanted = np.array(sorted(set(also) - {chunk for chunk, _ in found}), np.int64)
    for base, score in zip(bases, scores, strict=True):
        there = np.searchsorted(base.ids, wanted)
        hits = [(n, chunk) for n, chunk in zip(there.tolist(), wanted.tolist(), strict=True) if n < len(score)]
        found += [(chunk, float(score[n]) / most) for n, chunk in hits if base.ids[n] == chunk and score[n] > 0]
    return sorted(found, key=lambda item: (-item[1], item[0]))
