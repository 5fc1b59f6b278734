"""Finds processes that a test run started and left behind, wherever they were re-parented to (Linux)."""

import os
import time
import uuid
from pathlib import Path

MARK = "TEST_RUN_ID"


def mark_this_run() -> str:
    """Put a mark into our environment; every process started from now on inherits it."""
    os.environ[MARK] = uuid.uuid4().hex
    return f"{MARK}={os.environ[MARK]}"


def marked_processes(mark: str) -> dict[int, str]:
    """Running processes with the mark, except this one: process id -> command line."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        pid = int(folder.name)
        try:
            if pid != os.getpid() and mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                found[pid] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue  # it ended meanwhile, or is not ours to see
    return found


def wait_for_none(mark: str, timeout_s: float = 10.0) -> dict[int, str]:
    """Give processes that are just ending the time to; returns those that stay."""
    deadline = time.monotonic() + timeout_s
    while (found := marked_processes(mark)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found
