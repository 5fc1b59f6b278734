"""The sandboxed process that reads a file, as the gateway sees it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from knowledge.loading.types import Limits

_LINE_BYTES = 1 << 20  # as in child.py


class ProcessFailed(Exception):
    """It ended, hung or wrote nonsense; the text says so, as the end of a sentence that starts with the file's name."""


class Budget:
    """Seconds that may be spent on waiting, for one file and in all; what the caller does in between is not counted."""

    def __init__(self, each: float, total: float) -> None:
        self._each = each
        self._total = total
        self.begin()

    def begin(self) -> None:
        """The next file."""
        self._left = self._each

    @property
    def left(self) -> float:
        return max(0.0, min(self._left, self._total))

    @property
    def is_spent(self) -> bool:
        return self._total <= 0

    @property
    def seconds(self) -> float:
        return self._each

    def spend(self, seconds: float) -> None:
        self._left -= seconds
        self._total -= seconds


class LoadProcess:
    """``async with``: it runs within, and is killed at the end.

    Its interpreter is isolated (``-I``), in an empty folder of its own; it has no secret in its environment, and the
    file as an open descriptor only. ``config``: what it needs besides these; see child.py.
    """

    def __init__(self, descriptor: int, limits: Limits, config: Mapping[str, object]) -> None:
        self._descriptor = descriptor
        self._config = {**config, "fd": descriptor, "limits": asdict(limits)}

    async def __aenter__(self) -> Self:
        self._folder = TemporaryDirectory(prefix="askwire-load-", ignore_cleanup_errors=True)
        try:
            await self._start()
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    async def _start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "knowledge.loading.child"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            pass_fds=(self._descriptor,),
            cwd=self._folder.name,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "TOKENIZERS_PARALLELISM": "false"},
            start_new_session=True,  # Ctrl-C at the gateway's terminal is the gateway's
            limit=_LINE_BYTES,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(self._config).encode() + b"\n")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        self._folder.cleanup()

    @property
    def pid(self) -> int:
        return self._process.pid

    def close_input(self) -> None:
        """It ends, as it does when the gateway does."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    async def read(self, budget: Budget) -> dict[str, Any]:
        """Its next message. Raises ``ProcessFailed``."""
        assert self._process.stdout is not None
        loop = asyncio.get_running_loop()
        before = loop.time()
        try:
            async with asyncio.timeout(budget.left):
                line = await self._process.stdout.readline()
                if not line:
                    raise ProcessFailed(_reason(await self._process.wait(), budget.seconds))
        except TimeoutError:
            raise ProcessFailed(f"took longer than {budget.seconds:g} seconds") from None
        except ValueError:
            raise ProcessFailed("cannot be read: the process that read it went wrong") from None
        finally:
            budget.spend(loop.time() - before)
        return _message(line)


def _message(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise ProcessFailed("cannot be read: the process that read it went wrong")
    return message


def _reason(status: int, seconds: float) -> str:
    if status == -signal.SIGXCPU:
        return f"took longer than {seconds:g} seconds"
    if status in (-signal.SIGKILL, -signal.SIGABRT, -signal.SIGSEGV):
        return "needs more memory than allowed, or is broken: the process that read it was ended"
    return "is broken: the process that read it was ended"
