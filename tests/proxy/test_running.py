"""Processes of their own: what is tested ends them."""

import signal
import subprocess
import sys

import pytest

HEAD = """
import asyncio, sys, threading, time
from proxy import running

running.END_S = running.CLOSE_S = 0.5

def leave():
    raise SystemExit(3)

async def leaves():
    leave()

async def stays():
    while True:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            pass

async def serve(stop):
    loop = asyncio.get_running_loop()
    {doing}
    print("running", flush=True)
    await stop.wait()
    print("stopped", flush=True)

running.run(serve, 0.0)
print("over", flush=True)
running.end_within(running.END_S)
"""


def ended(doing: str, number: int = signal.SIGTERM) -> tuple[int, str]:
    """What is left of it when it was told to end while it runs: its status, and what it said."""
    code = HEAD.format(doing=doing)
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    said = ""
    try:
        while not said.endswith("running\n"):
            line = process.stdout.readline()
            assert line, said
            said += line
        process.send_signal(number)
        last, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    return process.returncode, said + last


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_on_a_signal(number: int) -> None:
    assert ended("pass", number) == (0, "running\nstopped\nover\n")


@pytest.mark.parametrize(
    "doing",
    ["loop.create_task(leaves())", "loop.call_soon(leave)", "loop.call_later(0, leave)"],
)
def test_nothing_else_ends_it(doing: str) -> None:
    status, said = ended(f"{doing}; await asyncio.sleep(0.01)")
    assert "SystemExit: 3" in said
    assert said.endswith("stopped\nover\n")
    assert status == 0


@pytest.mark.parametrize(
    ("doing", "keeps"),
    [
        ("threading.Thread(target=time.sleep, args=(600,), name='hung').start()", "'hung'"),
        ("[loop.create_task(asyncio.to_thread(time.sleep, 600)) for _ in range(99)]", "'askwire-default_0'"),
        ("loop.create_task(stays())", "'MainThread'"),
    ],
)
def test_neither_threads_nor_tasks_keep_it(doing: str, keeps: str) -> None:
    status, said = ended(f"{doing}; await asyncio.sleep(0.01)")
    assert status == 1
    assert "ended_by_force" in said
    assert keeps in said


def test_a_gateway_that_does_not_close_is_ended() -> None:
    status, said = ended("stop.wait = stays")
    assert (status, "ended_by_force" in said, "stopped" in said) == (1, True, False)


def test_what_serve_itself_raises_ends_it() -> None:
    process = subprocess.run(
        [sys.executable, "-c", HEAD.format(doing="raise SystemExit(4)")], capture_output=True, timeout=60
    )
    assert process.returncode == 4
