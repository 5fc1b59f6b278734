"""The gateway as a library: what it does not start with, and how it drains."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from conf.settings import Settings, SettingsError
from plugins import hookimpl
from plugins.types import Lifespan
from proxy.gateway import Gateway
from tests.proxy.conftest import eventually
from tests.support import raw_client as raw
from tests.support.embedded import EmbeddedGateway, StatementsForTests, embedded
from tests.support.raw_client import RawClient
from tests.support.shop_server import ShopServer

# --- what it does not start with

OTHERS_OFF = {"off": ["audit", "crawl", "diagnose", "knowledge", "mask", "mcp", "models_runtime", "nl2sql"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of all gateways here: making a key takes a while."""
    return tmp_path_factory.mktemp("library")


def settings(folder: Path, **given: Any) -> Settings:
    defaults = {"upstream": "mysql://127.0.0.1:1", "listen": "127.0.0.1:0", "model": {"name": "none"}}
    return Settings(**{**defaults, "data_dir": str(folder), "plugins": OTHERS_OFF, **given})


class Lives:
    """Notes its life."""

    def __init__(self) -> None:
        self.noted: list[str] = []

    @hookimpl
    def askwire_lifespan(self) -> Lifespan:
        @asynccontextmanager
        async def life() -> AsyncIterator[None]:
            self.noted.append("begun")
            yield
            self.noted.append("ended")

        return life()


def test_no_upstream() -> None:
    with pytest.raises(SettingsError, match="upstream: say which database"):
        Gateway(Settings(upstream=""))


async def test_before_it_runs_and_while_it_does(folder: Path) -> None:
    gateway = Gateway(settings(folder))
    assert gateway.sessions == 0
    async with gateway:
        host, port = gateway.address
        assert (host, gateway.sessions, gateway.statements) == ("127.0.0.1", 0, gateway.hub.router.statements)
        with socket.create_connection((host, port)):
            pass


async def test_what_began_before_an_address_that_is_taken_is_ended(folder: Path) -> None:
    lives = Lives()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(OSError, match="address already in use"):
            async with Gateway(settings(folder, listen=listen), lives):
                pass
    assert lives.noted == ["begun", "ended"]


async def test_what_is_to_be_masked_is_not_shown_for_want_of_a_plugin(folder: Path) -> None:
    lives = Lives()
    masking = settings(folder, mask={"rules": [{"columns": ["shop.customers.email"]}]})
    with pytest.raises(SettingsError, match=r"mask\.rules: the plugin mask is not there"):
        async with Gateway(masking, lives):
            pass
    assert lives.noted == []


# --- draining


@contextmanager
def draining(mariadb: ShopServer, folder: Path, drain_timeout_s: float) -> Iterator[tuple[EmbeddedGateway, Any]]:
    """A gateway, and what makes it drain; what is still there is ended with it."""
    plugin = StatementsForTests()
    with embedded(mariadb.url, folder, plugin, plugins=OTHERS_OFF, drain_timeout_s=drain_timeout_s) as gateway:

        def drain() -> "Future[None]":
            made = asyncio.run_coroutine_threadsafe(gateway.gateway.drain(), gateway.loop)
            eventually(lambda: gateway.gateway.hub.draining)
            return made

        yield gateway, (plugin, drain)


def test_it_lets_what_runs_end(mariadb: ShopServer, folder: Path) -> None:
    with (
        draining(mariadb, folder, 60) as (gateway, (plugin, drain)),
        RawClient(gateway.port) as idle,
        RawClient(gateway.port) as asking,
        RawClient(gateway.port) as reading,
    ):
        asking.send(b"\x03TEST SLEEP")
        assert plugin.sleeping.wait(10)
        idle.query("SELECT GET_LOCK('drain', 0)")  # its end lets go what the other waits for
        reading.send(b"\x03SELECT GET_LOCK('drain', 60)")
        relay = gateway.gateway.hub.sessions[reading.greeting.connection_id]
        eventually(lambda: relay.awaiting)
        address = gateway.gateway.address
        drained = drain()
        assert idle.socket.recv(1) == b""
        assert len(reading.reply(raw.COM_QUERY)) > 1
        assert reading.socket.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
        assert not drained.done()
        (left,) = gateway.gateway.hub.sessions.values()
        gateway.loop.call_soon_threadsafe(left.turn.interrupt)
        assert asking.reply(raw.COM_QUERY)[0][:3] == b"\xff" + (1317).to_bytes(2, "little")
        assert asking.socket.recv(1) == b""
        drained.result(60)
        assert gateway.gateway.sessions == 0


def test_but_not_for_ever(mariadb: ShopServer, folder: Path) -> None:
    with draining(mariadb, folder, 0.0) as (gateway, (plugin, drain)):
        asking = RawClient(gateway.port)
        asking.send(b"\x03TEST SLEEP")
        assert plugin.sleeping.wait(10)
        drain().result(60)
        assert not plugin.cancelled.is_set()
    assert plugin.cancelled.is_set(), "its end ends it"
    with asking.socket, contextlib.suppress(ConnectionResetError):
        assert asking.socket.recv(1) == b""
