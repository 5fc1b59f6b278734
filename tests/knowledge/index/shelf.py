"""A data folder with bases of made-up passages, and an embedder that needs no model."""

import hashlib
from pathlib import Path

import numpy as np

from knowledge.database import Database
from knowledge.index.nearest import Nearest
from knowledge.index.opened import installation
from knowledge.index.saved import Key, Saved
from knowledge.index.tokens import tokens
from knowledge.index.vectors import Block
from knowledge.records import Base

DIMENSIONS = 48
MODEL = "tiny"


def vector(text, dimensions=DIMENSIONS):
    """Texts with words in common are near each other."""
    total = np.zeros(dimensions)
    for word in tokens(text) or [""]:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
        total += np.random.default_rng(seed).normal(size=dimensions)
    return (total / np.linalg.norm(total)).astype(np.float32)


class TinyEmbeddings:
    """Counts what it is asked; ``error`` is raised instead of an answer, ``marks`` is what the reranker says."""

    def __init__(self, error=None, marks=None):
        self.error, self.marks, self.asked = error, marks, []

    async def embed(self, texts, *, model="", query=False):
        self.asked.append((tuple(texts), model, query))
        if self.error:
            raise self.error
        return np.stack([vector(text) for text in texts])

    async def rerank(self, question, texts):
        return [self.marks(text) for text in texts] if self.marks else None


class Shelf:
    """Writes bases and documents as the ingest does: a document in one transaction, with the base's revision."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.database = Database(folder / "askwire.sqlite")
        self.c = self.database.connect()

    def base(self, name="a", embedder=MODEL, backend="local"):
        sql = "INSERT INTO bases (folded, name, owner, embedder, backend, created_at) VALUES (?, ?, '', ?, ?, '')"
        return Base(self.c.execute(sql, (name, name, embedder, backend)).lastrowid, name, "", embedder, backend)

    def add(self, base, source, texts, vectors=None):
        """One document; its chunks' ids."""
        self.c.execute("BEGIN IMMEDIATE")
        self.c.execute("DELETE FROM documents WHERE base = ? AND source = ?", (base.id, source))
        document = self.c.execute(
            "INSERT INTO documents (base, origin, source, title, hash, bytes, chunks, changed_at)"
            " VALUES (?, '', ?, ?, '', 0, ?, '')",
            (base.id, source, source.title(), len(texts)),
        ).lastrowid
        if vectors is None:
            vectors = [vector(text) if base.embedder else None for text in texts]
        rows = [
            (base.id, document, n, f"page {n + 1}", text, None if v is None else np.asarray(v, "<f4").tobytes())
            for n, (text, v) in enumerate(zip(texts, vectors, strict=True))
        ]
        sql = "INSERT INTO chunks (base, document, ordinal, place, text, vector) VALUES (?, ?, ?, ?, ?, ?)"
        self.c.executemany(sql, rows)
        self._changed(base)
        ids = self.c.execute("SELECT id FROM chunks WHERE document = ? ORDER BY id", (document,)).fetchall()
        self.c.execute("COMMIT")
        return [row[0] for row in ids]

    def remove(self, base, source):
        self.c.execute("BEGIN IMMEDIATE")
        self.c.execute("DELETE FROM documents WHERE base = ? AND source = ?", (base.id, source))
        self._changed(base)
        self.c.execute("COMMIT")

    def fill(self, base, count, seed=0, source=None, dimensions=DIMENSIONS):
        """``count`` chunks with random vectors; returns ids and vectors."""
        vectors = np.random.default_rng(seed).normal(size=(count, dimensions)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return self.add(base, source or f"fill {seed}", [f"word{n}" for n in range(count)], vectors), vectors

    def _changed(self, base):
        self.c.execute("UPDATE bases SET revision = revision + 1 WHERE id = ?", (base.id,))

    def close(self):
        self.c.close()


def opened(shelf, base):
    """The base's vectors, as a process that begins finds them."""
    index = Nearest(Key(installation(shelf.c), base.id, MODEL, DIMENSIONS), Saved(shelf.folder / "index"))
    index.open(shelf.c)
    index.catch_up(shelf.c)
    return index


def block(count, first=1, seed=0, dimensions=DIMENSIONS):
    """``count`` vectors of length 1, numbered from ``first``."""
    vectors = np.random.default_rng(seed).normal(size=(count, dimensions)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Block(np.arange(first, first + count), vectors)
