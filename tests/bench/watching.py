"""What it costs the relay that statements are watched and digested: two gateways, one of which looks away.

The processor time that the gateway takes for a query is the steadier figure: queries per second also depend on what
client and server leave of a small machine.
"""

import os
import statistics
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.peers import server
from tests.bench.relay import WORKLOADS, sysbench
from tests.support.gateway import GatewayProcess

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Measured:
    """Of one gateway and workload, round by round."""

    port: int
    pid: int
    rates: list[float] = field(default_factory=list)  # queries/s
    costs: list[float] = field(default_factory=list)  # microseconds of processor time for a query

    def round(self, workload: str, threads: int, seconds: int) -> None:
        before = _processor_s(self.pid)
        rate, _ = sysbench(workload, "run", self.port, threads, seconds)
        self.rates.append(rate)
        self.costs.append((_processor_s(self.pid) - before) / (rate * seconds) * 1e6)


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def run(console: Console, *, quick: bool) -> None:
    """Print the table. ``quick``: fewer rounds."""
    rounds, seconds = (4, 2) if quick else (16, 2)
    table = Table("workload", "threads", "queries/s", "watching", "ratio", "µs/query", "watching", "ratio")
    with tempfile.TemporaryDirectory(prefix="askwire-bench-") as folder, server() as mariadb, ExitStack() as stack:
        sysbench("oltp_point_select", "prepare", mariadb.port, 1)
        ends = {}
        for watch in (False, True):
            settings = {"diagnose": {"watch": watch}}
            place = Path(folder) / ("watching" if watch else "not")
            gateway = stack.enter_context(GatewayProcess(place, f"mysql://127.0.0.1:{mariadb.port}", settings))
            ends[watch] = (gateway.port, gateway.process.pid)
        for workload, threads in WORKLOADS:
            off, on = Measured(*ends[False]), Measured(*ends[True])
            for number in range(rounds):
                for peer in (off, on) if number % 2 else (on, off):
                    peer.round(workload, threads, seconds)
            table.add_row(workload, str(threads), *_cells(off.rates, on.rates), *_cells(off.costs, on.costs))
    console.print("Watching statements: sysbench, text protocol, medians of interleaved rounds")
    console.print(table)


def _cells(off: list[float], on: list[float]) -> list[str]:
    ratio = statistics.median(b / a for a, b in zip(off, on, strict=True))
    digits = 0 if statistics.median(off) > 1000 else 1
    return [f"{statistics.median(off):,.{digits}f}", f"{statistics.median(on):,.{digits}f}", f"{ratio:.3f}"]
