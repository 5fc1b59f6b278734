"""The engine ``openai``: any server that speaks OpenAI's chat completions, at the URL of the settings."""

import asyncio
import dataclasses
from collections.abc import Coroutine

from conf.settings import ModelEntry
from models_runtime import client
from models_runtime.client import EngineRefused
from models_runtime.types import Completion, Request


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

    def start(self) -> None:
        """Nothing to start: the server is somebody else's."""

    async def stop(self) -> None:
        await self._http.aclose()

    async def ready(self) -> None:
        """A server is taken to be up until it fails."""

    async def warm(self, system: str) -> None:
        """Nothing: a server has its own prefix cache, and a remote one would charge for it."""

    async def complete(self, request: Request, max_tokens: int) -> Completion:
        """``sample`` for one answer."""
        return (await self.sample(request, 1, max_tokens))[0]

    async def sample(self, request: Request, count: int, max_tokens: int) -> list[Completion]:
        """``count`` answers to one prompt. Raises ``EngineLost``, ``EngineRefused``."""
        try:
            answers = await self._sample(request, count, max_tokens)
        except (client.EngineLost, EngineRefused) as error:
            self.state = f"failing: {error}"
            raise
        self.state = "ready"
        return answers

    async def _sample(self, request: Request, count: int, max_tokens: int) -> list[Completion]:
        """A server that knows nothing of ``n`` gives one answer; the others are then asked for one by one."""
        if request.greedy_first and count > 1 and request.temperature > 0:
            greedy = dataclasses.replace(request, temperature=0.0)
            sampled = dataclasses.replace(request, greedy_first=False, seed=request.seed + 1)
            return await _all(self._sample(greedy, 1, max_tokens), self._sample(sampled, count - 1, max_tokens))
        answers = await self._ask(request, count, max_tokens)
        more = [
            self._ask(dataclasses.replace(request, seed=request.seed + index), 1, max_tokens)
            for index in range(len(answers), count)
        ]
        return [*answers, *await _all(*more)]

    async def _ask(self, request: Request, count: int, max_tokens: int) -> list[Completion]:
        try:
            return await client.sample(self._http, self._model, request, count, max_tokens, self._extensions)
        except EngineRefused as error:
            if error.status not in (400, 422) or not (request.answer_start and self._extensions):
                raise
            answers = await client.sample(self._http, self._model, request, count, max_tokens, frozenset())
            self._extensions = frozenset()
            return answers


async def _all(*requests: Coroutine[None, None, list[Completion]]) -> list[Completion]:
    """The answers of all; when one fails, the others are cancelled."""
    tasks = [asyncio.create_task(request) for request in requests]
    try:
        return [answer for answers in await asyncio.gather(*tasks) for answer in answers]
    finally:
        for task in tasks:
            task.cancel()
