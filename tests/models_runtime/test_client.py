"""One request and what servers make of it, without a network; over a socket: test_openai."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from models_runtime import client as module
from models_runtime.client import as_askwire_error, make_http, refused, sample
from plugins import ErrorCode
from plugins.engines import Completion, EngineLost, EngineRefused, Request

ASK = Request(system="schema", user="question")
RICH = Request(
    system="schema",
    user="question",
    answer_start="SELECT ",
    grammar="root ::= x",
    stop=(";",),
    temperature=0.7,
    seed=9,
    names={"t": ("a", "b")},
    greedy_first=True,
)


class Server:
    """Gives one answer, and keeps the body that it was asked with."""

    def __init__(self, reply: httpx.Response) -> None:
        self.reply = reply
        self.body: dict[str, Any] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == ("POST", "/v1/chat/completions")
        self.body = json.loads(request.content)
        return self.reply

    async def sample(self, request: Request = ASK, count: int = 1, *extensions: str) -> list[Completion]:
        transport = httpx.MockTransport(self)
        async with httpx.AsyncClient(transport=transport, base_url="http://model/v1/") as opened:
            return await sample(opened, "m", request, count, 50, frozenset(extensions))


def stream(*events: dict[str, Any] | bytes, line: bytes = b"data: %s\n\n") -> Server:
    data = b"".join(line % (e if isinstance(e, bytes) else json.dumps(e).encode()) for e in events)
    return Server(httpx.Response(200, content=data))


def said(text: str, index: int = 0, **others: Any) -> dict[str, Any]:
    """An event with the whole of one answer."""
    return {"choices": [{"index": index, "delta": {"content": text}, "finish_reason": "stop", **others}]}


USAGE = {"prompt_tokens": 10, "completion_tokens": 6, "prompt_tokens_details": {"cached_tokens": 4}}


async def test_the_least_that_every_server_understands() -> None:
    server = stream(said("x"))
    await server.sample()
    assert server.body == {
        "model": "m",
        "messages": [{"role": "system", "content": "schema"}, {"role": "user", "content": "question"}],
        "max_tokens": 50,
        "temperature": 0.0,
        "seed": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    plain = stream(said("x"))
    await plain.sample(RICH)
    assert plain.body == {**server.body, "temperature": 0.7, "seed": 9, "stop": [";"]}


@pytest.mark.parametrize(
    ("extension", "field", "value"),
    [
        ("grammar", "grammar", "root ::= x"),
        ("structured_outputs", "structured_outputs", {"grammar": "root ::= x"}),
        ("names", "names", {"t": ["a", "b"]}),
        ("greedy_first", "greedy_first", True),
        ("logprobs", "logprobs", True),
        ("continue", "continue_final_message", True),
    ],
)
async def test_what_a_server_understands_beyond_it(extension: str, field: str, value: object) -> None:
    server = stream(said("x"))
    await server.sample(RICH, 1, extension)
    assert server.body[field] == value
    continued = {"role": "assistant", "content": "SELECT "}
    assert (continued in server.body["messages"]) is (extension == "continue")
    # What was not asked for is not sent to who would understand it.
    bare = stream(said("x"))
    await bare.sample(ASK, 1, extension)
    assert (field in bare.body) is (extension == "logprobs")


@pytest.mark.parametrize(
    ("extensions", "told", "text"),
    [
        ((), "SELECT 1", "1"),  # the beginning that was left out comes again
        ((), "1", "1"),
        (("continue",), "SELECT 1", "SELECT 1"),  # it was there already: the model wrote it twice
    ],
)
async def test_the_beginning_of_the_answer_is_no_part_of_it(extensions: tuple[str, ...], told: str, text: str) -> None:
    (answer,) = await stream(said(told)).sample(RICH, 1, *extensions)
    assert answer.text == text


async def test_answers_that_come_interleaved() -> None:
    server = stream(
        {"choices": [{"index": 1, "delta": {"content": "b"}}, {"index": 0, "delta": {"content": "a"}}]},
        {"choices": [{"index": 0, "delta": {"content": "A"}, "finish_reason": "stop"}], "usage": None},
        {"choices": [{"index": 1, "delta": {"content": None}, "finish_reason": "length"}]},
        {"choices": [], "usage": USAGE},
        {"choices": [{"index": 1, "delta": {}}]},
        b"[DONE]",
        b"what comes behind the end is not read",
    )
    first, second = await server.sample(ASK, 2)
    assert server.body["n"] == 2
    assert [(a.text, a.finish_reason) for a in (first, second)] == [("aA", "stop"), ("b", "length")]
    # They share the prompt: it costs the first alone.
    assert [(a.prompt_tokens, a.cached_tokens) for a in (first, second)] == [(10, 4), (10, 10)]
    assert [a.completion_tokens for a in (first, second)] == [3, 3]


async def test_the_first_token_is_the_first_text(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count()
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    pieces = ({"choices": [{"delta": {"content": text}}]} for text in ("", "a", "b"))
    (answer,) = await stream(*pieces, said("c")).sample()
    assert (answer.text, answer.first_token_s) == ("abc", 2)


async def test_the_mean_probability_of_its_tokens() -> None:
    logprobs = {"content": [{"token": "a", "logprob": -0.2}, {"token": "b", "logprob": -0.4}]}
    sure, silent = await stream(said("ab", logprobs=logprobs), said("c", 1, logprobs=None)).sample(ASK, 2, "logprobs")
    assert sure.logprob == pytest.approx(-0.3)
    assert sure.completion_tokens == 2
    assert silent.logprob is None


@pytest.mark.parametrize(
    "line", [b"data:%s\r\n\r\n", b": still here\n\nevent: x\nid: 1\ndata:   %s  \n\n", b"data: %s\n"]
)
async def test_every_way_to_write_a_stream(line: bytes) -> None:
    (answer,) = await stream(said("é\u2028"), b"[DONE]", line=line).sample()
    assert answer.text == "é\u2028"


async def test_a_server_that_gives_fewer_answers_is_believed_one_that_gives_none_is_not() -> None:
    assert [a.text for a in await stream(said("only", 2)).sample(ASK, 3)] == ["only"]
    for server in (stream(), stream({"choices": []}, b"[DONE]"), stream({"choices": [{"delta": {"content": "x"}}]})):
        with pytest.raises(EngineLost, match="broke off"):
            await server.sample()
    half = stream(said("whole"), {"choices": [{"index": 1, "delta": {"content": "half"}}]})
    with pytest.raises(EngineLost, match="broke off"):
        await half.sample(ASK, 2)


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(200, content=b"data: \xff\xfe\n\n"),
        httpx.Response(200, content=b"data: []\n\n"),
        httpx.Response(200, content=b"data: " + b"[" * 10_000 + b"\n\n"),
        httpx.Response(200, content=b'data: {"choices": [{"delta": {"content": "\\ud800"}}]}\n\n'),
        *(
            httpx.Response(200, content=b'data: {"usage": {"prompt_tokens": %s}}\n\n' % count)
            for count in (b"-1", b"1" + b"0" * 30, b"1.5", b"NaN", b"null")
        ),
        httpx.Response(200, content=b'data: {"usage": {"prompt_tokens_details": {"cached_tokens": -1}}}\n\n'),
    ],
)
async def test_what_is_no_stream_of_completions_is_refused(reply: httpx.Response) -> None:
    with pytest.raises(EngineRefused, match="no stream of chat completions") as caught:
        await Server(reply).sample()
    assert (caught.value.status, caught.value.code) == (200, "malformed")


@pytest.mark.parametrize("status", [200, 500])
async def test_broken_compression_is_a_broken_answer(status: int) -> None:
    class Garbage(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            yield b"no gzip"

    with pytest.raises(EngineRefused, match="no stream of chat completions"):
        await Server(httpx.Response(status, headers={"Content-Encoding": "gzip"}, stream=Garbage())).sample()


async def test_an_answer_without_end_is_not_read_to_it() -> None:
    sent = 0

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            nonlocal sent
            while True:
                sent += 1
                yield b":" + b"x" * 900_000 + b"\n"

    with pytest.raises(EngineRefused, match="does not end"):
        await Server(httpx.Response(200, stream=Endless())).sample()
    assert sent < 20
    sent = 0
    with pytest.raises(EngineRefused, match="HTTP status 500"):
        await Server(httpx.Response(500, stream=Endless())).sample()
    assert sent == 1


def broken(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def fails(_request: httpx.Request) -> httpx.Response:
        raise error

    return fails


@pytest.mark.parametrize("error", [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x")])
async def test_a_connection_that_fails_is_an_engine_lost(error: Exception) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(broken(error)), base_url="http://model/v1/") as opened:
        with pytest.raises(EngineLost, match=type(error).__name__):
            await sample(opened, "m", ASK, 1, 50, frozenset())


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"error": {"code": "c", "type": "t", "message": "why"}}, "c", "why"),
        ({"error": {"code": None, "type": "t", "message": ""}}, "t", "HTTP status 418"),
        ({"error": {"code": 7, "message": ["a"]}}, "7", "['a']"),
        ({"error": {"message": "x" * 600}}, "418", "x" * 500),
        ({"error": "text"}, "418", "HTTP status 418"),
        ({"detail": "else"}, "418", "HTTP status 418"),
        ({}, "418", "HTTP status 418"),
    ],
)
def test_what_an_error_of_a_server_says(body: dict[str, Any], code: str, message: str) -> None:
    error = refused(418, body)
    assert (error.status, error.code, str(error)) == (418, code, message)


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (EngineLost("ReadError"), ErrorCode.MODEL_UNAVAILABLE, "The model 'm' does not answer (ReadError)"),
        (
            EngineRefused(400, "context_length_exceeded", "9 of 8"),
            ErrorCode.QUESTION_TOO_LONG,
            "The model 'm' cannot take so much: 9 of 8",
        ),
        (EngineRefused(429, "x", "slow"), ErrorCode.MODEL_BUSY, "The model 'm' is busy: slow"),
        (EngineRefused(503, "x", "full"), ErrorCode.MODEL_BUSY, "The model 'm' is busy: full"),
        (EngineRefused(401, "x", "key"), ErrorCode.MODEL_UNAVAILABLE, "The model 'm' refused the request: key"),
    ],
)
def test_what_a_person_is_told(error: EngineLost | EngineRefused, code: ErrorCode, message: str) -> None:
    told = as_askwire_error("m", error)
    assert (told.code, told.message) == (code, message)


@pytest.mark.parametrize(
    ("url", "proxied"),
    [
        ("http://127.0.0.1:8000/v1", False),
        ("http://127.8.9.1/v1/", False),
        ("http://[::1]:8000/v1", False),
        ("http://LOCALHOST/v1", False),
        ("http://localhost.example.com/v1", True),
        ("http://127.0.0.1.example.com/v1", True),
        ("http://10.0.0.1/v1", True),
    ],
)
async def test_a_proxy_of_the_environment_serves_what_is_not_of_this_machine(url: str, proxied: bool) -> None:
    async with make_http(url, "") as opened:
        assert opened.trust_env is proxied
        assert str(opened.base_url).endswith("/v1/")
        assert "authorization" not in opened.headers
    async with make_http(url, "k") as opened:
        assert opened.headers["authorization"] == "Bearer k"
