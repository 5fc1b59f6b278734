"""Several processes: what they tell each other, and that none outlives the others or its parent."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from proxy import workers
from proxy.workers import MAX_USER, Siblings, run_workers

Pairs = list[tuple[socket.socket, socket.socket]]
Killed = tuple[int, str, bool]


@pytest.fixture
def pairs() -> Iterator[Pairs]:
    """Of each worker: where it hears, and where the others tell it."""
    with ExitStack() as stack:
        made = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(3)]
        for pair in made:
            for end in pair:
                stack.enter_context(end)
        yield made


def siblings(pairs: Pairs, index: int) -> Siblings:
    return Siblings(pairs[index][0], tuple(pair[1] for other, pair in enumerate(pairs) if other != index))


async def heard(pairs: Pairs, index: int, count: int = 1) -> list[Killed]:
    """What worker ``index`` hears until there were so many."""
    found: list[Killed] = []
    enough = asyncio.Event()

    def killed(*given: object) -> None:
        found.append(given)  # type: ignore[arg-type]
        if len(found) == count:
            enough.set()

    siblings(pairs, index).listen(killed)
    await enough.wait()
    asyncio.get_running_loop().remove_reader(pairs[index][0])
    return found


# --- KILL


async def test_all_others_hear_of_it(pairs: Pairs) -> None:
    siblings(pairs, 0).kill(2**64 - 1, "ä'; --", connection=True)
    siblings(pairs, 0).kill(7)
    for index in (1, 2):
        assert await heard(pairs, index, 2) == [(2**64 - 1, "ä'; --", True), (7, "", False)]
    pairs[0][0].setblocking(False)
    with pytest.raises(BlockingIOError):
        pairs[0][0].recv(1)


async def test_a_name_that_is_too_long_is_cut(pairs: Pairs) -> None:
    siblings(pairs, 0).kill(7, "x" + "ä" * MAX_USER)
    ((_, user, _),) = await heard(pairs, 1)
    assert user == "x" + "ä" * (MAX_USER // 2 - 1) + "\ufffd"


async def test_one_that_does_not_keep_up_misses_some_and_holds_up_nobody(pairs: Pairs) -> None:
    sent = 5_000  # more than wait in a socket
    for number in range(sent):
        siblings(pairs, 0).kill(number)
        assert await heard(pairs, 2) == [(number, "", False)]
    pairs[1][0].setblocking(False)
    waiting = 0
    with contextlib.suppress(BlockingIOError):
        while pairs[1][0].recv(100):
            waiting += 1
    assert 0 < waiting < sent


async def test_one_that_ended_is_passed_over(pairs: Pairs) -> None:
    pairs[1][0].close()
    siblings(pairs, 0).kill(7, "app")
    assert await heard(pairs, 2) == [(7, "app", False)]


# --- processes

# The module alone: the rest of the gateway takes seconds to import.
HEAD = """
import os, runpy, signal, time
run_workers = runpy.run_path({module!r})["run_workers"]

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

def work(siblings):
    first = siblings.asked is None
    say("worker", len(siblings.others), len(siblings.asks), first)
    if first:
        {first}
    say("ready")
    time.sleep(30)

parent = os.getpid()
for number in (signal.SIGTERM, signal.SIGINT):  # the workers' own; the parent has others once all are there
    signal.signal(number, lambda *_: os.getpid() == parent or os._exit(0))
say("over", run_workers(3, work))
"""


class Parent:
    """Three workers of one parent."""

    def __init__(self, first: str = "pass") -> None:
        """``first``: what the first of them does."""
        code = HEAD.format(module=workers.__file__, first=first)
        self.process = subprocess.Popen([sys.executable, "-I", "-S", "-c", code], stdout=subprocess.PIPE, text=True)
        self.workers: list[list[str]] = []

    def __enter__(self) -> "Parent":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def ready(self) -> None:
        """Until all of them are."""
        assert self.process.stdout is not None
        ready = 0
        while ready < 3:
            words = self.process.stdout.readline().split()
            assert words, "they ended"
            ready += words == ["ready"]
            if words[0] == "worker":
                self.workers.append(words[1:])

    def told(self, number: int) -> str:
        """What they say after this signal; it is sent until the parent listens."""
        while True:
            self.process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self.process.communicate(timeout=1)[0]

    def rest(self) -> str:
        """What they say until all of them, and their parent, have ended."""
        return self.process.communicate(timeout=60)[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_passed_on(number: int) -> None:
    with Parent() as parent:
        parent.ready()
        assert parent.told(number) == "over 0\n"
    assert sorted(parent.workers) == [["2", "0", "False"]] * 2 + [["2", "2", "True"]]


@pytest.mark.parametrize(("does", "status"), [("return 0", 0), ("return 3", 3), ("os.kill(os.getpid(), 9)", 9)])
def test_when_one_ends_the_others_are_stopped(does: str, status: int) -> None:
    """Whoever supervises the gateway restarts the whole; the worst status is the whole's."""
    with Parent(does) as parent:
        assert parent.rest().splitlines()[-1] == f"over {status}"


def test_without_their_parent_they_end() -> None:
    """Nobody else would stop them."""
    with Parent() as parent:
        parent.ready()
        parent.process.kill()
        assert parent.rest() == ""  # it comes when the last of them is gone


def test_a_signal_while_a_worker_is_already_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was waited for, and the signal arrives before that is noted."""
    alive, told = [1001, 1002], []
    left = iter(alive.copy())

    def wait() -> tuple[int, int]:
        child = next(left)
        alive.remove(child)
        signal.raise_signal(signal.SIGTERM)
        return child, 0

    def kill(child: int, number: int) -> None:
        if child not in alive:
            raise ProcessLookupError
        told.append((child, number))

    forked = iter(alive.copy())
    monkeypatch.setattr(workers.os, "fork", lambda: next(forked))
    monkeypatch.setattr(workers.os, "wait", wait)
    monkeypatch.setattr(workers.os, "kill", kill)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        assert run_workers(2, lambda _siblings: os.EX_SOFTWARE) == 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert (1002, signal.SIGTERM) in told
