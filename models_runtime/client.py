"""The one client of every engine: OpenAI-compatible chat completions over HTTP, streamed as server-sent events."""

import ipaddress
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from models_runtime.types import Completion, Request
from plugins import AskwireError, ErrorCode

_CONNECT_S = 5.0
# No answer that askwire asks for is longer; a server that sends more is broken or hostile.
_MAX_TEXT = 1_000_000


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


@dataclass(slots=True)
class _Reading:
    """What of an answer has come so far."""

    started: float
    texts: list[str] = field(default_factory=list)
    length: int = 0
    first_token_s: float = 0.0
    finish_reason: str = ""
    usage: dict[str, Any] = field(default_factory=dict)

    def add(self, event: dict[str, Any]) -> None:
        """Take one event of the stream. Raises ``EngineRefused`` for an error event."""
        if event.get("error"):
            raise _refused(200, event)
        if isinstance(event.get("usage"), dict):
            self.usage = event["usage"]
        for choice in event.get("choices") or []:
            text = (choice.get("delta") or {}).get("content")
            if text:
                self.first_token_s = self.first_token_s or time.monotonic() - self.started
                self.texts.append(str(text))
                self.length += len(text)
            self.finish_reason = choice.get("finish_reason") or self.finish_reason
        if self.length > _MAX_TEXT:
            raise EngineRefused(200, "too_long", "the answer does not end")


async def complete(
    http: httpx.AsyncClient, model: str, request: Request, max_tokens: int, extensions: frozenset[str]
) -> Completion:
    """One completion; ``queue_s`` and ``total_s`` are left to the caller.

    ``extensions`` names what the server understands beyond OpenAI: ``continue`` (an assistant's turn that is to be
    continued) and ``grammar``. Cancelling the task closes the connection, at which servers stop generating.
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
    return body


async def _events(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in response.aiter_lines():
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return
        try:
            event = json.loads(data)
        except ValueError as error:
            raise EngineRefused(200, "malformed", "the answer is no event stream") from error
        if isinstance(event, dict):
            yield event


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
    details = reading.usage.get("prompt_tokens_details") or {}
    return Completion(
        text="".join(reading.texts).removeprefix(unwanted),
        model=model,
        prompt_tokens=int(reading.usage.get("prompt_tokens") or 0),
        cached_tokens=int(details.get("cached_tokens") or 0),
        completion_tokens=int(reading.usage.get("completion_tokens") or 0),
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
