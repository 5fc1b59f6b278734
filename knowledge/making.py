"""Makes what fills and searches knowledge bases, as the settings say; for the gateway and the command line."""

import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from conf.settings import Settings
from knowledge.database import Database
from knowledge.documents import Documents
from knowledge.index.pgvector import PgVectors
from knowledge.index.remote import VectorStore
from knowledge.ingest import Ingest
from knowledge.loading.types import Limits
from knowledge.retrieval import Retriever
from models_runtime.embeddings import Embeddings

log = structlog.get_logger("askwire.knowledge")


def make_ingest(settings: Settings, documents: Documents, embeddings: Embeddings) -> Ingest:
    """The worker of the data folder's queue."""
    limits = Limits(allowed_hosts=settings.knowledge.allowed_hosts)
    return Ingest(settings.data_path / "knowledge", settings.import_path, documents, embeddings, limits)


@asynccontextmanager
async def retrieving(settings: Settings, database: Database, embeddings: Embeddings) -> AsyncIterator[Retriever]:
    """What searches; nothing is opened or reached before it is needed."""
    retriever = Retriever(database, embeddings, settings.data_path / "knowledge" / "index", _stores(settings))
    try:
        yield retriever
    finally:
        await retriever.close()


def _stores(settings: Settings) -> dict[str, VectorStore]:
    """The servers of the settings, by the backend's name."""
    knowledge = settings.knowledge
    stores: dict[str, VectorStore] = {}
    if url := knowledge.pgvector.get_secret_value():
        stores["pgvector"] = PgVectors(url)
    if knowledge.qdrant and importlib.util.find_spec("qdrant_client") is None:
        log.error("not_installed", backend="qdrant", needs="askwire[qdrant]")
    elif knowledge.qdrant:
        from knowledge.index.qdrant import QdrantVectors  # an extra

        stores["qdrant"] = QdrantVectors.at(knowledge.qdrant, knowledge.qdrant_api_key.get_secret_value())
    return stores
