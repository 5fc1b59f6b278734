"""A data folder with what fills it, and an embedder that waits for the test."""

import asyncio
import sqlite3
from contextlib import asynccontextmanager, closing
from pathlib import Path

import numpy as np

from knowledge.bases import Bases
from knowledge.database import FILE_NAME, Database
from knowledge.documents import Documents
from knowledge.ingest import Ingest
from knowledge.loading.loaders import Loaders
from knowledge.loading.types import Limits
from knowledge.loads import Loads
from knowledge.records import OPERATOR
from models_runtime.embeddings import Embeddings
from plugins.engines import EmbedderInfo

HANDBOOK = (
    "# Customers\n\n## Active\n\nA customer is active when they ordered in the last 90 days.\n\n"
    "## Churned\n\nAll others.\n"
)


class Work:
    """A data folder with what fills it."""

    def __init__(self, folder: Path, embeddings: Embeddings | None, loaders: Loaders | None = None) -> None:
        self.folder = folder
        self.database = Database(folder / FILE_NAME)
        self.bases = Bases(self.database)
        self.loads = Loads(self.database)
        self.documents = Documents(self.database)
        stores = self.loads, self.documents
        self.ingest = Ingest(folder / "knowledge", folder / "import", *stores, embeddings, Limits(), loaders)

    async def base(self, embedder=""):
        return await self.bases.create(OPERATOR, "handbook", embedder)

    async def load(self, base, path):
        return await self.load_as("file", base, path, path.name)

    async def load_as(self, kind, base, origin, name):
        number = await self.loads.enqueue(base, kind, str(origin), name, "operator")
        return await self.ingest.finish(number)

    def rows(self, sql):
        with closing(sqlite3.connect(self.folder / FILE_NAME)) as c:
            return c.execute(sql).fetchall()


@asynccontextmanager
async def working(folder, embeddings=None, loaders=None):
    work = Work(folder, embeddings, loaders)
    try:
        yield work
    finally:
        await work.ingest.stop()
        await work.database.close()


class Gate:
    """An embedder that answers when the test lets it."""

    def __init__(self):
        self.asked, self.open = asyncio.Event(), asyncio.Event()

    async def info(self, model=""):
        return EmbedderInfo(model, 4, 256, None)

    async def embed(self, texts, *, model="", query=False):
        self.asked.set()
        await self.open.wait()
        return np.full((len(texts), 4), 0.5, np.float32)
