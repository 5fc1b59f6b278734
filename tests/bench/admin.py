"""What plain SQL notices of the admin endpoint in the same process: one client reads a row, while others call it."""

import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pymysql
from rich.console import Console
from rich.table import Table

from proxy.upstreams.sample_shop import sample_shop_sql
from tests.bench.concurrency import cells, plain_statements
from tests.support.gateway import GatewayProcess
from tests.support.private_mariadb import PrivateMariaDB

SESSIONS = 120
# Calls for a second: a console and Prometheus make about five.
RATES = (5, 50)
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
    """Print the table. ``quick``: a shorter look."""
    seconds = 5.0 if quick else 20.0
    account = "CREATE USER 'bench'@'127.0.0.1'; GRANT SELECT ON shop.* TO 'bench'@'127.0.0.1'"
    table = Table("plain SQL, ms", "statements", "median", "p95", "p99", "largest")
    with tempfile.TemporaryDirectory(prefix="askwire-bench-") as folder, PrivateMariaDB() as mariadb:
        mariadb.run_sql(sample_shop_sql())
        mariadb.run_sql(account)
        settings = {"admin": {"listen": "127.0.0.1:0", "requests_per_s": 10_000.0}}
        gateway = GatewayProcess(Path(folder) / "askwire", f"mysql://127.0.0.1:{mariadb.port}", settings)
        with gateway, ExitStack() as stack:
            for _ in range(SESSIONS):
                stack.enter_context(pymysql.connect(host="127.0.0.1", port=gateway.port, user="bench"))
            table.add_row("no calls", *cells(plain_statements(gateway.port, threading.Event(), seconds)))
            for rate in RATES:
                with _calling(gateway, 1 / rate, "admin"):
                    taken = plain_statements(gateway.port, threading.Event(), seconds)
                table.add_row(f"{rate} calls a second", *cells(taken))
            with _calling(gateway, 0, "no"):
                taken = plain_statements(gateway.port, threading.Event(), seconds)
            table.add_row("without a token, as fast as it goes", *cells(taken))
    console.print(f"One session reads a row again and again, {SESSIONS} others are open, and somebody calls {PATHS}")
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
