"""Registers ASK and its company with the gateway, exactly as a third-party plugin would."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from conf.settings import Settings
from nl2sql.ask import Ask
from nl2sql.passages import context
from nl2sql.plugged import runs
from plugins import Context, Lifespan, Question, Services, Session, Statement, StatusItem, WrittenSql, hookimpl

if TYPE_CHECKING:
    import fastapi
    import typer


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
async def askwire_prompt_context(session: Session, question: Question, services: Services) -> Sequence[Context]:
    """What documents say."""
    return await context(services, session, question)


@hookimpl
async def askwire_guard(session: Session, written: WrittenSql) -> str | None:
    """The database has the last word: it explains the query, or says what is wrong with it."""
    return await runs(session, written)


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
def askwire_commands() -> "typer.Typer":
    from nl2sql.evaluation.commands import commands  # only the command line needs it

    return commands
