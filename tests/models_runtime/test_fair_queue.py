"""Turns, bounds, deadlines and cancelled waits of the queue; no engine behind it."""

import asyncio
import time

import pytest

from models_runtime.fair_queue import FairQueue
from plugins import AskwireError, ErrorCode
from tests.models_runtime.helpers import until

FAR = time.monotonic() + 3600


class Work:
    """Requests that hold their place until they are told to end; ``begun`` is the order in which they got it."""

    def __init__(self, queue: FairQueue) -> None:
        self.queue = queue
        self.begun: list[str] = []
        self.ends: dict[str, asyncio.Event] = {}

    async def _run(self, owner: str, name: str, due: float) -> str:
        async with self.queue.place(owner, due):
            self.begun.append(name)
            await self.ends[name].wait()
        return name

    async def start(self, name: str, due: float = FAR) -> "asyncio.Task[str]":
        """A request called OWNER and a number; returns when it has a place, waits or was refused."""
        self.ends[name] = asyncio.Event()
        task = asyncio.create_task(self._run(name[0], name, due))
        await asyncio.sleep(0)
        return task

    async def end(self, name: str) -> None:
        count = len(self.begun)
        waiting = self.queue.waiting
        self.ends[name].set()
        if waiting:
            await until(lambda: len(self.begun) > count)


async def refused(task: "asyncio.Task[str]") -> str:
    with pytest.raises(AskwireError) as caught:
        await task
    assert caught.value.code is ErrorCode.MODEL_BUSY
    return caught.value.message


async def test_owners_take_turns() -> None:
    work = Work(FairQueue("m", 1, 10))
    names = ["a1", "a2", "a3", "a4", "b1", "b2", "c1"]
    tasks = [await work.start(name) for name in names]
    assert work.begun == ["a1"]
    assert (work.queue.waiting, work.queue.in_flight) == (6, 1)
    for index in range(len(names)):
        await work.end(work.begun[index])
    assert work.begun == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]
    assert await asyncio.gather(*tasks) == names
    assert (work.queue.waiting, work.queue.in_flight) == (0, 0)


async def test_several_places() -> None:
    work = Work(FairQueue("m", 3, 10))
    for name in ("a1", "a2", "b1", "b2"):
        await work.start(name)
    assert work.begun == ["a1", "a2", "b1"]
    await work.end("b1")
    assert work.begun[-1] == "b2"
    for name in work.begun:
        await work.end(name)
    await until(lambda: work.queue.in_flight == 0)


async def test_the_excess_is_refused_at_once() -> None:
    work = Work(FairQueue("m", 1, 2))
    tasks = [await work.start(name) for name in ("a1", "b1", "c1", "d1")]
    assert tasks[3].done()
    assert await refused(tasks[3]) == "2 requests wait for the model 'm'"
    assert not any(task.done() for task in tasks[:3])
    for name in ("a1", "b1", "c1"):
        await work.end(name)
    assert await asyncio.gather(*tasks[:3]) == ["a1", "b1", "c1"]


async def test_in_a_full_queue_the_greedy_give_way() -> None:
    work = Work(FairQueue("m", 1, 3))
    tasks = {name: await work.start(name) for name in ("a1", "a2", "a3", "a4", "a5", "b1", "c1", "d1")}
    await refused(tasks.pop("a5"))  # no room for more of his own
    await refused(tasks.pop("a4"))  # made room for b1
    await refused(tasks.pop("a3"))  # made room for c1
    await refused(tasks.pop("d1"))  # everybody has one
    for name in ("a1", "a2", "b1", "c1"):
        await work.end(name)
    assert await asyncio.gather(*tasks.values()) == ["a1", "a2", "b1", "c1"]


async def test_a_cancelled_wait_leaves_nothing_behind() -> None:
    work = Work(FairQueue("m", 1, 2))
    await work.start("a1")
    for _ in range(5):
        waiting = await work.start("b1")
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert work.queue.waiting == 0
    await work.end("a1")
    await until(lambda: work.queue.in_flight == 0)
    await work.start("c1")
    assert work.begun == ["a1", "c1"]
    await work.end("c1")


async def test_cancelled_in_the_moment_of_its_turn_the_next_one_has_it() -> None:
    work = Work(FairQueue("m", 1, 3))
    await work.start("a1")
    second = await work.start("b1")
    third = await work.start("c1")
    work.ends["a1"].set()
    await asyncio.sleep(0)  # a1 ends: the place is b1's, whose task has not run yet
    second.cancel()
    await until(lambda: work.begun == ["a1", "c1"])
    await work.end("c1")
    assert await third == "c1"
    assert second.cancelled()
    assert (work.queue.waiting, work.queue.in_flight) == (0, 0)


async def test_what_cannot_come_in_time_is_refused_at_once() -> None:
    queue = FairQueue("m", 1, 20)
    work = Work(queue)
    for seconds in (8.0, 10.0, 90.0):
        queue.took(seconds)
    soon = time.monotonic() + 15
    first = await work.start("a1", soon)  # a free place is given to everybody
    second = await work.start("b1", soon)
    third = await work.start("c1", soon)
    assert await refused(third) == (
        "The model 'm' would need about 20 seconds for this and the 1 requests before it; the answer is due in 15.0"
    )
    fourth = await work.start("c2", time.monotonic() + 60)
    for name in ("a1", "b1", "c2"):
        await work.end(name)
    assert await asyncio.gather(first, second, fourth) == ["a1", "b1", "c2"]


async def test_only_those_count_who_come_before_one() -> None:
    queue = FairQueue("m", 1, 20)
    for _ in range(3):
        queue.took(10.0)
    work = Work(queue)
    tasks = [await work.start(name) for name in ("a1", "a2", "a3", "a4", "a5")]
    due = time.monotonic() + 25
    other = await work.start("b1", due)  # one of a's requests goes first
    await refused(await work.start("a6", due))
    for index in range(6):
        await work.end(work.begun[index])
    assert work.begun.index("b1") == 2
    await asyncio.gather(*tasks, other)


async def test_one_slow_request_proves_nothing() -> None:
    queue = FairQueue("m", 1, 20)
    queue.took(1000.0)
    work = Work(queue)
    tasks = [await work.start(name, time.monotonic() + 60) for name in ("a1", "b1")]
    for name in ("a1", "b1"):
        await work.end(name)
    assert await asyncio.gather(*tasks) == ["a1", "b1"]
