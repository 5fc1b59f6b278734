"""Registers ASK and its company with the gateway, exactly as a third-party plugin would."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import typer

from conf.settings import Settings
from nl2sql.ask import Ask
from nl2sql.evaluation.commands import commands
from plugins import Services, Session, Statement, StatusItem, hookimpl
from plugins.types import Lifespan

if TYPE_CHECKING:
    import fastapi


@hookimpl
def askwire_lifespan(settings: Settings, services: Services) -> Lifespan:
    return _lifespan(settings, services)


@asynccontextmanager
async def _lifespan(settings: Settings, services: Services) -> AsyncIterator[None]:
    ask = Ask(settings, services)
    services.add(ask)
    try:
        yield
    finally:
        await ask.close()


@hookimpl
def askwire_statements(services: Services) -> Sequence[Statement]:
    ask = services.get(Ask)
    return ask.statements() if ask is not None else []


@hookimpl
async def askwire_database_selected(session: Session, services: Services) -> None:
    ask = services.get(Ask)
    if ask is not None:
        await ask.warming.database_selected(session)


@hookimpl
def askwire_status(services: Services) -> Sequence[StatusItem]:
    ask = services.get(Ask)
    return ask.status() if ask is not None else []


@hookimpl
def askwire_http(settings: Settings, services: Services) -> "Sequence[fastapi.APIRouter]":
    from nl2sql import http  # only a gateway with an admin endpoint needs FastAPI

    ask = services.get(Ask)
    return http.routers(settings, services, ask.history) if ask is not None else []


@hookimpl
def askwire_commands() -> typer.Typer:
    return commands
