"""Makes what fills and searches knowledge bases, as the settings say; for the gateway and the command line."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import structlog

from conf.settings import Settings
from knowledge.database import Database
from knowledge.documents import Documents
from knowledge.index.servers import stores
from knowledge.ingest import Ingest
from knowledge.loading.fetch import get
from knowledge.loading.loaders import loaders_of
from knowledge.loading.types import Limits
from knowledge.loads import Loads
from knowledge.retrieval import Retriever
from models_runtime.embeddings import Embeddings
from plugins import Plugins
from plugins.loading import Web
from plugins.vectors import StoreError, VectorStore

log = structlog.get_logger("askwire.knowledge")


def make_ingest(
    settings: Settings, loads: Loads, documents: Documents, embeddings: Embeddings, plugins: Plugins
) -> Ingest:
    """The worker of the data folder's queue."""
    limits = limits_of(settings)
    plugins.services.add(Web(partial(get, limits)))
    folder, loaders = settings.data_path / "knowledge", loaders_of(plugins.offers.loaders(settings))
    return Ingest(folder, settings.import_path, loads, documents, embeddings, limits, loaders)


def limits_of(settings: Settings) -> Limits:
    """What bounds loading."""
    return Limits(allowed_hosts=settings.knowledge.allowed_hosts)


@asynccontextmanager
async def retrieving(
    settings: Settings, database: Database, embeddings: Embeddings, plugins: Plugins
) -> AsyncIterator[Retriever]:
    """What searches; nothing is opened or reached before it is needed."""
    folder, stores = settings.data_path / "knowledge" / "index", plugins.offers.vector_stores(settings)
    retriever = Retriever(database, embeddings, folder, stores)
    try:
        yield retriever
    finally:
        await retriever.close()


def own_stores(settings: Settings) -> dict[str, VectorStore]:
    """The servers of the settings, by the backend's name; without Qdrant where its client is missing."""
    knowledge = settings.knowledge
    pgvector = knowledge.pgvector.get_secret_value()
    try:
        return stores(pgvector, knowledge.qdrant, knowledge.qdrant_api_key.get_secret_value())
    except StoreError as error:
        log.error("not_installed", backend="qdrant", reason=str(error))
        return stores(pgvector)
