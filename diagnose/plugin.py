"""Registers EXPLAIN AI and its company with the gateway, exactly as a third-party plugin would."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from conf.settings import Settings
from diagnose.coaching import suggest
from diagnose.explain import Explainer
from diagnose.workload.background import Background
from diagnose.workload.indexes import ShowIndexes
from diagnose.workload.recorder import Recorder
from diagnose.workload.show import Show
from diagnose.workload.store import FILE_NAME, STEPS, Workload
from knowledge.database import Database
from plugins import Note, SeenStatement, Services, Session, Statement, hookimpl
from plugins.types import Lifespan


@hookimpl
def askwire_lifespan(settings: Settings, services: Services) -> Lifespan:
    return _lifespan(settings, services)


@asynccontextmanager
async def _lifespan(settings: Settings, services: Services) -> AsyncIterator[None]:
    database = Database(settings.data_path / FILE_NAME, STEPS)
    workload = Workload(database, settings.diagnose.digests)
    recorder = Recorder(workload, services)
    explainer = Explainer(settings, services)
    show = Show(settings.diagnose, workload, recorder)
    indexes = ShowIndexes(settings.diagnose, workload, recorder, show.visible_to)
    for service in (recorder, explainer, show, indexes):
        services.add(service)
    services.add(Background(settings.diagnose, workload, recorder, explainer.diagnose_seen))
    try:
        yield
    finally:
        await recorder.close()
        await database.close()


@hookimpl
def askwire_statements(services: Services) -> Sequence[Statement]:
    answering = (services.get(Explainer), services.get(Show), services.get(ShowIndexes))
    return [statement for each in answering if each is not None for statement in each.statements()]


@hookimpl
def askwire_statements_seen(statements: Sequence[SeenStatement], services: Services) -> Sequence[int]:
    recorder, background = services.get(Recorder), services.get(Background)
    if recorder is None or background is None:
        return ()
    recorder.add(statements)
    return background.seen(statements)


@hookimpl
async def askwire_failed_statement(session: Session, failed: SeenStatement) -> Sequence[Note]:
    return [Note(text) for text in await suggest(session, failed)]


@hookimpl
async def askwire_session_idle(session: Session, services: Services) -> None:
    background = services.get(Background)
    if background is not None:
        await background.idle(session)
