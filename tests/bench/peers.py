"""What is measured side by side: the server itself, HAProxy, askwire, and a proxy in the naive way."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pymysql

from tests.support.gateway import GatewayProcess
from tests.support.private_mariadb import PrivateMariaDB, die_with_parent, find_program, free_port

USER, PASSWORD, DATABASE = "bench", "bench", "bench"
SERVER = (
    "--max-connections=6000",
    "--innodb-buffer-pool-size=512M",
    "--max-allowed-packet=64M",
    "--back-log=4000",
    "--thread-handling=one-thread-per-connection",
)
# TCP mode, one thread, like the relay's one process.
HAPROXY = """
global
  nbthread 1
  maxconn 8000
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen mysql
  bind 127.0.0.1:{port}
  server one 127.0.0.1:{upstream}
"""


@dataclass(frozen=True)
class Peer:
    """Where a client connects, and whose memory is counted (0: not counted)."""

    name: str
    port: int
    pid: int


@contextmanager
def server() -> Iterator[PrivateMariaDB]:
    """A MariaDB with the account and database of the benchmarks."""
    with PrivateMariaDB(arguments=SERVER) as mariadb:
        mariadb.run_sql(
            f"CREATE DATABASE {DATABASE}; CREATE USER '{USER}'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';"
            f"GRANT ALL ON {DATABASE}.* TO '{USER}'@'127.0.0.1'"
        )
        yield mariadb


@contextmanager
def peers(upstream: int, folder: Path, *, naive: bool = True) -> Iterator[list[Peer]]:
    """Start all, in the order of the tables."""
    with ExitStack() as stack:
        haproxy_port = free_port()
        config = folder / "haproxy.cfg"
        config.write_text(HAPROXY.format(port=haproxy_port, upstream=upstream))
        haproxy = _process(stack, [find_program("haproxy"), "-db", "-f", str(config)])
        settings = {"max_connections": 6000, "login_timeout_s": 120.0, "connect_timeout_s": 60.0}
        gateway = stack.enter_context(GatewayProcess(folder / "askwire", f"mysql://127.0.0.1:{upstream}", settings))
        found = [
            Peer("direct", upstream, 0),
            Peer("HAProxy", haproxy_port, haproxy.pid),
            Peer("askwire", gateway.port, gateway.process.pid),
        ]
        if naive:
            port = free_port()
            command = [sys.executable, "-m", "tests.bench.mimic_proxy", str(port), str(upstream)]
            found.append(Peer("mysql-mimic", port, _process(stack, command).pid))
        for peer in found:
            _wait_until_it_answers(peer)
        yield found


def _process(stack: ExitStack, command: list[str]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([*die_with_parent(), *command], stdin=subprocess.DEVNULL)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    return process


def _wait_until_it_answers(peer: Peer, timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            connect(peer.port).close()
        except pymysql.err.MySQLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def connect(port: int) -> "pymysql.Connection[pymysql.cursors.Cursor]":
    """A plain connection of the benchmarks' account."""
    return pymysql.connect(
        host="127.0.0.1", port=port, user=USER, password=PASSWORD, database=DATABASE, ssl_disabled=True
    )
