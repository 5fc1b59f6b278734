"""Filling a knowledge base against the embedder alone: the same texts, the same process, turn by turn."""

import asyncio
import logging
import random
import statistics
import tempfile
import time
from pathlib import Path

import structlog
from rich.console import Console
from rich.table import Table

from conf.settings import Settings
from knowledge.bases import Bases
from knowledge.database import FILE_NAME, Database
from knowledge.documents import Documents
from knowledge.filling import embedded_text
from knowledge.loads import Loads
from knowledge.making import make_ingest
from knowledge.records import OPERATOR
from models_runtime.embeddings import Embeddings

# (files, paragraphs of each): a handbook, and a folder of notes.
SHAPES = ((1, 600), (30, 12))
QUICK = ((1, 200), (8, 12))
WORDS = (
    "customer order return refund active invoice delivery region account quarter margin stock price late early".split()
)


def run(console: Console, *, quick: bool) -> None:
    """Print the table."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    table = Table("files", "chunks", "embedder alone, chunks/s", "ingest, chunks/s", "ratio", "ratios of the rounds")
    for files, paragraphs in QUICK if quick else SHAPES:
        table.add_row(*asyncio.run(_measure(files, paragraphs, rounds=2)))
    console.print("Ingest of Markdown files into an empty base, against the embedder alone on the same texts")
    console.print(table)


async def _measure(files: int, paragraphs: int, rounds: int) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="askwire-bench-") as name:
        folder, settings = Path(name), Settings(data_dir=f"{name}/data")
        chance = random.Random(1)
        paths = [folder / f"note{n}.md" for n in range(files)]
        for path in paths:
            path.write_text(_markdown(chance, paragraphs))
        database = Database(settings.data_path / FILE_NAME)
        bases, loads, documents = Bases(database), Loads(database), Documents(database)
        async with Embeddings(settings) as embeddings:
            ingest = make_ingest(settings, loads, documents, embeddings)

            async def filled() -> float:
                base = await bases.create(OPERATOR, "a", embeddings.default)
                began = time.monotonic()
                queued = [await loads.enqueue(base, "file", str(path), path.name, "operator") for path in paths]
                for load in queued:
                    ended = await ingest.finish(load)
                    assert ended is not None
                    assert ended.state == "done"
                return time.monotonic() - began

            await filled()  # the first time the model is loaded
            sql = "SELECT title, place, text FROM passages JOIN documents ON documents.id = document"
            texts = [embedded_text(*row) for row in await database.read(lambda c: c.execute(sql).fetchall())]
            alone, ingested = [await _embedded(embeddings, texts)], list[float]()
            for _ in range(rounds):
                await bases.drop(OPERATOR, "a")
                await ingest.purge()
                ingested.append(await filled())
                alone.append(await _embedded(embeddings, texts))
            await ingest.stop()
        await database.close()
    ratios = [(alone[n] + alone[n + 1]) / 2 / ingested[n] for n in range(rounds)]
    speeds = [len(texts) / statistics.median(seconds) for seconds in (alone, ingested)]
    spread = ", ".join(f"{ratio:.2f}" for ratio in sorted(ratios))
    return [str(files), str(len(texts)), *(f"{x:.1f}" for x in speeds), f"{statistics.median(ratios):.2f}", spread]


async def _embedded(embeddings: Embeddings, texts: list[str]) -> float:
    """Seconds."""
    began = time.monotonic()
    await embeddings.embed(texts)
    return time.monotonic() - began


def _markdown(chance: random.Random, paragraphs: int) -> str:
    """Sections of a few hundred words each, as handbooks have them."""
    text = ["# Notes\n"]
    for n in range(paragraphs):
        if n % 3 == 0:
            text.append(f"## Part {n // 3}\n")
        text.append(" ".join(f"The {' '.join(chance.choices(WORDS, k=9))} {n}." for _ in range(chance.randint(4, 12))))
        text.append("")
    return "\n".join(text)
