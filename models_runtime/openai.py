"""The engine ``openai``: any server that speaks OpenAI's chat completions, at the URL of the settings."""

import dataclasses
from urllib.parse import urlsplit

from conf.models import ModelEntry
from models_runtime import client
from models_runtime.control_tokens import defused, usual_tokens
from models_runtime.several import greedy_first, together
from plugins.engines import Completion, EngineLost, EngineRefused, Request


class OpenAIEngine:
    """``state`` is what the last request met; nothing is sent before the first one.

    ``extensions`` as in ``client.sample``. A server that refuses the continuation of an assistant's turn (OpenAI's own)
    is asked without extensions from then on.
    """

    def __init__(self, entry: ModelEntry, extensions: frozenset[str] = frozenset({"continue"})) -> None:
        self._http = client.make_http(entry.url, entry.api_key.get_secret_value())
        self._model = entry.model
        self._extensions = extensions
        self.state = "not used yet"
        self.host = urlsplit(entry.url).hostname or ""

    def start(self) -> None:
        """Nothing to start: the server is somebody else's."""

    async def stop(self) -> None:
        await self._http.aclose()

    async def ready(self) -> None:
        """A server is taken to be up until it fails."""

    async def warm(self, system: str) -> None:
        """Nothing: a server has its own prefix cache, and a remote one would charge for it."""

    async def sample(self, request: Request, count: int, max_tokens: int) -> list[Completion]:
        """``count`` answers to one prompt. Raises ``EngineLost``, ``EngineRefused``."""
        request = defused(request, usual_tokens())
        try:
            answers = await self._sample(request, count, max_tokens)
        except (EngineLost, EngineRefused) as error:
            self.state = f"failing: {error}"
            raise
        self.state = "ready"
        return answers

    async def _sample(self, request: Request, count: int, max_tokens: int) -> list[Completion]:
        """A server that knows nothing of ``n`` gives one answer; the others are then asked for one by one."""

        async def ask(one: Request, number: int) -> list[Completion]:
            answers = await self._ask(one, number, max_tokens)
            rest = range(len(answers), number)
            more = [self._ask(dataclasses.replace(one, seed=one.seed + index), 1, max_tokens) for index in rest]
            return [*answers, *await together(*more)]

        return await greedy_first(ask, request, count)

    async def _ask(self, request: Request, count: int, max_tokens: int) -> list[Completion]:
        try:
            return await client.sample(self._http, self._model, request, count, max_tokens, self._extensions)
        except EngineRefused as error:
            if error.status not in (400, 422) or not (request.answer_start and self._extensions):
                raise
            answers = await client.sample(self._http, self._model, request, count, max_tokens, frozenset())
            self._extensions = frozenset()
            return answers
