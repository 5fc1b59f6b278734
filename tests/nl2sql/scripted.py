"""The registry with scripted answers in place of an engine: unit tests of what surrounds the model."""

from collections.abc import Callable

from conf.models import Task
from conf.settings import Settings
from models_runtime.registry import Models
from plugins.engines import Completion, Request

Reply = str | Exception | Callable[[Request], str]


class Script:
    """Gives the replies in order and keeps the requests; a list is what one call of ``sample`` gives.

    A model that is sampled where no list is next says what it said before. It is as sure as can be unless ``logprob``,
    the mean per token of what it says, tells otherwise.
    """

    def __init__(self, *replies: Reply | list[str], logprob: float | None = 0.0) -> None:
        self.replies = list(replies)
        self.logprob = logprob
        self.requests: list[Request] = []
        self.tasks: list[Task] = []  # of each of the requests
        self.sampled: list[tuple[Request, int]] = []
        self.warmed: list[str] = []
        self._said = ""

    async def complete(
        self,
        request: Request,
        *,
        model: str | None = None,
        deadline_s: float | None = None,
        owner: str = "",
        task: Task = "sql",
    ) -> Completion:
        self.requests.append(request)
        self.tasks.append(task)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        assert not isinstance(reply, list), "one completion is asked for"
        self._said = reply if isinstance(reply, str) else reply(request)
        return self._completion(self._said, model)

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
        self.sampled.append((request, count))
        given = self.replies.pop(0) if self.replies and isinstance(self.replies[0], list) else [self._said] * count
        assert isinstance(given, list)
        return [self._completion(text, model) for text in given]

    def _completion(self, text: str, model: str | None) -> Completion:
        return Completion(text, model or "scripted", prompt_tokens=10, completion_tokens=5, logprob=self.logprob)

    async def warm(self, system: str, *, model: str | None = None) -> None:
        self.warmed.append(system)


def scripted_models(settings: Settings, script: Script) -> Models:
    models = Models(settings)
    models.complete = script.complete  # type: ignore[method-assign]
    models.sample = script.sample  # type: ignore[method-assign]
    models.warm = script.warm  # type: ignore[method-assign]
    return models
