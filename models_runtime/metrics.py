"""What is measured of every model; ``askwire_model_…`` in ``/metrics``, sums in SHOW AI STATUS."""

from collections import deque
from dataclasses import dataclass, field

from prometheus_client import Counter, Gauge, Histogram

from conf.metrics import REGISTRY
from models_runtime.types import Completion

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)
REQUESTS = Counter("askwire_model_requests", "Requests by how they ended", ["model", "outcome"], registry=REGISTRY)
TOKENS = Counter(
    "askwire_model_tokens", "Tokens of prompts (cached: of these, from the cache) and answers", ["model", "kind"],
    registry=REGISTRY,
)  # fmt: skip
FIRST_TOKEN = Histogram(
    "askwire_model_first_token_seconds", "Sending a request to the first text", ["model"],
    buckets=_SECONDS, registry=REGISTRY,
)  # fmt: skip
TOTAL = Histogram(
    "askwire_model_seconds", "A whole request, its wait included", ["model"], buckets=_SECONDS, registry=REGISTRY
)
QUEUE = Histogram(
    "askwire_model_queue_seconds", "Waiting for a free place and for the engine", ["model"],
    buckets=_SECONDS, registry=REGISTRY,
)  # fmt: skip
WAITING = Gauge("askwire_model_waiting", "Requests that wait for the model", ["model"], registry=REGISTRY)

_RECENT = 100


@dataclass(slots=True)
class Tally:
    """Counts of one model since the start; speeds over the last hundred answers."""

    name: str
    requests: int = 0
    failures: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    _recent: deque[Completion] = field(default_factory=lambda: deque(maxlen=_RECENT))

    def answered(self, completion: Completion) -> None:
        self.requests += 1
        self.prompt_tokens += completion.prompt_tokens
        self.cached_tokens += completion.cached_tokens
        self._recent.append(completion)
        REQUESTS.labels(self.name, "answered").inc()
        TOKENS.labels(self.name, "prompt").inc(completion.prompt_tokens)
        TOKENS.labels(self.name, "cached").inc(completion.cached_tokens)
        TOKENS.labels(self.name, "answer").inc(completion.completion_tokens)
        FIRST_TOKEN.labels(self.name).observe(completion.first_token_s)
        QUEUE.labels(self.name).observe(completion.queue_s)
        TOTAL.labels(self.name).observe(completion.total_s)

    def failed(self, outcome: str) -> None:
        """``outcome``: an error code's name in lower case, or ``cancelled`` (which is no failure of the model)."""
        self.requests += 1
        if outcome != "cancelled":
            self.failures += 1
        REQUESTS.labels(self.name, outcome).inc()

    def summary(self) -> str:
        """``12 requests, 0 failed, 18.1 tokens/s, first token 0.31 s, 91 % of prompt tokens cached``."""
        parts = [f"{self.requests} requests", f"{self.failures} failed"]
        if self._recent:
            seconds = sum(c.total_s - c.queue_s - c.first_token_s for c in self._recent)
            if seconds > 0:
                parts.append(f"{sum(c.completion_tokens for c in self._recent) / seconds:.1f} tokens/s")
            parts.append(f"first token {sum(c.first_token_s for c in self._recent) / len(self._recent):.2f} s")
        if self.prompt_tokens:
            parts.append(f"{100 * self.cached_tokens / self.prompt_tokens:.0f} % of prompt tokens cached")
        return ", ".join(parts)
