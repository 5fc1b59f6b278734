"""Embeddings and reranking over HTTP: OpenAI's ``/embeddings``, and ``/rerank`` as Jina, Cohere and vLLM have it."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from models_runtime.client import refused
from plugins.engines import EngineLost, EngineRefused

_MAX_BYTES = 256_000_000  # of a reply: 2048 vectors of 4096 numbers, written out
_MAX_DIMENSIONS = 65_536


async def embed(http: httpx.AsyncClient, model: str, texts: Sequence[str], input_type: str) -> NDArray[np.float32]:
    """(n, dimensions), L2-normalised. ``input_type``: ``query``, ``document``, or "" for a server that knows of none.

    Raises ``EngineLost``, ``EngineRefused``.
    """
    body: dict[str, Any] = {"model": model, "input": list(texts), "encoding_format": "base64"}
    if input_type:
        body["input_type"] = input_type
    data = _in_order(await _post(http, "embeddings", body), "data", len(texts))
    try:
        vectors = np.stack([_vector(item["embedding"]) for item in data])
    except (ValueError, TypeError, KeyError, OverflowError) as error:  # also: of several lengths
        raise _malformed("embeddings") from error
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.all(np.isfinite(norms)) or not np.all(norms > 0) or vectors.shape[1] > _MAX_DIMENSIONS:
        raise _malformed("embeddings")
    normalised: NDArray[np.float32] = vectors / norms
    return normalised


async def rerank(http: httpx.AsyncClient, model: str, question: str, texts: Sequence[str]) -> list[float]:
    """How well each text answers the question; the higher the better. Raises ``EngineLost``, ``EngineRefused``."""
    body = {"model": model, "query": question, "documents": list(texts)}
    results = _in_order(await _post(http, "rerank", body), "results", len(texts))
    try:
        scores = np.array([result["relevance_score"] for result in results], dtype=np.float64)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise _malformed("scores") from error
    if scores.ndim != 1 or not np.all(np.isfinite(scores)):
        raise _malformed("scores")
    ordered: list[float] = scores.tolist()
    return ordered


async def get(http: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """A JSON object. Raises ``EngineLost``, ``EngineRefused``."""
    return await _ask(http, http.build_request("GET", path))


async def _post(http: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    content = json.dumps(body, ensure_ascii=False).encode()
    return await _ask(http, http.build_request("POST", path, content=content, headers=_JSON))


_JSON = {"Content-Type": "application/json"}


async def _ask(http: httpx.AsyncClient, request: httpx.Request) -> dict[str, Any]:
    data = bytearray()
    try:
        response = await http.send(request, stream=True)
        try:
            async for chunk in response.aiter_bytes():
                data += chunk
                if len(data) > _MAX_BYTES:
                    raise EngineRefused(200, "too_long", "the answer does not end")
        finally:
            await response.aclose()
    except httpx.TransportError as error:
        raise EngineLost(type(error).__name__) from error
    except httpx.DecodingError as error:
        raise _malformed("JSON") from error
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        body = None
    if response.status_code != 200:
        raise refused(response.status_code, body if isinstance(body, dict) else {})
    if not isinstance(body, dict):
        raise _malformed("JSON")
    return body


def _in_order(body: dict[str, Any], key: str, count: int) -> list[dict[str, Any]]:
    """The items of a list, one for each text, by their ``index``. Raises ``EngineRefused``."""
    items = body.get(key)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _malformed(key)
    by_index = {item.get("index", place): item for place, item in enumerate(items) if _is_index(item)}
    if len(items) != count or any(index not in by_index for index in range(count)):
        raise EngineRefused(200, "malformed", f"{count} texts were sent, and not one answer for each came back")
    return [by_index[index] for index in range(count)]


def _is_index(item: dict[str, Any]) -> bool:
    return isinstance(item.get("index", 0), int)


def _vector(value: Any) -> NDArray[np.float32]:
    """OpenAI's base64 of little-endian floats, or the numbers themselves from servers that know only these."""
    if isinstance(value, str):
        try:
            vector = np.frombuffer(base64.b64decode(value, validate=True), dtype="<f4")
        except binascii.Error as error:
            raise ValueError("no base64") from error
    else:
        with np.errstate(over="ignore"):  # what is too large is infinite, and found out then
            vector = np.array(value, dtype=np.float32)
    if vector.ndim != 1 or not len(vector):
        raise ValueError("no vector")
    return vector


def _malformed(what: str) -> EngineRefused:
    return EngineRefused(200, "malformed", f"the answer holds no proper {what}")
