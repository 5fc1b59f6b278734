"""uvicorn in the gateway's event loop, and what it lacks: a time limit for a request's head, a limit per peer."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

import h11
import uvicorn
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from proxy.admin.errors import answer
from proxy.admin.limits import peer_key

HEAD_BYTES = 16_384
HEAD_TIMEOUT_S = 10.0
BACKLOG = 64
DRAIN_S = 1
LEFT_BYTES = 1 << 20


class Peers:
    """Who is connected. ``most`` in all, half of them for one peer.

    When they are too many, the one that waited longest for its next request makes way: connections that ask for nothing
    keep nobody out, even where everybody has the same address.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: dict[Connection, str] = {}

    def enter(self, connection: "Connection", peer: str) -> bool:
        """Whether it may come."""
        of_peer = [other for other, its in self._open.items() if its == peer]
        too_many_of_peer = len(of_peer) >= max(1, self._most // 2)
        if too_many_of_peer or len(self._open) >= self._most:
            waiting = [
                other for other in (of_peer if too_many_of_peer else self._open) if other.waits_since is not None
            ]
            if not waiting:
                return False
            longest = min(waiting, key=lambda other: other.waits_since or 0.0)
            self.leave(longest)
            longest.transport.abort()
        self._open[connection] = peer
        return True

    def leave(self, connection: "Connection") -> None:
        self._open.pop(connection, None)


class Connection(H11Protocol):
    """One connection: a request's head comes in time, and what is left of its body after the answer is bounded."""

    def __init__(self, *args: Any, peers: Peers, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._peers = peers
        self.waits_since: float | None = None  # for a request's head, or for the end of a body that nobody reads
        self._head_timer: asyncio.TimerHandle | None = None
        self._left_bytes = 0
        self.app_state = dict(self.app_state)  # becomes every request's scope["state"]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, transport))
        self.app_state["abort"] = self.transport.abort
        peer = peer_key(self.client[0]) if self.client else ""
        if self._peers.enter(self, peer):
            self._time_head()
        else:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self._peers.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._answered_early():
            self._left_bytes += len(data)
            if self._left_bytes > LEFT_BYTES:
                self.transport.abort()
                return
        super().data_received(data)

    def handle_events(self) -> None:
        super().handle_events()
        self._time_head()

    def on_response_complete(self) -> None:
        self._left_bytes = 0
        super().on_response_complete()
        self._time_head()

    def send_400_response(self, msg: str) -> None:
        """It was no HTTP."""
        body = answer(HTTPException(400, msg)).body
        headers = [("content-type", "application/json"), ("content-length", str(len(body))), ("connection", "close")]
        for event in (h11.Response(status_code=400, headers=headers), h11.Data(data=bytes(body)), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _answered_early(self) -> bool:
        """The answer is given, and the client still sends the body that nobody reads."""
        return self.conn.our_state is h11.DONE and self.conn.their_state is h11.SEND_BODY

    def _time_head(self) -> None:
        waits = self.conn.their_state is h11.IDLE or self._answered_early()
        waits = waits and not self.transport.is_closing()
        if not waits:
            self._stop_timer()
        elif self._head_timer is None:
            self.waits_since = self.loop.time()
            self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self.transport.abort)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = self.waits_since = None


@asynccontextmanager
async def serving(app: ASGIApp, host: str, port: int, connections: int) -> AsyncIterator[tuple[str, int]]:
    """Serve ``app`` while entered; gives (host, port). Raises OSError when the address cannot be used."""
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # it would let anybody write to the gateway's log
    listener = await _listen(host, port)
    config = uvicorn.Config(
        app,
        http=cast(Any, partial(Connection, peers=Peers(connections))),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=HEAD_BYTES,
        timeout_graceful_shutdown=DRAIN_S,
        backlog=BACKLOG,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    # The parts of Server.serve, without the signal handlers: signals are the gateway's.
    await server.startup(sockets=[listener])
    ticking = asyncio.create_task(server.main_loop())
    try:
        yield listener.getsockname()[:2]
    finally:
        server.should_exit = True
        await ticking
        await server.shutdown(sockets=[listener])
        await _ended(server.server_state.tasks)


async def _ended(requests: set[asyncio.Task[None]]) -> None:
    """uvicorn only cancels the requests that are left. What they clean up needs what is closed after this."""
    if requests:
        await asyncio.wait(list(requests), timeout=DRAIN_S)


async def _listen(host: str, port: int) -> socket.socket:
    """Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = found[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener
