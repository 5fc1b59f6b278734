"""The embedder's HTTP surface, over a scripted worker: what it takes, what it refuses, what it answers."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import numpy as np
import pytest
import pytest_asyncio

from models_runtime.embedder.app import make_app
from models_runtime.embedder.lane import Job

INPUT = "/v1/embeddings"


class Model:
    dimensions = 2
    max_tokens = 254
    tokenizer_file = ""


class ScriptedWorker:
    """Each vector is the text's length and whether it is a query; each score a text's length."""

    state = "ready"
    error = ""
    is_reranker = False
    model: Model | None = Model()
    fails = False
    holds = False

    def __init__(self) -> None:
        self.jobs: list[Job[Any]] = []

    def embed(self, job: Job[str], query: bool) -> None:
        self._answer(job, [np.array([len(text), query], dtype="<f4") for text in job.texts])

    def score(self, job: Job[tuple[str, str]]) -> None:
        self._answer(job, [len(text) / 10 for _, text in job.texts])

    def _answer(self, job: Job[Any], results: list[Any]) -> None:
        self.jobs.append(job)
        if not self.holds:
            job.done(MemoryError() if self.fails else results)


@pytest.fixture
def worker() -> ScriptedWorker:
    return ScriptedWorker()


def client(worker: ScriptedWorker, token: str = "t0ken") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(make_app(worker, "t0ken", "small"), raise_app_exceptions=False)  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://e", headers={"Authorization": f"Bearer {token}"})


@pytest_asyncio.fixture
async def http(worker: ScriptedWorker) -> AsyncIterator[httpx.AsyncClient]:
    async with client(worker) as opened:
        yield opened


async def test_vectors_as_numbers_and_as_base64(http: httpx.AsyncClient) -> None:
    reply = (await http.post(INPUT, json={"input": ["abc", ""], "input_type": "query"})).json()
    assert [(item["index"], item["embedding"]) for item in reply["data"]] == [(0, [3.0, 1.0]), (1, [0.0, 1.0])]
    assert reply["model"] == "small"
    reply = (await http.post(INPUT, json={"input": "abcd", "encoding_format": "base64"})).json()
    assert np.frombuffer(base64.b64decode(reply["data"][0]["embedding"]), "<f4").tolist() == [4.0, 0.0]
    assert (await http.post(INPUT, json={"input": []})).json()["data"] == []


async def test_the_best_text_comes_first(http: httpx.AsyncClient, worker: ScriptedWorker) -> None:
    worker.is_reranker = True
    reply = (await http.post("/v1/rerank", json={"query": "q", "documents": ["a", "abc", "ab"]})).json()
    assert [result["index"] for result in reply["results"]] == [1, 2, 0]
    assert (await http.post(INPUT, json={"input": "a"})).status_code == 404


async def test_half_a_character_does_not_reach_the_model(http: httpx.AsyncClient, worker: ScriptedWorker) -> None:
    await http.post(INPUT, content=b'{"input": ["a\\ud800b"]}')
    assert worker.jobs[0].texts == ["a?b"]


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b"[]",
            b"{",
            b"{}",
            b'{"input": 1}',
            b'{"input": [1]}',
            b'{"input": {"a": 1}}',
            b"[" * 5000,
            b"\xff\xfe",
        ),
        json.dumps({"input": ["a"] * 2049}).encode(),
        b'{"input": "' + b"a" * 17_000_000 + b'"}',
    ],
)
async def test_what_is_no_request_is_refused(http: httpx.AsyncClient, body: bytes) -> None:
    reply = await http.post(INPUT, content=body)
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == "bad_request"


async def test_only_the_token_opens_it(worker: ScriptedWorker) -> None:
    async with client(worker, "wrong") as http:
        for method, path in (("POST", INPUT), ("POST", "/v1/rerank"), ("GET", "/v1/info")):
            assert (await http.request(method, path, json={"input": "a"})).status_code == 401
    assert worker.jobs == []


async def test_what_it_is(http: httpx.AsyncClient, worker: ScriptedWorker) -> None:
    assert (await http.get("/v1/info")).json() == {"dimensions": 2, "max_tokens": 254, "tokenizer_file": ""}
    worker.state, worker.model = "loading", None
    for reply in (await http.get("/v1/info"), await http.post(INPUT, json={"input": "a"})):
        assert (reply.status_code, reply.json()["error"]["code"]) == (503, "loading")


async def test_a_text_that_breaks_the_model_is_an_error(http: httpx.AsyncClient, worker: ScriptedWorker) -> None:
    worker.fails = True
    reply = await http.post(INPUT, json={"input": "a"})
    assert "MemoryError" in reply.json()["error"]["message"]


async def test_a_client_that_leaves_cancels_its_texts(worker: ScriptedWorker) -> None:
    worker.holds = True
    sent: list[Any] = [{"type": "http.request", "body": b'{"input": "a"}', "more_body": False}]

    async def receive() -> Any:
        while not sent:
            await asyncio.sleep(0.01)
            if worker.jobs:
                sent.append({"type": "http.disconnect"})
        return sent.pop(0)

    async def send(_message: Any) -> None:
        pass

    headers = [(b"authorization", b"Bearer t0ken")]
    scope = {"type": "http", "method": "POST", "path": INPUT, "query_string": b"", "headers": headers}
    await make_app(worker, "t0ken", "small")(scope, receive, send)  # type: ignore[arg-type]
    assert worker.jobs[0].cancelled
