import asyncio
import time
from typing import Any, cast

import pytest

from models_runtime.breaker import Circuit
from models_runtime.fair_queue import FairQueue
from models_runtime.served import ServedModel
from plugins import AskwireError, ErrorCode
from plugins.engines import Completion, Engine, EngineLost, EngineRefused


class Ready:
    """An engine that is always there."""

    async def ready(self) -> None:
        return None


def served(name: str = "served") -> ServedModel:
    return ServedModel(name, cast(Engine, Ready()), FairQueue(name, 1, 5), 77)


async def answer(model: ServedModel, ends: Any, seconds: float = 30.0) -> list[Completion]:
    """``ends``: the answers, or what is raised."""

    async def work(_engine: Engine, max_tokens: int) -> list[Completion]:
        assert max_tokens == 77
        if isinstance(ends, BaseException):
            raise ends
        return [Completion(text, "") for text in ends]

    now = time.monotonic()
    return await model.answer(work, "s1", now, now + seconds)


async def test_answers_are_named_timed_and_counted() -> None:
    model = served()
    found = await answer(model, ["a", "b"])
    assert [(c.text, c.model) for c in found] == [("a", "served"), ("b", "served")]
    assert all(0 <= c.queue_s <= c.total_s for c in found)
    assert (model.tally.answers, model.tally.failures, model.queue.in_flight) == (1, 0, 0)


@pytest.mark.parametrize(
    ("error", "code", "at_fault"),
    [
        (EngineLost("gone"), ErrorCode.MODEL_UNAVAILABLE, True),
        (EngineRefused(500, "", "broken"), ErrorCode.MODEL_UNAVAILABLE, True),
        (EngineRefused(400, "", "bad request"), ErrorCode.MODEL_UNAVAILABLE, False),
        (EngineRefused(429, "", "busy"), ErrorCode.MODEL_BUSY, False),
        (EngineRefused(503, "", "loading"), None, False),
        (AskwireError(ErrorCode.QUESTION_TOO_LONG, "too long"), ErrorCode.QUESTION_TOO_LONG, False),
    ],
)
async def test_whose_fault_a_failure_is(error: Exception, code: ErrorCode | None, at_fault: bool) -> None:
    model = served()
    while model.breaker.circuit is Circuit.CLOSED and model.tally.failures < 20:
        with pytest.raises(AskwireError) as caught:
            await answer(model, error)
        assert code is None or caught.value.code is code
    assert (model.breaker.circuit is Circuit.OPEN) == at_fault
    assert model.queue.in_flight == 0


async def test_a_model_that_failed_again_and_again_is_not_asked() -> None:
    model = served()
    while model.breaker.circuit is Circuit.CLOSED:
        with pytest.raises(AskwireError):
            await answer(model, EngineLost("gone"))
    with pytest.raises(AskwireError, match="'served' failed several times in a row; it is tried again in") as caught:
        await answer(model, AssertionError("it is asked all the same"))
    assert caught.value.code is ErrorCode.MODEL_UNAVAILABLE


async def test_a_deadline_that_passes() -> None:
    model = served()

    async def endless(_engine: Engine, _max_tokens: int) -> list[Completion]:
        await asyncio.Event().wait()
        return []

    for _ in range(10):
        now = time.monotonic()
        with pytest.raises(AskwireError, match=r"'served' did not answer in 0\.01 seconds") as caught:
            await model.answer(endless, "s1", now, now + 0.01)
        assert caught.value.code is ErrorCode.DEADLINE
    assert (model.breaker.circuit, model.tally.failures) == (Circuit.CLOSED, 10)  # short ones say nothing of the model


async def test_a_client_that_leaves_is_no_failure() -> None:
    model = served()
    with pytest.raises(asyncio.CancelledError):
        await answer(model, asyncio.CancelledError())
    assert (model.tally.cancelled, model.tally.failures, model.breaker.circuit) == (1, 0, Circuit.CLOSED)
