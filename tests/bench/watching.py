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
    """Of one gateway, or of all that were started so, for a workload: round by round."""

    rates: list[float] = field(default_factory=list)  # queries/s
    costs: list[float] = field(default_factory=list)  # microseconds of processor time for a query

    def round(self, gateway: GatewayProcess, workload: str, threads: int, seconds: int) -> None:
        before = _processor_s(gateway.process.pid)
        rate, _ = sysbench(workload, "run", gateway.port, threads, seconds)
        self.rates.append(rate)
        self.costs.append((_processor_s(gateway.process.pid) - before) / (rate * seconds) * 1e6)


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def run(console: Console, *, quick: bool) -> None:
    """Print the table. ``quick``: fewer rounds."""
    starts, rounds, seconds = (2, 2, 2) if quick else (8, 2, 2)
    table = Table("workload", "threads", "queries/s", "watching", "ratio", "µs/query", "watching", "ratio")
    measured = {workload: (Measured(), Measured()) for workload in WORKLOADS}
    with tempfile.TemporaryDirectory(prefix="askwire-bench-") as folder, server() as mariadb:
        sysbench("oltp_point_select", "prepare", mariadb.port, 1)
        for start in range(starts):
            # Of two processes that do the same one is often some per cent slower, for as long as it lives.
            with ExitStack() as stack:
                gateways = {
                    watch: stack.enter_context(
                        GatewayProcess(
                            Path(folder) / f"{start}-{watch}",
                            f"mysql://127.0.0.1:{mariadb.port}",
                            {"diagnose": {"watch": watch}},
                        )
                    )
                    for watch in ((False, True) if start % 2 else (True, False))
                }
                for workload, of in measured.items():
                    for number in range(rounds):
                        for watch in (False, True) if number % 2 else (True, False):
                            of[watch].round(gateways[watch], *workload, seconds)
    for (workload, threads), (off, on) in measured.items():
        table.add_row(workload, str(threads), *_cells(off.rates, on.rates), *_cells(off.costs, on.costs))
    console.print(
        "Watching statements: sysbench, text protocol, medians of interleaved rounds with several gateways each"
    )
    console.print(table)


def _cells(off: list[float], on: list[float]) -> list[str]:
    ratio = statistics.median(b / a for a, b in zip(off, on, strict=True))
    digits = 0 if statistics.median(off) > 1000 else 1
    return [f"{statistics.median(off):,.{digits}f}", f"{statistics.median(on):,.{digits}f}", f"{ratio:.3f}"]
