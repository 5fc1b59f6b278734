"""Starts the process of a managed engine and reads what it says of itself."""

import asyncio
import json
import os
import secrets
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from conf.settings import Settings

_LOG_BYTES = 5_000_000
_STOP_S = 5.0
_NICENESS = 10
_OOM_SCORE = 500  # of 1000, see proc(5)
_START_S = 60.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where an engine listens on 127.0.0.1, and the token that it wants."""

    port: int
    token: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class EngineProcess:
    """A running engine. It ends when its standard input is closed, so never outlives this process."""

    def __init__(self, process: asyncio.subprocess.Process, address: Address) -> None:
        self._process = process
        self.address = address

    @property
    def pid(self) -> int:
        return self._process.pid

    async def wait(self) -> int:
        """The exit status."""
        return await self._process.wait()

    async def stop(self) -> None:
        """Close its standard input; kill it if that does not end it, and what it started in any case."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            # Not wait_for: in Python 3.11 it loses a cancellation that comes when the process ends.
            async with asyncio.timeout(_STOP_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        finally:
            # It leads a session of its own, whose number no other process group gets while one of it is left.
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


async def start_engine(name: str, path: Path, settings: Settings) -> EngineProcess:
    """Start llama.cpp for the GGUF at ``path``; it listens at once and loads in the background.

    Its own messages go to ``log/llamacpp.log`` of the data folder. Raises ``OSError`` when it does not start.
    """
    folder = settings.data_path.absolute()
    config = {
        "model": name,
        "path": str(path),
        "context_tokens": settings.context_tokens(name),
        "threads": settings.model.threads,
        "cache": str(folder / "cache" / "kv"),
        "cache_bytes": settings.model.cache_bytes,
    }
    return await start_module("models_runtime.engine", config, folder, "llamacpp")


async def start_module(module: str, config: dict[str, object], folder: Path, log_name: str) -> EngineProcess:
    """Run a Python module that takes ``config`` and a new ``token`` as one line of JSON, and answers with its port.

    It works in ``run`` of the data folder ``folder`` and writes its messages to ``log/LOG_NAME.log`` there.
    Raises ``OSError`` when it does not start.
    """
    token = secrets.token_urlsafe(32)
    log = _open_log(folder / "log" / f"{log_name}.log")
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", module),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            cwd=folder / "run",
            env=_environment(),
            start_new_session=True,  # Ctrl-C at the gateway's terminal is the gateway's; the engine follows it
        )
    finally:
        os.close(log)
    _give_way(process.pid)
    try:
        port = await _exchange(process, {**config, "token": token}, f"log/{log_name}.log")
        return EngineProcess(process, Address(port, token))
    except BaseException:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise


def _give_way(pid: int) -> None:
    """Plain SQL goes before a model, and where memory runs out the engine ends, which comes back, not the database."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, _NICENESS)
    with suppress(OSError):
        Path(f"/proc/{pid}/oom_score_adj").write_text(str(_OOM_SCORE))


async def _exchange(process: asyncio.subprocess.Process, config: dict[str, object], log: str) -> int:
    """Hand over the configuration and read the port."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(ConnectionError):
        process.stdin.write(json.dumps(config).encode() + b"\n")
        await process.stdin.drain()
    try:
        async with asyncio.timeout(_START_S):
            line = await process.stdout.readline()
        return int(json.loads(line)["port"])
    except (TimeoutError, ValueError, KeyError) as error:
        raise OSError(f"the engine did not start; its log ({log} in the data folder) says why") from error


def _environment() -> dict[str, str]:
    """The environment without what could hold secrets of the gateway or redirect Python.

    Threads that wait for one another spin for some microseconds, then sleep. Measured on 2 cores: asleep at once they
    decode 17 tokens/s in place of 25; spinning for long, 0.3 in place of 2.2 where a database keeps the cores busy.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "ASKWIRE_"))}
    if "OMP_WAIT_POLICY" not in kept:  # GCC's own variable would win over an operator's
        kept.setdefault("GOMP_SPINCOUNT", "3000")
    return {"OMP_WAIT_POLICY": "PASSIVE", **kept}


def _open_log(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
