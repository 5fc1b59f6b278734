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
# What comes after the drain: sessions, engines and plugins end, each within times of its own.
CLOSE_S = 15.0
# What is left after the gateway has closed: tasks that were cancelled, threads that work.
END_S = 5.0


class Stop(asyncio.Event):
    """Set by SIGINT and SIGTERM. ``within_s``: so long the process has from then on, unless ``over`` is left before."""

    def __init__(self, within_s: float, over: ExitStack) -> None:
        super().__init__()
        self._within_s = within_s
        self._over = over

    def listen(self) -> None:
        """Once more where plugins were loaded: one may have set signal handlers."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.set)

    def set(self) -> None:
        if not self.is_set():
            super().set()
            end_within(self._within_s, self._over)


Serve = Callable[[Stop], Coroutine[Any, Any, None]]


def run(serve: Serve, drain_timeout_s: float) -> None:
    """Run ``serve`` to its end on uvloop; it gets the event that says when.

    ``SystemExit`` in another task or callback does not end it. The process does not outlive the signal for long.
    """
    with (
        ExitStack() as over,
        ThreadPoolExecutor(thread_name_prefix="askwire-default") as threads,
        closing(uvloop.new_event_loop()) as loop,
    ):
        loop.set_default_executor(threads)
        main = loop.create_task(_serve(serve, drain_timeout_s, over))
        main.add_done_callback(lambda _main: loop.stop())
        while not main.done():  # whoever else stops the loop
            try:
                loop.run_forever()
            except (SystemExit, KeyboardInterrupt) as error:
                if not main.done():
                    loop.call_exception_handler({"message": "Not the end of the gateway", "exception": error})
        main.result()


async def _serve(serve: Serve, drain_timeout_s: float, over: ExitStack) -> None:
    stop = Stop(drain_timeout_s + CLOSE_S, over)
    stop.listen()
    try:
        await serve(stop)
    finally:
        end_within(END_S, over)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)
        await asyncio.get_running_loop().shutdown_asyncgens()


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
