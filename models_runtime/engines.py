"""The engines that askwire brings, as a plugin would: by the hook ``askwire_engine``."""

from collections.abc import Callable

from conf.settings import Settings
from models_runtime.llamacpp import LlamaCppEngine
from models_runtime.openai import OpenAIEngine
from models_runtime.vllm import make_vllm
from plugins import AskwireError, ErrorCode
from plugins.engines import Completion, Engine, Request

# From an engine's kind and a model's name; None where nobody has such an engine.
MakeEngine = Callable[[str, str, Settings], Engine | None]


def engine_kind(name: str, settings: Settings) -> str:
    """``llamacpp``, ``openai``, ``vllm`` or a plugin's; models that are pulled by name have the first one."""
    entry = settings.models.get(name)
    return entry.engine if entry else "llamacpp"


def built_in(kind: str, name: str, settings: Settings) -> Engine | None:
    """The engine of the model ``name``; nothing is started yet."""
    if kind == "llamacpp":
        return LlamaCppEngine(name, settings)
    if kind == "vllm":
        return make_vllm(name, settings)
    return OpenAIEngine(settings.models[name]) if kind == "openai" else None


class MissingEngine:
    """Stands for an engine that no plugin has: whoever asks it is told."""

    def __init__(self, kind: str) -> None:
        self.host = ""
        self.state = f"no plugin has the engine {kind}"

    def start(self) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Nothing was started."""

    async def ready(self) -> None:
        raise AskwireError(ErrorCode.MODEL_UNAVAILABLE, f"The model cannot be asked: {self.state}")

    async def sample(self, request: Request, count: int, max_tokens: int) -> list[Completion]:
        raise AskwireError(ErrorCode.MODEL_UNAVAILABLE, f"The model cannot be asked: {self.state}")

    async def warm(self, system: str) -> None:
        """Nothing to warm."""


def make_engine(name: str, settings: Settings, make: MakeEngine = built_in) -> Engine:
    """The engine of the model ``name``, from whoever has its kind; nothing is started yet."""
    kind = engine_kind(name, settings)
    return make(kind, name, settings) or MissingEngine(kind)


def places(name: str, settings: Settings) -> int:
    """How many requests the engine is given at a time."""
    entry = settings.models.get(name)
    return 1 if entry is None or entry.engine == "llamacpp" else entry.concurrency
