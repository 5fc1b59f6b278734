"""The embedder's HTTP surface: ``/v1/embeddings`` as OpenAI has it, ``/v1/rerank`` as Jina, Cohere and vLLM have it.

Beyond OpenAI's fields ``/v1/embeddings`` takes ``input_type`` (``query`` or ``document``), for models that put a prompt
before each. ``/v1/info`` tells the dimensions, the tokens that a text may have, and the tokenizer's file. ``/health``
is as in ``models_runtime.engine``.
"""

import asyncio
import base64
from collections.abc import Callable
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from models_runtime.child import BadRequest, disconnected, error, guarded, proof, read_body
from models_runtime.embedder.lane import Job
from models_runtime.embedder.worker import Worker

_MAX_BODY = 16 * 1024 * 1024
_MAX_TEXTS = 2048  # OpenAI's own limit
T = TypeVar("T")


def make_app(worker: Worker, token: str, model: str) -> Starlette:
    """The application; every route but ``/health`` wants ``Authorization: Bearer token``."""

    async def health(request: Request) -> Response:
        told = {"state": worker.state, "error": worker.error, "model": model, "proof": proof(request, token)}
        return JSONResponse(told)

    async def info(_request: Request) -> Response:
        embedder = worker.model
        if embedder is None:
            return _not_here(worker)
        fields = ("dimensions", "max_tokens", "tokenizer_file")
        return JSONResponse({field: getattr(embedder, field) for field in fields})

    async def embeddings(request: Request) -> Response:
        body = await read_body(request, _MAX_BODY)
        texts = _texts(body, "input")
        query = body.get("input_type") == "query"
        write = _base64 if body.get("encoding_format") == "base64" else _floats
        if worker.state != "ready" or worker.is_reranker:
            return _not_here(worker)
        vectors = await _results(request, texts, lambda job: worker.embed(job, query))
        data = [{"object": "embedding", "index": i, "embedding": write(v)} for i, v in enumerate(vectors)]
        return JSONResponse({"object": "list", "model": model, "data": data})

    async def rerank(request: Request) -> Response:
        body = await read_body(request, _MAX_BODY)
        texts = _texts(body, "documents")
        question = body.get("query")
        if not isinstance(question, str):
            raise BadRequest("query: takes a string")
        if worker.state != "ready" or not worker.is_reranker:
            return _not_here(worker)
        scores = await _results(request, [(question, text) for text in texts], worker.score)
        results = [{"index": i, "relevance_score": score} for i, score in enumerate(scores)]
        results.sort(key=lambda result: -result["relevance_score"])
        return JSONResponse({"model": model, "results": results})

    return Starlette(
        routes=[
            Route("/health", health),
            Route("/v1/info", guarded(token, info)),
            Route("/v1/embeddings", guarded(token, embeddings), methods=["POST"]),
            Route("/v1/rerank", guarded(token, rerank), methods=["POST"]),
        ]
    )


async def _results(request: Request, texts: list[T], submit: Callable[[Job[T]], None]) -> list[Any]:
    """What the lane makes of the texts; those that are left are dropped when the client goes away."""
    if not texts:
        return []
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[Any] | Exception] = loop.create_future()

    def settle(result: list[Any] | Exception) -> None:
        if not answer.done():
            answer.set_result(result)

    def done(result: list[Any] | Exception) -> None:
        loop.call_soon_threadsafe(settle, result)

    job = Job(texts, done)
    gone = asyncio.create_task(disconnected(request))
    submit(job)
    try:
        waiting: set[asyncio.Future[Any]] = {gone, answer}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            return []  # nobody is there to read it
        result = answer.result()
    finally:
        job.cancelled = True
        gone.cancel()
    if isinstance(result, Exception):
        raise BadRequest(f"the model cannot take this: {type(result).__name__}") from result
    return result


def _texts(body: dict[str, Any], key: str) -> list[str]:
    value = body.get(key)
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadRequest(f"{key}: takes strings")
    if len(texts) > _MAX_TEXTS:
        raise BadRequest(f"{key}: at most {_MAX_TEXTS}")
    # JSON can hold half of a character; tokenizers refuse it.
    return [text.encode("utf-8", "replace").decode() for text in texts]


def _base64(vector: Any) -> str:
    return base64.b64encode(vector.tobytes()).decode()


def _floats(vector: Any) -> list[float]:
    floats: list[float] = vector.tolist()
    return floats


def _not_here(worker: Worker) -> Response:
    if worker.state == "ready":
        return error(404, "not_here", "this model does not do that")
    return error(503, "loading", worker.error or f"the model is {worker.state}")
