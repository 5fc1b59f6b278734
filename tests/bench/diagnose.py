"""EXPLAIN AI as a table, without a model, beside the server's own EXPLAIN FORMAT=JSON through the same gateway."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql
from rich.console import Console
from rich.table import Table

from tests.diagnose.servers import DATABASES, diagnosed
from tests.support.gateway import GatewayProcess
from tests.support.postgres import postgres_server
from tests.support.shop_server import shop_server

STATEMENTS = {
    "one table": "SELECT * FROM diag_orders WHERE YEAR(created_at) = 2021 AND status = 'open'",
    "three tables": (
        "SELECT c.city, SUM(l.price) FROM diag_customers c JOIN diag_orders o ON o.customer_id = c.id "
        "JOIN diag_lines l ON l.order_id = o.id WHERE c.country = 'DE' GROUP BY c.city ORDER BY 2 DESC LIMIT 10"
    ),
    "UPDATE": "UPDATE diag_orders SET note = NULL WHERE number = 500123",
}
COLUMNS = ("server", "statement", "session", "EXPLAIN ms", "EXPLAIN AI ms", "p95", "besides EXPLAIN", "p95 besides")
UNTRIED = {"diagnose": {"verify": False}}
# Facts about tables are kept for five seconds in a session.
SESSIONS = {"new each time": True, "the same": False}


def run(console: Console, *, quick: bool) -> None:
    """Print the table; no model is needed. Trying advice is off: that takes as long as ``diagnose.verify_s`` allows."""
    rounds = 15 if quick else 100
    table = Table(*COLUMNS)
    with tempfile.TemporaryDirectory(prefix="askwire-bench-") as folder:
        for kind, gateway in _gateways(Path(folder)):
            for name, sql in STATEMENTS.items():
                for session, anew in SESSIONS.items():
                    figures = _measured(kind, gateway, sql, rounds, anew)
                    table.add_row(kind, name, session, *figures)
    console.print(f"EXPLAIN AI without a model, medians of {rounds}, interleaved with EXPLAIN")
    console.print(table)


def _gateways(folder: Path) -> Iterator[tuple[str, GatewayProcess]]:
    with shop_server() as mariadb, GatewayProcess(folder / "mariadb", mariadb.url, UNTRIED) as gateway:
        mariadb.run_sql("CREATE TABLE diag_numbers AS SELECT seq FROM seq_1_to_20000", database="scratch")
        with diagnosed("mariadb", gateway):
            yield "mariadb", gateway
    with postgres_server() as postgres, GatewayProcess(folder / "postgres", postgres.url(), UNTRIED) as gateway:
        with postgres.connect() as connection:
            connection.execute("CREATE SCHEMA diag")
            connection.execute("CREATE TABLE diag.diag_numbers AS SELECT seq FROM generate_series(1, 20000) AS s(seq)")
        with diagnosed("postgres", gateway):
            yield "postgres", gateway


def _measured(kind: str, gateway: GatewayProcess, sql: str, rounds: int, anew: bool) -> list[str]:
    plain, asked = [], []
    with _connected(kind, gateway) as kept:
        for _ in range(3):
            _timed(kept, f"EXPLAIN AI {sql}")
        for _ in range(rounds):
            if anew:
                with _connected(kind, gateway) as fresh:
                    plain.append(_timed(fresh, f"EXPLAIN FORMAT=JSON {sql}"))
                    asked.append(_timed(fresh, f"EXPLAIN AI {sql}"))
            else:
                plain.append(_timed(kept, f"EXPLAIN FORMAT=JSON {sql}"))
                asked.append(_timed(kept, f"EXPLAIN AI {sql}"))
    besides = [ai - explain for ai, explain in zip(asked, plain, strict=True)]
    figures = [
        statistics.median(plain),
        statistics.median(asked),
        _p95(asked),
        statistics.median(besides),
        _p95(besides),
    ]
    return [f"{figure * 1000:.1f}" for figure in figures]


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


@contextmanager
def _connected(kind: str, gateway: GatewayProcess) -> Iterator[Any]:
    login = {"user": "app", "password": "secret", "database": DATABASES[kind]}
    with pymysql.connect(host=gateway.host, port=gateway.port, autocommit=True, **login) as connection:
        yield connection


def _timed(connection: Any, sql: str) -> float:
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(sql)
        cursor.fetchall()
    return time.perf_counter() - begun
