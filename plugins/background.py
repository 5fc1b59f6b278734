"""What plugins do outside of the calls of their hooks: tasks, callbacks of the event loop, threads.

Whose it is, the code says that runs: the module of a frame. Of askwire's own plugins, and of those that a program
brings along, nothing is caught here: their faults go wherever those of the program go.
"""

import asyncio
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType, ModuleType
from typing import Any

from plugins.plugin import BACKGROUND, Plugin
from plugins.watchdog import WATCHDOG


class Background:
    """Names the plugin to which a fault belongs, and tells it."""

    def __init__(self, plugins: Sequence[Plugin], limit_s: float) -> None:
        self._limit_s = limit_s
        self._told: BaseException | None = None
        strangers = [p for p in plugins if p.implementation is not None and not p.own and p.source != "program"]
        self._by_package = {_package(plugin.implementation): plugin for plugin in strangers}

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Tell what the running event loop and threads would tell of plugins; end what holds the loop."""
        if not self._by_package:
            yield
            return
        loop = asyncio.get_running_loop()
        before, thread_before = loop.get_exception_handler(), threading.excepthook

        def of_loop(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            if not self._tell(context.get("exception")):
                (before or type(loop).default_exception_handler)(loop, context)

        def of_thread(args: threading.ExceptHookArgs) -> None:
            # A thread may end itself by SystemExit.
            if args.exc_type is SystemExit or not self._tell(args.exc_value):
                thread_before(args)

        loop.set_exception_handler(of_loop)
        threading.excepthook = of_thread
        try:
            with WATCHDOG.loop(loop, self._limit_s, lambda frame: self._plugin_of(frame) is not None):
                yield
        finally:
            loop.set_exception_handler(before)
            threading.excepthook = thread_before

    def _tell(self, error: BaseException | None) -> bool:
        """Whether it is a plugin's. What ends a task by ``SystemExit`` comes twice: again when the task is dropped."""
        if error is None:
            return False
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        plugin = next((found for frame in reversed(frames) if (found := self._plugin_of(frame))), None)
        if plugin is None:
            return False
        if error is not self._told:
            self._told = error
            plugin.failed(BACKGROUND, error, self._limit_s)
            plugin.ended(BACKGROUND, 0.0)
        return True

    def _plugin_of(self, frame: FrameType) -> Plugin | None:
        name = str(frame.f_globals.get("__name__", ""))
        while name:
            if name in self._by_package:
                return self._by_package[name]
            name = name.rpartition(".")[0]
        return None


def _package(implementation: object) -> str:
    """Of the code around a plugin: ``mail.plugin`` belongs to ``mail``, as does all in ``mail``."""
    name = implementation.__name__ if isinstance(implementation, ModuleType) else type(implementation).__module__
    return name.rpartition(".")[0] or name
