"""The engine's HTTP surface: OpenAI's chat completions (``/v1/chat/completions``), ``/v1/warm`` and ``/health``.

Beyond OpenAI's fields it takes ``grammar`` (GBNF) as llama.cpp's own server does, a last message of the assistant
with ``continue_final_message`` as vLLM does, ``greedy_first`` (the first of ``n`` answers is greedy) and
``names`` (table -> columns: the answer is a SELECT statement that can name nothing else). Of
``logprobs`` only the numbers are told. ``/v1/warm`` takes messages and evaluates their prefix in the background.
"""

import asyncio
import json
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from models_runtime.child import BadRequest, disconnected, error, guarded, proof, read_body
from models_runtime.engine.chat import Message
from models_runtime.engine.generate import Done, Text
from models_runtime.engine.worker import End, Job, Worker

_MAX_BODY = 8 * 1024 * 1024
_MAX_CHOICES = 64
# llama.cpp computes a node of its graph in milliseconds; writing a state to a slow disk may take longer.
_STALLED_S = 60.0
_ROLES = ("system", "user", "assistant")
Event = Text | Done | End


class Tasks:
    """Jobs as the event loop sees them: a queue of events each, cancelled when the client goes away."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def events(self, request: Request, arguments: dict[str, Any]) -> AsyncIterator[Event]:
        """Submit a job and yield its events; the last one is its ``End``."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[Event] = asyncio.Queue()

        def emit(event: Event) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, event)

        job = Job(emit=emit, **arguments)
        gone = asyncio.create_task(disconnected(request))
        gone.add_done_callback(lambda _task: self._worker.cancel(job))
        self._worker.submit(job)
        try:
            while True:
                event = await queue.get()
                yield event
                if isinstance(event, End):
                    return
        finally:
            self._worker.cancel(job)
            gone.cancel()


def make_app(worker: Worker, token: str, model: str) -> Starlette:
    """The application; every route but ``/health`` wants ``Authorization: Bearer token``."""
    tasks = Tasks(worker)

    async def health(request: Request) -> Response:
        """State, and with ``?nonce=`` the proof that this process knows the token, before anybody sends it."""
        state = "stalled" if worker.silent_s() > _STALLED_S else worker.state
        return JSONResponse({"state": state, "error": worker.error, "model": model, "proof": proof(request, token)})

    async def complete(request: Request) -> Response:
        body = await read_body(request, _MAX_BODY)
        arguments = _arguments(body)
        if worker.state != "ready":
            return error(503, "loading", "the model is loading")
        events = tasks.events(request, arguments)
        if body.get("stream"):
            return StreamingResponse(_stream(events, model), media_type="text/event-stream")
        return await _whole(events, model)

    async def warm(request: Request) -> Response:
        arguments = _arguments({**await read_body(request, _MAX_BODY), "max_tokens": 1})
        if worker.state != "ready":
            return error(503, "loading", "the model is loading")
        return await _whole(tasks.events(request, {**arguments, "background": True}), model)

    return Starlette(
        routes=[
            Route("/health", health),
            Route("/v1/chat/completions", guarded(token, complete), methods=["POST"]),
            Route("/v1/warm", guarded(token, warm), methods=["POST"]),
        ]
    )


def _arguments(body: dict[str, Any]) -> dict[str, Any]:
    """The fields of a ``Job`` that a request body says."""
    messages = [_message(m) for m in _typed(body, "messages", list, [])]
    answer_start = messages.pop().content if messages and messages[-1].role == "assistant" else ""
    if not messages:
        raise BadRequest("messages: nothing to answer")
    stop = _typed(body, "stop", (str, list), [])
    stops = tuple([stop] if isinstance(stop, str) else stop)
    if not all(isinstance(s, str) and s for s in stops):
        raise BadRequest("stop: takes strings")
    count = _typed(body, "n", int, 1)
    if not 1 <= count <= _MAX_CHOICES:
        raise BadRequest(f"n: 1 to {_MAX_CHOICES}")
    return {
        "messages": messages,
        "answer_start": answer_start,
        "max_tokens": max(1, _typed(body, "max_tokens", int, 256)),
        "count": count,
        "greedy_first": body.get("greedy_first") is True,
        "logprobs": body.get("logprobs") is True,
        "temperature": float(_typed(body, "temperature", (int, float), 0.0)),
        "seed": _typed(body, "seed", int, 0) & 0xFFFFFFFF,
        "stop": stops,
        "grammar": _typed(body, "grammar", str, "") or None,
        "names": _names(body),
    }


def _names(body: dict[str, Any]) -> dict[str, list[str]] | None:
    names = _typed(body, "names", dict, {})
    for columns in names.values():
        if not isinstance(columns, list) or not all(isinstance(column, str) for column in columns):
            raise BadRequest("names: each table has a list of columns")
    if names and body.get("grammar"):
        raise BadRequest("names: not together with a grammar")
    return names or None


def _message(value: Any) -> Message:
    if not isinstance(value, dict) or value.get("role") not in _ROLES or not isinstance(value.get("content"), str):
        raise BadRequest(f"messages: each has a role ({', '.join(_ROLES)}) and a content")
    return Message(value["role"], value["content"])


def _typed(body: dict[str, Any], key: str, kind: Any, default: Any) -> Any:
    value = body.get(key)
    if value is None:
        return default
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BadRequest(f"{key}: wrong type")
    return value


def _usage(end: End) -> dict[str, Any]:
    return {
        "prompt_tokens": end.prompt_tokens,
        "completion_tokens": end.completion_tokens,
        "total_tokens": end.prompt_tokens + end.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": end.cached_tokens},
    }


def _failure(end: End) -> dict[str, Any] | None:
    if end.reason == "stop":
        return None
    return {"error": {"code": end.reason, "message": end.message or end.reason}}


async def _stream(events: AsyncIterator[Event], model: str) -> AsyncIterator[str]:
    base = {"id": f"chatcmpl-{secrets.token_hex(8)}", "object": "chat.completion.chunk", "model": model}
    async for event in events:
        if not isinstance(event, End):
            yield _sse({**base, "choices": [_delta(event)]})
            continue
        failure = _failure(event)
        if failure:
            yield _sse(failure)
            continue
        yield _sse({**base, "choices": [], "usage": _usage(event)})
    yield "data: [DONE]\n\n"


def _delta(event: Text | Done) -> dict[str, Any]:
    choice: dict[str, Any] = {"index": event.index, "delta": {}, "finish_reason": None}
    if isinstance(event, Text):
        choice["delta"] = {"content": event.text}
    else:
        choice["finish_reason"] = event.reason
    if event.logprobs:
        choice["logprobs"] = _logprobs(event.logprobs)
    return choice


def _logprobs(values: Iterable[float]) -> dict[str, Any]:
    return {"content": [{"logprob": value} for value in values]}


def _sse(value: dict[str, Any]) -> str:
    return f"data: {json.dumps(value)}\n\n"


async def _whole(events: AsyncIterator[Event], model: str) -> Response:
    texts: defaultdict[int, str] = defaultdict(str)
    logprobs: defaultdict[int, list[float]] = defaultdict(list)
    reasons: dict[int, str] = {}
    async for event in events:
        if isinstance(event, End):
            failure = _failure(event)
            if failure:
                return JSONResponse(failure, 400 if event.reason == "context_length_exceeded" else 500)
            choices = [
                {
                    "index": index,
                    "message": {"role": "assistant", "content": texts[index]},
                    "finish_reason": reasons[index],
                    "logprobs": _logprobs(logprobs[index]) if logprobs[index] else None,
                }
                for index in sorted(reasons)
            ]
            whole = {"object": "chat.completion", "model": model, "choices": choices, "usage": _usage(event)}
            return JSONResponse(whole)
        logprobs[event.index] += event.logprobs
        if isinstance(event, Text):
            texts[event.index] += event.text
        else:
            reasons[event.index] = event.reason
    return error(500, "error", "the job ended without a result")
