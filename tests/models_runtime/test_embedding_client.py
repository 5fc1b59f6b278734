"""What servers answer to /embeddings and /rerank: every form of it, and what is none."""

import base64
import json
from typing import Any

import numpy as np
import pytest

from models_runtime.client import make_http
from models_runtime.embedding_client import embed, rerank
from plugins.engines import EngineLost, EngineRefused
from tests.models_runtime.helpers import chat_server, http


def items(*vectors: Any) -> bytes:
    return json.dumps({"data": [{"index": i, "embedding": v} for i, v in reversed(list(enumerate(vectors)))]}).encode()


def packed(*numbers: float) -> str:
    return base64.b64encode(np.array(numbers, dtype="<f4").tobytes()).decode()


async def embedded(body: bytes, count: int, status: str = "200 OK") -> Any:
    async with chat_server(http(status, body)) as server, make_http(server.url, "key") as opened:
        vectors = await embed(opened, "m", ["x"] * count, "")
        headers, asked = server.requests[0]
        assert asked == {"model": "m", "input": ["x"] * count, "encoding_format": "base64"}
        assert headers["authorization"] == "Bearer key"
        assert server.heads[0].startswith("POST /v1/embeddings ")
        return vectors


@pytest.mark.parametrize("form", [packed, lambda *numbers: list(numbers)])
async def test_vectors_come_normalised_and_in_order(form: Any) -> None:
    vectors = await embedded(items(form(3, 4), form(0, -2)), 2)
    assert vectors.dtype == np.float32
    assert np.allclose(vectors, [[0.6, 0.8], [0, -1]])


async def test_a_server_that_numbers_nothing_answers_in_order() -> None:
    vectors = await embedded(b'{"data": [{"embedding": [2, 0]}, {"embedding": [0, 2]}]}', 2)
    assert vectors.tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b"[]",
            b"null",
            b"{}",
            b'{"data": 1}',
            b'{"data": [1]}',
            b'{"data": []}',
            b'{"data": [{}]}',
            b"[" * 9999,
        ),
        *(items([1], [1]), items([]), items([[1]]), items("a"), items("!!!!"), items(packed(0, 0)), items(None)),
        *(items([0, 0]), items(["a"]), items([10**400]), items([1e39]), items({"a": 1}), items(packed(float("nan")))),
        b'{"data": [{"index": [], "embedding": [1]}]}',
        b'{"data": [{"index": 5, "embedding": [1]}]}',
        b'{"data": [{"embedding": [NaN]}]}',
    ],
)
async def test_what_is_no_vector_is_refused(body: bytes) -> None:
    with pytest.raises(EngineRefused):
        await embedded(body, 1)


async def test_vectors_of_several_lengths_are_refused() -> None:
    with pytest.raises(EngineRefused):
        await embedded(items([1, 2], [1]), 2)


async def test_a_servers_error_is_told() -> None:
    with pytest.raises(EngineRefused, match="no such model") as caught:
        await embedded(b'{"error": {"message": "no such model"}}', 1, "404 Not Found")
    assert caught.value.status == 404


async def test_a_server_that_is_not_there() -> None:
    async with make_http("http://127.0.0.1:1/v1", "") as opened:
        with pytest.raises(EngineLost):
            await embed(opened, "m", ["x"], "")


async def test_scores_come_in_the_texts_order() -> None:
    body = b'{"results": [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": -2}]}'
    async with chat_server(http("200 OK", body)) as server, make_http(server.url, "") as opened:
        assert await rerank(opened, "m", "q", ["a", "b"]) == [-2.0, 0.9]
        assert server.requests[0][1] == {"model": "m", "query": "q", "documents": ["a", "b"]}


@pytest.mark.parametrize("score", ["NaN", "null", '"a"', "[1]", "1e999", "1" + "0" * 400])
async def test_what_is_no_score_is_refused(score: str) -> None:
    body = f'{{"results": [{{"index": 0, "relevance_score": {score}}}]}}'.encode()
    async with chat_server(http("200 OK", body)) as server, make_http(server.url, "") as opened:
        with pytest.raises(EngineRefused):
            await rerank(opened, "m", "q", ["a"])
