"""Names of models, a gateway without one, tasks, fallbacks, circuits, metrics; scripted servers answer."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from conf.metrics import REGISTRY
from conf.models import DEFAULT_MODEL, PULLED_MODELS
from conf.settings import Settings
from models_runtime import breaker, served
from models_runtime.breaker import Circuit
from models_runtime.catalog import PUBLISHED
from models_runtime.registry import Models
from plugins import AskwireError, ErrorCode, StatusItem
from plugins.engines import Request
from tests.models_runtime.helpers import ChatServer, chat_server, http, settings_for, sse, until

ASK = Request(system="schema", user="question")
FAILED = http("500 Internal Server Error", b'{"error": {"message": "boom"}}')
BAD_REQUEST = http("400 Bad Request", b'{"error": {"message": "no"}}')
HOUSE = {"house": {"engine": "openai", "url": "http://127.0.0.1:1/v1"}}


async def test_names_and_check(tmp_path: Path) -> None:
    models = Models(settings_for(tmp_path, models=HOUSE))
    assert models.names() == ["house", DEFAULT_MODEL]
    assert models.check() == models.default == DEFAULT_MODEL
    assert models.check("house") == "house"
    with pytest.raises(AskwireError, match="did you mean 'house'") as caught:
        models.check("hose")
    assert caught.value.code is ErrorCode.UNKNOWN_MODEL
    with pytest.raises(AskwireError) as caught:
        await models.complete(Request("a", "b"), model="other")
    assert caught.value.code is ErrorCode.UNKNOWN_MODEL


@pytest.mark.parametrize("asked", [None, "none", "house", DEFAULT_MODEL])
async def test_a_gateway_without_a_model_refuses_them_all(tmp_path: Path, asked: str | None) -> None:
    async with Models(settings_for(tmp_path, model={"name": "none"}, models=HOUSE)) as models:
        with pytest.raises(AskwireError) as caught:
            models.check(asked)
        assert caught.value.code is ErrorCode.NO_MODEL
        with pytest.raises(AskwireError) as caught:
            await models.complete(Request("a", "b"), model=asked)
        assert caught.value.code is ErrorCode.NO_MODEL
        await models.warm("a", model=asked)
        assert models.status() == [StatusItem("model", "none")]
    assert list(tmp_path.iterdir()) == []


def test_the_models_that_are_pulled_need_no_entry() -> None:
    assert tuple(PUBLISHED) == PULLED_MODELS


def two(first: ChatServer, second: ChatServer, tmp_path: Path, **model: Any) -> Settings:
    """``first`` and ``second`` as models of these names; the first one answers unless ``model`` says otherwise."""
    entries = {n: {"engine": "openai", "url": s.url, "model": n} for n, s in (("first", first), ("second", second))}
    return settings_for(tmp_path, model={"name": "first", **model}, models=entries)


async def test_each_task_has_its_model_and_a_named_one_goes_before(tmp_path: Path) -> None:
    async with (
        chat_server(sse("1")) as first,
        chat_server(sse("2")) as second,
        Models(two(first, second, tmp_path, narrate="second")) as models,
    ):
        assert (await models.complete(ASK)).model == "first"
        assert (await models.complete(ASK, task="narrate")).model == "second"
        assert (await models.complete(ASK, task="narrate", model="first")).model == "first"


@pytest.fixture
def long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A circuit that opens stays open for a test's time."""
    monkeypatch.setattr(breaker, "_FIRST_PAUSE_S", breaker._LONGEST_PAUSE_S)


@pytest.mark.usefixtures("long_pauses")
async def test_the_fallback_answers_for_one_that_fails_until_that_is_back(tmp_path: Path) -> None:
    async with (
        chat_server(*[FAILED] * 3, sse("1")) as first,
        chat_server(sse("2")) as second,
        Models(two(first, second, tmp_path, fallback=["second", "first"])) as models,
    ):
        for _ in range(5):
            answer = await models.complete(ASK)
            assert (answer.text, answer.model) == ("2", "second")
        assert len(first.requests) == 3  # then its circuit was open
        circuit = models.in_use()["first"].breaker
        assert circuit.circuit is Circuit.OPEN
        circuit._clock = lambda: time.monotonic() + 3600
        assert (await models.complete(ASK)).model == "first"
        assert circuit.circuit is Circuit.CLOSED
        assert len(first.requests) == 4


async def test_nobody_stands_in_unless_the_settings_say_so(tmp_path: Path) -> None:
    async with chat_server(FAILED) as first, chat_server(sse("2")) as second:
        for settings, named in ((two(first, second, tmp_path), None), (two(first, second, tmp_path), "first")):
            async with Models(settings) as models:
                with pytest.raises(AskwireError) as caught:
                    await models.complete(ASK, model=named)
                assert caught.value.code is ErrorCode.MODEL_UNAVAILABLE
        async with Models(two(first, second, tmp_path, fallback=["second"])) as models:
            with pytest.raises(AskwireError):  # asked for by name: no other will do
                await models.complete(ASK, model="first")
        assert second.requests == []


async def test_when_all_fail_each_is_told(tmp_path: Path) -> None:
    busy = http("429 Too Many Requests", b'{"error": {"message": "slow down"}}')
    async with (
        chat_server(FAILED) as first,
        chat_server(busy) as second,
        Models(two(first, second, tmp_path, fallback=["second"])) as models,
    ):
        with pytest.raises(AskwireError) as caught:
            await models.complete(ASK)
        assert caught.value.code is ErrorCode.MODEL_BUSY
        assert "'first' refused the request: boom; The model 'second' is busy: slow down" in caught.value.message


async def test_one_that_hangs_leaves_time_for_the_fallback(tmp_path: Path) -> None:
    async with (
        chat_server(None) as first,
        chat_server(sse("2")) as second,
        Models(two(first, second, tmp_path, fallback=["second"])) as models,
    ):
        answer = await models.complete(ASK, deadline_s=2)
        assert answer.model == "second"
        assert answer.queue_s >= 1  # half of the time was the first one's
        await first.closed_early.wait()


async def test_a_full_queue_goes_on_to_the_fallback(tmp_path: Path) -> None:
    async with chat_server(None) as first, chat_server(sse("2")) as second:
        settings = two(first, second, tmp_path, fallback=["second"], queue_size=1)
        narrow = settings.models["first"].model_copy(update={"concurrency": 1})
        settings = settings.model_copy(update={"models": {**settings.models, "first": narrow}})
        async with Models(settings) as models:
            held = [asyncio.create_task(models.complete(ASK, model="first")) for _ in range(2)]
            await until(lambda: len(first.requests) == 1 and models.in_use()["first"].queue.waiting == 1)
            assert (await models.complete(ASK)).model == "second"
            first.release.set()
            assert [answer.model for answer in await asyncio.gather(*held)] == ["first", "first"]


@pytest.mark.parametrize("reply", [BAD_REQUEST, http("429 Too Many Requests", b"{}"), http("503 Unavailable", b"{}")])
async def test_what_is_not_the_models_fault_does_not_open_its_circuit(tmp_path: Path, reply: bytes) -> None:
    async with chat_server(reply) as server, Models(two(server, server, tmp_path)) as models:
        for _ in range(6):
            with pytest.raises(AskwireError):
                await models.complete(Request("a", "b"))
        assert models.in_use()["first"].breaker.circuit is Circuit.CLOSED
        assert len(server.requests) == 6


@pytest.mark.parametrize(("hung_s", "circuit"), [(0.0, Circuit.OPEN), (30.0, Circuit.CLOSED)])
@pytest.mark.usefixtures("long_pauses")
async def test_one_that_hangs_is_left_alone_but_short_deadlines_prove_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hung_s: float, circuit: Circuit
) -> None:
    monkeypatch.setattr(served, "_HUNG_S", hung_s)
    async with chat_server(None) as server, Models(two(server, server, tmp_path)) as models:
        for _ in range(3):
            with pytest.raises(AskwireError) as caught:
                await models.complete(ASK, deadline_s=0.05)
            assert caught.value.code is ErrorCode.DEADLINE
        assert models.in_use()["first"].breaker.circuit is circuit


@pytest.mark.usefixtures("long_pauses")
async def test_an_open_circuit_says_when_it_is_tried_again(tmp_path: Path) -> None:
    async with chat_server(FAILED) as server, Models(two(server, server, tmp_path)) as models:
        for _ in range(3):
            with pytest.raises(AskwireError):
                await models.complete(ASK)
        with pytest.raises(
            AskwireError, match=r"failed several times in a row; it is tried again in \d+ seconds"
        ) as caught:
            await models.complete(ASK)
        assert caught.value.code is ErrorCode.MODEL_UNAVAILABLE
        assert len(server.requests) == 3


@pytest.mark.usefixtures("long_pauses")
async def test_metrics(tmp_path: Path) -> None:
    def value(name: str, **labels: str) -> float | None:
        return REGISTRY.get_sample_value(f"askwire_model_{name}", {"model": "measured", **labels})

    entry = {"engine": "openai", "url": "", "model": "m"}
    async with chat_server(sse("1"), *[FAILED] * 3) as server:
        models_settings = settings_for(
            tmp_path, model={"name": "measured"}, models={"measured": {**entry, "url": server.url}}
        )
        async with Models(models_settings) as models:
            await models.complete(ASK)
            assert value("circuit", state="closed") == 1
            for _ in range(4):
                with pytest.raises(AskwireError):
                    await models.complete(ASK)
            assert value("requests_total", outcome="answered") == 1
            assert value("requests_total", outcome="model_unavailable") == 4
            assert value("tokens_total", kind="prompt") == 10
            assert value("tokens_total", kind="cached") == 4
            assert value("cache_hits_total") == 1
            assert value("first_token_seconds_count") == value("queue_seconds_count") == value("seconds_count") == 1
            assert value("tokens_per_second_count") == 1
            assert (value("circuit", state="closed"), value("circuit", state="open")) == (0, 1)
            assert (value("waiting"), value("in_flight")) == (0, 0)
