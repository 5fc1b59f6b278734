"""The client and the engine ``openai`` against a scripted server on 127.0.0.1; queue and deadline on top of it."""

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from conf.settings import Settings
from models_runtime.registry import Models
from plugins import AskwireError, ErrorCode
from plugins.engines import Request
from tests.models_runtime.helpers import chat_server, http, settings_for, sse, sse_choices, until

CHOICE = b'data: {"choices": [{%s, "delta": {"content": "x"}, "finish_reason": "stop"}]}\n\n'
LOGPROBS = b'"logprobs": {"content": [{"logprob": %s}]}'
ASK = Request(system="schema", user="question", answer_start="SELECT ", stop=(";",))


def house(url: str, tmp_path: Path, **entry: Any) -> Settings:
    entry = {"engine": "openai", "url": url, "model": "big", "api_key": "s3cret", **entry}
    return settings_for(tmp_path, model={"name": "house", "queue_size": 1}, models={"house": entry})


async def test_an_answer_with_its_costs(tmp_path: Path) -> None:
    async with chat_server(sse("1 ", "+ 1")) as server, Models(house(server.url, tmp_path)) as models:
        answer = await models.complete(ASK)
        assert (answer.text, answer.model, answer.finish_reason) == ("1 + 1", "house", "stop")
        assert (answer.prompt_tokens, answer.cached_tokens, answer.completion_tokens) == (10, 4, 2)
        headers, body = server.requests[0]
        assert server.heads == ["POST /v1/chat/completions HTTP/1.1"]
        assert headers["authorization"] == "Bearer s3cret"
        assert body["model"] == "big"
        assert body["stop"] == [";"]
        assert [m["content"] for m in body["messages"]] == ["schema", "question", "SELECT "]
        assert body["continue_final_message"] is True
        assert "grammar" not in body
        rows = {item.name: item.value for item in models.status()}
        assert rows["model house state"] == "ready"
        assert "1 requests, 0 failed" in rows["model house work"]


async def test_a_server_that_cannot_continue_a_turn_is_asked_without(tmp_path: Path) -> None:
    refusal = http("400 Bad Request", b'{"error": {"message": "unknown field"}}')
    async with (
        chat_server(refusal, sse("SELECT 1"), sse("SELECT 2")) as server,
        Models(house(server.url, tmp_path)) as models,
    ):
        assert (await models.complete(ASK)).text == "1"
        assert (await models.complete(ASK)).text == "2"
        assert [len(body["messages"]) for _, body in server.requests] == [3, 2, 2]
        assert "continue_final_message" not in server.requests[1][1]


async def test_several_answers_by_n(tmp_path: Path) -> None:
    async with (
        chat_server(sse_choices("a", "b", "c", logprob=-0.5)) as server,
        Models(house(server.url, tmp_path)) as m,
    ):
        answers = await m.sample(dataclasses.replace(ASK, temperature=1.0), 3)
        assert [(a.text, a.logprob, a.completion_tokens) for a in answers] == [
            ("a", -0.5, 1),
            ("b", -1.0, 1),
            ("c", -1.5, 1),
        ]
        assert [a.cached_tokens for a in answers] == [0, 10, 10]
        assert server.requests[0][1]["n"] == 3


async def test_a_server_that_knows_nothing_of_n_is_asked_again(tmp_path: Path) -> None:
    async with chat_server(sse("a"), sse("b"), sse("c")) as server, Models(house(server.url, tmp_path)) as models:
        answers = await models.sample(dataclasses.replace(ASK, temperature=1.0, seed=5), 3)
        assert sorted(answer.text for answer in answers) == ["a", "b", "c"]
        assert sorted(body["seed"] for _, body in server.requests) == [5, 6, 7]


async def test_the_greedy_one_is_a_request_of_its_own(tmp_path: Path) -> None:
    async with chat_server(sse("a"), sse_choices("b", "c")) as server, Models(house(server.url, tmp_path)) as models:
        await models.sample(dataclasses.replace(ASK, temperature=0.8, greedy_first=True), 3)
        assert sorted((body["temperature"], body["seed"], body.get("n")) for _, body in server.requests) == [
            (0.0, 0, None),
            (0.8, 1, 2),
        ]


async def test_one_of_several_requests_that_fails_fails_all(tmp_path: Path) -> None:
    failure = http("500 Internal Server Error", b"oops")
    async with chat_server(sse("a"), failure) as server, Models(house(server.url, tmp_path)) as models:
        with pytest.raises(AskwireError) as caught:
            await models.sample(dataclasses.replace(ASK, temperature=1.0), 3)
        assert caught.value.code is ErrorCode.MODEL_UNAVAILABLE


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (http("500 Internal Server Error", b"oops"), ErrorCode.MODEL_UNAVAILABLE),
        (http("401 Unauthorized", b'{"error": {"message": "bad key"}}'), ErrorCode.MODEL_UNAVAILABLE),
        (http("429 Too Many Requests", b'{"error": "slow down"}'), ErrorCode.MODEL_BUSY),
        (http("503 Service Unavailable", b"[]"), ErrorCode.MODEL_BUSY),
        (http("404 Not Found", b"x" * 200_000), ErrorCode.MODEL_UNAVAILABLE),
        (
            http("400 Bad Request", b'{"error": {"code": "context_length_exceeded", "message": "9 of 8"}}'),
            ErrorCode.QUESTION_TOO_LONG,
        ),
        (sse("SELECT 1", done=False), ErrorCode.MODEL_UNAVAILABLE),
        (http("200 OK", b"data: {nonsense\n\n", "text/event-stream"), ErrorCode.MODEL_UNAVAILABLE),
        (http("200 OK", b'data: {"error": {"code": "x"}}\n\n', "text/event-stream"), ErrorCode.MODEL_UNAVAILABLE),
        (http("200 OK", b'data: {"choices": 5}\n\n', "text/event-stream"), ErrorCode.MODEL_UNAVAILABLE),
        (http("200 OK", b'data: {"choices": [7], "usage": 1}\n\n', "text/event-stream"), ErrorCode.MODEL_UNAVAILABLE),
        (http("200 OK", CHOICE % b'"index": 1', "text/event-stream"), ErrorCode.MODEL_UNAVAILABLE),
        (http("200 OK", CHOICE % b'"index": -1', "text/event-stream"), ErrorCode.MODEL_UNAVAILABLE),
        (http("200 OK", CHOICE % (LOGPROBS % b"NaN"), "text/event-stream"), ErrorCode.MODEL_UNAVAILABLE),
        (http("200 OK", CHOICE % (LOGPROBS % b"-1e999"), "text/event-stream"), ErrorCode.MODEL_UNAVAILABLE),
        (sse(*["x" * 100_000] * 81), ErrorCode.MODEL_UNAVAILABLE),
        (http("200 OK", b"data: " + b"x" * 8_000_001, "text/event-stream"), ErrorCode.MODEL_UNAVAILABLE),
        (b"not http at all\r\n\r\n", ErrorCode.MODEL_UNAVAILABLE),
        (b"", ErrorCode.MODEL_UNAVAILABLE),
    ],
)
async def test_a_server_that_misbehaves_gets_a_code(tmp_path: Path, reply: bytes, code: ErrorCode) -> None:
    async with chat_server(reply) as server, Models(house(server.url, tmp_path)) as models:
        with pytest.raises(AskwireError) as caught:
            await models.complete(ASK)
        assert caught.value.code is code
        assert "s3cret" not in str(caught.value)


async def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    async with chat_server(sse("stolen")) as other:
        reply = (
            f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {other.url}/chat/completions\r\nContent-Length: 0\r\n\r\n"
        )
        async with chat_server(reply.encode()) as server, Models(house(server.url, tmp_path)) as models:
            with pytest.raises(AskwireError):
                await models.complete(ASK)
        assert other.requests == []


async def test_proxies_of_the_environment_do_not_see_a_local_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with chat_server(sse("seen")) as proxy, chat_server(sse("1")) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        async with Models(house(server.url, tmp_path)) as models:
            assert (await models.complete(ASK)).text == "1"
        assert proxy.requests == []


async def test_nobody_there(tmp_path: Path) -> None:
    async with chat_server(b"") as server:
        url = server.url
    async with Models(house(url, tmp_path)) as models:
        with pytest.raises(AskwireError) as caught:
            await models.complete(ASK)
        assert caught.value.code is ErrorCode.MODEL_UNAVAILABLE
        assert models.status()[1].value.startswith("failing")


async def test_the_queue_is_bounded_and_frees_itself(tmp_path: Path) -> None:
    async with chat_server(None) as server, Models(house(server.url, tmp_path, concurrency=1)) as models:
        first = asyncio.create_task(models.complete(ASK))
        await until(lambda: len(server.requests) == 1)
        second = asyncio.create_task(models.complete(ASK))
        await asyncio.sleep(0)
        with pytest.raises(AskwireError) as caught:
            await models.complete(ASK)
        assert caught.value.code is ErrorCode.MODEL_BUSY
        assert len(server.requests) == 1
        server.release.set()
        assert {(await first).text, (await second).text} == {"held"}
        assert (await models.complete(ASK)).text == "held"


async def test_a_deadline_covers_the_wait_and_leaves_the_queue(tmp_path: Path) -> None:
    async with chat_server(None) as server, Models(house(server.url, tmp_path, concurrency=1)) as models:
        first = asyncio.create_task(models.complete(ASK))
        await until(lambda: len(server.requests) == 1)
        for _ in range(2):  # the place in the queue is free again
            with pytest.raises(AskwireError) as caught:
                await models.complete(ASK, deadline_s=0.05)
            assert caught.value.code is ErrorCode.DEADLINE
        server.release.set()
        await first


async def test_cancelling_closes_the_connection(tmp_path: Path) -> None:
    async with chat_server(None) as server, Models(house(server.url, tmp_path, concurrency=1)) as models:
        task = asyncio.create_task(models.complete(ASK))
        await until(lambda: len(server.requests) == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.closed_early.wait()
        server.release.set()
        assert (await models.complete(ASK)).text == "held"


async def test_warming_sends_nothing_to_a_server(tmp_path: Path) -> None:
    async with chat_server(sse("x")) as server, Models(house(server.url, tmp_path)) as models:
        await models.warm("schema")
        assert server.requests == []
