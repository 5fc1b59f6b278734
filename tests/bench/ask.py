"""ASK's latency: cold and warm first token, the whole, and the gateway's own time outside the model."""

import re
import statistics
import tempfile
from pathlib import Path

import pymysql
from rich.console import Console
from rich.table import Table

from proxy.upstreams.sample_shop import sample_shop_sql
from tests.support.gateway import GatewayProcess
from tests.support.private_mariadb import PrivateMariaDB

QUESTIONS = (
    "how many orders were cancelled",
    "top 5 customers by revenue",
    "number of products per category",
    "revenue by region",
    "how many customers are there in each region",
)
FIRST_TOKEN = re.compile(r"(\d+) prompt tokens, (\d+) cached.*first token ([\d.]+) s, total ([\d.]+) s", re.S)
OUTSIDE = re.compile(r"([\d.]+) s of it outside the model")


def run(console: Console, *, quick: bool) -> None:
    """Print the table; the model must have been pulled."""
    rounds = 1 if quick else 3
    account = "CREATE USER 'bench'@'127.0.0.1'; GRANT SELECT ON shop.* TO 'bench'@'127.0.0.1'"
    with tempfile.TemporaryDirectory(prefix="askwire-bench-") as folder, PrivateMariaDB() as mariadb:
        mariadb.run_sql(sample_shop_sql())
        mariadb.run_sql(account)
        # Without warming, so that the first question shows what a cold schema costs.
        settings = {"model": {"name": "qwen2.5-coder-1.5b"}, "ask": {"warm": False}}
        with GatewayProcess(Path(folder) / "askwire", f"mysql://127.0.0.1:{mariadb.port}", settings) as gateway:
            connection = pymysql.connect(host="127.0.0.1", port=gateway.port, user="bench", database="shop")
            cold = _trace(connection, QUESTIONS[0])
            warm = [_trace(connection, question) for _ in range(rounds) for question in QUESTIONS]
            connection.close()
    table = Table("", "first token s", "total s", "outside the model ms", "prompt tokens", "cached")
    table.add_row("cold schema", *_cells([cold]))
    table.add_row(f"warm, median of {len(warm)}", *_cells(warm))
    worst = max(warm, key=lambda w: w[2])
    table.add_row("warm, slowest outside", *_cells([worst]))
    console.print("ASK on the sample shop, read from ASK TRACE")
    console.print(table)


def _trace(connection: "pymysql.Connection[pymysql.cursors.Cursor]", question: str) -> tuple[float, ...]:
    """(first token s, total s, outside the model s, prompt tokens, cached tokens)"""
    with connection.cursor() as cursor:
        cursor.execute(f"ASK TRACE '{question}'")
        details = {step: detail for step, _, detail in cursor.fetchall()}
    model = FIRST_TOKEN.search(details["model 1"])
    outside = OUTSIDE.search(details["total"])
    assert model is not None, details
    assert outside is not None, details
    return float(model[3]), float(model[4]), float(outside[1]), float(model[1]), float(model[2])


def _cells(traces: list[tuple[float, ...]]) -> list[str]:
    first, total, outside, prompt, cached = (statistics.median(column) for column in zip(*traces, strict=True))
    return [f"{first:.2f}", f"{total:.2f}", f"{outside * 1000:.1f}", f"{prompt:.0f}", f"{cached:.0f}"]
