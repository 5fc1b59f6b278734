"""``askwire model bench``: how fast a model answers, for given numbers of requests at a time and lengths."""

import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from plugins.engines import Completion, Engine, EngineRefused, Request

_WORDS = (
    *("table", "column", "index", "row", "key", "value", "order", "city", "price", "date", "name", "total", "count"),
    *("region", "month", "year", "product", "customer", "store", "item", "stock", "sale", "amount", "unit", "code"),
)
_TASK = "Write the numbers from one to five hundred as words, and nothing else."


@dataclass(frozen=True, slots=True)
class Load:
    """``parallel`` requests at a time, each of ``input`` tokens, none of which are in a cache."""

    parallel: int
    input: int
    output: int


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians over the requests; times in seconds. ``input`` and ``output`` are the tokens that it really were.

    ``prefill`` and ``decode`` are tokens/s of one request (its wait for the others is in ``prefill``); ``throughput``
    is all generated tokens by the time of all requests together. ``warm_first_token_s``: with the same prompts again.
    """

    input: int
    output: int
    first_token_s: float
    warm_first_token_s: float
    latency_s: float
    prefill: float
    decode: float
    throughput: float


async def measure(engine: Engine, loads: Sequence[Load]) -> AsyncIterator[tuple[Load, Measured | None]]:
    """Each load with what it took, ``None`` where it exceeds the model's context.

    The engine must be ready. Raises what ``Engine.complete`` does.
    """
    chance = random.Random(time.time_ns())  # noqa: S311 - other words in every run, so that no cache knows them
    per_word, fixed = await _calibrate(engine, chance)
    for load in loads:
        words = max(1, round((load.input - fixed) / per_word))
        try:
            yield load, await _measure(engine, load, [_prompt(chance, words) for _ in range(load.parallel)])
        except EngineRefused as error:
            if error.code != "context_length_exceeded":
                raise
            yield load, None


async def _calibrate(engine: Engine, chance: random.Random) -> tuple[float, float]:
    """(tokens per word, tokens of everything else)."""
    few = (await engine.sample(_prompt(chance, 20), 1, 1))[0].prompt_tokens
    more = (await engine.sample(_prompt(chance, 120), 1, 1))[0].prompt_tokens
    per_word = max(0.1, (more - few) / 100)
    return per_word, few - 20 * per_word


def _prompt(chance: random.Random, words: int) -> Request:
    return Request(" ".join(chance.choices(_WORDS, k=words)), _TASK)


async def _measure(engine: Engine, load: Load, prompts: list[Request]) -> Measured:
    started = time.monotonic()
    answers = await asyncio.gather(*(_timed(engine, prompt, load.output) for prompt in prompts))
    wall_s = time.monotonic() - started
    warm = await asyncio.gather(*(_timed(engine, prompt, 1) for prompt in prompts))

    def median(values: list[float]) -> float:
        return statistics.median(values)

    return Measured(
        input=round(median([answer.prompt_tokens for answer, _ in answers])),
        output=round(median([answer.completion_tokens for answer, _ in answers])),
        first_token_s=median([answer.first_token_s for answer, _ in answers]),
        warm_first_token_s=median([answer.first_token_s for answer, _ in warm]),
        latency_s=median([latency for _, latency in answers]),
        prefill=median([(a.prompt_tokens - a.cached_tokens) / max(a.first_token_s, 1e-6) for a, _ in answers]),
        decode=median([(a.completion_tokens - 1) / max(latency - a.first_token_s, 1e-6) for a, latency in answers]),
        throughput=sum(answer.completion_tokens for answer, _ in answers) / wall_s,
    )


async def _timed(engine: Engine, prompt: Request, output: int) -> tuple[Completion, float]:
    started = time.monotonic()
    answer = (await engine.sample(prompt, 1, output))[0]
    return answer, time.monotonic() - started
