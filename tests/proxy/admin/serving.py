"""The real server and the real guard in this process, around a small application."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from conf.admin import AdminSettings
from proxy.admin import errors
from proxy.admin.guard import Guard
from proxy.admin.server import serving
from proxy.admin.tokens import Tokens
from tests.proxy.admin.conftest import Endpoint


async def _looks(request: Request) -> JSONResponse:
    return JSONResponse({"role": request.state.role})


async def _reads(request: Request) -> JSONResponse:
    return JSONResponse({"bytes": len(await request.body())})


async def _waits(request: Request) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"now "
        await request.body()
        yield b"whole"

    return StreamingResponse(parts())


@contextmanager
def small(folder: Path, **settings: Any) -> Iterator[Endpoint]:
    """``/health`` is public; ``/looks`` answers with the role, ``POST /reads`` with the size of the body.

    ``POST /waits`` answers before its body came, and ends after it.
    """
    routes = [
        *(Route("/health", _looks), Route("/looks", _looks)),
        *(Route("/reads", _reads, methods=["POST"]), Route("/waits", _waits, methods=["POST"])),
    ]
    app = Starlette(routes=routes)
    errors.install(app)
    admin = AdminSettings(**settings)
    tokens = Tokens(folder)
    tokens.make()
    guarded = Guard(app, admin, tokens, frozenset(), lambda method, path: False)
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    listening: list[tuple[str, int]] = []
    ready = threading.Event()

    async def serve() -> None:
        async with serving(guarded, "127.0.0.1", 0, admin.connections) as address:
            listening.append(address)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(60)
        host, port = listening[0]
        yield Endpoint(host, port, folder)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
