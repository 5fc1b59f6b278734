"""The engine ``llamacpp``: llama.cpp in a process of its own, which keeps the key-value cache of every schema."""

import asyncio
import importlib.util
from pathlib import Path

import httpx

from conf.settings import Settings
from models_runtime.catalog import PUBLISHED, model_file
from models_runtime.managed import ManagedEngine
from models_runtime.process import EngineProcess, start_engine
from models_runtime.supervisor import key_for
from plugins.engines import EngineLost, EngineRefused

_MISSING_S = 1.0


class LlamaCppEngine(ManagedEngine):
    extensions = frozenset({"continue", "grammar", "greedy_first", "logprobs", "names"})

    def __init__(self, name: str, settings: Settings) -> None:
        entry = settings.models.get(name)
        super().__init__(name, key_for(name, entry.path if entry else ""), settings)
        self.hang_s = settings.model.hang_timeout_s

    async def warm(self, system: str) -> None:
        """Evaluate the prefix in the background of all answers. Raises like ``sample``."""
        http = await self._client()
        messages = [{"role": "system", "content": system}, {"role": "user", "content": ""}]
        try:
            response = await http.post("warm", json={"messages": messages})
        except httpx.TransportError as error:
            self._lost(http)
            raise EngineLost(type(error).__name__) from error
        if response.status_code != 200:
            raise EngineRefused(response.status_code, "warm", f"HTTP status {response.status_code}")

    async def _launch(self) -> EngineProcess:
        return await start_engine(self._name, await self._find_model(), self._settings)

    async def _find_model(self) -> Path:
        """Wait for the model file. Meanwhile requests are told what is missing."""
        while True:
            path = model_file(self._name, self._settings)
            if importlib.util.find_spec("llama_cpp") is None:
                self._set("llama-cpp-python is missing", "needs llama-cpp-python: pip install 'askwire[local]'")
            elif path.is_file():
                return path
            elif self._name in PUBLISHED:
                self._set("not downloaded", f"is not here yet: run 'askwire model pull {self._name}'")
            else:
                self._set("file missing", f"has no file at {path}")
            await asyncio.sleep(_MISSING_S)
