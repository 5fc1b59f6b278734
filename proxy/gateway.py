"""The gateway as a library: settings in, ``async with``, its address, its statements and events out.

>>> async with Gateway(Settings(upstream="mysql://127.0.0.1:3306", listen="127.0.0.1:0")) as gateway:
...     host, port = gateway.address
"""

import asyncio
import importlib.metadata
import time
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import structlog

from conf.addresses import split_address
from conf.settings import Settings, SettingsError
from plugins import Statement, load_plugins
from plugins.transform import Shields
from plugins.types import SchemaNames, Watching
from proxy import metrics
from proxy.entry import Entry, PacketLeg, turn_away
from proxy.hub import Event, Hub, Listener
from proxy.relay import Relay
from proxy.routing import Router
from proxy.threads import in_thread
from proxy.tls import RsaKey, client_context, upstream_context
from proxy.watcher import Watcher
from proxy.workers import Siblings

log = structlog.get_logger("askwire")
BACKLOG = 1024
CLOSE_TIMEOUT_S = 5.0
__all__ = ["Event", "Gateway"]


class Gateway:
    """One gateway on the running event loop (uvloop for speed; any other works).

    ``plugins`` are objects with hook implementations, registered after the installed ones. ``on_event`` is called
    with every ``SessionOpened``, ``SessionClosed`` and ``StatementAnswered``; it must return soon. ``siblings`` are the
    other processes on the same port.
    Entering raises ``SettingsError`` when the settings do not fit and ``OSError`` when the address cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        *plugins: object,
        on_event: Listener | None = None,
        siblings: Siblings | None = None,
    ) -> None:
        if not settings.upstream_name:
            raise SettingsError("upstream: say which database to stand in front of, e.g. mysql://127.0.0.1:3306")
        self.settings = settings
        self._extra_plugins = plugins
        self._on_event = on_event
        self._siblings = siblings
        self._stack = AsyncExitStack()
        self._server: asyncio.Server | None = None
        self._hub: Hub | None = None
        self._entries: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> tuple[str, int]:
        """(host, port) where clients connect; the real port when the settings say 0."""
        assert self._server is not None, "the gateway is not running"
        host, port = self._server.sockets[0].getsockname()[:2]
        return host, port

    @property
    def hub(self) -> Hub:
        """What its sessions share, for those who operate it."""
        assert self._hub is not None, "the gateway is not running"
        return self._hub

    @property
    def statements(self) -> tuple[Statement, ...]:
        """The statements that the gateway answers itself."""
        return self.hub.router.statements

    @property
    def sessions(self) -> int:
        """How many clients are logged in."""
        return len(self._hub.sessions) if self._hub else 0

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def _start(self) -> None:
        settings = self.settings
        metrics.started(version())
        rsa = RsaKey(settings.data_path)
        rsa.load()
        hub = self._hub = Hub(
            settings=settings,
            rsa=rsa,
            client_tls=client_context(settings.tls, settings.data_path),
            upstream_tls=upstream_context(settings.tls),
            listener=self._on_event,
            siblings=self._siblings,
        )
        if settings.translated:
            from proxy.upstreams.server import open_server  # needs SQLAlchemy, DuckDB: a third of a second

            hub.server = open_server(settings, self._siblings)
            self._stack.push_async_callback(in_thread, hub.server.close)
        if self._siblings is not None:
            self._siblings.listen(hub.killed_elsewhere)
        hub.plugins = load_plugins(hub, *self._extra_plugins, settings=settings.plugins)
        if settings.mask.rules and "mask" not in hub.plugins.names():
            raise SettingsError("mask.rules: the plugin mask is not there, so nothing would be masked")
        if hub.server is not None:
            backend = hub.server.backend
            hub.plugins.services.add(SchemaNames(frozenset({backend.database_name, backend.default_schema})))
        await hub.plugins.enter_lifespans(self._stack, settings)
        hub.shield = hub.plugins.prompt_shield(settings)
        if hub.shield is not None:
            hub.plugins.services.add(Shields(hub.shield))
        hub.router = Router(hub.plugins.statements(settings))
        if settings.diagnose.watch:
            watcher = Watcher(hub)
            hub.plugins.services.add(Watching(watcher.tell))
            watching = asyncio.get_running_loop().create_task(watcher.run())
            self._stack.callback(watching.cancel)
        host, port = split_address(settings.listen)
        self._server = await asyncio.get_running_loop().create_server(
            self._accept, host, port, backlog=BACKLOG, reuse_port=settings.workers > 1
        )
        self._stack.push_async_callback(self._close)

    def _accept(self) -> asyncio.BaseProtocol:
        return _Accepted(self)

    def accepted(self, leg: PacketLeg) -> None:
        """A client connected."""
        hub = self._hub
        assert hub is not None
        assert leg.transport is not None
        if hub.connections >= self.settings.max_connections:
            metrics.CONNECTIONS.labels("turned_away").inc()
            turn_away(leg.transport, 1040, "Too many connections")
            return
        hub.entries += 1
        task = asyncio.get_running_loop().create_task(Entry(hub, leg).run())
        self._entries.add(task)
        task.add_done_callback(self._entered)

    def _entered(self, task: asyncio.Task[None]) -> None:
        assert self._hub is not None
        self._entries.discard(task)
        self._hub.entries -= 1

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def drain(self) -> None:
        """Accept no more, let what runs end (at most ``drain_timeout_s``), close sessions that wait for nothing."""
        assert self._server is not None
        assert self._hub is not None
        self._hub.draining = True
        self._server.close()
        until = time.monotonic() + self.settings.drain_timeout_s
        while self._hub.sessions and time.monotonic() < until:
            for relay in list(self._hub.sessions.values()):
                if not relay.busy and not relay.awaiting:
                    _let_go(relay)
            await asyncio.sleep(0.05)

    async def _close(self) -> None:
        assert self._server is not None
        assert self._hub is not None
        self._server.close()
        for task in list(self._entries):
            task.cancel()
        relays = list(self._hub.sessions.values())
        ending = {relay.turn.task for relay in relays if relay.turn.task is not None}
        for relay in relays:
            relay.abort()
        await asyncio.sleep(0)
        # What was being answered is told as cancelled before the plugins end.
        for waited in (ending, self._hub.tellings):
            if waited:
                await asyncio.wait(set(waited), timeout=CLOSE_TIMEOUT_S)


def _let_go(relay: Relay) -> None:
    """End a session that waits for nothing. A client that reads nothing would never answer the end of its TLS."""
    if relay.client.is_closing() and not relay.client.get_write_buffer_size():
        relay.abort()
    else:
        relay.close()


class _Accepted(PacketLeg):
    """A client's connection as the listener makes it."""

    def __init__(self, gateway: Gateway) -> None:
        super().__init__()
        self._gateway = gateway

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._gateway.accepted(self)


def version() -> str:
    """The installed version of askwire."""
    return importlib.metadata.version("askwire")
