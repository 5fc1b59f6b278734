"""What plain SQL notices of the admin endpoint in the same process: sysbench, while others call it.

Rounds are interleaved, as in ``relay``: ratios are to the same round's figures without calls.
"""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.peers import connect, server
from tests.bench.relay import cells, sysbench
from tests.support.gateway import GatewayProcess

SESSIONS = 120
THREADS = 8
# Calls: (what the table says, seconds between two, whose token). A console and Prometheus make about five a second.
CALLS = (
    ("5 calls a second", 0.2, "admin"),
    ("50 calls a second", 0.02, "admin"),
    ("without a token, as fast as it goes", 0.0, "no"),
)
PATHS = ("/v1/status", "/v1/sessions", "/metrics", "/v1/models", "/v1/history?limit=50")
# In a process of its own, so that its work is not the measured client's.
_CALLS = """
import itertools, sys, time, httpx
url, token, pause, paths = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4:]
with httpx.Client(base_url=url, headers={"authorization": f"Bearer {token}"}) as client:
    due = time.monotonic()
    for path in itertools.cycle(paths):
        client.get(path)
        due += pause
        time.sleep(max(0.0, due - time.monotonic()))
"""


def run(console: Console, *, quick: bool) -> None:
    """Print the table. ``quick``: fewer and shorter rounds."""
    rounds, seconds = (3, 2) if quick else (9, 3)
    figures: dict[str, list[tuple[float, float]]] = {"no calls": [], **{what: [] for what, *_ in CALLS}}
    with tempfile.TemporaryDirectory(prefix="askwire-bench-") as folder, server() as mariadb:
        sysbench("oltp_point_select", "prepare", mariadb.port, 1)
        settings = {"admin": {"listen": "127.0.0.1:0", "requests_per_s": 10_000.0}}
        gateway = GatewayProcess(Path(folder) / "askwire", f"mysql://127.0.0.1:{mariadb.port}", settings)
        with gateway, ExitStack() as stack:
            for _ in range(SESSIONS):
                stack.callback(connect(gateway.port).close)
            for _ in range(rounds):
                figures["no calls"].append(sysbench("oltp_point_select", "run", gateway.port, THREADS, seconds))
                for what, pause_s, role in CALLS:
                    with _calling(gateway, pause_s, role):
                        figures[what].append(sysbench("oltp_point_select", "run", gateway.port, THREADS, seconds))
    table = Table("admin endpoint", "queries/s", "p95 ms", "q/s to no calls", "p95 to no calls")
    for what, measured in figures.items():
        table.add_row(what, *cells(measured, figures["no calls"]))
    console.print(f"Plain SQL, {THREADS} threads and {SESSIONS} sessions more, while somebody calls {' '.join(PATHS)}")
    console.print(table)


@contextmanager
def _calling(gateway: GatewayProcess, pause_s: float, role: str) -> Iterator[None]:
    found = re.search(r"admin endpoint at (http://[^ ]+)/ ", gateway.log_text())
    assert found is not None
    path = gateway.data_dir / f"{role}-token"
    token = path.read_text().strip() if path.exists() else "wrong"
    process = subprocess.Popen([sys.executable, "-c", _CALLS, found[1], token, str(pause_s), *PATHS])
    try:
        time.sleep(1.0)  # it imports
        yield
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()
