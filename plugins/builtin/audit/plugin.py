"""Registers the audit log: off until ``[audit] folder`` is set."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from conf.settings import Settings
from plugins.answered import AnsweredStatement
from plugins.builtin.audit.writer import Writer
from plugins.hooks import hookimpl
from plugins.types import Lifespan, Services, StatusItem

if TYPE_CHECKING:
    import typer


@hookimpl
def askwire_lifespan(settings: Settings, services: Services) -> Lifespan | None:
    return None if settings.audit.path is None else _lifespan(settings, services)


@asynccontextmanager
async def _lifespan(settings: Settings, services: Services) -> AsyncIterator[None]:
    writer = Writer(settings.audit)
    services.add(writer)
    writer.start()
    try:
        yield
    finally:
        await writer.close()


@hookimpl
async def askwire_answered(event: AnsweredStatement, services: Services) -> None:
    writer = services.get(Writer)
    if writer is not None:
        await writer.write(event)


@hookimpl
def askwire_status(services: Services) -> Sequence[StatusItem]:
    writer = services.get(Writer)
    if writer is None:
        return ()
    return (
        StatusItem("audit.chain", writer.chain or "cannot be written"),
        StatusItem("audit.lines", str(writer.lines)),
        StatusItem("audit.unwritten", str(writer.unwritten)),
    )


@hookimpl
def askwire_commands() -> "typer.Typer":
    from plugins.builtin.audit.commands import commands  # only the command line needs it

    return commands
