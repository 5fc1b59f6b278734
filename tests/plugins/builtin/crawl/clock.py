"""A clock of a test's own for the pauses of a crawl; everything else keeps the real one."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace

import pytest

from plugins.builtin.crawl import polite


def set_clock(
    monkeypatch: pytest.MonkeyPatch, monotonic: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
) -> None:
    monkeypatch.setattr(polite, "time", SimpleNamespace(monotonic=monotonic))
    kept = {"timeout": asyncio.timeout, "to_thread": asyncio.to_thread}
    monkeypatch.setattr(polite, "asyncio", SimpleNamespace(sleep=sleep, **kept))
