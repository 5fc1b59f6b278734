"""What the managed engines that write text have in common."""

from abc import abstractmethod
from functools import partial

from models_runtime import client
from models_runtime.supervisor import ManagedProcess
from plugins.engines import Completion, Request


class ManagedEngine(ManagedProcess):
    """``extensions`` is what its process understands beyond OpenAI (``client.sample``)."""

    host = ""

    extensions: frozenset[str] = frozenset()

    async def sample(self, request: Request, count: int, max_tokens: int) -> list[Completion]:
        """``count`` answers to one prompt. Raises ``EngineLost``, ``EngineRefused``, ``AskwireError``.

        An engine that is lost on the way is asked once more after its restart: a generation has no side effects.
        """
        ask = partial(client.sample, model=self._name, request=request, count=count, max_tokens=max_tokens)
        return await self.call(lambda http: ask(http, extensions=self.extensions))

    @abstractmethod
    async def warm(self, system: str) -> None:
        """Evaluate the prefix in the background of all answers. Raises like ``sample``."""
