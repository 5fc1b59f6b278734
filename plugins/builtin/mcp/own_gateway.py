"""A gateway of the server's own: a process on a free port of this machine, which ends with its owner."""

import contextlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence

# It drains on SIGTERM; the kernel closes our end of its standard input however we die.
_RUN = """
import os, signal, sys, threading
def end_with_owner():
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end_with_owner, daemon=True).start()
sys.argv[0] = "askwire"
from proxy.cli import main
main()
"""
_LISTENING = re.compile(r"listening on (?:127\.0\.0\.1):([0-9]+)")
_STOP_TIMEOUT_S = 15.0


class GatewayFailed(Exception):
    """It did not start; it has said why on standard error."""


@contextlib.contextmanager
def own_gateway(arguments: Sequence[str]) -> Iterator[int]:
    """The port of ``askwire serve`` with these arguments, which says what it does on our standard error."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASKWIRE_MCP__")}
    command = [sys.executable, "-c", _RUN, "serve", *arguments, "--listen", "127.0.0.1:0", "--admin", "off"]
    process = subprocess.Popen(  # noqa: S603 (no shell)
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**environment, "PYTHONUNBUFFERED": "1"}
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield _port(process)
    finally:
        process.stdin.close()
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _port(process: "subprocess.Popen[bytes]") -> int:
    assert process.stdout is not None
    for line in process.stdout:
        found = _LISTENING.search(line.decode(errors="replace"))
        if found is not None:
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return int(found[1])
    raise GatewayFailed
