"""Searching knowledge bases: recall against exact search, latency, memory, start time. No model is needed.

Vectors and texts are made up: clusters of vectors in 384 dimensions (as many as the default embedder gives) whose
neighbourhoods have 48, and words of a vocabulary of 60,000 as often as Zipf's law has them.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from knowledge.index.nearest import Nearest
from knowledge.index.opened import installation
from knowledge.index.saved import Key, Saved
from knowledge.index.words import Words, search_words
from knowledge.passages import cosines_of, distinct, passages_of, scored
from tests.knowledge.index.shelf import Shelf

DIMENSIONS = 384
WORDS_EACH = 120
VOCABULARY = 60_000
MODEL = "made up"
K, DEPTH = 10, 50
SEARCHES = "chunks", "recall@10", "words ms", "vectors", "both and the texts", "exact vectors"
REST = "chunks", "graph s", "start from file s", "from SQLite s", "memory a chunk", "of it words", "on disk a chunk"


def run(console: Console, *, quick: bool) -> None:
    """Print the tables."""
    searches, rest = Table(*SEARCHES), Table(*REST)
    for count in (1_000, 10_000) if quick else (1_000, 10_000, 100_000):
        with tempfile.TemporaryDirectory(prefix="askwire-bench-") as folder:
            found, other = _measure(Path(folder), count, 100 if quick else 400)
            searches.add_row(f"{count:,}", *found)
            rest.add_row(f"{count:,}", *other)
    console.print("Knowledge bases: made-up vectors (clusters, 384 dimensions) and texts of 120 words, one base")
    console.print(
        "Warm searches, ms: p50 / p95, and in brackets p95 of processor time, which other programs do not lengthen"
    )
    console.print(searches)
    console.print(rest)


def _measure(folder: Path, count: int, rounds: int) -> tuple[list[str], list[str]]:
    shelf = Shelf(folder)
    base = shelf.base(embedder=MODEL)
    rng = np.random.default_rng(1)
    vectors, asked = _vectors(rng, count + rounds, count)
    texts, questions = _texts(rng, count, rounds)
    for start in range(0, count, 10_000):
        part = slice(start, start + 10_000)
        shelf.add(base, f"d{start}", texts[part], vectors[part])
    c, key = shelf.c, Key(installation(shelf.c), base.id, MODEL, DIMENSIONS)
    made = Nearest(key, Saved(folder / "index"))
    made.catch_up(c)
    exact = [{chunk for chunk, _ in made.search(vector, K)} for vector in asked]
    exact_ms = _times([lambda v=vector: made.search(v, DEPTH) for vector in asked])
    began = time.perf_counter()
    if made.wants_merge:
        made.merge(c, lambda: False)
    graph_s = time.perf_counter() - began

    def opened(saved: Path) -> tuple[Nearest, Words, float]:
        began = time.perf_counter()
        nearest, words = Nearest(key, Saved(saved)), Words(base.id)
        nearest.open(c)
        nearest.catch_up(c)
        words.catch_up(c)
        search_words(c, [words], questions[0], DEPTH)
        nearest.search(asked[0], DEPTH)
        return nearest, words, time.perf_counter() - began

    *_, plain_s = opened(folder / "nothing")
    nearest, words, start_s = opened(folder / "index")
    found = [{chunk for chunk, _ in nearest.search(vector, K)} for vector in asked]
    recall = sum(len(a & b) for a, b in zip(exact, found, strict=True)) / (K * len(asked))
    for question in questions:
        search_words(c, [words], question, DEPTH)  # the first use of a word reads its chunks
    words_ms = _times([lambda q=question: search_words(c, [words], q, DEPTH) for question in questions])
    vectors_ms = _times([lambda v=vector: nearest.search(v, DEPTH) for vector in asked])

    def all_of_it(question: str, vector: "np.ndarray[Any, Any]") -> None:
        cosines = dict(nearest.search(vector, DEPTH))
        shares = dict(search_words(c, [words], question, DEPTH, cosines))
        cosines |= cosines_of(c, base, vector, shares.keys() - cosines.keys())
        distinct(passages_of(c, [base], scored(shares, cosines), DEPTH), K)

    pairs = zip(questions, asked, strict=True)
    all_ms = _times([lambda q=question, v=vector: all_of_it(q, v) for question, vector in pairs])
    c.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    shelf.close()
    seconds = [f"{seconds:.2f}" for seconds in (graph_s, start_s, plain_s)]
    sizes = [f"{size / count:,.0f} B" for size in (nearest.nbytes + words.nbytes, words.nbytes, disk)]
    return [f"{recall:.4f}", words_ms, vectors_ms, all_ms, exact_ms], [*seconds, *sizes]


def _times(works: Sequence[Callable[[], object]]) -> str:
    """p50 / p95 (p95 of processor time), ms; once before they are counted."""
    wall, cpu = [], []
    for work in [*works[:20], *works]:
        began, used = time.perf_counter(), time.thread_time()
        work()
        wall.append(1000 * (time.perf_counter() - began))
        cpu.append(1000 * (time.thread_time() - used))
    p95 = [statistics.quantiles(times[20:], n=20)[-1] for times in (wall, cpu)]
    return f"{statistics.median(wall[20:]):.2f} / {p95[0]:.2f} ({p95[1]:.2f})"


def _vectors(rng: np.random.Generator, total: int, kept: int) -> tuple[Any, Any]:
    """``kept`` of them to store and the others to ask with."""
    centres = rng.normal(size=(max(20, kept // 200), DIMENSIONS))
    spread = rng.normal(size=(48, DIMENSIONS)) / np.sqrt(48)
    made = np.empty((total, DIMENSIONS), np.float32)
    for start in range(0, total, 10_000):
        part = made[start : start + 10_000]
        part[:] = 0.7 * centres[rng.integers(0, len(centres), len(part))]
        part += rng.normal(size=(len(part), 48)) @ spread
        part += 0.2 * rng.normal(size=part.shape)
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return made[:kept], made[kept:]


def _texts(rng: np.random.Generator, count: int, questions: int) -> tuple[list[str], list[str]]:
    """Texts, and questions of nine words out of one text each."""
    syllables = "ba ke ri to mu sa len der fi gor pla ne vi cu sho ta ran el om us".split()
    words = np.array(["".join(rng.choice(syllables, 1 + len(str(n)) // 2)) + str(n % 50) for n in range(VOCABULARY)])
    likely = 1 / np.arange(1, VOCABULARY + 1) ** 1.05
    chosen = rng.choice(VOCABULARY, size=(count, WORDS_EACH), p=likely / likely.sum())
    texts = [" ".join(words[row]) for row in chosen]
    return texts, [" ".join(words[rng.choice(chosen[rng.integers(0, count)], 9)]) for _ in range(questions)]
