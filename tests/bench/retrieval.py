"""How well passages are found: written questions to a part of PostgreSQL's documentation, with the built-in embedder.

Each question has one right passage. Compared are the rankings by words (BM25), by vectors, by their mean as
``knowledge/retrieval.py`` has it, and by reciprocal rank fusion (Cormack and others 2009, k = 60).
"""

import asyncio
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from conf.settings import load_settings
from knowledge.index.words import Words, search_words
from knowledge.passages import cosines_of, scored
from models_runtime.embeddings import Embeddings
from tests.knowledge.quality.question_set import QUESTIONS, Question, Shelf, chunk_count, pages, shelf

RRF_K = 60
DEPTH = 50
Ranks = Mapping[str, Sequence[int]]


def run(console: Console) -> None:
    """Print the table."""
    if not pages():
        console.print("Retrieval: the Debian package postgresql-doc-15 is not here; nothing measured.")
        return
    with tempfile.TemporaryDirectory(prefix="askwire-bench-") as folder:
        asyncio.run(_measure(console, Path(folder)))


async def _measure(console: Console, folder: Path) -> None:
    settings = load_settings(data_dir=str(folder), model={"name": "none"})
    async with Embeddings(settings) as embeddings:
        began = time.perf_counter()
        async with shelf(folder, embeddings) as loaded:
            seconds = time.perf_counter() - began
            asked = [question for question in QUESTIONS if question.page]
            vectors = await embeddings.embed([question.ask for question in asked], query=True)
            found = [_ranks(loaded, question, vector) for question, vector in zip(asked, vectors, strict=True)]
            for question, ranks in zip(asked, found, strict=True):
                passages = await loaded.retriever.search(question.ask, [loaded.base], DEPTH)
                ranks["as searched"] = next((n for n, p in enumerate(passages, 1) if question.is_held_by(p)), 0)
            console.print(
                f"Retrieval: {len(asked)} questions to {len(pages())} pages of the PostgreSQL manual, "
                f"{chunk_count(loaded):,} passages, loaded in {seconds:.0f} s; one passage is right"
            )
    console.print(_table(asked, found))


def _ranks(loaded: Shelf, question: Question, vector: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> dict[str, int]:
    """Ranking -> the right passage's place in it, from 1; 0 where it is not among the first ``DEPTH``."""
    with closing(loaded.connect()) as c:
        sql = "SELECT chunks.id, source, text FROM chunks JOIN documents ON documents.id = document"
        chunks = c.execute(sql).fetchall()
        right = {id_ for id_, source, text in chunks if source.endswith(f"/{question.page}") and _in(question, text)}
        words = Words(loaded.base.id)
        words.catch_up(c)
        shares = dict(search_words(c, [words], question.ask, len(chunks)))
        cosines = cosines_of(c, loaded.base, vector, [row[0] for row in chunks])
    by_words, by_vectors = _best(shares), _best(cosines)
    reciprocal: dict[int, float] = defaultdict(float)
    for ranking in (by_words, by_vectors):
        for place, chunk in enumerate(ranking, 1):
            reciprocal[chunk] += 1 / (RRF_K + place)
    rankings = {
        "words (BM25)": by_words,
        "vectors": by_vectors,
        "mean of both": _best(scored(shares, cosines)),
        "rank fusion": _best(reciprocal),
    }
    return {
        name: next((place for place, chunk in enumerate(ranking, 1) if chunk in right), 0)
        for name, ranking in rankings.items()
    }


def _in(question: Question, text: str) -> bool:
    return question.holds in " ".join(text.split())


def _best(scores: Mapping[int, float]) -> list[int]:
    return sorted(scores, key=lambda chunk: (-scores[chunk], chunk))[:DEPTH]


def _table(asked: Sequence[Question], found: Sequence[Mapping[str, int]]) -> Table:
    table = Table("ranking", "questions", "number", "first", "in 5", "in 10", "MRR")
    for group, chosen in (("English", True), ("other languages", False)):
        for name in found[0]:
            places = [r[name] for q, r in zip(asked, found, strict=True) if (q.language == "en") is chosen]
            rates = [sum(0 < place <= k for place in places) / len(places) for k in (1, 5, 10)]
            mean = sum(1 / place for place in places if place) / len(places)
            table.add_row(name, group, str(len(places)), *(f"{rate:.0%}" for rate in rates), f"{mean:.2f}")
    return table
