"""A question that a verified query answers: what the client waits for, beside the same SQL sent plainly."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pymysql
from rich.console import Console
from rich.table import Table

from proxy.upstreams.sample_shop import sample_shop_sql
from tests.support.gateway import GatewayProcess
from tests.support.private_mariadb import PrivateMariaDB

SQL = """SELECT r.name, COUNT(o.id) AS orders FROM orders AS o JOIN customers AS c ON c.id = o.customer_id
JOIN regions AS r ON r.id = c.region_id WHERE o.status = 'delivered' AND o.ordered_at < '2025-04-01' GROUP BY r.name"""
QUESTION = "how many orders were delivered before Q2 2025 in each region"
ASKED = "How many orders were delivered before Q{} {}, by region?"
KINDS: tuple[tuple[str, Callable[[int], str]], ...] = (
    ("another quarter each time", lambda n: ASKED.format(n % 4 + 1, 1900 + n % 199)),
    ("the same again", lambda n: ASKED.format(2, 2025)),
)
COLUMNS = ("verified queries and terms", "asked", "plain SQL ms", "ASK ms", "p95", "the gateway's own", "of it known")


def run(console: Console, *, quick: bool) -> None:
    """Print the table; no model is needed."""
    rounds = 50 if quick else 300
    account = "CREATE USER 'bench'@'127.0.0.1'; GRANT SELECT ON shop.* TO 'bench'@'127.0.0.1'"
    table = Table(*COLUMNS)
    with tempfile.TemporaryDirectory(prefix="askwire-bench-") as folder, PrivateMariaDB() as mariadb:
        mariadb.run_sql(sample_shop_sql())
        mariadb.run_sql(account)
        with GatewayProcess(Path(folder) / "askwire", f"mysql://127.0.0.1:{mariadb.port}", {}) as gateway:
            connection = pymysql.connect(host="127.0.0.1", port=gateway.port, user="bench", database="shop")
            cursor = connection.cursor()
            cursor.execute(f"CREATE VERIFIED QUERY asked FOR '{QUESTION}' AS {SQL}")
            for kind, question in KINDS:
                table.add_row("1 and 0", kind, *_measure(connection, rounds, question))
            for n in range(500):
                cursor.execute(f"CREATE VERIFIED QUERY q{n} FOR 'product {n}' AS SELECT id FROM products LIMIT {n}")
                cursor.execute(f"CREATE TERM 'term {n}' AS 'TM{n} = the sum of all. To get it, join and group.'")
            for kind, question in KINDS:
                table.add_row("501 and 500", kind, *_measure(connection, rounds, question))
            connection.close()
    console.print(f"A question that a verified query answers up to its quarter, medians of {rounds}")
    console.print(table)


def _measure(
    connection: "pymysql.Connection[pymysql.cursors.Cursor]", rounds: int, question: Callable[[int], str]
) -> list[str]:
    _timed(connection, f"ASK '{question(0)}'")
    asked, plain, gateway, known = [], [], [], []
    for n in range(rounds):
        plain.append(_timed(connection, SQL))
        asked.append(_timed(connection, f"ASK '{question(2 * n + 1)}'"))
        with connection.cursor() as cursor:
            cursor.execute(f"ASK TRACE '{question(2 * n)}'")
            steps = {step: seconds for step, seconds, _ in cursor.fetchall()}
        gateway.append(steps["total"])
        known.append(steps["known"])
    p95 = statistics.quantiles(asked, n=20)[-1]
    figures = [*map(statistics.median, (plain, asked)), p95, *map(statistics.median, (gateway, known))]
    return [f"{figure * 1000:.2f}" for figure in figures]


def _timed(connection: "pymysql.Connection[pymysql.cursors.Cursor]", sql: str) -> float:
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(sql)
        cursor.fetchall()
    return time.perf_counter() - begun
