"""The whole server: a gateway, sessions with it, and a transport."""

import asyncio
import importlib.metadata
import socket
import ssl
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from conf.addresses import is_loopback, split_address
from conf.settings import MYSQL, Settings, SettingsError
from plugins.builtin.mcp.connection import Login
from plugins.builtin.mcp.http import PATH, keep_token, serve_http
from plugins.builtin.mcp.own_gateway import GatewayFailed, own_gateway
from plugins.builtin.mcp.pool import Pool
from plugins.builtin.mcp.tools import make_server

_IN_THE_OPEN = (
    "others can read a password on the command line: give it as ASKWIRE_MCP__PASSWORD in the environment, or in the "
    "settings file"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The command line."""

    upstream: str | None
    gateway: str | None
    http: str | None
    model: str | None
    data_dir: Path | None
    config: Path | None

    def overrides(self, login: dict[str, Any]) -> dict[str, Any]:
        """What it changes in the settings; ``login``: of the section [mcp]. Raises SettingsError."""
        given: dict[str, Any] = {"data_dir": str(self.data_dir)} if self.data_dir else {}
        if self.model is not None:
            given["model"] = {"name": self.model}
        if self.upstream is not None:
            given["upstream"], found = split_login(self.upstream)
            login = {**found, **login}
        return {**given, "mcp": login} if login else given


def split_login(url: str) -> tuple[str, dict[str, str]]:
    """``mysql://USER@HOST:PORT/DATABASE`` as the upstream takes it, and the account. Raises SettingsError."""
    parts = urlsplit(url)
    if parts.password is not None:
        raise SettingsError(_IN_THE_OPEN)
    found = {"user": unquote(parts.username)} if parts.username else {}
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    if parts.scheme in MYSQL and parts.path.strip("/"):
        found["database"] = unquote(parts.path.strip("/"))
        bare = bare._replace(path="")
    return (bare.geturl() if found else url), found


def run_server(settings: Settings, wanted: Wanted) -> int:
    """Serve until the client leaves or a signal comes. Returns the exit status. Raises SettingsError, OSError."""
    with ExitStack() as stack:
        listener = _listener(wanted.http, stack) if wanted.http else None
        token = keep_token(settings.data_path / "mcp-token") if listener else ""
        try:
            address = _gateway(settings, wanted, stack)
        except GatewayFailed:
            return 2
        tls = _tls_of(settings, address[0], own=wanted.gateway is None)
        login = Login(*address, settings.mcp.user, settings.mcp.password, tls)
        asyncio.run(_serve(settings, login, listener, token))
    return 0


async def _serve(settings: Settings, login: Login, listener: socket.socket | None, token: str) -> None:
    # A single client goes on with its session; over HTTP every call has its own, so that clients stay apart.
    pool = Pool(login, settings.mcp.calls, keep=listener is None)
    server = make_server(settings, pool, importlib.metadata.version("askwire"))
    try:
        if listener is None:
            await server.run_stdio_async()
            return
        host, port = listener.getsockname()[:2]
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        print(f"askwire mcp at http://{where}{PATH} (askwire mcp token prints its token)", flush=True)
        await serve_http(server, listener, token, settings.mcp.hosts)
    finally:
        await pool.close()


def _gateway(settings: Settings, wanted: Wanted, stack: ExitStack) -> tuple[str, int]:
    if wanted.gateway is not None:
        return split_address(wanted.gateway)
    if not settings.upstream_name:
        raise SettingsError("say which database: askwire mcp --upstream mysql://127.0.0.1:3306, or --gateway HOST:PORT")
    arguments = ["--upstream", settings.upstream] if wanted.upstream else []
    arguments += ["--model", wanted.model] if wanted.model else []
    arguments += ["--data-dir", str(wanted.data_dir)] if wanted.data_dir else []
    arguments += ["--config", str(wanted.config)] if wanted.config else []
    return "127.0.0.1", stack.enter_context(own_gateway([*arguments, "--workers", "1"]))


def _tls_of(settings: Settings, host: str, *, own: bool) -> ssl.SSLContext | None:
    """Our own gateway is known by its certificate, one on this machine needs none, any other by its name."""
    if not own:
        return None if is_loopback(host) else ssl.create_default_context()
    if settings.tls.client == "off":
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # this very certificate is asked for, whatever names it holds
    context.load_verify_locations(settings.tls.certificate or settings.data_path / "certificate.pem")
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _listener(address: str, stack: ExitStack) -> socket.socket:
    host, port = split_address(address)
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return stack.enter_context(socket.create_server((host, port), family=family))
    except OSError as error:
        raise SettingsError(f"cannot listen on {address}: {error.strerror or error}") from None
