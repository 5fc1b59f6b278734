"""What is measured of every model; ``askwire_model_…`` in ``/metrics``, sums in SHOW AI STATUS and SHOW AI MODELS."""

import statistics
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from prometheus_client import Counter, Gauge, Histogram

from conf.metrics import REGISTRY
from models_runtime.breaker import Breaker, Circuit
from models_runtime.fair_queue import FairQueue
from plugins.engines import Completion

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)
_SPEEDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
REQUESTS = Counter(
    "askwire_model_requests", "Requests by how they ended: answered, cancelled, or an error's name",
    ["model", "outcome"], registry=REGISTRY,
)  # fmt: skip
TOKENS = Counter(
    "askwire_model_tokens", "Tokens of prompts (cached: of these, from the cache) and answers", ["model", "kind"],
    registry=REGISTRY,
)  # fmt: skip
CACHE_HITS = Counter(
    "askwire_model_cache_hits", "Answers that found a part of their prompt in the engine's cache", ["model"],
    registry=REGISTRY,
)  # fmt: skip
FIRST_TOKEN = Histogram(
    "askwire_model_first_token_seconds", "Sending a request to the first text", ["model"],
    buckets=_SECONDS, registry=REGISTRY,
)  # fmt: skip
SPEED = Histogram(
    "askwire_model_tokens_per_second", "Tokens of an answer per second after its first text", ["model"],
    buckets=_SPEEDS, registry=REGISTRY,
)  # fmt: skip
TOTAL = Histogram(
    "askwire_model_seconds", "A whole request, its wait included", ["model"], buckets=_SECONDS, registry=REGISTRY
)
QUEUE = Histogram(
    "askwire_model_queue_seconds", "Waiting for a free place and for the engine", ["model"],
    buckets=_SECONDS, registry=REGISTRY,
)  # fmt: skip
WAITING = Gauge("askwire_model_waiting", "Requests that wait for the model", ["model"], registry=REGISTRY)
IN_FLIGHT = Gauge("askwire_model_in_flight", "Requests that the engine has", ["model"], registry=REGISTRY)
CIRCUIT = Gauge(
    "askwire_model_circuit", "1 for the state that the model's circuit breaker is in", ["model", "state"],
    registry=REGISTRY,
)  # fmt: skip
FALLBACKS = Counter(
    "askwire_model_fallbacks", "Requests that went on to the next model, by why", ["model", "cause"], registry=REGISTRY
)
EMBEDDING_REQUESTS = Counter(
    "askwire_embedding_requests", "Calls of the embedder (query, document) and the reranker (rerank) by how they ended",
    ["model", "kind", "outcome"], registry=REGISTRY,
)  # fmt: skip
EMBEDDED = Counter(
    "askwire_embedding_texts", "Texts that were embedded (query, document) or judged (rerank)", ["model", "kind"],
    registry=REGISTRY,
)  # fmt: skip
EMBEDDING_SECONDS = Histogram(
    "askwire_embedding_seconds", "A whole call, loading of the model included", ["model", "kind"],
    buckets=(0.005, 0.01, *_SECONDS), registry=REGISTRY,
)  # fmt: skip

_RECENT = 100


def watch(name: str, queue: FairQueue, breaker: Breaker) -> None:
    """Have the gauges of the model ``name`` read from these whenever they are asked for."""
    WAITING.labels(name).set_function(lambda: queue.waiting)
    IN_FLIGHT.labels(name).set_function(lambda: queue.in_flight)
    for state in Circuit:
        CIRCUIT.labels(name, state.value).set_function(partial(_is_in, breaker, state))


def _is_in(breaker: Breaker, state: Circuit) -> bool:
    return breaker.circuit is state


@dataclass(frozen=True, slots=True)
class _Answer:
    first_token_s: float
    decode_s: float  # from the first text to the end
    tokens: int

    @property
    def speed(self) -> float | None:
        return self.tokens / self.decode_s if self.tokens and self.decode_s > 0 else None


@dataclass(slots=True)
class Tally:
    """Counts of one model since the start; speeds over the last hundred answers."""

    name: str
    answers: int = 0
    failures: int = 0
    cancelled: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    _recent: deque[_Answer] = field(default_factory=lambda: deque(maxlen=_RECENT))

    def answered(self, completions: Sequence[Completion]) -> None:
        """One request was answered; several completions of one prompt share its prefill."""
        first = completions[0]
        tokens = sum(c.completion_tokens for c in completions)
        answer = _Answer(first.first_token_s, first.total_s - first.queue_s - first.first_token_s, tokens)
        self.answers += 1
        self.prompt_tokens += first.prompt_tokens
        self.cached_tokens += first.cached_tokens
        self._recent.append(answer)
        REQUESTS.labels(self.name, "answered").inc()
        TOKENS.labels(self.name, "prompt").inc(first.prompt_tokens)
        TOKENS.labels(self.name, "cached").inc(first.cached_tokens)
        TOKENS.labels(self.name, "answer").inc(tokens)
        CACHE_HITS.labels(self.name).inc(first.cached_tokens > 0)
        FIRST_TOKEN.labels(self.name).observe(first.first_token_s)
        QUEUE.labels(self.name).observe(first.queue_s)
        TOTAL.labels(self.name).observe(first.total_s)
        if answer.speed is not None:
            SPEED.labels(self.name).observe(answer.speed)

    def failed(self, outcome: str) -> None:
        """``outcome``: an error code's name in lower case, or ``cancelled`` (which is no failure of the model)."""
        if outcome == "cancelled":
            self.cancelled += 1
        else:
            self.failures += 1
        REQUESTS.labels(self.name, outcome).inc()

    @property
    def first_token_s(self) -> float | None:
        """The median; None before the first answer."""
        return statistics.median(a.first_token_s for a in self._recent) if self._recent else None

    @property
    def tokens_per_s(self) -> float | None:
        """After the first text; None before the first answer."""
        seconds = sum(a.decode_s for a in self._recent)
        return sum(a.tokens for a in self._recent) / seconds if seconds > 0 else None

    @property
    def cached_share(self) -> float | None:
        """0 to 1: of all prompt tokens, those found in the engine's cache; None before the first answer."""
        return self.cached_tokens / self.prompt_tokens if self.prompt_tokens else None

    def summary(self) -> str:
        """``12 requests, 0 failed, 18.1 tokens/s, first token 0.31 s, 91 % of prompt tokens cached``."""
        parts = [f"{self.answers + self.failures + self.cancelled} requests", f"{self.failures} failed"]
        if self.tokens_per_s is not None:
            parts.append(f"{self.tokens_per_s:.1f} tokens/s")
        if self.first_token_s is not None:
            parts.append(f"first token {self.first_token_s:.2f} s")
        if self.cached_share is not None:
            parts.append(f"{100 * self.cached_share:.0f} % of prompt tokens cached")
        return ", ".join(parts)
