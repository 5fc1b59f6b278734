"""The one client of every engine: OpenAI-compatible chat completions over HTTP, streamed as server-sent events."""

import ipaddress
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, Field, FiniteFloat, ValidationError

from plugins import AskwireError, ErrorCode
from plugins.engines import Completion, EngineLost, EngineRefused, Request

_CONNECT_S = 5.0
# No answer that askwire asks for comes near; a server that sends more bytes is broken or hostile.
_MAX_BYTES = 8_000_000
_MOST_TOKENS = 1_000_000_000


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


class _Token(BaseModel):
    logprob: FiniteFloat


class _Logprobs(BaseModel):
    content: list[_Token] | None = None


class _Choice(BaseModel):
    index: int = 0
    delta: _Delta | None = None
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None


_Tokens = Annotated[int, Field(ge=0, le=_MOST_TOKENS)]


class _Details(BaseModel):
    cached_tokens: _Tokens | None = None


class _Usage(BaseModel):
    prompt_tokens: _Tokens = 0
    completion_tokens: _Tokens = 0
    prompt_tokens_details: _Details | None = None


class _Event(BaseModel):
    """One event of the stream, as far as it is used."""

    choices: list[_Choice] = []
    usage: _Usage | None = None
    error: Any = None


@dataclass(slots=True)
class _Reading:
    """What of one answer has come so far."""

    texts: list[str] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    first_token_s: float = 0.0
    finish_reason: str = ""

    def add(self, choice: _Choice, elapsed_s: float) -> None:
        if choice.delta and choice.delta.content:
            self.first_token_s = self.first_token_s or elapsed_s
            self.texts.append(choice.delta.content)
        if choice.logprobs:
            self.logprobs += [token.logprob for token in choice.logprobs.content or ()]
        self.finish_reason = choice.finish_reason or self.finish_reason


async def sample(
    http: httpx.AsyncClient, model: str, request: Request, count: int, max_tokens: int, extensions: frozenset[str]
) -> list[Completion]:
    """``count`` answers to one prompt; ``queue_s`` and ``total_s`` are left to the caller.

    Fewer, but at least one, come from a server that knows nothing of ``n``. ``extensions`` names what the server
    understands beyond OpenAI: ``continue`` (an assistant's turn that is to be continued), ``grammar``,
    ``structured_outputs`` (vLLM's way to take one), ``names``, ``greedy_first`` and ``logprobs`` (which some refuse).
    Cancelling the task closes the connection, at which servers stop generating.
    Raises ``EngineLost``, ``EngineRefused``.
    """
    started = time.monotonic()
    readings = [_Reading() for _ in range(count)]
    usage = _Usage()
    body = _body(model, request, count, max_tokens, extensions)
    try:
        async with http.stream("POST", "chat/completions", json=body) as response:
            if response.status_code != 200:
                raise refused(response.status_code, await _error_body(response))
            async for event in _events(response):
                if event.error:
                    raise refused(200, {"error": event.error})
                usage = event.usage or usage
                for choice in event.choices:
                    if not 0 <= choice.index < count:
                        raise EngineRefused(200, "malformed", "the answer has choices that were not asked for")
                    readings[choice.index].add(choice, time.monotonic() - started)
    except httpx.TransportError as error:
        raise EngineLost(type(error).__name__) from error
    except httpx.DecodingError as error:
        raise _malformed() from error
    finished = [reading for reading in readings if reading.finish_reason]
    if not finished or any(reading.texts and not reading.finish_reason for reading in readings):
        raise EngineLost("the answer broke off")
    unwanted = "" if "continue" in extensions else request.answer_start
    return [
        _completion(model, reading, usage, index, len(finished), unwanted) for index, reading in enumerate(finished)
    ]


def _body(model: str, request: Request, count: int, max_tokens: int, extensions: frozenset[str]) -> dict[str, Any]:
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
    if count > 1:
        body["n"] = count
    if request.names and "names" in extensions:
        body["names"] = {table: list(columns) for table, columns in request.names.items()}
    if request.greedy_first and "greedy_first" in extensions:
        body["greedy_first"] = True
    if "logprobs" in extensions:
        body["logprobs"] = True
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
            raise _malformed() from error


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
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _malformed() -> EngineRefused:
    return EngineRefused(200, "malformed", "the answer is no stream of chat completions")


def refused(status: int, body: dict[str, Any]) -> EngineRefused:
    """What a server's answer with an error says, in OpenAI's form."""
    error = body.get("error")
    if not isinstance(error, dict):
        error = {}
    code = str(error.get("code") or error.get("type") or status)
    return EngineRefused(status, code, str(error.get("message") or f"HTTP status {status}")[:500])


def _completion(model: str, reading: _Reading, usage: _Usage, index: int, count: int, unwanted: str) -> Completion:
    """Answer ``index`` of ``count``; only the first is charged with the prompt, which the others share."""
    details = usage.prompt_tokens_details
    cached = (details.cached_tokens or 0) if details else 0
    tokens = reading.logprobs
    return Completion(
        text="".join(reading.texts).removeprefix(unwanted),
        model=model,
        prompt_tokens=usage.prompt_tokens,
        cached_tokens=usage.prompt_tokens if index else cached,
        completion_tokens=len(tokens) if tokens and count > 1 else usage.completion_tokens // count,
        first_token_s=reading.first_token_s,
        finish_reason=reading.finish_reason,
        logprob=sum(tokens) / len(tokens) if tokens else None,
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
