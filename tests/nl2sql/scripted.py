"""The registry with scripted answers in place of an engine: unit tests of what surrounds the model."""

from collections.abc import Callable

from conf.settings import Settings
from models_runtime.registry import Models
from models_runtime.types import Completion, Request

Reply = str | Exception | Callable[[Request], str]


class Script:
    """Gives the replies in order and keeps the requests."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.requests: list[Request] = []
        self.warmed: list[str] = []

    async def complete(
        self, request: Request, *, model: str | None = None, deadline_s: float | None = None
    ) -> Completion:
        self.requests.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        text = reply if isinstance(reply, str) else reply(request)
        return Completion(text, model or "scripted", prompt_tokens=10, completion_tokens=5)

    async def warm(self, system: str, *, model: str | None = None) -> None:
        self.warmed.append(system)


def scripted_models(settings: Settings, script: Script) -> Models:
    models = Models(settings)
    models.complete = script.complete  # type: ignore[method-assign]
    models.warm = script.warm  # type: ignore[method-assign]
    return models
