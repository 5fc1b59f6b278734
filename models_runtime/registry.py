"""``Models``: the one place that the rest of askwire asks. Queue, deadline, bookkeeping; engines do the work."""

import asyncio
import dataclasses
import difflib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import structlog

from conf.settings import Settings
from models_runtime.catalog import PUBLISHED
from models_runtime.client import EngineLost, EngineRefused, as_askwire_error
from models_runtime.llamacpp import LlamaCppEngine
from models_runtime.metrics import WAITING, Tally
from models_runtime.openai import OpenAIEngine
from models_runtime.types import Completion, Request
from plugins import AskwireError, ErrorCode, StatusItem

log = structlog.get_logger("askwire.models")
NONE = "none"
_MAX_WARMS = 16


class Engine(Protocol):
    """What answers. ``complete`` and ``warm`` raise ``EngineLost``, ``EngineRefused`` or ``AskwireError``."""

    state: str

    def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def ready(self) -> None: ...
    async def complete(self, request: Request, max_tokens: int) -> Completion: ...
    async def warm(self, system: str) -> None: ...


class _Model:
    """An engine, its queue and its counts."""

    def __init__(self, name: str, engine: Engine, places: int, queue_size: int) -> None:
        self.name = name
        self.engine = engine
        self.tally = Tally(name)
        self._places = asyncio.Semaphore(places)
        self._queue_size = queue_size
        self._waiting = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait in the queue, first come first served. Raises MODEL_BUSY when it is full."""
        if self._places.locked() and self._waiting >= self._queue_size:
            raise AskwireError(ErrorCode.MODEL_BUSY, f"{self._waiting} requests wait for the model {self.name!r}")
        self._waiting += 1
        WAITING.labels(self.name).inc()
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
            WAITING.labels(self.name).dec()
        try:
            yield
        finally:
            self._places.release()


class Models:
    """The models that the settings name. Start with ``async with``; the default model loads in the background."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.default = settings.model.name
        self._models: dict[str, _Model] = {}
        self._warms: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def __aenter__(self) -> "Models":
        if self.default in self.names():
            self._get(self.default).engine.start()
        elif self.default != NONE:
            log.error("unknown_model", model=self.default, known=self.names())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in list(self._warms.values()):
            task.cancel()
        await asyncio.gather(*self._warms.values(), return_exceptions=True)
        await asyncio.gather(*(model.engine.stop() for model in self._models.values()))

    def names(self) -> list[str]:
        """Every model that can be asked for by name."""
        return sorted({*PUBLISHED, *self._settings.models})

    def check(self, name: str | None = None) -> str:
        """The name of the model that would answer. Raises ``AskwireError`` NO_MODEL or UNKNOWN_MODEL.

        With ``--model none`` nothing answers, whichever model is asked for.
        """
        if self.default == NONE or name == NONE:
            raise AskwireError(ErrorCode.NO_MODEL, "This gateway runs without a model")
        chosen = name or self.default
        if chosen not in self.names():
            near = difflib.get_close_matches(chosen, self.names(), n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise AskwireError(ErrorCode.UNKNOWN_MODEL, f"There is no model {chosen[:100]!r}{hint}")
        return chosen

    def status(self) -> list[StatusItem]:
        """Rows for SHOW AI STATUS: the default model, then state and counts of every model in use."""
        rows = [StatusItem("model", self.default)]
        for name, model in sorted(self._models.items()):
            rows.append(StatusItem(f"model {name} state", model.engine.state))
            rows.append(StatusItem(f"model {name} work", model.tally.summary()))
        return rows

    async def complete(
        self, request: Request, *, model: str | None = None, deadline_s: float | None = None
    ) -> Completion:
        """Answer ``request``; ``deadline_s`` (seconds, default ``ask.deadline_s``) covers the wait too.

        Raises ``AskwireError``: NO_MODEL, UNKNOWN_MODEL, MODEL_UNAVAILABLE, MODEL_BUSY, DEADLINE, QUESTION_TOO_LONG.
        Cancelling the task cancels the generation at once, in the middle of a prefill too.
        """
        chosen = self._get(self.check(model))
        limit = self._settings.ask.deadline_s if deadline_s is None else deadline_s
        try:
            async with asyncio.timeout(limit):
                answer = await self._complete(chosen, request)
        except TimeoutError:
            chosen.tally.failed("deadline")
            raise AskwireError(
                ErrorCode.DEADLINE, f"The model {chosen.name!r} did not answer in {limit:g} seconds"
            ) from None
        except AskwireError as error:
            chosen.tally.failed(error.code.name.lower())
            raise
        except (EngineLost, EngineRefused) as error:
            refusal = as_askwire_error(chosen.name, error)
            chosen.tally.failed(refusal.code.name.lower())
            log.warning("request_failed", model=chosen.name, error=type(error).__name__)
            raise refusal from error
        except asyncio.CancelledError:
            chosen.tally.failed("cancelled")
            raise
        chosen.tally.answered(answer)
        return answer

    async def _complete(self, model: _Model, request: Request) -> Completion:
        started = time.monotonic()
        max_tokens = request.max_tokens or self._settings.model.max_answer_tokens
        async with model.place():
            await model.engine.ready()
            queue_s = time.monotonic() - started
            answer = await model.engine.complete(request, max_tokens)
        total_s = time.monotonic() - started
        log.debug(
            "completion",
            model=model.name,
            prompt_tokens=answer.prompt_tokens,
            cached_tokens=answer.cached_tokens,
            completion_tokens=answer.completion_tokens,
            queue_s=round(queue_s, 3),
            first_token_s=round(answer.first_token_s, 3),
            total_s=round(total_s, 3),
        )
        return dataclasses.replace(answer, model=model.name, queue_s=queue_s, total_s=total_s)

    async def warm(self, system: str, *, model: str | None = None) -> None:
        """Have the prefix ``system`` in the model's cache when this returns, if that can be done.

        The lowest priority: it waits for and is interrupted by every answer, and goes on from where it was. Calls for
        the same prefix share one evaluation, which goes on when a caller is cancelled. It never raises: the first
        question merely takes longer then.
        """
        try:
            chosen = self._get(self.check(model))
        except AskwireError:
            return
        key = (chosen.name, system)
        task = self._warms.get(key)
        if task is None:
            if len(self._warms) >= _MAX_WARMS:
                return
            task = self._warms[key] = asyncio.create_task(self._warm(chosen, system))
            task.add_done_callback(lambda _done: self._warms.pop(key, None))
        await asyncio.wait({task})

    async def _warm(self, model: _Model, system: str) -> None:
        try:
            await model.engine.ready()
            await model.engine.warm(system)
        except (AskwireError, EngineLost, EngineRefused) as error:
            log.info("warm_failed", model=model.name, error=str(error))

    def _get(self, name: str) -> _Model:
        """The model called ``name``, made on first use."""
        if name not in self._models:
            entry = self._settings.models.get(name)
            engine: Engine
            if entry is None or entry.engine == "llamacpp":
                engine, places = LlamaCppEngine(name, self._settings), 1
            else:
                engine, places = OpenAIEngine(entry), entry.concurrency
            self._models[name] = _Model(name, engine, places, self._settings.model.queue_size)
        return self._models[name]
