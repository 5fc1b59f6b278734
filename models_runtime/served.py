"""One model at work: its engine, the queue before it, its circuit breaker, its counts."""

import asyncio
import dataclasses
import math
import time
from collections.abc import Awaitable, Callable

import structlog

from models_runtime.breaker import Breaker, Circuit
from models_runtime.client import as_askwire_error
from models_runtime.fair_queue import FairQueue
from models_runtime.metrics import Tally, watch
from plugins import AskwireError, ErrorCode
from plugins.engines import Completion, Engine, EngineLost, EngineRefused

log = structlog.get_logger("askwire.models")

# What an engine is asked for, with the largest number of tokens of an answer.
Work = Callable[[Engine, int], Awaitable[list[Completion]]]

# Statuses that say something about the request or the moment, not that the model is broken.
_NO_FAULT = frozenset({400, 413, 422, 429, 503})
# A deadline that passes sooner was a short one; it does not mean that the model hangs.
_HUNG_S = 30.0


class ServedModel:
    """A model of the settings, made on first use."""

    def __init__(self, name: str, engine: Engine, queue: FairQueue, max_tokens: int) -> None:
        self.name = name
        self.engine = engine
        self.queue = queue
        self.breaker = Breaker()
        self.tally = Tally(name)
        self._max_tokens = max_tokens
        watch(name, queue, self.breaker)

    async def answer(self, work: Work, owner: str, asked: float, until: float) -> list[Completion]:
        """The completions; ``asked`` and ``until`` are when the request came and is due (time.monotonic).

        Raises ``AskwireError``: MODEL_UNAVAILABLE, MODEL_BUSY, DEADLINE, QUESTION_TOO_LONG.
        """
        try:
            async with asyncio.timeout(until - time.monotonic()):
                answers = await self._answer(work, owner, asked, until)
        except asyncio.CancelledError:
            self.tally.failed("cancelled")
            raise
        except (AskwireError, EngineLost, EngineRefused, TimeoutError) as error:
            refusal = self._refusal(error, until - asked)
            self.tally.failed(refusal.code.name.lower())
            raise refusal from error
        self.tally.answered(answers)
        log.debug(
            "completion",
            model=self.name,
            answers=len(answers),
            prompt_tokens=answers[0].prompt_tokens,
            cached_tokens=answers[0].cached_tokens,
            completion_tokens=sum(answer.completion_tokens for answer in answers),
            queue_s=round(answers[0].queue_s, 3),
            first_token_s=round(answers[0].first_token_s, 3),
            total_s=round(answers[0].total_s, 3),
        )
        return answers

    async def _answer(self, work: Work, owner: str, asked: float, until: float) -> list[Completion]:
        if self.breaker.circuit is Circuit.OPEN:
            raise self._open()
        async with self.queue.place(owner, until):
            if not self.breaker.admits():
                raise self._open()
            answers, began = await self._judged(work, until)
            ended = time.monotonic()
        self.queue.took(ended - began)
        return [dataclasses.replace(a, model=self.name, queue_s=began - asked, total_s=ended - asked) for a in answers]

    async def _judged(self, work: Work, until: float) -> tuple[list[Completion], float]:
        """The completions and when their making began; the breaker is told how it went."""
        began = math.inf
        try:
            await self.engine.ready()
            began = time.monotonic()
            answers = await work(self.engine, self._max_tokens)
        except BaseException as error:
            if _at_fault(error, time.monotonic(), began, until):
                self.breaker.failed()
            else:
                self.breaker.abandoned()
            raise
        self.breaker.succeeded()
        return answers, began

    def _open(self) -> AskwireError:
        again = f"again in {math.ceil(self.breaker.wait_s)} seconds" if self.breaker.wait_s else "right now"
        return AskwireError(
            ErrorCode.MODEL_UNAVAILABLE, f"The model {self.name!r} failed several times in a row; it is tried {again}"
        )

    def _refusal(self, error: AskwireError | EngineLost | EngineRefused | TimeoutError, limit_s: float) -> AskwireError:
        if isinstance(error, AskwireError):
            return error
        if isinstance(error, TimeoutError):
            return AskwireError(ErrorCode.DEADLINE, f"The model {self.name!r} did not answer in {limit_s:.3g} seconds")
        log.warning("request_failed", model=self.name, error=type(error).__name__)
        return as_askwire_error(self.name, error)


def _at_fault(error: BaseException, now: float, began: float, until: float) -> bool:
    """Whether the model is to blame, not the request, nor the client, nor an engine that says itself what it lacks."""
    if isinstance(error, asyncio.CancelledError):
        return now >= until and now - began >= _HUNG_S
    if isinstance(error, EngineRefused):
        return error.status not in _NO_FAULT
    return isinstance(error, EngineLost)
