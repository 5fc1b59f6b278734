"""The event loop of a process, and the end of both, whatever plugins do beside their hooks."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Any

import structlog
import uvloop

log = structlog.get_logger("askwire")
# What is left after the gateway has closed: tasks that were cancelled, threads that work.
END_S = 5.0

Serve = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


def run(serve: Serve, drain_timeout_s: float) -> None:
    """Run ``serve`` to its end on uvloop; SIGINT and SIGTERM set the event that it gets.

    ``SystemExit`` in another task or callback does not end it. The process does not outlive the signal for long.
    """
    with (
        ExitStack() as over,
        ThreadPoolExecutor(thread_name_prefix="askwire-default") as threads,
        closing(uvloop.new_event_loop()) as loop,
    ):
        loop.set_default_executor(threads)
        main = loop.create_task(_serve(serve, drain_timeout_s, over))
        while not main.done():
            try:
                loop.run_until_complete(main)
            except (SystemExit, KeyboardInterrupt) as error:
                if not main.done():
                    loop.call_exception_handler({"message": "Not the end of the gateway", "exception": error})
        main.result()


async def _serve(serve: Serve, drain_timeout_s: float, over: ExitStack) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def signalled() -> None:
        if not stop.is_set():
            stop.set()
            end_within(drain_timeout_s + END_S, over)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, signalled)
    try:
        await serve(stop)
    finally:
        end_within(END_S, over)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)
        await loop.shutdown_asyncgens()


def end_within(seconds: float, over: ExitStack | None = None) -> None:
    """Threads that do not end do not keep the process: it has so long, unless ``over`` is left before."""

    def end() -> None:
        names = [thread.name for thread in threading.enumerate() if not thread.daemon]
        log.error("ended_by_force", after_s=seconds, threads=names)
        sys.stderr.flush()
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.name = "askwire-end"
    timer.start()
    if over is not None:
        over.callback(timer.cancel)
