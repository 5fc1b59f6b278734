"""The written questions (``questions.toml``) and a knowledge base of the pages that they are about."""

import fnmatch
import sqlite3
import tomllib
import zipfile
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.bases import Bases
from knowledge.database import FILE_NAME, Database
from knowledge.documents import Documents
from knowledge.ingest import Ingest
from knowledge.loading.types import Limits
from knowledge.loads import Loads
from knowledge.passages import Passage
from knowledge.records import OPERATOR, Base
from knowledge.retrieval import Retriever
from models_runtime.embeddings import Embeddings

_DATA: dict[str, Any] = tomllib.loads(Path(__file__).with_name("questions.toml").read_text())
FOLDER = Path(_DATA["folder"])


@dataclass(frozen=True, slots=True)
class Question:
    """``page`` empty: not answered, for ``unanswered`` says what reason ("off" or "near")."""

    ask: str
    page: str = ""
    heading: str = ""
    holds: str = ""
    unanswered: str = ""
    language: str = "en"

    def is_held_by(self, passage: Passage) -> bool:
        """Whether it is the passage that was written down for this question."""
        page = passage.source.rpartition("/")[2]
        return bool(self.page) and page == self.page and self.holds in " ".join(passage.text.split())


QUESTIONS = tuple(Question(**each) for each in _DATA["question"])


@dataclass(frozen=True, slots=True)
class Shelf:
    """A base with the pages in it."""

    file: Path
    base: Base
    retriever: Retriever

    def connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.file)


def pages() -> list[Path]:
    """Of the package; empty when it is not installed."""
    return sorted(p for p in FOLDER.glob("*.html") if any(fnmatch.fnmatch(p.name, each) for each in _DATA["pages"]))


@asynccontextmanager
async def shelf(folder: Path, embeddings: Embeddings, only: Collection[str] = ()) -> AsyncIterator[Shelf]:
    """Load the pages (``only``: these names of them) in one archive, as people do."""
    archive = folder / "pages.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for page in pages():
            if not only or page.name in only:
                file.write(page, page.name)
    database = Database(folder / FILE_NAME)
    loads = Loads(database)
    ingest = Ingest(folder / "knowledge", folder / "import", loads, Documents(database), embeddings, Limits())
    retriever = Retriever(database, embeddings, folder / "index")
    try:
        base = await Bases(database).create(OPERATOR, "manual", embeddings.default)
        number = await loads.enqueue(base, "file", str(archive), archive.name, "operator")
        load = await ingest.finish(number)
        assert load is not None
        assert (load.state, load.error) == ("done", "")
        yield Shelf(folder / FILE_NAME, base, retriever)
    finally:
        await ingest.stop()
        await retriever.close()
        await database.close()


def chunk_count(shelf: Shelf) -> int:
    with closing(shelf.connect()) as c:
        return int(c.execute("SELECT COUNT(*) FROM chunks").fetchone()[0])
