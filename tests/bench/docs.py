"""ASK DOCS over the written questions to PostgreSQL's documentation: ``python -m tests.bench docs``.

With the built-in embedder and the default model. "right": a cited passage holds what was written down for the question.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from conf.logs import configure_logs
from conf.models import DEFAULT_MODEL
from conf.settings import load_settings
from models_runtime.embeddings import Embeddings
from models_runtime.registry import Models
from tests.knowledge.quality.asking import Asked, ask
from tests.knowledge.quality.question_set import QUESTIONS, pages, shelf

SOME = 4  # of a quick run: every fourth question


def run(console: Console, *, quick: bool) -> None:
    """Print the table."""
    if not pages():
        console.print("ASK DOCS: the Debian package postgresql-doc-15 is not here; nothing measured.")
        return
    with tempfile.TemporaryDirectory(prefix="askwire-bench-") as folder:
        asyncio.run(_measure(console, Path(folder), SOME if quick else 1))


async def _measure(console: Console, folder: Path, every: int) -> None:
    settings = load_settings(data_dir=str(folder), model={"name": DEFAULT_MODEL}, log={"level": "warning"})
    configure_logs(settings.log)
    async with Embeddings(settings) as embeddings, Models(settings) as models, shelf(folder, embeddings) as loaded:
        with_model = await ask(loaded, models, QUESTIONS[::every])
        without = await ask(loaded, None, QUESTIONS[::every])
    table = Table("questions", "model", "number", "answered", "right", "declined", "quoted", "seconds each", "uncited")
    for model, asked in ((DEFAULT_MODEL, with_model), ("none", without)):
        for name, chosen in _groups(asked).items():
            table.add_row(name, model, *_row(chosen))
    console.print("ASK DOCS: written questions to a part of the PostgreSQL manual")
    console.print(table)
    for one in with_model:
        if not one.question.page and one.answer.sentences:
            console.print(f"Answered all the same: {one.question.ask} - {one.answer.sentences[0].text}")


def _groups(asked: Sequence[Asked]) -> dict[str, list[Asked]]:
    return {
        "answerable, English": [one for one in asked if one.question.page and one.question.language == "en"],
        "answerable, other languages": [one for one in asked if one.question.page and one.question.language != "en"],
        "off topic": [one for one in asked if one.question.unanswered == "off"],
        "near misses": [one for one in asked if one.question.unanswered == "near"],
    }


def _row(asked: Sequence[Asked]) -> list[str]:
    answered = [one for one in asked if one.answer.sentences]
    counts = (
        len(asked), len(answered), sum(one.is_right for one in answered), len(asked) - len(answered),
        sum(one.answer.quoted for one in answered),
    )  # fmt: skip
    seconds = sum(one.seconds for one in asked) / max(1, len(asked))
    return [*map(str, counts), f"{seconds:.1f}", str(sum(len(one.uncited) for one in asked))]
