"""What a process can no longer do once it is confined: tried in one."""

import errno
import json
import os
import resource
import socket
import subprocess
import sys

import pytest

from knowledge.loading import confine
from knowledge.loading.types import Limits

GiB = 1 << 30
ATTEMPTS = """
import json, os, resource, socket, tempfile
from knowledge.loading import confine
from knowledge.loading.types import Limits

def number(work):
    try:
        work()
    except OSError as error:
        return error.errno

def write():
    import signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # which would end the process
    os.write(file.fileno(), b"x")

def connect():
    with socket.socket() as client:
        client.connect(("127.0.0.1", int(os.environ["PORT"])))

def take():
    try:
        bytearray(1 << 31)
    except MemoryError:
        return "refused"

file = tempfile.TemporaryFile()
confine.isolate()
confine.bound(Limits(memory_bytes=1 << 30, seconds=7))
print(json.dumps({
    "write": number(write), "connect": number(connect), "take": take(),
    "files": resource.getrlimit(resource.RLIMIT_NOFILE), "core": resource.getrlimit(resource.RLIMIT_CORE),
    "cpu": resource.getrlimit(resource.RLIMIT_CPU)[0], "nice": os.nice(0),
    "oom": int(open("/proc/self/oom_score_adj").read()),
    "rights": [line for line in open("/proc/self/status") if line.startswith("NoNewPrivs")],
    "alone": len(open("/proc/self/net/dev").readlines()) == 3,
}))
"""


@pytest.fixture(scope="module")
def confined() -> dict[str, object]:
    """What came of each attempt; a server listens at PORT."""

    with socket.create_server(("127.0.0.1", 0)) as server:
        environment = {"PORT": str(server.getsockname()[1])}
        done = subprocess.run([sys.executable, "-c", ATTEMPTS], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_it_writes_no_file_and_takes_no_more_memory(confined: dict[str, object]) -> None:
    assert confined["write"] == errno.EFBIG
    assert confined["take"] == "refused"
    assert confined["core"] == [0, 0]
    assert confined["files"] == [64, 64]


def test_its_time_counts_from_now(confined: dict[str, object]) -> None:
    cpu = confined["cpu"]
    assert isinstance(cpu, int)
    assert 8 <= cpu <= 60  # 7 seconds and what starting took


def test_it_stands_behind_others_and_gets_no_new_rights(confined: dict[str, object]) -> None:
    assert confined["nice"] == min(19, os.nice(0) + 10)
    assert confined["oom"] == 800
    assert confined["rights"] == ["NoNewPrivs:\t1\n"]


def test_it_reaches_nobody_where_the_system_lets_it_leave_the_network(confined: dict[str, object]) -> None:
    if confined["alone"]:  # an interface of its own that is down, and no other
        assert confined["connect"] == errno.ENETUNREACH
    else:
        assert subprocess.run(["unshare", "-Un", "true"], capture_output=True, check=False).returncode


@pytest.mark.parametrize(("hard", "given"), [(resource.RLIM_INFINITY, 5), (9, 5), (5, 5), (3, 3)])
def test_a_limit_is_lowered_and_never_raised(monkeypatch: pytest.MonkeyPatch, hard: int, given: int) -> None:
    """Raising one ends in an error where the account may not, and with it every load."""
    set_: list[object] = []
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (0, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda kind, limits: set_.append(limits))
    confine._lower(resource.RLIMIT_NOFILE, 5)
    assert set_ == [(given, given)]


def test_the_time_stays_within_what_the_process_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    set_: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (1, 2))
    monkeypatch.setattr(resource, "setrlimit", lambda kind, limits: set_.update({kind: limits}))
    confine.bound(Limits())
    assert set_[resource.RLIMIT_CPU] == (2, 2)
    assert set_[resource.RLIMIT_FSIZE] == (0, 0)
