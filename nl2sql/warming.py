"""Reads ahead when a database is selected, so that the first ASK is quick: the catalog, and the schema by the model."""

import asyncio
import time
from collections import OrderedDict

import structlog

from conf.settings import Settings
from models_runtime.registry import Models
from nl2sql.answer import Answerer
from plugins import AskwireError, Services, Session, UpstreamError

log = structlog.get_logger("askwire.nl2sql")

WARMED = 64


class Warming:
    """What was read ahead lately, and what is being read."""

    def __init__(self, settings: Settings, services: Services, answerer: Answerer) -> None:
        self._settings = settings
        self._services = services
        self._answerer = answerer
        self._warmed: OrderedDict[str, None] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    async def database_selected(self, session: Session) -> None:
        """Read the catalog now, and let the model read the schema in the background, so that the first ASK is quick."""
        models = self._services.get(Models)
        if models is None or not self._settings.ask.warm:
            return
        try:
            prefix = await self._answerer.prefix(session)
        except (AskwireError, UpstreamError) as error:
            log.debug("not_warmed", reason=str(error))
            return
        if prefix is None or prefix in self._warmed:
            return
        self._warmed[prefix] = None
        while len(self._warmed) > WARMED:
            self._warmed.popitem(last=False)
        task = asyncio.create_task(self._warm(models, prefix))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _warm(self, models: Models, prefix: str) -> None:
        started = time.monotonic()
        try:
            await models.warm(prefix)
        except AskwireError as error:
            self._warmed.pop(prefix, None)
            log.info("not_warmed", reason=str(error))
        except Exception:
            self._warmed.pop(prefix, None)
            log.exception("not_warmed")
        else:
            log.info("warmed", seconds=round(time.monotonic() - started, 3), characters=len(prefix))

    async def close(self) -> None:
        """End what is being read."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
