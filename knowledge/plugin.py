"""Registers the knowledge with the gateway: the services ``Database`` and ``Store``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from conf.settings import Settings
from knowledge.database import FILE_NAME, Database
from knowledge.store import Store
from plugins import Services, hookimpl
from plugins.types import Lifespan


@hookimpl
def askwire_lifespan(settings: Settings, services: Services) -> Lifespan:
    """Offer the store to the other plugins; the file is opened when the first of them needs it."""
    return _lifespan(settings, services)


@asynccontextmanager
async def _lifespan(settings: Settings, services: Services) -> AsyncIterator[None]:
    database = Database(settings.data_path / FILE_NAME)
    services.add(database)
    services.add(Store(database, settings.knowledge.editors))
    try:
        yield
    finally:
        await database.close()
