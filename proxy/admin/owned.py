"""Routes of plugins, called such that they harm nobody: counted, limited and watched as every hook is."""

import asyncio
from collections.abc import Sequence

from fastapi import APIRouter, FastAPI
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plugins import AskwireError, ErrorCode
from plugins.calls import Faulty, call, counted, driven
from plugins.plugin import Plugin

HOOK = "askwire_http"
PREFIX = "/v1"
# So long a route may neither take nor give anything.
SILENT_S = 60.0

# Routers with their prefix, in the order in which a request is offered to them. None: the gateway's own.
Routers = Sequence[tuple[Plugin | None, str, APIRouter]]


def fits(plugin: Plugin, router: APIRouter, limit_s: float) -> bool:
    """Whether an application with this router can be built and described; a fault of the plugin's where it cannot."""

    def built() -> None:
        app = FastAPI()
        app.include_router(router, prefix=PREFIX)
        app.openapi()

    try:
        call(plugin, HOOK, built, limit_s)
    except Faulty:
        return False
    return True


class Owned:
    """ASGI middleware: what a plugin's route does with a request is a call of that plugin.

    Inside of what answers errors. Raises ``AskwireError`` for a plugin's faults.
    """

    def __init__(self, app: ASGIApp, routers: Routers, step_s: float) -> None:
        self._app = app
        self._routers = routers
        self._step_s = step_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        plugin = self._owner(scope) if scope["type"] == "http" else None
        if plugin is None:
            await self._app(scope, receive, send)
            return
        if not plugin.on:
            raise AskwireError(ErrorCode.PLUGIN_FAILED, f"The plugin {plugin.name!r} is off: {plugin.off}")
        try:
            with counted(plugin, HOOK, SILENT_S, self._step_s, logs=False):
                async with asyncio.timeout(SILENT_S) as limit:
                    client = _Client(receive, send, limit)
                    await driven(lambda: self._app(scope, client.receive, client.send), self._step_s)
        except Faulty as fault:
            raise AskwireError(ErrorCode.PLUGIN_FAILED, f"The plugin {plugin.name!r} failed") from fault

    def _owner(self, scope: Scope) -> Plugin | None:
        for plugin, prefix, router in self._routers:
            inner = {**scope, "path": scope["path"].removeprefix(prefix), "root_path": ""}
            if scope["path"].startswith(prefix) and any(r.matches(inner)[0] is Match.FULL for r in router.routes):
                return plugin
        return None


class _Client:
    """The client's side of a request. The time that the client takes is none of the route's."""

    def __init__(self, receive: Receive, send: Send, limit: asyncio.Timeout) -> None:
        self._receive = receive
        self._send = send
        self._limit = limit
        self._whole = False

    async def receive(self) -> Message:
        if self._whole:  # what comes now is only that the client leaves; the route may wait for that beside its work
            return await self._receive()
        self._limit.reschedule(None)
        message = await self._receive()
        self._whole = not message.get("more_body", False)
        self._restart()
        return message

    async def send(self, message: Message) -> None:
        self._limit.reschedule(None)
        await self._send(message)
        self._restart()

    def _restart(self) -> None:
        self._limit.reschedule(asyncio.get_running_loop().time() + SILENT_S)
