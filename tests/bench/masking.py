"""What masking costs: no plugin configured, rules that concern others only, and one masked column; and a large result.

The processor time that the gateway takes for a query is the steadier figure, as in ``watching``.
"""

import statistics
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.peers import DATABASE, PASSWORD, USER, connect, server
from tests.bench.relay import sysbench
from tests.bench.watching import Measured
from tests.support.gateway import GatewayProcess
from tests.support.private_mariadb import find_program

ROWS = 200_000
WORKLOADS = (("oltp_point_select", 1), ("oltp_point_select", 8), ("oltp_point_select", 64))
COLUMNS = [f"{DATABASE}.sbtest1.c", f"{DATABASE}.large.name"]
SETTINGS: dict[str, dict[str, object]] = {
    "no plugin configured": {},
    "rules for others only": {"mask": {"rules": [{"columns": COLUMNS, "action": "hash", "unless": [f"{USER}@*"]}]}},
    "one column masked": {"mask": {"rules": [{"columns": COLUMNS, "action": "hash"}]}},
}


def run(console: Console, *, quick: bool) -> None:
    """Print the tables. ``quick``: fewer rounds."""
    rounds, seconds = (3, 2) if quick else (9, 2)
    with tempfile.TemporaryDirectory(prefix="askwire-bench-") as folder, server() as mariadb, ExitStack() as stack:
        sysbench("oltp_point_select", "prepare", mariadb.port, 1)
        _fill(mariadb.port)
        ends, gateways = {}, {}
        for number, (name, settings) in enumerate(SETTINGS.items()):
            upstream = f"mysql://127.0.0.1:{mariadb.port}"
            gateway = stack.enter_context(GatewayProcess(Path(folder) / str(number), upstream, settings))
            gateways[name] = gateway
            ends[name] = (gateway.port, gateway.process.pid)
        _queries(console, gateways, rounds, seconds)
        _large(console, ends, rounds)


def _queries(console: Console, gateways: dict[str, GatewayProcess], rounds: int, seconds: int) -> None:
    table = Table("workload", "threads", "gateway", "queries/s", "ratio", "µs/query", "ratio")
    for workload, threads in WORKLOADS:
        measured = {name: Measured() for name in gateways}
        for number in range(rounds):
            for name in list(measured)[:: 1 if number % 2 else -1]:
                measured[name].round(gateways[name], workload, threads, seconds)
        first = next(iter(measured.values()))
        for name, each in measured.items():
            rates = [a / b for a, b in zip(each.rates, first.rates, strict=True)]
            costs = [a / b for a, b in zip(each.costs, first.costs, strict=True)]
            cells = [f"{statistics.median(each.rates):,.0f}", f"{statistics.median(rates):.2f}"]
            cells += [f"{statistics.median(each.costs):.0f}", f"{statistics.median(costs):.2f}"]
            table.add_row(workload, str(threads), name, *cells)
        table.add_section()
    console.print(f"Masking: sysbench, text protocol, medians of {rounds} interleaved rounds of {seconds} s")
    console.print(table)


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


def _large(console: Console, ends: dict[str, tuple[int, int]], rounds: int) -> None:
    figures: dict[str, list[float]] = {name: [] for name in ends}
    for _ in range(rounds):
        for name, (port, _pid) in ends.items():
            command = [find_program("mariadb"), "--no-defaults", "--host=127.0.0.1", f"--port={port}"]
            command += [f"--user={USER}", f"--password={PASSWORD}", DATABASE, "--quick", "--batch"]
            started = time.monotonic()
            subprocess.run([*command, "--execute=SELECT * FROM large"], stdout=subprocess.DEVNULL, check=True)
            figures[name].append(ROWS / (time.monotonic() - started))
    table = Table("gateway", "rows/s")
    for name, rates in figures.items():
        table.add_row(name, f"{statistics.median(rates):,.0f}")
    console.print(f"Large result: {ROWS:,} rows of 4 columns")
    console.print(table)
