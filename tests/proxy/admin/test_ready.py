"""Whether the upstream takes log-ins, told from what a scripted one answers."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from struct import pack
from types import SimpleNamespace
from typing import Any

import pytest

from plugins import UpstreamError
from proxy.admin import ready
from proxy.admin.ready import Readiness
from proxy.upstreams.backends import open_backend
from tests.proxy.wire.peers import frame

GREETING = (
    b"\x0a8.4.3\0" + pack("<I", 7) + b"12345678\0" + pack("<HBHH", 0xF7FF, 45, 2, 0x000F) + b"\x15" + bytes(10)
    + b"123456789012\0mysql_native_password\0"
)  # fmt: skip


def error(number: int, text: bytes = b"no") -> bytes:
    return b"\xff" + pack("<H", number) + b"#HY000" + text


def readiness(address: tuple[str, int] = ("127.0.0.1", 1), server: object = None) -> Any:
    hub: Any = SimpleNamespace(settings=SimpleNamespace(upstream_address=address), server=server, draining=False)
    return Readiness(hub)


@contextmanager
def upstream(*says: bytes, stays: bool = False) -> Iterator[tuple[str, int]]:
    """It accepts one client, says one thing and then another for each that it hears, and hangs up, unless it stays."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            for data in says:
                connection.sendall(data)
                if data is not says[-1] or stays:
                    connection.recv(1 << 16)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()
        thread.join()


@pytest.mark.parametrize("number", [1045, 1049, 1226, 1698, 3159])
async def test_a_refusal_in_due_form_is_what_is_wanted(number: int) -> None:
    with upstream(frame(0, GREETING), frame(2, error(number))) as address:
        assert await readiness(address).fault() == ""


@pytest.mark.parametrize("number", [1040, 1053, 1129, 1130, 1203])
async def test_one_that_takes_nobody_in_place_of_its_greeting(number: int) -> None:
    with upstream(frame(0, error(number, b"secret words"))) as address:
        assert await readiness(address).fault() == f"The upstream takes no log-ins (error {number})"


@pytest.mark.parametrize(
    "says",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 400 Bad Request\r\n" * 2_000,
        frame(0, b"junk"),
        frame(0, b""),
        frame(0, b"\x0a8.4.3\0"),
    ],
    ids=["ssh", "http", "junk", "nothing in it", "cut off"],
)
async def test_one_that_speaks_something_else(says: bytes) -> None:
    with upstream(says) as address:
        assert (await readiness(address).fault()).startswith("The upstream answers in an odd way (")


async def test_one_that_hangs_up() -> None:
    with upstream() as address:
        assert "error 2013" in await readiness(address).fault()


async def test_one_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "TIMEOUT_S", 0.1)
    with upstream(b"", stays=True) as address:
        assert "error 2013" in await readiness(address).fault()


async def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert "error 2003" in await readiness(taken.getsockname()).fault()


# --- a database behind the gateway's own server


class Backend:
    """``connect`` does what it is told, and is counted."""

    def __init__(self, does: Callable[[], None] = lambda: None) -> None:
        self._does = does
        self.asked = self.closed = 0

    def connect(self, user: str, password: str) -> "Backend":
        assert user == "askwire-ready"
        assert password, "backends refuse an empty one by themselves"
        self.asked += 1
        self._does()
        return self

    def close(self) -> None:
        self.closed += 1


def raises(failure: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise failure

    return fail


def before(backend: object) -> Any:
    return readiness(server=SimpleNamespace(backend=backend))


async def test_one_that_lets_everybody_in() -> None:
    backend = Backend()
    assert await before(backend).fault() == ""
    assert backend.closed == 1


@pytest.mark.parametrize(
    ("failure", "fault"),
    [
        (UpstreamError(1045, "28000", "Access denied"), ""),
        (UpstreamError(1049, "42000", "Unknown database"), ""),
        (UpstreamError(1040, "08004", "Too many connections"), "The database: Too many connections"),
        (UpstreamError(1158, "08S01", "Lost connection"), "The database: Lost connection"),
        (OSError("/a/secret/path"), "The upstream answers in an odd way (OSError)"),
    ],
)
async def test_what_the_database_says(failure: Exception, fault: str) -> None:
    assert await before(Backend(raises(failure))).fault() == fault


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "mysql+pymysql"])
async def test_a_database_that_is_away_is_looked_for(scheme: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"{scheme}://127.0.0.1:{taken.getsockname()[1]}/x"
        assert "cannot be reached" in await before(open_backend(url)).fault()


async def test_one_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "TIMEOUT_S", -0.95)
    answered = threading.Event()
    try:
        assert await before(Backend(lambda: answered.wait(60) and None)).fault() == "The upstream does not answer"
    finally:
        answered.set()


# --- how often


async def test_many_that_ask_are_one_question() -> None:
    """Else whoever asks without a token could have the upstream log in as often as he likes."""
    backend = Backend(raises(UpstreamError(1040, "08004", "Too many connections")))
    asked = before(backend)
    told = await asyncio.gather(*(asked.fault() for _ in range(50)))
    assert set(told) == {"The database: Too many connections"}
    assert backend.asked == 1


async def test_it_is_asked_anew_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "KEPT_S", 0.0)
    backend = Backend()
    asked = before(backend)
    for times in (1, 2):
        assert await asked.fault() == ""
        assert backend.asked == times


async def test_a_gateway_that_is_about_to_end_asks_nobody() -> None:
    backend = Backend()
    asked = before(backend)
    asked._hub.draining = True
    assert await asked.fault() == "The gateway is about to end"
    assert backend.asked == 0
