"""Settings, waiting, and a local server in the place of an OpenAI-compatible one."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from conf.settings import Settings, load_settings


def settings_for(data_dir: Path, **sections: Any) -> Settings:
    sections["model"] = {"context_tokens": 2048, **sections.get("model", {})}
    return load_settings(data_dir=str(data_dir), **sections)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for ``condition``; the test's own timeout bounds it."""
    while not condition():
        await asyncio.sleep(0.05)


class ChatServer:
    """A scripted HTTP server: each request is recorded and answered with the next of ``replies`` (raw bytes).

    ``None`` as a reply holds the request until ``release`` is set, and then is ``held``; the last reply is used again
    and again.
    """

    def __init__(self, replies: list[bytes | None]) -> None:
        self.replies = replies
        self.requests: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.heads: list[str] = []
        self.release = asyncio.Event()
        self.closed_early = asyncio.Event()
        self.held = "held"
        self.url = ""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = head.split("\r\n")
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.heads.append(lines[0])
            self.requests.append((headers, json.loads(body or b"{}")))
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
            if reply is None:
                await self._hold(reader)
                reply = sse(self.held)
            writer.write(reply)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _hold(self, reader: asyncio.StreamReader) -> None:
        gone = asyncio.create_task(reader.read(1))
        released = asyncio.create_task(self.release.wait())
        await asyncio.wait({gone, released}, return_when=asyncio.FIRST_COMPLETED)
        if not released.done():
            self.closed_early.set()
        gone.cancel()
        released.cancel()


@asynccontextmanager
async def chat_server(*replies: bytes | None) -> AsyncIterator[ChatServer]:
    scripted = ChatServer(list(replies))
    server = await asyncio.start_server(scripted.handle, "127.0.0.1", 0)
    scripted.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server:
        yield scripted
        scripted.release.set()


def http(status: str, body: bytes, kind: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def sse_choices(*texts: str, logprob: float | None = None) -> bytes:
    """Several answers in one stream, each of one token, told one after the other from the last to the first."""
    events: list[dict[str, Any]] = []
    for index, text in reversed(list(enumerate(texts))):
        told = None if logprob is None else {"content": [{"token": text, "logprob": logprob * (index + 1)}]}
        events.append({"choices": [{"index": index, "delta": {"content": text}, "logprobs": told}]})
        events.append({"choices": [{"index": index, "delta": {}, "finish_reason": "stop"}]})
    events.append({"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": len(texts)}})
    return http("200 OK", "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode(), "text/event-stream")


def sse(*texts: str, done: bool = True) -> bytes:
    """An answer as OpenAI streams it."""
    events: list[dict[str, Any]] = [{"choices": [{"delta": {"content": text}}]} for text in texts]
    if done:
        events.append({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        usage = {"prompt_tokens": 10, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}
        events.append({"choices": [], "usage": usage})
    lines = [f"data: {json.dumps(event)}\n\n" for event in events] + ["data: [DONE]\n\n"]
    return http("200 OK", "".join(lines).encode(), "text/event-stream")
