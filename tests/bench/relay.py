"""The relay against HAProxy: queries per second, latency, a large result, memory of many connections.

Rounds are interleaved, peer after peer, so that what else the machine does falls on all alike; tables show medians and
ratios of the same round's figures.
"""

import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.peers import DATABASE, PASSWORD, USER, Peer, connect, peers, server
from tests.support.private_mariadb import find_program

ROWS = 1_000_000
OPEN_CONNECTIONS = (500, 2000)
WORKLOADS = (("oltp_point_select", 1), ("oltp_point_select", 8), ("oltp_point_select", 64), ("oltp_read_only", 8))
TABLE_SIZE = 10_000
# The peer in the naive way is an order of magnitude slower; a short look is enough.
NAIVE_SECONDS = 2


def run(console: Console, *, quick: bool) -> None:
    """Print the tables. ``quick``: fewer and shorter rounds."""
    rounds, seconds = (2, 2) if quick else (9, 2)
    with tempfile.TemporaryDirectory(prefix="askwire-bench-") as folder, server() as mariadb:
        sysbench("oltp_point_select", "prepare", mariadb.port, 1)
        _fill(mariadb.port)
        with peers(mariadb.port, Path(folder)) as found:
            _throughput(console, found, rounds, seconds)
            _large_result(console, found[:3], rounds)
        for count in OPEN_CONNECTIONS:
            # Fresh processes, so that memory freed before does not hide what a connection needs.
            with peers(mariadb.port, Path(folder), naive=False) as found:
                _connections(console, found[1:], count)


def _fill(port: int) -> None:
    connection = connect(port)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE large (id INT PRIMARY KEY, name VARCHAR(40), amount DECIMAL(10,2), day DATE)")
        cursor.execute(
            "INSERT INTO large SELECT seq, CONCAT('name of row ', seq), seq / 7, '2026-01-01' + INTERVAL seq % 365 DAY"
            f" FROM seq_1_to_{ROWS}"
        )
        connection.commit()
    connection.close()


def sysbench(workload: str, action: str, port: int, threads: int, seconds: int = 1) -> tuple[float, float]:
    """(queries per second, 95th percentile of latency in ms)"""
    where = [f"--mysql-{k}={v}" for k, v in {"host": "127.0.0.1", "port": port, "user": USER}.items()]
    where += [f"--mysql-password={PASSWORD}", f"--mysql-db={DATABASE}", "--db-ps-mode=disable"]
    size = [f"--table-size={TABLE_SIZE}", "--tables=1", f"--threads={threads}", f"--time={seconds}"]
    command = [find_program("sysbench"), workload, *where, *size, action]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if action == "prepare":
        return 0, 0
    queries = re.search(r"queries:\s+\d+\s+\(([\d.]+) per sec", out)
    latency = re.search(r"95th percentile:\s+([\d.]+)", out)
    assert queries is not None, out
    assert latency is not None, out
    return float(queries[1]), float(latency[1])


def _throughput(console: Console, found: list[Peer], rounds: int, seconds: int) -> None:
    table = Table("workload", "threads", "peer", "queries/s", "p95 ms", "q/s to HAProxy", "p95 to HAProxy")
    for workload, threads in WORKLOADS:
        figures: dict[str, list[tuple[float, float]]] = {peer.name: [] for peer in found}
        for number in range(rounds):
            for peer in found:
                naive = peer.name == "mysql-mimic"
                if naive and number:
                    continue
                figures[peer.name].append(
                    sysbench(workload, "run", peer.port, threads, NAIVE_SECONDS if naive else seconds)
                )
        for peer in found:
            table.add_row(workload, str(threads), peer.name, *cells(figures[peer.name], figures["HAProxy"]))
        table.add_section()
    console.print("Relay: sysbench, text protocol, medians of interleaved rounds")
    console.print(table)


def cells(mine: list[tuple[float, float]], haproxy: list[tuple[float, float]]) -> list[str]:
    """Medians of queries/s and p95, and of their ratios to the same round of the other."""

    def median(pick: Callable[[tuple[float, float]], float]) -> float:
        return statistics.median(map(pick, mine))

    pairs = list(zip(mine, haproxy, strict=False))
    return [
        f"{median(lambda m: m[0]):,.0f}",
        f"{median(lambda m: m[1]):.2f}",
        f"{statistics.median(m[0] / h[0] for m, h in pairs):.2f}",
        f"{statistics.median(m[1] / h[1] for m, h in pairs):.2f}",
    ]


def _large_result(console: Console, found: list[Peer], rounds: int) -> None:
    """The command line client reads as fast as it can and throws the rows away."""
    figures: dict[str, list[float]] = {peer.name: [] for peer in found}
    for _ in range(rounds):
        for peer in found:
            command = [find_program("mariadb"), "--no-defaults", "--host=127.0.0.1", f"--port={peer.port}"]
            command += [f"--user={USER}", f"--password={PASSWORD}", DATABASE, "--quick", "--batch"]
            started = time.monotonic()
            subprocess.run([*command, "--execute=SELECT * FROM large"], stdout=subprocess.DEVNULL, check=True)
            figures[peer.name].append(ROWS / (time.monotonic() - started))
    table = Table("peer", "rows/s", "to HAProxy")
    for name, rates in figures.items():
        ratio = statistics.median(r / h for r, h in zip(rates, figures["HAProxy"], strict=True))
        table.add_row(name, f"{statistics.median(rates):,.0f}", f"{ratio:.2f}")
    console.print(f"Large result: {ROWS:,} rows")
    console.print(table)


def _connections(console: Console, found: list[Peer], count: int) -> None:
    table = Table("peer", "KiB a connection", "to HAProxy", "logged in a second")
    haproxy = 0.0
    for peer in found:
        before = _memory(peer.pid)
        started = time.monotonic()
        opened = [connect(peer.port) for _ in range(count)]
        rate = count / (time.monotonic() - started)
        each = (_memory(peer.pid) - before) / count
        haproxy = haproxy or each
        table.add_row(peer.name, f"{each:.1f}", f"{each / haproxy:.2f}", f"{rate:,.0f}")
        for connection in opened:
            connection.close()
    console.print(f"{count:,} open connections (memory of the proxy's process)")
    console.print(table)


def _memory(pid: int) -> float:
    """Resident memory in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return float(found[1])
