"""Streamable HTTP: a bearer token for every request, Host and Origin checked against DNS rebinding (by the SDK)."""

import hmac
import os
import secrets
import socket
import stat
from hashlib import sha256
from pathlib import Path

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from conf.settings import SettingsError

PATH = "/mcp"
MAX_BODY = 1_048_576
MAX_SESSIONS = 100
LEAST_CHARS = 32


def keep_token(path: Path) -> str:
    """The token in ``path``, which only its owner may read; made when there is none. Raises SettingsError, OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(made, "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
    state = path.lstat()
    if not stat.S_ISREG(state.st_mode) or state.st_mode & 0o077:
        raise SettingsError(f"{path} may be read by others: its mode must be 0600, or delete it and a new one is made")
    token = path.read_text("ascii", "replace").strip()
    if len(token) < LEAST_CHARS:
        raise SettingsError(f"{path} holds fewer than {LEAST_CHARS} characters; delete it and a new one is made")
    return token


class TokenGuard:
    """Lets nothing through without the token; it takes as long for a wrong one as for a right one."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._digest = sha256(token.encode()).digest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or (scope["type"] == "http" and self._knows(scope)):
            await self._app(scope, receive, send)
            return
        body = {"error": "The token is missing or wrong: askwire mcp token prints it"}
        await JSONResponse(body, 401, {"www-authenticate": "Bearer"})(scope, receive, send)

    def _knows(self, scope: Scope) -> bool:
        scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        right = hmac.compare_digest(sha256(token.strip().encode()).digest(), self._digest)
        return scheme.lower() == "bearer" and right


def allowed(host: str, port: int, names: tuple[str, ...]) -> TransportSecuritySettings:
    """By which names the server may be called: its address, this machine's, and those of the settings."""
    local = (_bracketed(host), "127.0.0.1", "localhost", "[::1]")
    hosts = list(dict.fromkeys([f"{name}:{port}" for name in (*local, *names)] + list(names)))
    origins = [f"{scheme}://{name}" for name in hosts for scheme in ("http", "https")]
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


async def serve_http(server: MCPServer, listener: socket.socket, token: str, names: tuple[str, ...]) -> None:
    """Until SIGTERM or Ctrl-C."""
    host, port = listener.getsockname()[:2]
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        max_request_body_size=MAX_BODY,
        max_sessions=MAX_SESSIONS,
        transport_security=allowed(host, port, names),
        host=host,
    )
    config = uvicorn.Config(
        TokenGuard(app, token), log_level="warning", access_log=False, ws="none", server_header=False,
        limit_concurrency=4 * MAX_SESSIONS, timeout_graceful_shutdown=3,
    )  # fmt: skip
    await uvicorn.Server(config).serve(sockets=[listener])


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
