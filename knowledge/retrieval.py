"""The passages nearest to a question: by words (BM25) and by meaning (vectors), fused by rank.

Reciprocal rank fusion: Cormack, Clarke and Buettcher, SIGIR 2009. Rights were checked by the caller.
"""

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import structlog
from numpy.typing import NDArray

from conf.settings import Settings
from knowledge.bases import unavailable
from knowledge.database import Database
from knowledge.index.opened import Opened
from knowledge.index.words import search_words
from knowledge.records import Base
from models_runtime.embeddings import Embeddings
from plugins import AskwireError

log = structlog.get_logger("askwire.knowledge")
T = TypeVar("T")

# The constant of the paper: how much the first ranks count over those that follow.
RANK_CONSTANT = 60
# Of each index; what only one of them finds has a chance too.
CANDIDATES = 40
RERANKED = 20
MEMORY_BYTES = 1 << 30
# Passages that share so many of their words say the same.
ALIKE = 0.9


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that was found. ``score``: 1 for the first by words and by meaning, less the further down it is."""

    chunk: int
    base: str
    document: int
    source: str
    title: str
    place: str
    text: str
    score: float


class Retriever:
    """Use it as ``async with``. Indexes are opened when they are first asked, in a thread of their own."""

    def __init__(self, database: Database, settings: Settings, embeddings: Embeddings | None) -> None:
        self._database = database
        self._embeddings = embeddings
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="askwire-search")
        self._connection: sqlite3.Connection | None = None
        self._opened = Opened(database.connect, settings.data_path / "knowledge" / "index", MEMORY_BYTES)

    async def __aenter__(self) -> "Retriever":
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    async def search(self, question: str, bases: Sequence[Base], k: int = 10) -> list[Passage]:
        """The ``k`` nearest passages of ``bases``, the nearest first. Raises KNOWLEDGE_UNAVAILABLE.

        Where the embedder is missing or fails, words alone decide.
        """
        vectors = await self._embedded(question, {base.embedder for base in bases if base.embedder})
        passages = await self._in_thread(lambda c: self._search(c, question, bases, vectors, k))
        return (await self._reranked(question, passages))[:k]

    async def _embedded(self, question: str, embedders: set[str]) -> dict[str, NDArray[np.float32]]:
        vectors: dict[str, NDArray[np.float32]] = {}
        for name in embedders if self._embeddings is not None else ():
            assert self._embeddings is not None
            try:
                vectors[name] = (await self._embeddings.embed([question], model=name, query=True))[0]
            except AskwireError as error:
                log.warning("searched_by_words_only", embedder=name, reason=error.message)
        return vectors

    async def _reranked(self, question: str, passages: list[Passage]) -> list[Passage]:
        """In the reranker's order, where there is one."""
        if self._embeddings is None or not passages:
            return passages
        head = passages[:RERANKED]
        try:
            scores = await self._embeddings.rerank(question, [passage.text for passage in head])
        except AskwireError as error:
            log.warning("not_reranked", reason=error.message)
            return passages
        if scores is None:
            return passages
        order = sorted(range(len(head)), key=lambda n: -scores[n])
        return [*(head[n] for n in order), *passages[RERANKED:]]

    def _search(
        self,
        c: sqlite3.Connection,
        question: str,
        bases: Sequence[Base],
        vectors: dict[str, NDArray[np.float32]],
        k: int,
    ) -> list[Passage]:
        wanted = max(CANDIDATES, 2 * k)
        words = [self._opened.words(c, base) for base in bases]
        rankings = [[chunk for chunk, _ in search_words(c, words, question, wanted)]]
        for name, vector in vectors.items():
            near = [(b, self._opened.nearest(c, b, len(vector))) for b in bases if b.embedder == name]
            found = [item for _, index in near for item in index.search(vector, wanted)]
            rankings.append([chunk for chunk, _ in sorted(found, key=lambda item: -item[1])[:wanted]])
        self._opened.trim()
        return _distinct(_passages(c, bases, _fused(rankings)), max(k, RERANKED))

    async def _in_thread(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def run() -> T:
            if self._connection is None:
                self._connection = self._database.connect()
            return work(self._connection)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, run)
        except (sqlite3.Error, OSError) as error:
            raise unavailable(error) from error

    def _close(self) -> None:
        self._opened.close()
        if self._connection is not None:
            self._connection.close()


def _fused(rankings: Sequence[Sequence[int]]) -> list[tuple[int, float]]:
    """(chunk, score), best first; the score is 1 for the first of every ranking."""
    scores: dict[int, float] = defaultdict(float)
    used = [ranking for ranking in rankings if ranking]
    for ranking in used:
        for rank, chunk in enumerate(ranking):
            scores[chunk] += (RANK_CONSTANT + 1) / (RANK_CONSTANT + 1 + rank) / len(used)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def _passages(c: sqlite3.Connection, bases: Sequence[Base], found: Sequence[tuple[int, float]]) -> list[Passage]:
    """What the chunks are now; a chunk that is gone, or in another base, is left out."""
    names = {base.id: base.name for base in bases}
    marks = ", ".join("?" * len(found))
    sql = (
        "SELECT c.id, c.base, d.id, d.source, d.title, c.place, c.text FROM chunks c"
        f" JOIN documents d ON d.id = c.document WHERE c.id IN ({marks})"
    )
    rows = {row[0]: row[1:] for row in c.execute(sql, [chunk for chunk, _ in found]) if row[1] in names}
    there = [(chunk, rows[chunk], score) for chunk, score in found if chunk in rows]
    return [
        Passage(chunk, names[base], document, source, title, place, text, score)
        for chunk, (base, document, source, title, place, text), score in there
    ]


def _distinct(passages: Sequence[Passage], k: int) -> list[Passage]:
    """The first ``k`` that do not say the same as one before."""
    kept: list[Passage] = []
    seen: list[frozenset[str]] = []
    for passage in passages:
        words = frozenset(passage.text.casefold().split())
        if all(len(words & other) < ALIKE * max(len(words), len(other)) for other in seen):
            kept.append(passage)
            seen.append(words)
            if len(kept) == k:
                break
    return kept
