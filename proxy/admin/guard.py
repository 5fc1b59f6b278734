"""What every request passes before the application sees it: host name, token, role, rate, size and pace.

A page that a browser shows may send requests here (DNS rebinding, forms): such a one has another Host, or no token, for
tokens are taken from the Authorization header alone. No CORS header is ever sent.
"""

import asyncio
import ipaddress
import math
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from prometheus_client import Counter
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conf.admin import AdminSettings
from conf.metrics import REGISTRY
from plugins.words import ENGLISH
from proxy.admin.errors import answer
from proxy.admin.language import preferred
from proxy.admin.limits import Buckets, peer_key
from proxy.admin.tokens import Role, Tokens

log = structlog.get_logger("askwire.admin")
REQUESTS = Counter("askwire_admin_requests", "Requests to the admin endpoint by status", ["status"], registry=REGISTRY)
PUBLIC = frozenset({"/", "/health", "/ready"})
# What a reader may do besides looking.
_READER_MAY = re.compile(r"/v1/ask|/v1/logins(?:/[^/]*)?")
_LOOKS = ("GET", "HEAD")
_LEAST_BYTES_PER_S = 16_384  # of a body, after its first ``body_timeout_s``
HEAD_BYTES = 16_384
SEND_TIMEOUT_S = 60.0  # for a client that does not read
HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """ASGI middleware around the whole application.

    ``files``: the paths that anybody may look at. ``takes_uploads``: whether a method and path take a large body.
    ``language``: of the settings.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: AdminSettings,
        tokens: Tokens,
        files: frozenset[str],
        takes_uploads: Callable[[str, str], bool],
        language: str = ENGLISH,
    ) -> None:
        self._app = app
        self._language = language
        self._settings = settings
        self._tokens = tokens
        self._public = PUBLIC | files
        self._takes_uploads = takes_uploads
        own = settings.address[0] if settings.address else ""
        self._hosts = {host.lower() for host in (*settings.hosts, own) if host}
        rate = settings.requests_per_s
        self._of_token = Buckets(rate, max(1, 2 * rate))
        self._of_peer = Buckets(rate, max(1, 2 * rate))
        self._wrong = Buckets(settings.failed_tokens_per_minute / 60, settings.failed_tokens_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # there are no web sockets here
            return
        language = preferred(Headers(scope=scope).get("accept-language", ""), self._language)
        response = _Response(send, private=scope["path"] not in self._public)
        try:
            role = self._admit(scope)
            inner = {**scope, "method": "GET"} if scope["method"] == "HEAD" else dict(scope)
            inner["state"] = {**scope.get("state", {}), "role": role.value if role else "", "language": language}
            body = _Body(receive, self._most(scope), self._settings.body_timeout_s)
            await self._app(inner, body.receive, response.send)
        except HTTPException as refused:
            if not response.started:
                await answer(refused, language)(scope, receive, response.send)
        except Exception:
            if response.stalled:
                log.info("admin_client_does_not_read", path=scope["path"])
                scope["state"]["abort"]()
            else:  # it was answered by the application's own handler
                log.exception("admin_request_failed", method=scope["method"], path=scope["path"])
        finally:
            REQUESTS.labels(str(response.status or "none")).inc()

    def _admit(self, scope: Scope) -> Role | None:
        """The role of whoever asks; None where none is needed. Raises HTTPException."""
        headers = Headers(scope=scope)
        if sum(len(name) + len(value) for name, value in headers.raw) + len(scope["query_string"]) > HEAD_BYTES:
            raise HTTPException(431, f"The request's head is larger than {HEAD_BYTES} bytes")
        if "content-length" in headers and "transfer-encoding" in headers:  # a proxy may go by the other one
            raise HTTPException(400, "The request says its body's length in two ways", {"connection": "close"})
        if not self._is_ours(headers.getlist("host")):
            raise HTTPException(421, "This is not the host that was asked for; admin.hosts lists further names")
        peer = peer_key(scope["client"][0]) if scope.get("client") else ""
        authorization = headers.get("authorization")
        role = self._role(authorization, peer)
        wait = self._of_token.take(role.value) if role else self._of_peer.take(peer)
        if wait:
            raise _too_many("Too many requests", wait)
        if scope["path"] in self._public and scope["method"] in _LOOKS:
            return None
        if role is None:
            raise HTTPException(401, "The admin endpoint asks for its bearer token", {"www-authenticate": "Bearer"})
        if role is not Role.ADMIN and scope["method"] not in _LOOKS and not _READER_MAY.fullmatch(scope["path"]):
            raise HTTPException(403, "This takes the admin's token; the reader's only looks and asks")
        return role

    def _role(self, authorization: str | None, peer: str) -> Role | None:
        """None without a token. Raises HTTPException for a wrong one.

        A peer that guesses is told to wait, but the right token counts from there too: others may share its address
        (behind a proxy, or on this machine), and no number of guesses finds 256 random bits.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if not authorization:
            return None
        role = self._tokens.role_of(token.strip().encode()) if scheme.lower() == "bearer" else None
        if role is None:
            wait = self._wrong.take(peer)
            log.warning("admin_token_wrong", peer=peer)
            if wait:
                raise _too_many("Too many wrong tokens", wait)
            raise HTTPException(401, "The token is wrong", {"www-authenticate": 'Bearer error="invalid_token"'})
        return role

    def _is_ours(self, given: list[str]) -> bool:
        if len(given) != 1:
            return False
        try:
            host = urlsplit(f"//{given[0]}").hostname or ""
        except ValueError:
            return False
        if host in ("localhost", *self._hosts):
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    def _most(self, scope: Scope) -> int:
        uploads = self._takes_uploads(scope["method"], scope["path"])
        most = self._settings.max_upload_bytes if uploads else self._settings.max_body_bytes
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length) > most:
            raise _too_large(most)
        return most


class _Body:
    """A request's body, counted and timed while it comes."""

    def __init__(self, receive: Receive, most: int, timeout_s: float) -> None:
        self._receive = receive
        self._most = most
        self._timeout_s = timeout_s
        self._bytes = 0
        self._whole = False
        self._started = asyncio.get_running_loop().time()

    async def receive(self) -> Message:
        if self._whole:  # what comes now is only that the client leaves
            return await self._receive()
        allowed = self._started + self._timeout_s + self._bytes / _LEAST_BYTES_PER_S
        soon = asyncio.get_running_loop().time() + self._timeout_s
        try:
            async with asyncio.timeout_at(min(allowed, soon)):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, "The request's body comes too slowly", {"connection": "close"}) from None
        self._bytes += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._bytes > self._most:
            raise _too_large(self._most)
        return message


class _Response:
    """A response with the headers that each has, sent to a client that reads."""

    def __init__(self, send: Send, *, private: bool) -> None:
        self._send = send
        self._private = private
        self.status = 0
        self.stalled = False

    @property
    def started(self) -> bool:
        return self.status != 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=list(message["headers"]))
            for name, value in HEADERS.items():
                headers[name] = value
            if self._private:
                headers["cache-control"] = "no-store"
            if self.status in (408, 413, 429, 431):
                headers["connection"] = "close"  # the rest of the request is not read
            message = {**message, "headers": headers.raw}
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await self._send(message)
        except TimeoutError:
            self.stalled = True
            raise


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"The request's body is larger than {most} bytes")


def _too_many(message: str, wait: float) -> HTTPException:
    return HTTPException(429, message, {"retry-after": str(math.ceil(wait))})
