"""Threads for what the gateway itself waits for: plugins may have taken all of those behind ``asyncio.to_thread``."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def in_thread(work: Callable[[], T]) -> "asyncio.Future[T]":
    """What ``work`` returns, called in a thread of its own."""
    threads = ThreadPoolExecutor(1, thread_name_prefix="askwire-own")
    called = asyncio.get_running_loop().run_in_executor(threads, work)
    threads.shutdown(wait=False)
    return called
