"""32 ASKs at once with the embedded model: how they end, how long they take, and what plain SQL notices of it."""

import statistics
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pymysql
from rich.console import Console
from rich.table import Table

from proxy.upstreams.sample_shop import sample_shop_sql
from tests.bench.ask import QUESTIONS
from tests.support.gateway import GatewayProcess
from tests.support.private_mariadb import PrivateMariaDB

ASKS = 32
PLAIN = "SELECT name FROM products WHERE id = 7"
PAUSE_S = 0.01  # between two plain statements


def run(console: Console, *, quick: bool) -> None:
    """Print the tables; the model must have been pulled. ``quick``: half as many ASKs, a shorter look at plain SQL."""
    asks, seconds = (ASKS // 2, 5.0) if quick else (ASKS, 20.0)
    account = "CREATE USER 'bench'@'127.0.0.1'; GRANT SELECT ON shop.* TO 'bench'@'127.0.0.1'"
    with tempfile.TemporaryDirectory(prefix="askwire-bench-") as folder, PrivateMariaDB() as mariadb:
        mariadb.run_sql(sample_shop_sql())
        mariadb.run_sql(account)
        settings = {"model": {"name": "qwen2.5-coder-1.5b"}}
        with GatewayProcess(Path(folder) / "askwire", f"mysql://127.0.0.1:{mariadb.port}", settings) as gateway:
            _one_ask(gateway.port, QUESTIONS[0])  # the model is loaded and knows the schema
            idle = plain_statements(gateway.port, threading.Event(), seconds)
            ended, busy = _under_load(gateway.port, asks)
    latency = Table("plain SQL, ms", "statements", "median", "p95", "p99", "largest")
    latency.add_row("without ASKs", *cells(idle))
    latency.add_row(f"with {asks} ASKs", *cells(busy))
    console.print(f"{asks} sessions ASK at once; one more session runs {PLAIN!r} meanwhile")
    console.print(latency)
    outcome = Table("ASKs", "number", "first s", "median s", "last s")
    for how, count in Counter(how for how, _ in ended).most_common():
        taken = sorted(taken for other, taken in ended if other == how)
        outcome.add_row(how, str(count), f"{taken[0]:.1f}", f"{statistics.median(taken):.1f}", f"{taken[-1]:.1f}")
    console.print(outcome)


def _under_load(port: int, asks: int) -> tuple[list[tuple[str, float]], list[float]]:
    over = threading.Event()
    with ThreadPoolExecutor(asks + 1) as pool:
        asking = [pool.submit(_one_ask, port, QUESTIONS[number % len(QUESTIONS)]) for number in range(asks)]
        pool.submit(lambda: (wait(asking), over.set()))
        busy = plain_statements(port, over, 3600)
        return [ask.result() for ask in asking], busy


def _one_ask(port: int, question: str) -> tuple[str, float]:
    """(``rows`` or the error's number, seconds)"""
    with pymysql.connect(host="127.0.0.1", port=port, user="bench", database="shop") as connection:
        started = time.monotonic()
        try:
            connection.cursor().execute(f"ASK '{question}'")
        except pymysql.MySQLError as error:
            return f"error {error.args[0] & 0xFFFF}", time.monotonic() - started
        return "rows", time.monotonic() - started


def plain_statements(port: int, over: threading.Event, seconds: float) -> list[float]:
    """Seconds of one plain statement after the other, until ``over`` or for so many seconds."""
    taken = []
    until = time.monotonic() + seconds
    with (
        pymysql.connect(host="127.0.0.1", port=port, user="bench", database="shop") as connection,
        connection.cursor() as cursor,
    ):
        while time.monotonic() < until and not over.is_set():
            started = time.perf_counter()
            cursor.execute(PLAIN)
            taken.append(time.perf_counter() - started)
            time.sleep(PAUSE_S)
    return taken


def cells(taken: list[float]) -> list[str]:
    percentiles = statistics.quantiles(taken, n=100)
    shown = (percentiles[49], percentiles[94], percentiles[98], max(taken))
    return [str(len(taken)), *(f"{1000 * seconds:.2f}" for seconds in shown)]
