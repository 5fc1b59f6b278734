"""What the processes of askwire's own that hold a model have in common: their owner, their port, their token.

Standard input: one line of JSON, then kept open by the owner; its end ends the process. Standard output: one line of
JSON with the port. The token comes this way because arguments and environment can be read by others.
"""

import hashlib
import hmac
import json
import os
import socket
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

Endpoint = Callable[[Request], Awaitable[Response]]


class BadRequest(Exception):
    """The body is not what this route takes."""


def read_config() -> dict[str, Any]:
    """The owner's line; from now on the process ends with its owner."""
    config: dict[str, Any] = json.loads(sys.stdin.readline())
    threading.Thread(target=_die_with_owner, daemon=True).start()
    return config


def serve(app: ASGIApp, load: Callable[[], None]) -> None:
    """Listen, say where, begin to load, serve for ever."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    load()
    config = uvicorn.Config(_or_exit(app), log_config=None, access_log=False, lifespan="off", ws="none")
    uvicorn.Server(config).run(sockets=[listener])


def _or_exit(app: ASGIApp) -> ASGIApp:
    """An exception that nothing expects, such as for want of memory, ends the process: its owner starts it afresh."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except ClientDisconnect:
            return
        except Exception:
            traceback.print_exc()
            os._exit(70)

    return run


def _die_with_owner() -> None:
    """The kernel closes the owner's end of the pipe however the owner dies."""
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def proof(request: Request, token: str) -> str:
    """Of ``?nonce=``: shows that this process knows the token, before anybody sends it."""
    nonce = request.query_params.get("nonce", "")[:128]
    return hmac.new(token.encode(), nonce.encode(), hashlib.sha256).hexdigest()


def guarded(token: str, endpoint: Endpoint) -> Endpoint:
    """``endpoint`` for whoever sends ``Authorization: Bearer token``; ``BadRequest`` becomes status 400."""

    async def checked(request: Request) -> Response:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return error(401, "unauthorized", "wrong token")
        try:
            return await endpoint(request)
        except BadRequest as wrong:
            return error(400, "bad_request", str(wrong))

    return checked


async def read_body(request: Request, max_bytes: int) -> dict[str, Any]:
    """A JSON object. Raises ``BadRequest``."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > max_bytes:
            raise BadRequest("the request is too large")
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as wrong:
        raise BadRequest("the body is not JSON") from wrong
    if not isinstance(body, dict):
        raise BadRequest("the body is no object")
    return body


async def disconnected(request: Request) -> None:
    """Returns when the client is gone; only after the body was read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def error(status: int, code: str, message: str) -> JSONResponse:
    """As OpenAI's API tells errors."""
    return JSONResponse({"error": {"code": code, "message": message}}, status)
