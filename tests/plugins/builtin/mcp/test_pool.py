"""How many calls run, which session they get, and what becomes of those that nobody waits for."""

import asyncio
import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest

from plugins.builtin.mcp import pool as module
from plugins.builtin.mcp.connection import Connection, Login
from plugins.builtin.mcp.pool import WAITING, Pool
from plugins.errors import AskwireError, ErrorCode
from plugins.upstream import UpstreamError

LOGIN = Login("h", 1, "u", "p", None)


class Session:
    """In place of a session with a gateway. ``kill`` lets go what waits on the session of that number."""

    made: ClassVar[list["Session"]] = []
    refuses = False

    def __init__(self, _login: Login, database: str) -> None:
        if Session.refuses:
            raise UpstreamError(1045, "28000", "no")
        self.database = database
        self.lost = self.closed = False
        self.alive = True
        self.number = len(self.made)
        self.killed = threading.Event()
        self.made.append(self)

    def usable(self) -> bool:
        return self.alive

    def kill(self, number: int) -> None:
        self.made[number].killed.set()

    def close(self) -> None:
        self.closed = True
        self.killed.set()


@pytest.fixture(autouse=True)
def sessions(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Session]]:
    monkeypatch.setattr(module, "Connection", Session)
    Session.made.clear()
    Session.refuses = False
    yield Session.made
    for each in Session.made:
        each.killed.set()


def number(connection: Connection) -> int:
    return connection.number


def waits(connection: Connection) -> str:
    assert isinstance(connection, Session)
    assert connection.killed.wait(10)
    return "killed"


async def test_a_session_is_used_again(sessions: list[Session]) -> None:
    pool = Pool(LOGIN, 2, keep=True)
    assert [await pool.run("a", number, 5) for _ in range(3)] == [0, 0, 0]
    assert await pool.run("b", number, 5) == 1
    assert await pool.run("a", number, 5) == 0
    await pool.close()
    assert all(each.closed for each in sessions)


async def test_a_session_that_is_gone_or_lost(sessions: list[Session]) -> None:
    pool = Pool(LOGIN, 1, keep=True)
    await pool.run("a", number, 5)
    sessions[0].alive = False
    assert await pool.run("a", number, 5) == 1
    assert sessions[0].closed
    sessions[1].lost = True
    await pool.run("a", number, 5)
    assert sessions[1].closed
    assert await pool.run("a", number, 5) == 2


async def test_each_call_has_a_new_one(sessions: list[Session]) -> None:
    pool = Pool(LOGIN, 1, keep=False)
    assert [await pool.run("a", number, 5) for _ in range(2)] == [0, 1]
    assert all(each.closed for each in sessions)


async def test_no_more_are_kept_than_calls_may_run(sessions: list[Session]) -> None:
    pool = Pool(LOGIN, 1, keep=True)
    for database in ("a", "b"):
        await pool.run(database, number, 5)
    assert [each.closed for each in sessions] == [True, False]


async def test_an_error_gives_the_place_back() -> None:
    pool = Pool(LOGIN, 1, keep=True)

    def fails(_connection: Connection) -> None:
        raise UpstreamError(1064, "42000", "no")

    for _ in range(3):
        with pytest.raises(UpstreamError, match="no"):
            await pool.run("a", fails, 5)
    Session.refuses = True
    for _ in range(3):
        with pytest.raises(UpstreamError, match="no"):
            await pool.run("other", number, 5)
    Session.refuses = False
    assert await pool.run("a", number, 5) == 0


async def test_a_call_that_takes_too_long_is_killed(sessions: list[Session]) -> None:
    pool = Pool(LOGIN, 1, keep=True)
    with pytest.raises(AskwireError, match=r"The call took longer than 0\.05 s and was stopped") as error:
        await pool.run("a", waits, 0.05)
    assert error.value.code is ErrorCode.DEADLINE
    assert await pool.run("a", number, 5) == 2  # 1 sent the KILL
    assert [each.closed for each in sessions] == [True, True, False]


async def test_whoever_leaves_leaves_nothing_running(sessions: list[Session]) -> None:
    pool = Pool(LOGIN, 1, keep=True)
    call = asyncio.create_task(pool.run("a", waits, 30))
    while not sessions:
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.01)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await pool.run("a", number, 5) >= 1
    assert sessions[0].closed


async def test_not_everybody_may_wait(sessions: list[Session]) -> None:
    pool = Pool(LOGIN, 1, keep=True)
    calls = [asyncio.create_task(pool.run("a", waits, 30)) for _ in range(1 + WAITING)]
    while not sessions:
        await asyncio.sleep(0.001)
    with pytest.raises(UpstreamError, match="Too many calls wait already") as error:
        await pool.run("a", number, 5)
    assert (error.value.number, error.value.sqlstate) == (1040, "08004")
    sessions[0].killed.set()
    assert set(await asyncio.gather(*calls)) == {"killed"}
    assert await pool.run("a", number, 5) == 0
