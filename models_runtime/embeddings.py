"""``Embeddings``: the one place that the rest of askwire asks for vectors, and for the order of passages."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from itertools import chain
from typing import TypeVar

import numpy as np
import structlog
from numpy.typing import NDArray

from conf.knowledge import NO_EMBEDDER, as_folder
from conf.settings import Settings
from models_runtime.client import as_askwire_error
from models_runtime.embedders import MakeEmbedder, built_in, make_embedder, usable
from models_runtime.metrics import EMBEDDED, EMBEDDING_REQUESTS, EMBEDDING_SECONDS
from plugins import AskwireError, ErrorCode, StatusItem
from plugins.engines import Embedder, EmbedderInfo, EngineLost, EngineRefused
from plugins.engines import EmbedderKind as Kind

log = structlog.get_logger("askwire.models")
T = TypeVar("T")
Vectors = NDArray[np.float32]

# One request to the embedder. More texts than one batch has, so that texts of similar length can be put together.
_REQUEST_TEXTS = 128
_REQUEST_CHARS = 1_000_000
# No model reads so much; what is behind it would only be carried around.
_TEXT_CHARS = 100_000
_REQUEST_S = 600.0  # the first one waits until the model is loaded


class Embeddings:
    """The embedder and the reranker of the settings. Use it as ``async with``. Nothing is loaded before it is needed.

    ``default``: the embedder's name; "" when there is none (``none`` in the settings, or its libraries are missing).
    """

    def __init__(self, settings: Settings, make: MakeEmbedder = built_in) -> None:
        self._settings = settings
        self._make = make
        self._embedders: dict[tuple[Kind, str], Embedder] = {}
        self._infos: dict[str, EmbedderInfo] = {}
        self.default = self._named("embedder", settings.knowledge.embedder)
        self.reranker = self._named("reranker", settings.knowledge.reranker)

    async def __aenter__(self) -> "Embeddings":
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(embedder.stop() for embedder in self._embedders.values()))

    def start(self, model: str = "") -> None:
        """Load the model in the background, where one will soon be needed. Raises like ``info``."""
        self._get("embedder", model or self.default).start()

    def status(self) -> list[StatusItem]:
        """Rows for SHOW AI STATUS: the embedder and the reranker with their state."""
        rows = []
        named: tuple[tuple[Kind, str], ...] = (("embedder", self.default), ("reranker", self.reranker))
        for kind, name in named:
            if name:
                used = self._embedders.get((kind, name))
                rows.append(StatusItem(kind, f"{name}: {used.state if used else 'not started'}"))
        return rows or [StatusItem("embedder", NO_EMBEDDER)]

    async def info(self, model: str = "") -> EmbedderInfo:
        """About the embedder ``model``, or without a name the default one; loads it. Raises ``AskwireError``
        MODEL_UNAVAILABLE, MODEL_BUSY, DEADLINE."""
        name = model or self.default
        if name not in self._infos:
            embedder = self._get("embedder", name)
            async with _explained(name):
                self._infos[name] = await embedder.info()
        return self._infos[name]

    async def embed(self, texts: Sequence[str], *, model: str = "", query: bool = False) -> Vectors:
        """(n, dimensions), L2-normalised; equal texts get equal vectors up to rounding. ``query``: these are what is
        searched for; they go before everything that is not.

        Raises ``AskwireError`` MODEL_UNAVAILABLE, MODEL_BUSY, DEADLINE. Cancelling it drops what was not begun.
        """
        name = model or self.default
        if not texts:
            return np.empty((0, (await self.info(name)).dimensions), dtype=np.float32)
        embedder = self._get("embedder", name)
        kind = "query" if query else "document"

        with _measured(name, kind, len(texts)):
            async with _explained(name):
                asking = [partial(embedder.embed, some, query=query) for some in _requests(texts)]
                parts = await _together(embedder, asking)
                if len({part.shape[1] for part in parts}) != 1:
                    raise EngineRefused(200, "malformed", "the vectors have several lengths")
        return np.concatenate(parts)

    async def rerank(self, question: str, texts: Sequence[str]) -> list[float] | None:
        """How well each text answers the question, the higher the better; None when the settings name no reranker.

        Raises ``AskwireError`` MODEL_UNAVAILABLE, MODEL_BUSY, DEADLINE.
        """
        if not self.reranker:
            return None
        embedder = self._get("reranker", self.reranker)
        asked = _clean(question)
        with _measured(self.reranker, "rerank", len(texts)):
            async with _explained(self.reranker):
                asking = [partial(embedder.rerank, asked, some) for some in _requests(texts)]
                return list(chain(*await _together(embedder, asking)))

    def _named(self, kind: Kind, name: str) -> str:
        """The name as it is used from here on (a folder by its absolute path), or "" where there is none."""
        if name in ("", NO_EMBEDDER):
            return ""
        if name not in self._settings.models:
            name = str(as_folder(name) or name)
        if not usable(name, self._settings):
            log.info("not_installed", kind=kind, model=name, needs="askwire[knowledge]")
            return ""
        return name

    def _get(self, kind: Kind, name: str) -> Embedder:
        if not name:
            raise AskwireError(ErrorCode.MODEL_UNAVAILABLE, "This gateway has no embedder ([knowledge] embedder)")
        if (kind, name) not in self._embedders:
            self._embedders[kind, name] = make_embedder(name, kind, self._settings, self._make)
        return self._embedders[kind, name]


async def _together(embedder: Embedder, requests: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """The answers, in order; a few requests at a time. When one fails, the others are cancelled."""
    room = asyncio.Semaphore(embedder.at_a_time)

    async def one(ask: Callable[[], Awaitable[T]]) -> T:
        async with room, asyncio.timeout(_REQUEST_S):
            return await ask()

    tasks = [asyncio.create_task(one(work)) for work in requests]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


def _requests(texts: Sequence[str]) -> Iterator[list[str]]:
    """The texts, fit to be sent, in parts of bounded size."""
    part: list[str] = []
    chars = 0
    for text in map(_clean, texts):
        if part and (len(part) == _REQUEST_TEXTS or chars + len(text) > _REQUEST_CHARS):
            yield part
            part, chars = [], 0
        part.append(text)
        chars += len(text)
    if part:
        yield part


def _clean(text: str) -> str:
    """Half characters (surrogates) have no UTF-8."""
    return text[:_TEXT_CHARS].encode("utf-8", "replace").decode()


@asynccontextmanager
async def _explained(name: str) -> AsyncIterator[None]:
    """What went wrong, as ``AskwireError``."""
    try:
        yield
    except (EngineLost, EngineRefused) as error:
        log.warning("embedding_failed", model=name, error=str(error)[:200])
        raise as_askwire_error(name, error) from error
    except TimeoutError as error:
        raise AskwireError(ErrorCode.DEADLINE, f"The model {name!r} did not answer in {_REQUEST_S:.0f} s") from error


@contextmanager
def _measured(name: str, kind: str, texts: int) -> Iterator[None]:
    """Counts one call, of ``texts`` texts, and how it ended."""
    began = time.monotonic()
    outcome = "cancelled"
    try:
        yield
        outcome = "answered"
    except AskwireError as error:
        outcome = error.code.name.lower()
        raise
    finally:
        EMBEDDING_REQUESTS.labels(name, kind, outcome).inc()
    EMBEDDED.labels(name, kind).inc(texts)
    EMBEDDING_SECONDS.labels(name, kind).observe(time.monotonic() - began)
