"""Broken engines behind a real gateway and MariaDB: an ASK ends in rows or in a clear error, and sessions stay usable.

Processes of the embedded engine are killed, stopped and starved. What answers nonsense, or slowly, or not at all, is a
small server of the test's own in the place of an OpenAI-compatible one.
"""

import asyncio
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from conf.models import DEFAULT_MODEL
from plugins import ErrorCode
from tests.conftest import GatewayFactory
from tests.models_runtime.chaos import ANSWER, QUESTION, asked, engine_pid, models, rows, session
from tests.models_runtime.helpers import ChatServer, chat_server, http, sse
from tests.support.gateway import GatewayProcess

ENGINE_TIMEOUT = 500

UNAVAILABLE = ErrorCode.MODEL_UNAVAILABLE.number
DEADLINE = ErrorCode.DEADLINE.number
REFUSED = ErrorCode.REFUSED.number
NO_VALID_SQL = ErrorCode.NO_VALID_SQL.number

BROKEN = {
    "not HTTP": (b"\x00\xff\xfe nonsense\r\n\r\n", UNAVAILABLE),
    "closes at once": (b"", UNAVAILABLE),
    "internal error": (http("500 Internal Server Error", b"Traceback: CUDA out of memory"), UNAVAILABLE),
    "breaks off": (sse("SELECT ", done=False), UNAVAILABLE),
    "no JSON": (http("200 OK", b"data: <html>\n\n", "text/event-stream"), UNAVAILABLE),
    "no end": (http("200 OK", b"data: " + b"x" * 8_000_001, "text/event-stream"), UNAVAILABLE),
    "words": (sse("I am a teapot. " * 50), NO_VALID_SQL),
    "half a character": (sse("\udce4"), UNAVAILABLE),
    "control characters": (sse("\x00\x1b[2J; DROP TABLE orders"), REFUSED),
    "a write": (sse("DELETE FROM orders\n```"), REFUSED),
    "hangs": (None, DEADLINE),
}


def house(server: ChatServer, **more: Any) -> dict[str, Any]:
    return {"engine": "openai", "url": server.url, "model": "m", **more}


def _ask_all(gateway: GatewayProcess) -> tuple[dict[str, int], int]:
    """How an ASK of each model ends, all in one session, and the number of orders afterwards."""
    with session(gateway) as connection:
        codes = {}
        for number, (broken, (reply, _)) in enumerate(BROKEN.items()):
            rows(connection, f"SET ASK deadline = {2 if reply is None else 60}")
            codes[broken] = asked(connection, f"ASK '{QUESTION}' USING broken{number}")
        return codes, int(rows(connection, "SELECT COUNT(*) FROM orders")[0][0])


@pytest.mark.timeout(240)
async def test_an_engine_that_is_broken_ends_in_a_clear_error(gateway_factory: GatewayFactory) -> None:
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(chat_server(reply)) for reply, _ in BROKEN.values()]
        entries = {f"broken{number}": house(server) for number, server in enumerate(servers)}
        with gateway_factory(model={"name": "broken0"}, models=entries) as gateway:
            codes, orders = await asyncio.to_thread(_ask_all, gateway)
    assert codes == {broken: code for broken, (_, code) in BROKEN.items()}
    assert orders > 0


def _ask_by_turns(gateway: GatewayProcess, server: ChatServer) -> list[tuple[str, int, str]]:
    """(how the first model is broken, how the ASK ended, who answered) for one trouble after the other."""
    ended = []
    with session(gateway) as connection:
        for broken, (reply, code) in BROKEN.items():
            if code not in (UNAVAILABLE, DEADLINE):
                continue
            server.replies = [reply]
            rows(connection, f"SET ASK deadline = {6 if reply is None else 60}")
            before = models(connection)
            ended.append((broken, asked(connection), _who_answered(before, models(connection))))
            server.replies = [sse(ANSWER)]
            asked(connection, f"ASK '{QUESTION}' USING house")  # it works again, which its circuit is to see
    return ended


def _who_answered(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> str:
    return " ".join(name for name in after if after[name]["answered"] > before[name]["answered"])


@pytest.mark.timeout(240)
async def test_the_fallback_answers_for_it(gateway_factory: GatewayFactory) -> None:
    async with chat_server(sse(ANSWER)) as server, chat_server(sse(ANSWER)) as other:
        entries = {"house": house(server), "spare": house(other)}
        with gateway_factory(model={"name": "house", "fallback": ["spare"]}, models=entries) as gateway:
            ended = await asyncio.to_thread(_ask_by_turns, gateway, server)
    assert ended == [(broken, 0, "spare") for broken, (_, code) in BROKEN.items() if code in (UNAVAILABLE, DEADLINE)]


@pytest.fixture
def asking(ask_gateway: GatewayProcess) -> Iterator[Callable[[], "Asking"]]:
    """Starts an ASK and returns when the engine works on it."""
    started: list[Asking] = []

    def start() -> Asking:
        started.append(Asking(ask_gateway))
        return started[-1]

    yield start
    for thread in started:
        thread.join()


class Asking(threading.Thread):
    """An ASK that the embedded engine has begun with; ``code`` is how it ended."""

    def __init__(self, gateway: GatewayProcess) -> None:
        super().__init__()
        self.code: int | None = None
        self._gateway = gateway
        self.start()
        with session(gateway) as connection:
            while not models(connection)[DEFAULT_MODEL]["in_flight"]:
                assert self.is_alive(), "the ASK ended before anything could be done to it"
                time.sleep(0.02)

    def run(self) -> None:
        with session(self._gateway) as connection:
            self.code = asked(connection)


def _works_again(gateway: GatewayProcess) -> None:
    with session(gateway) as connection:
        assert asked(connection) == 0
        shown = models(connection)[DEFAULT_MODEL]
    assert (shown["state"], shown["circuit"], shown["waiting"], shown["in_flight"]) == ("ready", "closed", 0, 0)


def _wait_for_engine(gateway: GatewayProcess) -> int:
    with session(gateway) as connection:
        while models(connection)[DEFAULT_MODEL]["state"] != "ready":
            time.sleep(0.1)
    return engine_pid(gateway.data_dir)


@pytest.mark.timeout(ENGINE_TIMEOUT)
def test_killed_at_work_it_is_restarted_and_the_question_answered(
    ask_gateway: GatewayProcess, asking: Callable[[], Asking]
) -> None:
    before = _wait_for_engine(ask_gateway)
    ask = asking()
    os.kill(before, signal.SIGKILL)
    ask.join()
    assert ask.code == 0
    assert engine_pid(ask_gateway.data_dir) not in (0, before)
    _works_again(ask_gateway)


@pytest.mark.timeout(ENGINE_TIMEOUT)
def test_hung_the_deadline_ends_the_question_and_then_it_is_restarted(
    gateway_factory: GatewayFactory, model_file: Path, prefixes: Path
) -> None:
    assert model_file.is_file()
    model = {"name": DEFAULT_MODEL, "hang_timeout_s": 8}
    # A gateway of its own: an engine that ends three times within a minute is refused for a while.
    with gateway_factory(prefixes=prefixes, model=model) as gateway:
        before = _wait_for_engine(gateway)
        os.kill(before, signal.SIGSTOP)
        with session(gateway) as connection:
            rows(connection, "SET ASK deadline = 3")
            assert asked(connection) == DEADLINE
            assert rows(connection, "SELECT COUNT(*) > 0 FROM orders") == ((1,),)
        _works_again(gateway)
        assert engine_pid(gateway.data_dir) not in (0, before)


@pytest.mark.timeout(ENGINE_TIMEOUT)
def test_out_of_memory_it_is_restarted(ask_gateway: GatewayProcess) -> None:
    before = _wait_for_engine(ask_gateway)
    resource.prlimit(before, resource.RLIMIT_AS, (1, 1))  # what it has may be used, nothing more
    with session(ask_gateway, user="reader") as connection:  # whose view of the schema is not in the cache yet
        assert asked(connection, "ASK 'how many regions are there'") in (0, UNAVAILABLE)
        while engine_pid(ask_gateway.data_dir) in (0, before):
            time.sleep(0.1)
        assert asked(connection, "ASK 'how many regions are there'") == 0
    _works_again(ask_gateway)


@pytest.mark.timeout(ENGINE_TIMEOUT)
async def test_an_engine_that_cannot_load(gateway_factory: GatewayFactory, tmp_path: Path) -> None:
    """A clear error while it is tried again and again; the fallback's answer where there is one."""
    garbage = tmp_path / "garbage.gguf"
    garbage.write_bytes(b"GGUF" + os.urandom(100_000))

    def ask(gateway: GatewayProcess) -> list[int]:
        with session(gateway) as connection:
            return [asked(connection, f"ASK '{QUESTION}' USING own"), asked(connection)]

    async with chat_server(sse(ANSWER)) as server:
        entries = {"own": {"engine": "llamacpp", "path": str(garbage)}, "house": house(server)}
        with gateway_factory(model={"name": "own", "fallback": ["house"]}, models=entries) as gateway:
            assert await asyncio.to_thread(ask, gateway) == [UNAVAILABLE, 0]
