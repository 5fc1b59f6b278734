"""Registers the models with the gateway: the services ``Models`` and ``Embeddings``, SHOW AI MODELS and STATUS,
``askwire model``."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from conf.settings import Settings
from models_runtime import embedders, engines, show
from models_runtime.embeddings import Embeddings
from models_runtime.registry import Models
from plugins import (
    Embedder,
    EmbedderKind,
    Engine,
    Lifespan,
    Plugins,
    Services,
    Statement,
    StatusItem,
    hookimpl,
)

if TYPE_CHECKING:
    import fastapi
    import typer


@hookimpl
def askwire_lifespan(settings: Settings, services: Services) -> Lifespan:
    """Offer ``Models`` to the other plugins; the default model loads meanwhile."""
    return _lifespan(settings, services)


@asynccontextmanager
async def _lifespan(settings: Settings, services: Services) -> AsyncIterator[None]:
    plugins = services.get(Plugins)
    make = plugins.offers.engine if plugins else engines.built_in
    async with Models(settings, make, services) as models:
        services.add(models)
        yield


@hookimpl
def askwire_engine(engine: str, name: str, settings: Settings) -> Engine | None:
    """llama.cpp, vLLM, and servers with OpenAI's API."""
    return engines.built_in(engine, name, settings)


@hookimpl
def askwire_embedder(name: str, kind: EmbedderKind, settings: Settings) -> Embedder | None:
    """Folders of models, and servers at a URL."""
    return embedders.built_in(name, kind, settings)


@hookimpl
def askwire_statements(settings: Settings, services: Services) -> Sequence[Statement]:
    """SHOW AI MODELS."""
    models = services.get(Models)
    return show.statements(settings, models) if models is not None else []


@hookimpl
def askwire_status(services: Services) -> Sequence[StatusItem]:
    """What each model does."""
    models, embeddings = services.get(Models), services.get(Embeddings)
    return [*(models.status() if models else []), *(embeddings.status() if embeddings else [])]


@hookimpl
def askwire_http(settings: Settings, services: Services) -> "Sequence[fastapi.APIRouter]":
    """``/v1/models``."""
    from models_runtime import http  # only a gateway with an admin endpoint needs FastAPI

    models = services.get(Models)
    return [http.router(settings, models)] if models is not None else []


@hookimpl
def askwire_commands() -> "typer.Typer":
    from models_runtime.commands import commands  # only the command line needs it

    return commands
