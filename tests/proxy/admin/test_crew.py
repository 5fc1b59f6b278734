"""The first process of a gateway asks the others, over real socket pairs."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from proxy.admin import crew as module
from proxy.admin.control import Control
from proxy.admin.crew import Crew, answering
from proxy.workers import Siblings


class Worker:
    """Stands for a ``Control``: one session of its own number, and what it was asked to end."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.ended: list[int] = []

    def sessions(self) -> Any:
        return [{"id": self._number, "user": "ä\ud800"}]

    def end(self, number: int) -> bool:
        self.ended.append(number)
        return number == self._number

    def cancel(self, number: int) -> str:
        raise RuntimeError(f"a fault at {number}")

    def metrics(self) -> str:
        return "x" * 1_000_000


def control(worker: Worker) -> Control:
    return worker  # type: ignore[return-value]


@pytest.fixture
def pairs() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    with ExitStack() as stack:
        made = [socket.socketpair() for _ in range(2)]
        for pair in made:
            for end in pair:
                stack.enter_context(end)
        yield made


def siblings(asks: tuple[socket.socket, ...] = (), asked: socket.socket | None = None) -> Siblings:
    return Siblings(None, (), asks, asked)  # type: ignore[arg-type]


Pairs = list[tuple[socket.socket, socket.socket]]


@asynccontextmanager
async def crew_of(pairs: Pairs, *workers: Worker) -> AsyncIterator[tuple[Crew, Worker]]:
    """The owner, connected to all; only ``workers`` answer."""
    mine = Worker(1)
    async with AsyncExitStack() as stack:
        for worker, (_, far) in zip(workers, pairs, strict=False):
            await stack.enter_async_context(answering(control(worker), siblings(asked=far)))
        crew = Crew(control(mine))
        await crew.connect(siblings(asks=tuple(near for near, _ in pairs)), stack)
        yield crew, mine


async def test_alone() -> None:
    async with answering(control(Worker(1)), None), answering(control(Worker(1)), siblings()):
        assert await Crew(control(Worker(1))).ask("sessions") == [Worker(1).sessions()]


async def test_the_replies_of_all_its_own_first(pairs: Pairs) -> None:
    async with crew_of(pairs, Worker(2), Worker(3)) as (crew, _):
        assert await crew.ask("sessions") == [Worker(number).sessions() for number in (1, 2, 3)]


async def test_whoever_has_it_does_it(pairs: Pairs) -> None:
    second, third = Worker(2), Worker(3)
    async with crew_of(pairs, second, third) as (crew, mine):
        assert await crew.ask("end", number=3) == [False, False, True]
        assert mine.ended == second.ended == third.ended == [3]


async def test_many_questions_at_once_of_any_size(pairs: Pairs) -> None:
    """Each gets its own reply."""
    async with crew_of(pairs, Worker(2), Worker(3)) as (crew, _):
        asked = [crew.ask("end", number=number % 4) for number in range(200)]
        *told, large = await asyncio.gather(*asked, crew.ask("metrics"))
        assert told == [[number % 4 == mine for mine in (1, 2, 3)] for number in range(200)]
        assert [len(reply) for reply in large] == [1_000_000] * 3


async def test_a_process_that_says_nothing_is_left_out(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_S", 0.05)
    async with crew_of(pairs[:1]) as (crew, _):
        with capture_logs() as logs:
            assert await crew.ask("sessions") == [Worker(1).sessions()]
        assert [line["event"] for line in logs] == ["worker_silent"]


async def test_a_reply_that_comes_too_late_is_nobodys(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_S", 0.05)
    async with crew_of(pairs[:1]) as (crew, _):
        assert len(await crew.ask("sessions")) == 1
        monkeypatch.setattr(module, "TIMEOUT_S", 60)
        async with answering(control(Worker(2)), siblings(asked=pairs[0][1])):
            assert await crew.ask("end", number=2) == [False, True]


async def test_a_process_that_ended_is_not_waited_for(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_S", 3600)
    async with crew_of(pairs, Worker(2)) as (crew, _):
        pairs[1][1].close()
        for _ in range(3):
            assert await crew.ask("sessions") == [Worker(1).sessions(), Worker(2).sessions()]


async def test_nor_one_that_ends_while_it_is_asked(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_S", 3600)
    async with crew_of(pairs[:1]) as (crew, _):
        asked = asyncio.create_task(crew.ask("sessions"))
        await asyncio.get_running_loop().sock_recv(nonblocking(pairs[0][1]), 1)
        pairs[0][1].close()
        assert await asked == [Worker(1).sessions()]


def nonblocking(sock: socket.socket) -> socket.socket:
    sock.setblocking(False)
    return sock


async def test_a_worker_with_a_fault_answers_the_next_question(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_S", 0.05)
    near, far = pairs[0]
    async with answering(control(Worker(2)), siblings(asked=far)):
        reader, writer = await asyncio.open_unix_connection(sock=nonblocking(near))
        with capture_logs() as logs:
            for question in (
                [0, {"do": "cancel", "number": 7}],
                [1, {"do": "nonsense"}],
                [2, {"do": "end", "number": 2}],
            ):
                data = json.dumps(question).encode()
                writer.write(len(data).to_bytes(4) + data)
            size = int.from_bytes(await reader.readexactly(4))
            assert json.loads(await reader.readexactly(size)) == [2, True]
        assert [line["event"] for line in logs] == ["question_failed"] * 2
        writer.close()


async def test_the_owners_own_fault_is_its_own(pairs: Pairs) -> None:
    async with crew_of(pairs, Worker(2), Worker(3)) as (crew, _):
        with pytest.raises(ValueError, match="no such question"):
            await crew.ask("nonsense")
