"""Calls a plugin such that it harms nobody: counted, timed, limited, and whatever it raises is its own fault.

``Faulty`` is what the caller of a plugin gets for a fault; it was logged and counted then. What a plugin may raise on
purpose (``AskwireError``, ``UpstreamError``, and the cancellation of its task) passes.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import replace
from functools import partial
from types import TracebackType, coroutine
from typing import Any, TypeVar

from plugins.errors import AskwireError, ErrorCode
from plugins.plugin import Plugin, said
from plugins.session import Session
from plugins.types import Answer, Run, Statement, Table
from plugins.upstream import UpstreamError
from plugins.watchdog import WATCHDOG, Hung

T = TypeVar("T")

# A coroutine that was cancelled has so long to tidy up.
GRACE_S = 5.0


class Faulty(Exception):
    """The plugin failed."""


@contextmanager
def counted(plugin: Plugin, hook: str, limit_s: float, step_s: float = 0.0, *, logs: bool = True) -> Iterator[None]:
    """A call of ``hook``. Raises ``Faulty`` for its faults, and what it raises on purpose. ``logs``: see ``failed``."""
    began = time.perf_counter()
    try:
        yield
    except BaseException as error:
        if _is_ours(error):
            raise
        if is_meant(error):
            plugin.worked(hook)
            raise
        most = step_s or limit_s if isinstance(error, Hung) else limit_s
        plugin.failed(hook, error, most, logs=logs)
        raise Faulty(f"The plugin {plugin.name!r} failed ({hook}: {said(error, most)})") from error
    else:
        plugin.worked(hook)
    finally:
        plugin.ended(hook, time.perf_counter() - began)


def is_meant(error: BaseException) -> bool:
    """Whether it is no fault: a refusal, or the upstream's error.

    The wire's own has a number and an SQLSTATE too; drivers' errors, as of a plugin's own database, have the latter.
    """
    if not isinstance(error, Exception):
        return False
    return isinstance(error, AskwireError | UpstreamError) or (hasattr(error, "sqlstate") and hasattr(error, "number"))


def _is_ours(error: BaseException) -> bool:
    """Whether it is the task's cancellation, or Ctrl-C, not the plugin's doing."""
    try:
        task = asyncio.current_task()
    except RuntimeError:  # no loop runs: a command
        return isinstance(error, KeyboardInterrupt)
    if isinstance(error, asyncio.CancelledError):
        return task is not None and task.cancelling() > 0
    return isinstance(error, GeneratorExit)


def call(plugin: Plugin, hook: str, work: Callable[[], T], limit_s: float) -> T:
    """What ``work`` returns; it may hold the event loop for ``limit_s``. Raises ``Faulty``."""
    with counted(plugin, hook, limit_s):
        return WATCHDOG.run(work, limit_s)


async def wait(plugin: Plugin, hook: str, work: Callable[[], Awaitable[T]], limit_s: float, step_s: float) -> T:
    """What ``work`` comes to within ``limit_s``; each of its steps may hold the loop for ``step_s``. Raises ``Faulty``.

    A coroutine that does not let itself be cancelled is abandoned.
    """
    with counted(plugin, hook, limit_s, step_s):
        async with asyncio.timeout(limit_s if limit_s != float("inf") else None):
            return await driven(work, step_s)


async def driven(work: Callable[[], Awaitable[T]], step_s: float) -> T:
    """The awaitable that ``work`` returns, each step watched."""

    async def whole() -> T:
        return await work()

    steps = whole()
    return await _driven(steps, step_s)


@coroutine
def _driven(steps: Coroutine[Any, Any, T], step_s: float) -> Generator[Any, Any, T]:
    patience = _Patience()
    proceed: Callable[[], Any] = partial(steps.send, None)
    try:
        while True:
            try:
                awaited = WATCHDOG.run(proceed, step_s)
            except StopIteration as stop:
                result: T = stop.value
                return result
            patience.look()
            try:
                proceed = partial(steps.send, (yield awaited))
            except BaseException as error:
                if patience.is_over(error):
                    raise
                proceed = partial(steps.throw, error)
    finally:
        patience.end()
        with suppress(BaseException):
            WATCHDOG.run(steps.close, step_s)  # nothing, unless it was abandoned


class _Patience:
    """How long a coroutine may go on after its task was cancelled; with its own timeouts it does what it likes."""

    def __init__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._timer: asyncio.TimerHandle | None = None
        self._over = False

    def look(self) -> None:
        """It made a step. A timeout of its own has taken the cancellation back by the time that it is over."""
        if self._task.cancelling() <= self._cancelling:
            self.end()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GRACE_S, self._lose)

    def _lose(self) -> None:
        self._over = True
        self._task.cancel()

    def is_over(self, error: BaseException) -> bool:
        """Whether ``error`` is not for the coroutine any more."""
        if self._over and isinstance(error, asyncio.CancelledError):
            self._task.uncancel()
            return True
        return isinstance(error, GeneratorExit)

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Lived(AbstractAsyncContextManager[None]):
    """A plugin's lifespan; it may fail at both ends. Raises nothing but the task's cancellation."""

    def __init__(
        self, plugin: Plugin, lifespan: AbstractAsyncContextManager[None], limit_s: float, step_s: float
    ) -> None:
        self._plugin = plugin
        self._lifespan = lifespan
        self._limits = limit_s, step_s

    async def __aenter__(self) -> None:
        try:
            await wait(self._plugin, "askwire_lifespan", self._lifespan.__aenter__, *self._limits)
        except (Faulty, AskwireError, UpstreamError) as error:
            if self._plugin.on:
                self._plugin.switch_off(f"askwire_lifespan: {error}")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._plugin.fault.startswith("askwire_lifespan"):
            with suppress(Faulty, AskwireError, UpstreamError):
                leave = partial(self._lifespan.__aexit__, None, None, None)
                await wait(self._plugin, "askwire_lifespan", leave, *self._limits)


def guarded_statement(plugin: Plugin, statement: Statement, step_s: float) -> Statement:
    """The statement, whose handler can neither end the gateway nor hold its loop."""
    hook = "askwire_statements"

    async def handle(session: Session, text: str) -> Answer:
        if not plugin.on:
            raise AskwireError(ErrorCode.PLUGIN_FAILED, f"The plugin {plugin.name!r} is off: {plugin.off}")
        try:
            with counted(plugin, hook, step_s, logs=False):
                answer = await driven(lambda: statement.handle(session, text), step_s)
        except Faulty as fault:
            if isinstance(fault.__cause__, Exception):
                raise fault.__cause__ from None  # the relay says what is known of it
            raise AskwireError(ErrorCode.PLUGIN_FAILED, str(fault)) from fault
        return _guarded_answer(plugin, answer, step_s)

    def accepts(text: str) -> bool:
        try:
            return bool(WATCHDOG.run(lambda: statement.accepts(text), step_s))
        except BaseException as error:
            plugin.failed(hook, error, step_s)
            return False

    return replace(statement, handle=handle, accepts=accepts)


def _guarded_answer(plugin: Plugin, answer: Answer, step_s: float) -> Answer:
    """What of an answer is the plugin's code still."""
    hook = "askwire_statements"
    if isinstance(answer, Run) and (finished := answer.finished) is not None:

        def ended(outcome: Any) -> None:
            with suppress(Faulty):
                call(plugin, hook, lambda: finished(outcome), step_s)

        return replace(answer, finished=ended)
    if isinstance(answer, Table) and not isinstance(answer.rows, list | tuple):
        return replace(answer, rows=_guarded_rows(plugin, answer.rows, step_s))
    return answer


def _guarded_rows(plugin: Plugin, rows: Iterable[Any], step_s: float) -> Iterator[Any]:
    waiting = iter(rows)
    end = object()
    while True:
        try:
            row = WATCHDOG.run(lambda: next(waiting, end), step_s)
        except BaseException as error:
            plugin.failed("askwire_statements", error, step_s)
            raise AskwireError(ErrorCode.PLUGIN_FAILED, f"The plugin {plugin.name!r} failed within its rows") from error
        if row is end:
            return
        yield row
