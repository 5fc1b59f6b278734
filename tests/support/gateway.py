"""``askwire serve`` as a process of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.private_mariadb import die_with_parent

ASKWIRE = Path(sys.executable).with_name("askwire")
LISTENING = re.compile(r"listening on ([0-9.]+|\[[0-9a-f:]+\]):([0-9]+)")
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0


class GatewayProcess:
    """A running gateway, started with ``settings`` (nested as in the TOML file) over the tests' defaults.

    ``prefixes``: a folder for the key-value states of prompts, shared with other gateways; else in its data folder.
    Leaving the context stops it by SIGTERM and asserts that it ends with status 0 and that its log has no traceback.
    """

    def __init__(
        self, folder: Path, upstream: str, settings: Mapping[str, Any], *, prefixes: Path | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.log_path = folder / "askwire.log"
        self.data_dir = Path(settings.get("data_dir") or folder / "data")
        if prefixes:
            share_prefixes(self.data_dir, prefixes)
        defaults = {"upstream": upstream, "listen": "127.0.0.1:0", "data_dir": str(self.data_dir)}
        config = folder / "askwire.toml"
        off = {"model": {"name": "none"}, "admin": {"listen": "off"}}
        config.write_text(to_toml({**defaults, **off, **settings}))
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [*die_with_parent(), str(ASKWIRE), "serve", "--config", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**clean_environment(), "PYTHONUNBUFFERED": "1"},
                cwd=folder,
            )
        try:
            self.host, self.port = self._wait_until_listening()
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def log_text(self) -> str:
        return self.log_path.read_text(errors="replace")

    def stop(self) -> None:
        """End it and assert that it ended well; a second call does nothing."""
        if self.process.returncode is not None:
            return
        early = self.process.poll()
        assert early is None, f"the gateway ended by itself with status {early}:\n{self.log_text()}"
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout=STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the gateway did not end on SIGTERM:\n{self.log_text()}") from None
        assert status == 0, f"the gateway ended with status {status}:\n{self.log_text()}"
        assert "Traceback" not in self.log_text(), self.log_text()

    def _wait_until_listening(self) -> tuple[str, int]:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not (found := LISTENING.search(self.log_text())):
            status = self.process.poll()
            assert status is None, f"the gateway ended with status {status}:\n{self.log_text()}"
            assert time.monotonic() < deadline, f"the gateway does not listen:\n{self.log_text()}"
            time.sleep(0.03)
        return found[1].strip("[]"), int(found[2])


def share_prefixes(data_dir: Path, prefixes: Path) -> None:
    """An embedded model with this data folder finds and leaves its key-value states of prompts in ``prefixes``."""
    (data_dir / "cache").mkdir(parents=True)
    (data_dir / "cache" / "kv").symlink_to(prefixes)


def clean_environment() -> dict[str, str]:
    """Ours, without askwire settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ASKWIRE_")}


def to_toml(settings: Mapping[str, Any], table: str = "") -> str:
    """Scalars, nested tables and lists of tables as TOML (a JSON string is a TOML string)."""
    plain = {key: value for key, value in settings.items() if not isinstance(value, Mapping)}
    lines = [f"[{table}]"] if table else []
    lines += [f"{key} = {_value(value)}" for key, value in plain.items()]
    text = "\n".join(lines) + "\n"
    nested = {key: value for key, value in settings.items() if isinstance(value, Mapping)}
    return text + "".join(to_toml(value, f"{table}.{key}" if table else key) for key, value in nested.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_value(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
