"""What answers: models that write, and models that embed and rerank."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EmbedderKind = Literal["embedder", "reranker"]


@dataclass(frozen=True, slots=True)
class Request:
    """One completion.

    ``system`` is the stable prefix, cached between requests; ``user`` is the part that changes. ``answer_start`` is
    text that the answer begins with: it is given to the model as the beginning of its own turn and is *not* part of
    ``Completion.text``, which is what follows it. An engine that cannot continue a turn only sees the request without
    it; where its answer then happens to begin with ``answer_start``, that is removed.

    ``max_tokens`` of ``None`` means ``model.max_answer_tokens`` of the settings. ``temperature`` 0 is greedy and
    deterministic; above it ``seed`` makes the embedded engine's answer repeatable. ``stop`` strings end the answer and
    are not part of it. ``grammar`` is GBNF (llama.cpp's ``grammars/README.md``), its root rule ``root``; it describes
    what follows ``answer_start``. The engine ``openai`` ignores it, so check the answer all the same.

    ``names`` (table -> columns) holds the answer to a SELECT statement that names only these, where the engine
    can (``llamacpp``): columns of the statement's tables once its FROM was written, so write FROM first if you can.
    The tables have no database before them. An answer that is no statement goes free from its first word on. It
    excludes ``grammar``.

    Of several answers (``Models.sample``) the i-th, from 0, has the seed ``seed + i``; with ``greedy_first`` the first
    is greedy and only the others are sampled.
    """

    system: str
    user: str
    answer_start: str = ""
    max_tokens: int | None = None
    temperature: float = 0.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    grammar: str | None = None
    names: Mapping[str, tuple[str, ...]] | None = None
    greedy_first: bool = False


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer, and what it cost. All times in seconds.

    ``logprob`` is the mean natural logarithm of the probability of its tokens (0 and below; the end of the answer is
    one of them), as the model gives it at temperature 1 and without a grammar; ``None`` where an engine does not tell.

    ``cached_tokens`` of ``prompt_tokens`` were found in the engine's key-value cache; of several answers to one prompt,
    all but the first count all of it as cached. ``queue_s`` is the wait for a
    free place and for the engine to be up; ``first_token_s`` runs from the sending of the request to the first text;
    ``total_s`` is everything. ``finish_reason``: ``stop`` (the model ended, or a stop string) or ``length``.
    """

    text: str
    model: str
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    queue_s: float = 0.0
    first_token_s: float = 0.0
    total_s: float = 0.0
    finish_reason: str = "stop"
    logprob: float | None = None


class EngineLost(Exception):
    """The engine could not be reached or broke off: worth another try when it may have been restarted."""


class EngineRefused(Exception):
    """The engine answered with an error. ``status`` and ``code`` as OpenAI's API has them."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Engine(Protocol):
    """What answers. ``sample`` and ``warm`` raise ``EngineLost``, ``EngineRefused`` or ``AskwireError``."""

    @property
    def host(self) -> str:
        """Where its server is; "" for a process of the gateway's own."""

    @property
    def state(self) -> str:
        """In a word or a sentence, for SHOW AI MODELS."""

    def start(self) -> None:
        """Get ready in the background."""

    async def stop(self) -> None:
        """Give everything back."""

    async def ready(self) -> None:
        """Wait until it can answer."""

    async def sample(self, request: Request, count: int, max_tokens: int) -> list[Completion]:
        """``count`` answers of at most ``max_tokens``; cancelling the task ends the generation."""

    async def warm(self, system: str) -> None:
        """Have the prefix ``system`` in the cache, where there is one."""


@dataclass(frozen=True, slots=True)
class EmbedderInfo:
    """``max_tokens``: so many of a text are read, the model's prompt and special tokens not counted; the rest is cut.

    ``tokenizer_file``: a ``tokenizer.json`` as the library ``tokenizers`` reads it; None where it is not known.
    """

    name: str
    dimensions: int
    max_tokens: int
    tokenizer_file: Path | None


class Embedder(Protocol):
    """What makes vectors (``embed``), or orders passages (``rerank``). Both raise what an ``Engine`` raises."""

    @property
    def state(self) -> str:
        """In a word or a sentence, for SHOW AI STATUS."""

    @property
    def at_a_time(self) -> int:
        """How many calls of ``embed`` or ``rerank`` it is given at a time."""

    def start(self) -> None:
        """Get ready in the background."""

    async def stop(self) -> None:
        """Give everything back."""

    async def info(self) -> EmbedderInfo:
        """About the embedder; loads it."""

    async def embed(self, texts: Sequence[str], *, query: bool) -> "NDArray[np.float32]":
        """(n, dimensions), L2-normalised. ``query``: these are what is searched for, else what is searched."""

    async def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the question; the higher the better."""
