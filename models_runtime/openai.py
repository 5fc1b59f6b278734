"""The engine ``openai``: any server that speaks OpenAI's chat completions, at the URL of the settings."""

from conf.models import ModelEntry
from models_runtime import client
from models_runtime.client import EngineRefused
from models_runtime.types import Completion, Request


class OpenAIEngine:
    """``state`` is what the last request met; nothing is sent before the first one.

    A server that refuses the continuation of an assistant's turn (OpenAI's own) is asked without it from then on.
    """

    def __init__(self, entry: ModelEntry) -> None:
        self._http = client.make_http(entry.url, entry.api_key.get_secret_value())
        self._model = entry.model
        self._extensions = frozenset({"continue"})
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
        """Raises ``EngineLost``, ``EngineRefused``."""
        try:
            answer = await self._complete(request, max_tokens)
        except (client.EngineLost, EngineRefused) as error:
            self.state = f"failing: {error}"
            raise
        self.state = "ready"
        return answer

    async def _complete(self, request: Request, max_tokens: int) -> Completion:
        try:
            return await client.complete(self._http, self._model, request, max_tokens, self._extensions)
        except EngineRefused as error:
            if error.status not in (400, 422) or not (request.answer_start and self._extensions):
                raise
            answer = await client.complete(self._http, self._model, request, max_tokens, frozenset())
            self._extensions = frozenset()
            return answer
