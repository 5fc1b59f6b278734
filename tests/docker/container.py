"""A container without an engine: bubblewrap over this machine's file system, made to look as the image says.

The root file system cannot be written to, but for the data folder and /tmp; the user has the image's number and no
capability; nothing of our environment comes in. The network is this machine's.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.gateway import LISTENING

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0


class Container:
    """``opt``: the folder that is /opt/askwire; ``data``: the one that is /var/lib/askwire."""

    def __init__(self, opt: Path, data: Path, dependencies: Path, environment: Mapping[str, str]) -> None:
        self._opt = opt
        self._data = data
        self._dependencies = dependencies
        self.environment = dict(environment)

    def words(self, *command: str, mounts: Mapping[Path, str] | None = None, writable: bool = False) -> list[str]:
        """The words that run ``command`` in it. ``mounts``: more folders, read-only; ``writable``: ``opt`` is."""
        words = ["bwrap", "--die-with-parent", "--unshare-user", "--uid", "10001", "--gid", "10001", "--unshare-pid"]
        words += ["--unshare-ipc", "--unshare-uts", "--cap-drop", "ALL", "--new-session", "--clearenv"]
        words += ["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
        for place in ("/opt", "/var/lib", "/run"):
            words += ["--tmpfs", place]
        words += ["--bind" if writable else "--ro-bind", str(self._opt), "/opt/askwire"]
        words += ["--bind", str(self._data), "/var/lib/askwire"]
        for folder, place in (mounts or {}).items():
            words += ["--ro-bind", str(folder), place]
        words += ["--remount-ro", "/opt", "--remount-ro", "/var/lib", "--remount-ro", "/run", "--tmpfs", "/tmp"]
        for place in (str(self._dependencies), sys.prefix):  # they may lie below what was hidden
            words += ["--ro-bind", place, place]
        words += ["--chdir", "/var/lib/askwire"]
        for name, value in self.environment.items():
            words += ["--setenv", name, value]
        return [*words, "--", *command]

    def run(
        self, *command: str, mounts: Mapping[Path, str] | None = None, writable: bool = False, ok: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end. ``ok``: it has to end with status 0."""
        words = self.words(*command, mounts=mounts, writable=writable)
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.returncode == 0 or not ok, done.stdout + done.stderr
        return done

    def serve(self, entrypoint: Sequence[str], log: Path) -> "Serving":
        """Start the gateway as process 1."""
        return Serving(self, entrypoint, log)


class Serving:
    """A gateway that runs in a container; leaving it stops it as an engine does, and asserts that it ended well."""

    def __init__(self, container: Container, command: Sequence[str], log: Path) -> None:
        self._log = log
        reading, writing = os.pipe()
        words = container.words(*command)
        words[1:1] = ["--as-pid-1", "--info-fd", str(writing)]
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, pass_fds=[writing]
            )
        os.close(writing)
        with os.fdopen(reading) as info:
            self._pid = int(json.load(info)["child-pid"])
        self.host, self.port = self._wait()

    def log_text(self) -> str:
        return self._log.read_text(errors="replace")

    def _wait(self) -> tuple[str, int]:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not (found := LISTENING.search(self.log_text())):
            assert self._process.poll() is None, self.log_text()
            assert time.monotonic() < deadline, self.log_text()
            time.sleep(0.03)
        return "127.0.0.1", int(found[2])

    def __enter__(self) -> "Serving":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.poll() is None, self.log_text()
        os.kill(self._pid, 15)
        status = self._process.wait(STOP_TIMEOUT_S)
        assert status == 0, (status, self.log_text())
        assert "Traceback" not in self.log_text(), self.log_text()
