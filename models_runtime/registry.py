"""``Models``: the one place that the rest of askwire asks. It chooses who answers; the engines do the work."""

import asyncio
import difflib
import time
from dataclasses import replace

import structlog

from conf.models import NO_MODEL, PULLED_MODELS, TASKS, Task
from conf.settings import Settings
from models_runtime.engines import MakeEngine, built_in, make_engine, places
from models_runtime.fair_queue import FairQueue
from models_runtime.metrics import FALLBACKS
from models_runtime.served import ServedModel, Work
from plugins import AskwireError, ErrorCode, Services, StatusItem
from plugins.engines import Completion, Engine, EngineLost, EngineRefused, Request
from plugins.transform import PromptShield, Shields

log = structlog.get_logger("askwire.models")
_MAX_WARMS = 16


class Models:
    """The models that the settings name. Start with ``async with``; those of the tasks load in the background.

    ``make``: whoever has engines, asked by their kind; ``services``: where the shield of prompts to models elsewhere is
    found, if there is one.
    """

    def __init__(self, settings: Settings, make: MakeEngine = built_in, services: Services | None = None) -> None:
        self._settings = settings
        self._make = make
        self._services = services or Services()
        self.default = settings.model.name
        self._models: dict[str, ServedModel] = {}
        self._warms: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def __aenter__(self) -> "Models":
        if self.default != NO_MODEL:
            for name in {self.for_task(task) for task in TASKS}:
                self._get(name).engine.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in list(self._warms.values()):
            task.cancel()
        await asyncio.gather(*self._warms.values(), return_exceptions=True)
        await asyncio.gather(*(model.engine.stop() for model in self._models.values()))

    def names(self) -> list[str]:
        """Every model that can be asked for by name."""
        return sorted({*PULLED_MODELS, *self._settings.models})

    def for_task(self, task: Task) -> str:
        """The model that the settings give a task."""
        return str(getattr(self._settings.model, task)) or self.default

    def check(self, name: str | None = None, task: Task = "sql") -> str:
        """The name of the model that would answer. Raises ``AskwireError`` NO_MODEL or UNKNOWN_MODEL.

        With ``--model none`` nothing answers, whichever model is asked for.
        """
        if self.default == NO_MODEL or name == NO_MODEL:
            raise AskwireError(ErrorCode.NO_MODEL, "This gateway runs without a model")
        chosen = name or self.for_task(task)
        if chosen not in self.names():
            near = difflib.get_close_matches(chosen, self.names(), n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there is: {', '.join(self.names())}"
            raise AskwireError(ErrorCode.UNKNOWN_MODEL, f"There is no model {chosen[:100]!r}{hint}")
        return chosen

    def in_use(self) -> dict[str, ServedModel]:
        """The models that were asked or are being loaded, by name."""
        return dict(sorted(self._models.items()))

    def status(self) -> list[StatusItem]:
        """Rows for SHOW AI STATUS: the default model, then state and counts of every model in use."""
        rows = [StatusItem("model", self.default)]
        for name, model in self.in_use().items():
            rows.append(StatusItem(f"model {name} state", model.engine.state))
            rows.append(StatusItem(f"model {name} work", model.tally.summary()))
        return rows

    async def complete(
        self,
        request: Request,
        *,
        model: str | None = None,
        deadline_s: float | None = None,
        owner: str = "",
        task: Task = "sql",
    ) -> Completion:
        """``sample`` for one answer."""
        return (await self.sample(request, 1, model=model, deadline_s=deadline_s, owner=owner, task=task))[0]

    async def sample(
        self,
        request: Request,
        count: int,
        *,
        model: str | None = None,
        deadline_s: float | None = None,
        owner: str = "",
        task: Task = "sql",
    ) -> list[Completion]:
        """``count`` answers to ``request``; ``deadline_s`` (seconds, default ``ask.deadline_s``) covers the wait too.

        ``owner`` is who asks, such as a session: owners take turns in the queue. Without ``model`` the task's model
        answers, or when it fails the settings' fallbacks; ``Completion.model`` says which one did.

        Raises ``AskwireError``: NO_MODEL, UNKNOWN_MODEL, MODEL_UNAVAILABLE, MODEL_BUSY, DEADLINE, QUESTION_TOO_LONG.
        Cancelling the task cancels the generation at once, in the middle of a prefill too.
        """

        async def work(engine: Engine, max_tokens: int) -> list[Completion]:
            shield = self._shield(engine)
            shown = request if shield is None else hidden(request, shield)
            answers = await engine.sample(shown, count, request.max_tokens or max_tokens)
            return answers if shield is None else [replace(a, text=shield.reveal(a.text)) for a in answers]

        return await self._answer(self._order(model, task), work, owner, deadline_s)

    def _shield(self, engine: Engine) -> PromptShield | None:
        host = getattr(engine, "host", "unknown")  # of a plugin's engine that does not tell: elsewhere
        shields = self._services.get(Shields) if host else None
        return shields.shield if shields is not None and shields.shield.covers(host) else None

    def _order(self, name: str | None, task: Task) -> list[str]:
        """Who is asked, one after the other. A model that was asked for by name has no substitute."""
        first = self.check(name, task)
        others = () if name else dict.fromkeys(self._settings.model.fallback)
        return [first, *(other for other in others if other != first)]

    async def _answer(self, order: list[str], work: Work, owner: str, deadline_s: float | None) -> list[Completion]:
        asked = time.monotonic()
        until = asked + (self._settings.ask.deadline_s if deadline_s is None else deadline_s)
        failures: list[AskwireError] = []
        for left, name in zip(range(len(order), 0, -1), order, strict=True):
            now = time.monotonic()
            # Each gets an equal part of the time, so that one that hangs leaves some for those behind it.
            try:
                return await self._get(name).answer(work, owner, asked, now + (until - now) / left)
            except AskwireError as failure:
                failures.append(failure)
                if left > 1:
                    log.warning("fallback", model=name, to=order[-left + 1], reason=failure.code.name.lower())
                    FALLBACKS.labels(name, failure.code.name.lower()).inc()
        if len(failures) == 1:
            raise failures[0]
        raise AskwireError(failures[-1].code, "; ".join(failure.message.rstrip(". ") for failure in failures))

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

    async def _warm(self, model: ServedModel, system: str) -> None:
        try:
            await model.engine.ready()
            shield = self._shield(model.engine)
            await model.engine.warm(system if shield is None else shield.hide(system))
        except (AskwireError, EngineLost, EngineRefused) as error:
            log.info("warm_failed", model=model.name, error=str(error))

    def _get(self, name: str) -> ServedModel:
        """The model called ``name``, made on first use."""
        if name not in self._models:
            settings = self._settings
            entry = settings.models.get(name)
            size = (entry.queue_size if entry else None) or settings.model.queue_size
            queue = FairQueue(name, places(name, settings), size)
            engine = make_engine(name, settings, self._make)
            self._models[name] = ServedModel(name, engine, queue, settings.max_answer_tokens(name))
        return self._models[name]


def hidden(request: Request, shield: PromptShield) -> Request:
    """The request with placeholders for what is not to leave this machine."""
    start = shield.hide(request.answer_start)
    return replace(request, system=shield.hide(request.system), user=shield.hide(request.user), answer_start=start)
