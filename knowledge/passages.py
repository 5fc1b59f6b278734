"""Chunks as passages: their scores, who may be found, and what of them people see."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.index.tokens import tokens
from knowledge.index.vectors import read_some
from knowledge.records import Base
from plugins.vectors import Floats, Ids

# Passages that share this part of their words are the same to a reader.
SAME = 0.9
# Vectors of so many chunks are read at a time.
READ = 10_000


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk. ``place``: page, headings or rows of ``source``. ``score``: 0 to 1, see ``scored``."""

    chunk: int
    base: str
    document: int
    source: str
    title: str
    place: str
    text: str
    score: float


def cosines_of(c: sqlite3.Connection, base: Base, vector: Floats, chunks: Collection[int]) -> dict[int, float]:
    """Between ``vector`` and those of the base's ``chunks`` that have one. Raises sqlite3.Error."""
    ordered = sorted(chunks)
    cosines: dict[int, float] = {}
    for start in range(0, len(ordered), READ):
        block = read_some(c, base.id, ordered[start : start + READ], len(vector))
        cosines.update(zip(block.ids.tolist(), (block.vectors @ vector).tolist(), strict=True))
    return cosines


def chunks_like(c: sqlite3.Connection, base: Base, source: str) -> Ids:
    """The chunks of the base's documents whose source is LIKE ``source``. Raises sqlite3.Error."""
    sql = r"""SELECT passages.id FROM passages JOIN documents ON documents.id = passages.document
      WHERE passages.base = ? AND documents.source LIKE ? ESCAPE '\'"""
    return np.fromiter((row[0] for row in c.execute(sql, (base.id, source))), np.int64)


def scored(shares: Mapping[int, float], cosines: Mapping[int, float]) -> dict[int, float]:
    """Of chunks: the mean of their ``shares`` of the question's words and ``cosines`` (knowledge/retrieval.py)."""
    scores = dict(shares)
    for chunk, cosine in cosines.items():
        scores[chunk] = (min(1.0, max(0.0, cosine)) + shares.get(chunk, 0.0)) / 2
    return scores


def passages_of(c: sqlite3.Connection, bases: Sequence[Base], scores: Mapping[int, float], k: int) -> list[Passage]:
    """The best ``k`` that are still there, best first. Raises sqlite3.Error."""
    names = {base.id: base.name for base in bases}
    best = sorted(scores, key=lambda chunk: (-scores[chunk], chunk))[: 2 * k]
    chunks, of = ",".join("?" * len(best)), ",".join("?" * len(names))
    sql = f"SELECT id FROM passages WHERE id IN ({chunks}) AND +base IN ({of})"
    there = {row[0] for row in c.execute(sql, [*best, *names])}
    best = [chunk for chunk in best if chunk in there][:k]
    chunks = ",".join("?" * len(best))
    sql = f"""SELECT chunks.id, chunks.base, document, source, title, place, text
      FROM chunks JOIN documents ON documents.id = chunks.document WHERE chunks.id IN ({chunks})"""
    rows = {row[0]: row[1:] for row in c.execute(sql, best)}
    found = []
    for chunk in best:
        base, document, source, title, place, text = rows[chunk]
        score = min(1.0, scores[chunk])
        found.append(Passage(chunk, names[base], document, source, title, place, text, score))
    return found


def distinct(passages: Sequence[Passage], k: int) -> list[Passage]:
    """The first ``k``, without those that say the same as one before them."""
    kept: list[Passage] = []
    seen: list[set[str]] = []
    for passage in passages:
        words = set(tokens(passage.text))
        if any(len(words & other) >= SAME * len(words | other) for other in seen):
            continue
        kept.append(passage)
        seen.append(words)
        if len(kept) == k:
            break
    return kept
