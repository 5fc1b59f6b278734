"""The one client of every engine: OpenAI-compatible chat completions over HTTP, streamed as server-sent events."""

import ipaddress
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ValidationError

from models_runtime.types import Completion, Request
from plugins import AskwireError, ErrorCode

_CONNECT_S = 5.0
# No answer that askwire asks for comes near; a server that sends more bytes is broken or hostile.
_MAX_BYTES = 8_000_000


class EngineLost(Exception):
    """The engine could not be reached or broke off: worth another try when it may have been restarted."""


class EngineRefused(Exception):
    """The engine answered with an error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def make_http(url: str, token: str) -> httpx.AsyncClient:
    """A connection pool for one engine. Proxies of the environment apply only to a URL beyond this machine."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(
        base_url=url.rstrip("/") + "/",
        headers=headers,
        timeout=httpx.Timeout(None, connect=_CONNECT_S),
        trust_env=not _is_local(url),
    )


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Delta(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Details(BaseModel):
    cached_tokens: int | None = None


class _Usage(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _Details | None = None


class _Event(BaseModel):
    """One event of the stream, as far as it is used."""

    choices: list[_Choice] = []
    usage: _Usage | None = None
    error: Any = None


@dataclass(slots=True)
class _Reading:
    """What of an answer has come so far."""

    started: float
    texts: list[str] = field(default_factory=list)
    first_token_s: float = 0.0
    finish_reason: str = ""
    usage: _Usage = field(default_factory=_Usage)

    def add(self, event: _Event) -> None:
        """Take one event of the stream. Raises ``EngineRefused`` for an error event."""
        if event.error:
            raise _refused(200, {"error": event.error})
        self.usage = event.usage or self.usage
        for choice in event.choices:
            if choice.delta and choice.delta.content:
                self.first_token_s = self.first_token_s or time.monotonic() - self.started
                self.texts.append(choice.delta.content)
            self.finish_reason = choice.finish_reason or self.finish_reason


async def complete(
    http: httpx.AsyncClient, model: str, request: Request, max_tokens: int, extensions: frozenset[str]
) -> Completion:
    """One completion; ``queue_s`` and ``total_s`` are left to the caller.

    ``extensions`` names what the server understands beyond OpenAI: ``continue`` (an assistant's turn that is to be
    continued), ``grammar``, and ``structured_outputs`` (vLLM's way to take one). Cancelling the task closes the
    connection, at which servers stop generating.
    Raises ``EngineLost``, ``EngineRefused``.
    """
    reading = _Reading(time.monotonic())
    body = _body(model, request, max_tokens, extensions)
    try:
        async with http.stream("POST", "chat/completions", json=body) as response:
            if response.status_code != 200:
                raise _refused(response.status_code, await _error_body(response))
            async for event in _events(response):
                reading.add(event)
    except httpx.TransportError as error:
        raise EngineLost(type(error).__name__) from error
    if not reading.finish_reason:
        raise EngineLost("the answer broke off")
    continued = "continue" in extensions
    return _completion(model, reading, unwanted="" if continued else request.answer_start)


def _body(model: str, request: Request, max_tokens: int, extensions: frozenset[str]) -> dict[str, Any]:
    messages = [{"role": "system", "content": request.system}, {"role": "user", "content": request.user}]
    body: dict[str, Any] = {
        "model": model,
        "messages": messages,
        "max_tokens": max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.stop:
        body["stop"] = list(request.stop)
    if request.answer_start and "continue" in extensions:
        messages.append({"role": "assistant", "content": request.answer_start})
        body |= {"continue_final_message": True, "add_generation_prompt": False}
    if request.grammar and "grammar" in extensions:
        body["grammar"] = request.grammar
    if request.grammar and "structured_outputs" in extensions:
        body["structured_outputs"] = {"grammar": request.grammar}
    return body


async def _events(response: httpx.Response) -> AsyncIterator[_Event]:
    async for line in _lines(response):
        if not line.startswith(b"data:"):
            continue
        data = line.removeprefix(b"data:").strip()
        if data == b"[DONE]":
            return
        try:
            yield _Event.model_validate_json(data)
        except ValidationError as error:
            raise EngineRefused(200, "malformed", "the answer is no stream of chat completions") from error


async def _lines(response: httpx.Response) -> AsyncIterator[bytes]:
    """Lines of bounded length, of a reply of bounded length."""
    rest = b""
    total = 0
    async for chunk in response.aiter_bytes():
        total += len(chunk)
        if total > _MAX_BYTES:
            raise EngineRefused(200, "too_long", "the answer does not end")
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line
    if rest:
        yield rest


async def _error_body(response: httpx.Response) -> dict[str, Any]:
    data = b""
    async for chunk in response.aiter_bytes():
        data += chunk
        if len(data) > 65_536:
            break
    try:
        body = json.loads(data)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _refused(status: int, body: dict[str, Any]) -> EngineRefused:
    error = body.get("error")
    if not isinstance(error, dict):
        error = {}
    code = str(error.get("code") or error.get("type") or status)
    return EngineRefused(status, code, str(error.get("message") or f"HTTP status {status}")[:500])


def _completion(model: str, reading: _Reading, unwanted: str) -> Completion:
    details = reading.usage.prompt_tokens_details
    return Completion(
        text="".join(reading.texts).removeprefix(unwanted),
        model=model,
        prompt_tokens=reading.usage.prompt_tokens,
        cached_tokens=details.cached_tokens or 0 if details else 0,
        completion_tokens=reading.usage.completion_tokens,
        first_token_s=reading.first_token_s,
        finish_reason=reading.finish_reason,
    )


def as_askwire_error(name: str, error: EngineLost | EngineRefused) -> AskwireError:
    """What a person is told."""
    if isinstance(error, EngineLost):
        return AskwireError(ErrorCode.MODEL_UNAVAILABLE, f"The model {name!r} does not answer ({error})")
    if error.code == "context_length_exceeded":
        return AskwireError(ErrorCode.QUESTION_TOO_LONG, f"The model {name!r} cannot take so much: {error}")
    if error.status in (429, 503):
        return AskwireError(ErrorCode.MODEL_BUSY, f"The model {name!r} is busy: {error}")
    return AskwireError(ErrorCode.MODEL_UNAVAILABLE, f"The model {name!r} refused the request: {error}")
