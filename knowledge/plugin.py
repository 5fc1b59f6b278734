"""Registers the knowledge with the gateway: what people taught, and the knowledge bases with their statements."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from conf.settings import Settings
from knowledge.bases import Bases
from knowledge.database import FILE_NAME, Database
from knowledge.documents import Documents
from knowledge.ingest import Ingest
from knowledge.loading.loaders import built_in
from knowledge.loads import Loads
from knowledge.making import limits_of, make_ingest, own_stores, retrieving
from knowledge.retrieval import Retriever
from knowledge.statements import Knowledge
from knowledge.store import Store
from models_runtime.embeddings import Embeddings
from plugins import FileLoader, Lifespan, Plugins, Services, Statement, UrlLoader, hookimpl
from plugins.vectors import VectorStore

if TYPE_CHECKING:
    import fastapi
    import typer


@hookimpl
def askwire_lifespan(settings: Settings, services: Services) -> Lifespan:
    """Offer the stores to the other plugins; the file is opened when the first of them needs it."""
    return _lifespan(settings, services)


@asynccontextmanager
async def _lifespan(settings: Settings, services: Services) -> AsyncIterator[None]:
    database = Database(settings.data_path / FILE_NAME)
    loads, documents = Loads(database), Documents(database)
    plugins = services.get(Plugins)
    assert plugins is not None
    embeddings = Embeddings(settings, plugins.offers.embedder)
    ingest = make_ingest(settings, loads, documents, embeddings, plugins)
    bases = Bases(database, settings.knowledge.editors)
    for service in (database, Store(database, settings.knowledge.editors), bases, loads, documents, ingest, embeddings):
        services.add(service)
    async with embeddings, retrieving(settings, database, embeddings, plugins) as retriever:
        services.add(retriever)
        services.add(Knowledge(settings, bases, loads, documents, ingest, embeddings, retriever))
        if (settings.data_path / FILE_NAME).exists():
            ingest.wake()  # what was begun before the last stop
        try:
            yield
        finally:
            await ingest.stop()
            await database.close()


@hookimpl
def askwire_loaders(settings: Settings) -> Sequence[FileLoader | UrlLoader]:
    """Text, Markdown, HTML, tables, PDF, DOCX, PPTX, and web pages."""
    return built_in(limits_of(settings))


@hookimpl
def askwire_vector_stores(settings: Settings) -> Mapping[str, VectorStore]:
    """The pgvector and the Qdrant of the settings."""
    return own_stores(settings)


@hookimpl
def askwire_http(services: Services) -> "Sequence[fastapi.APIRouter]":
    """``/v1/knowledge``."""
    from knowledge.http import routes  # only a gateway with an admin endpoint needs FastAPI

    bases, loads, documents = services.get(Bases), services.get(Loads), services.get(Documents)
    ingest, knowledge, retriever = services.get(Ingest), services.get(Knowledge), services.get(Retriever)
    if not (bases and loads and documents and ingest and knowledge and retriever):
        return []
    return routes(bases, loads, documents, ingest, knowledge, retriever)


@hookimpl
def askwire_commands() -> "typer.Typer":
    from knowledge.commands import commands  # only the command line needs it

    return commands


@hookimpl
def askwire_statements(services: Services) -> Sequence[Statement]:
    knowledge = services.get(Knowledge)
    return knowledge.statements() if knowledge is not None else []
