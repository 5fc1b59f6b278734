"""What an engine is, and the one place where engines are made."""

from typing import Protocol

from conf.settings import Settings
from models_runtime.llamacpp import LlamaCppEngine
from models_runtime.openai import OpenAIEngine
from models_runtime.types import Completion, Request
from models_runtime.vllm import make_vllm


class Engine(Protocol):
    """What answers. ``sample`` and ``warm`` raise ``EngineLost``, ``EngineRefused`` or ``AskwireError``."""

    @property
    def host(self) -> str:
        """Where its server is; "" for a process of the gateway's own."""

    @property
    def state(self) -> str:
        """In a word or a sentence, for SHOW AI MODELS."""

    def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def ready(self) -> None: ...
    async def sample(self, request: Request, count: int, max_tokens: int) -> list[Completion]: ...
    async def warm(self, system: str) -> None: ...


def engine_kind(name: str, settings: Settings) -> str:
    """``llamacpp``, ``openai`` or ``vllm``; models that are pulled by name have the first one."""
    entry = settings.models.get(name)
    return entry.engine if entry else "llamacpp"


def make_engine(name: str, settings: Settings) -> Engine:
    """The engine of the model ``name``; nothing is started yet."""
    entry = settings.models.get(name)
    if entry is None or entry.engine == "llamacpp":
        return LlamaCppEngine(name, settings)
    return make_vllm(name, settings) if entry.engine == "vllm" else OpenAIEngine(entry)


def places(name: str, settings: Settings) -> int:
    """How many requests the engine is given at a time."""
    entry = settings.models.get(name)
    return 1 if entry is None or entry.engine == "llamacpp" else entry.concurrency
