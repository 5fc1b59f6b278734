"""Keeps one process per model and data folder, shared by all gateways that use the folder.

Who holds the lock ``run/KEY.lock`` (flock) owns the process: starts it, restarts it after a crash or a hang, and
publishes its port, token and pid in ``run/KEY.json`` (0600). The others read that file and wait for the lock; one of
them gets it when the owner dies, however it dies, and the engine itself ends with its owner.
"""

import asyncio
import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import httpx
import structlog

from conf.settings import Settings
from models_runtime import client
from models_runtime.process import Address, EngineProcess
from plugins import AskwireError, ErrorCode
from plugins.engines import EngineLost

log = structlog.get_logger("askwire.models")
T = TypeVar("T")

_POLL_S = 0.1
_FOLLOW_S = 0.5
_STARTUP_POLL_S = 0.5
_WATCH_S = 5.0
_MAX_BACKOFF_S = 30.0
_HEALTHY_S = 60.0  # an engine that ran so long did not crash because of how it was started


def key_for(name: str, *parts: str) -> str:
    """A file name for a model: readable, and another one when one of ``parts`` is another."""
    mark = hashlib.sha256("\0".join((name, *parts)).encode()).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9_.-]', '-', name)[:40]}-{mark}"


class ManagedProcess(ABC):
    """``state``: ``not started``, ``starting``, ``loading``, ``ready``, or what is wrong.

    ``startup_s``: so long it may stay silent after its start. ``hang_s``: so long a process that was ready may not
    answer how it is.
    """

    startup_s = 0.0
    hang_s = 60.0

    def __init__(self, name: str, key: str, settings: Settings) -> None:
        self._name = name
        self._key = key
        self._settings = settings
        self._folder = settings.data_path / "run"
        self._supervisor: asyncio.Task[None] | None = None
        self._http: httpx.AsyncClient | None = None  # set while the engine is ready
        self._changed = asyncio.Event()
        self._failed = ""  # why requests need not wait
        self._crashes = 0
        self.state = "not started"
        self.owner = False

    def start(self) -> None:
        """Begin loading in the background; does nothing when that was done."""
        if self._supervisor is None:
            self._set("starting")
            self._supervisor = asyncio.create_task(self._supervise(), name=f"engine {self._name}")

    async def stop(self) -> None:
        """End the process if this gateway owns it."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            with suppress(asyncio.CancelledError):
                await self._supervisor
        self._supervisor = None
        await self._disconnect()
        self._set("not started")

    async def ready(self) -> None:
        """Wait until the engine answers. Raises ``AskwireError`` MODEL_UNAVAILABLE when that is not in sight."""
        await self._client()

    async def call(self, work: Callable[[httpx.AsyncClient], Awaitable[T]]) -> T:
        """What ``work`` returns. Raises what it raises, and ``AskwireError`` MODEL_UNAVAILABLE.

        A process that is lost on the way (``EngineLost``) is asked once more after its restart, so ``work`` must not
        have effects.
        """
        http = await self._client()
        try:
            return await work(http)
        except EngineLost:
            self._lost(http)
        return await work(await self._client())

    @abstractmethod
    async def _launch(self) -> EngineProcess:
        """Start a process once everything it needs is there; ``_set`` says what is missing meanwhile."""

    async def _health(self, address: Address) -> dict[str, str]:
        """``state`` (``ready``, ``loading``, or another that is final), ``error``; empty when it is not ours."""
        return await proven_health(address)

    async def _client(self) -> httpx.AsyncClient:
        self.start()
        while self._http is None:
            if self._failed:
                raise AskwireError(ErrorCode.MODEL_UNAVAILABLE, f"The model {self._name!r} {self._failed}")
            await self._changed.wait()
        return self._http

    def _lost(self, http: httpx.AsyncClient) -> None:
        """A request met a dead engine before the supervisor noticed."""
        if self._http is http:
            self._http = None
            self._set("restarting")

    def _set(self, state: str, failed: str = "") -> None:
        """``failed``: what requests are told instead of waiting; empty where waiting makes sense."""
        shown = failed or state
        if shown != self.state:  # some states are set again every second
            log.info("engine", model=self._name, state=state)
        self.state, self._failed = shown, failed
        self._changed.set()
        self._changed = asyncio.Event()

    async def _supervise(self) -> None:
        """For ever: own the engine or follow its owner."""
        while True:
            try:
                lock = await self._follow()
                try:
                    await self._own()
                finally:
                    self.owner = False
                    self._file("json").unlink(missing_ok=True)
                    os.close(lock)
            except Exception as error:
                self._crashes += 1
                self._set("failing", f"cannot be started: {error}")
                log.exception("engine_failed", model=self._name)
            await asyncio.sleep(min(_MAX_BACKOFF_S, 2**self._crashes / 4))

    async def _follow(self) -> int:
        """Use the owner's engine until the owner is gone; returns the lock, held."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(self._file("lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        known: Address | None = None
        try:
            while not _try_lock(lock):
                published = self._published()
                if published != known or self._http is None:
                    known = published
                    await self._disconnect()
                    if published is None or not await self._connect(published):
                        self._set("starting")
                await asyncio.sleep(_FOLLOW_S if self._http else _POLL_S)
        except BaseException:
            os.close(lock)
            raise
        await self._disconnect()
        return lock

    async def _own(self) -> None:
        """Run the engine until it ends."""
        self._file("json").unlink(missing_ok=True)
        self.owner = True
        process = await self._launch()
        self._set("starting", self._failed if self._crashes > 2 else "")
        started = time.monotonic()
        try:
            self._publish(process)
            ended = asyncio.create_task(process.wait())
            await self._serve(process, ended)
        finally:
            await self._disconnect()
            await process.stop()
        self._crashes = 0 if time.monotonic() - started > _HEALTHY_S else self._crashes + 1
        failed = self._failed or (f"crashed {self._crashes} times in a row" if self._crashes > 2 else "")
        self._set("restarting", failed)
        log.warning("engine_ended", model=self._name, status=ended.result(), crashes=self._crashes)

    async def _serve(self, process: EngineProcess, ended: "asyncio.Task[int]") -> None:
        watching = asyncio.create_task(self._watch(process.address))
        try:
            await asyncio.wait({watching, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                watching.result()
                await process.stop()
            await ended
        finally:
            watching.cancel()
            ended.cancel()

    async def _watch(self, address: Address) -> None:
        """Returns when the engine cannot load, or was ready and is hung."""
        until = time.monotonic() + self.startup_s
        while not await self._connect(address):
            if time.monotonic() > until:
                return
            await asyncio.sleep(_STARTUP_POLL_S)
        answered, pause = time.monotonic(), min(_WATCH_S, self.hang_s / 4)
        while time.monotonic() - answered < self.hang_s:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._changed.wait()  # or at once when a request was lost
            asked = time.monotonic()
            if await self._answers(address, pause):
                answered = asked
                if self._http is None:  # a connection broke, the process is well
                    self._use(address)
        log.error("engine_hung", model=self._name, silent_s=round(time.monotonic() - answered))

    async def _answers(self, address: Address, seconds: float) -> bool:
        """Whether it says in that time that it is ready."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return (await self._health(address)).get("state") == "ready"
        return False

    async def _connect(self, address: Address) -> bool:
        """Wait until the engine at ``address`` is ready. ``False`` when it is not ours, gone, or cannot load."""
        while True:
            health = await self._health(address)
            state = health.get("state")
            if state == "ready":
                self._use(address)
                return True
            if state != "loading":
                if health.get("error"):
                    self._set("failing", f"cannot be loaded: {health['error']}")
                return False
            self._set("loading", self._failed)
            await asyncio.sleep(_POLL_S)

    def _use(self, address: Address) -> None:
        self._http = client.make_http(address.url + "/v1", address.token)
        self._set("ready")

    async def _disconnect(self) -> None:
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    def _file(self, suffix: str) -> Path:
        return self._folder / f"{self._key}.{suffix}"

    def _published(self) -> Address | None:
        try:
            value = json.loads(self._file("json").read_text())
            return Address(int(value["port"]), str(value["token"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _publish(self, process: EngineProcess) -> None:
        target = self._file("json")
        partial = target.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            address = process.address
            json.dump({"port": address.port, "token": address.token, "pid": process.pid}, file)
        partial.replace(target)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def proven_health(address: Address, path: str = "/health") -> dict[str, str]:
    """What the engine says of itself, or nothing when what listens there cannot prove that it knows the token.

    The proof comes before the token and any prompt is sent: the port of an engine that died may be anybody's.
    ``verify=False`` because there is no TLS and loading certificates takes longer than the question.
    """
    nonce = secrets.token_hex(16)
    expected = hmac.new(address.token.encode(), nonce.encode(), hashlib.sha256).hexdigest()
    try:
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=5.0) as http:  # noqa: S501
            health = (await http.get(f"{address.url}{path}", params={"nonce": nonce})).json()
    except (httpx.HTTPError, ValueError, RecursionError):
        return {}
    if not isinstance(health, dict) or not hmac.compare_digest(str(health.get("proof")), expected):
        return {}
    return {key: str(value) for key, value in health.items()}
