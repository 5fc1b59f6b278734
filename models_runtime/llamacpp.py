"""The engine ``llamacpp``: llama.cpp in a process of its own, which keeps the key-value cache of every schema."""

import asyncio
import importlib.util
from pathlib import Path

import httpx

from conf.settings import Settings
from models_runtime import client
from models_runtime.catalog import PUBLISHED, model_file
from models_runtime.client import EngineLost
from models_runtime.process import Address, EngineProcess, start_engine
from models_runtime.supervisor import Supervisor, Tell, key_for, proven_health
from models_runtime.types import Completion, Request

_EXTENSIONS = frozenset({"continue", "grammar"})
_MISSING_S = 1.0


class LlamaCppEngine:
    """``state`` as in ``Supervisor``."""

    def __init__(self, name: str, settings: Settings) -> None:
        self._name = name
        entry = settings.models.get(name)
        key = key_for(name, entry.path if entry else "")
        self._supervisor = Supervisor(name, key, settings.data_path, _Launcher(name, settings))

    @property
    def state(self) -> str:
        return self._supervisor.state

    @property
    def owner(self) -> bool:
        """Whether this gateway runs the process."""
        return self._supervisor.owner

    def start(self) -> None:
        """Begin loading in the background; does nothing when that was done."""
        self._supervisor.start()

    async def stop(self) -> None:
        """End the process if this gateway owns it."""
        await self._supervisor.stop()

    async def ready(self) -> None:
        """Wait until the engine answers. Raises ``AskwireError`` MODEL_UNAVAILABLE when that is not in sight."""
        await self._supervisor.client()

    async def complete(self, request: Request, max_tokens: int) -> Completion:
        """Raises ``EngineLost``, ``EngineRefused``, ``AskwireError``.

        An engine that is lost on the way is asked once more after its restart: a generation has no side effects.
        """
        http = await self._supervisor.client()
        try:
            return await client.complete(http, self._name, request, max_tokens, _EXTENSIONS)
        except EngineLost:
            self._supervisor.lost(http)
        http = await self._supervisor.client()
        return await client.complete(http, self._name, request, max_tokens, _EXTENSIONS)

    async def warm(self, system: str) -> None:
        """Evaluate the prefix in the background of all answers. Raises like ``complete``."""
        http = await self._supervisor.client()
        messages = [{"role": "system", "content": system}, {"role": "user", "content": ""}]
        try:
            response = await http.post("warm", json={"messages": messages})
        except httpx.TransportError as error:
            self._supervisor.lost(http)
            raise EngineLost(type(error).__name__) from error
        if response.status_code != 200:
            raise client.EngineRefused(response.status_code, "warm", f"HTTP status {response.status_code}")


class _Launcher:
    """Starts the process once the model file is there."""

    def __init__(self, name: str, settings: Settings) -> None:
        self._name = name
        self._settings = settings

    async def launch(self, tell: Tell) -> EngineProcess:
        return await start_engine(self._name, await self._find_model(tell), self._settings)

    async def health(self, address: Address) -> dict[str, str]:
        return await proven_health(address)

    async def _find_model(self, tell: Tell) -> Path:
        """Wait for the model file. Meanwhile requests are told what is missing."""
        while True:
            path = model_file(self._name, self._settings)
            if importlib.util.find_spec("llama_cpp") is None:
                tell("llama-cpp-python is missing", "needs llama-cpp-python: pip install 'askwire[local]'")
            elif path.is_file():
                return path
            elif self._name in PUBLISHED:
                tell("not downloaded", f"is not here yet: run 'askwire model pull {self._name}'")
            else:
                tell("file missing", f"has no file at {path}")
            await asyncio.sleep(_MISSING_S)
