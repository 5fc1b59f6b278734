"""Many ASKs at once through a real gateway and MariaDB: bounded, none lost, plain SQL goes on."""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from plugins import ErrorCode
from tests.conftest import GatewayFactory
from tests.models_runtime.chaos import ANSWER, Connection, asked, models, rows, session
from tests.models_runtime.helpers import ChatServer, chat_server, sse
from tests.support.gateway import GatewayProcess

SESSIONS = 32
QUEUE = 20
PLACES = 2


async def _until_shown(watcher: Connection, condition: Callable[[dict[str, object]], bool]) -> None:
    while not condition((await asyncio.to_thread(models, watcher))["house"]):
        await asyncio.sleep(0.05)


async def _ask_at_once(gateway: GatewayProcess, server: ChatServer, sessions: int, deadline_s: float) -> Counter[int]:
    """How the ASKs of so many sessions ended. The server is released once all of those wait that can."""
    waiting = min(QUEUE, sessions - PLACES)
    with ExitStack() as stack:
        watcher = stack.enter_context(session(gateway))
        connections = [stack.enter_context(session(gateway)) for _ in range(sessions)]
        for connection in connections:
            rows(connection, f"SET ASK deadline = {deadline_s}")
        async with asyncio.TaskGroup() as group:
            asks = [group.create_task(asyncio.to_thread(asked, connection)) for connection in connections]
            await _until_shown(watcher, lambda house: house["waiting"] == waiting and house["in_flight"] == PLACES)
            while sum(ask.done() for ask in asks) < sessions - waiting - PLACES:
                await asyncio.sleep(0.05)
            assert await asyncio.to_thread(rows, watcher, "SELECT COUNT(*) > 0 FROM orders") == ((1,),)
            if deadline_s > 60:
                server.release.set()
        await _until_shown(watcher, lambda house: house["waiting"] == 0 and house["in_flight"] == 0)
    return Counter(ask.result() for ask in asks)


@pytest.mark.timeout(300)
async def test_thirty_two_at_once(gateway_factory: GatewayFactory) -> None:
    """What finds no room is refused while the others wait; those get rows, or the error when their time is over."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(SESSIONS + 1))
    async with chat_server(sse(ANSWER)) as server:
        server.held = ANSWER
        entry = {"engine": "openai", "url": server.url, "model": "m", "concurrency": PLACES, "queue_size": QUEUE}
        with gateway_factory(model={"name": "house"}, models={"house": entry}) as gateway:
            with session(gateway) as first:
                assert await asyncio.to_thread(asked, first) == 0  # the catalog is read
            server.replies = [None]
            late = await _ask_at_once(gateway, server, PLACES + 2, 6)
            in_time = await _ask_at_once(gateway, server, SESSIONS, 500)
    excess = SESSIONS - QUEUE - PLACES
    assert late == {ErrorCode.DEADLINE.number: PLACES + 2}
    assert in_time == {0: QUEUE + PLACES, ErrorCode.MODEL_BUSY.number: excess}
