"""Upstreams that do not speak MySQL: through the gateway against the same database read directly from Python.

One million rows of ten mixed columns: rows per second and the time to the first row; small queries; what the gateway
takes in memory while it streams. Rounds are interleaved and tables show medians, with ratios of the same round.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import MySQLdb
import MySQLdb.cursors
from rich.console import Console
from rich.table import Table

from tests.support.gateway import GatewayProcess
from tests.support.postgres import postgres_server

ROWS = 1_000_000
STREAMED_ROWS = 10_000_000
SMALL_QUERIES = 1000
CHUNK = 2048
POSTGRESQL_TABLE = """
CREATE TABLE large AS SELECT g AS id, g::bigint * 7919 AS big, (g % 100) / 7.0::float8 AS ratio,
(g * 1.25)::numeric(12, 2) AS amount, ('name of row ' || g)::varchar(40) AS name, 'city' || (g % 50) AS city,
date '2020-01-01' + (g % 1000)::int AS day, timestamp '2020-01-01' + g * interval '1 second' AS at, g % 2 = 0 AS flag,
CASE WHEN g % 10 = 0 THEN NULL ELSE 'x' || g % 7 END AS maybe FROM generate_series(1, {rows}) g"""
DUCKDB_TABLE = """
CREATE TABLE large AS SELECT g::INTEGER AS id, g * 7919 AS big, (g % 100) / 7.0::DOUBLE AS ratio,
(g * 1.25)::DECIMAL(12, 2) AS amount, 'name of row ' || g AS name, 'city' || (g % 50) AS city,
(date '2020-01-01' + (g % 1000)::INTEGER)::DATE AS day, timestamp '2020-01-01' + to_seconds(g) AS at, g % 2 = 0 AS flag,
CASE WHEN g % 10 = 0 THEN NULL ELSE 'x' || g % 7 END AS maybe FROM range(1, {rows} + 1) t(g)"""
ALL = "SELECT * FROM large"
SAME = "SELECT id, name, amount FROM large WHERE id = 4711"


@dataclass(frozen=True)
class Reading:
    rows_per_second: float
    first_row_ms: float


@dataclass(frozen=True)
class Case:
    """One database: ways to read it, the direct ones first; each reads all rows of a query."""

    name: str
    gateway: GatewayProcess
    direct: dict[str, Callable[[str], Iterator[object]]]


def run(console: Console, *, quick: bool) -> None:
    """Print the tables. ``quick``: fewer rounds, fewer rows."""
    rows, rounds = (ROWS // 10, 2) if quick else (ROWS, 5)
    with tempfile.TemporaryDirectory(prefix="askwire-bench-") as name:
        for open_case in (_postgresql, _duckdb):
            with open_case(Path(name), rows) as case:
                _large_result(console, case, rows, rounds)
                _small_queries(console, case, rounds)
                _memory(console, case, rows if quick else STREAMED_ROWS, rows)


@contextmanager
def _postgresql(folder: Path, rows: int) -> Iterator[Case]:
    with postgres_server() as server:
        with server.connect() as connection:
            connection.execute(POSTGRESQL_TABLE.format(rows=rows).encode())
            connection.execute("ALTER TABLE large ADD PRIMARY KEY (id)")
            connection.execute("VACUUM ANALYZE large")
        with GatewayProcess(folder / "postgresql", server.url(), {}) as gateway, server.connect() as connection:
            direct = {
                "psycopg, fetchall": lambda sql: iter(connection.execute(sql.encode()).fetchall()),
                "psycopg, stream": lambda sql: connection.cursor().stream(sql.encode(), size=256),
            }
            yield Case("PostgreSQL", gateway, direct)


@contextmanager
def _duckdb(folder: Path, rows: int) -> Iterator[Case]:
    """A file has one owner: the direct reader has a copy of its own."""
    mine, other = folder / "mine.duckdb", folder / "other.duckdb"
    for path in (mine, other):
        with duckdb.connect(str(path)) as connection:
            connection.execute(DUCKDB_TABLE.format(rows=rows))
    with (
        GatewayProcess(folder / "duckdb", f"duckdb:///{other}", {}) as gateway,
        duckdb.connect(str(mine)) as connection,
    ):

        def chunks(sql: str) -> Iterator[object]:
            connection.execute(sql)
            while found := connection.fetchmany(CHUNK):
                yield from found

        yield Case("DuckDB", gateway, {"duckdb, fetchmany": chunks})


def _connect(case: Case) -> Any:
    user = {"user": "app", "password": "secret"} if case.name == "PostgreSQL" else {"user": "root", "password": ""}
    return MySQLdb.connect(host="127.0.0.1", port=case.gateway.port, cursorclass=MySQLdb.cursors.SSCursor, **user)


def _through_gateway(connection: Any, database: str) -> Callable[[str], Iterator[object]]:
    connection.query(f"USE `{database}`")

    def rows(sql: str) -> Iterator[object]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            while found := cursor.fetchmany(CHUNK):
                yield from found

    return rows


def _read(rows: Callable[[str], Iterator[object]], expected: int) -> Reading:
    started = time.perf_counter()
    found = rows(ALL)
    next(found)
    first = time.perf_counter() - started
    count = 1 + sum(1 for _ in found)
    assert count == expected
    return Reading(count / (time.perf_counter() - started), first * 1000)


def _large_result(console: Console, case: Case, rows: int, rounds: int) -> None:
    connection = _connect(case)
    raw = _connect(case)
    raw.converter = {}
    schema = "public" if case.name == "PostgreSQL" else "main"
    ways = {
        **case.direct,
        "gateway, mysqlclient": _through_gateway(connection, schema),
        "gateway, mysqlclient without conversion": _through_gateway(raw, schema),
    }
    found: dict[str, list[Reading]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(_read(way, rows))
    first = next(iter(case.direct))
    table = Table(
        "read with", "rows/s", f"of {first}", "first row, ms", title=f"{case.name}: {rows:,} rows of 10 columns"
    )
    for name, readings in found.items():
        ratio = statistics.median(
            here.rows_per_second / there.rows_per_second for here, there in zip(readings, found[first], strict=True)
        )
        rate = statistics.median(reading.rows_per_second for reading in readings)
        delay = statistics.median(reading.first_row_ms for reading in readings)
        table.add_row(name, f"{rate:,.0f}", f"{ratio:.2f}", f"{delay:.1f}")
    console.print(table)
    connection.close()
    raw.close()


def _small_queries(console: Console, case: Case, rounds: int) -> None:
    """The same text again and again, and one text after another (which must be translated each)."""
    connection = _connect(case)
    schema = "public" if case.name == "PostgreSQL" else "main"
    ways = {next(iter(case.direct)): next(iter(case.direct.values())), "gateway": _through_gateway(connection, schema)}
    table = Table("queries/s", *ways, "of direct", title=f"{case.name}: one row by its key")
    other = [SAME.replace("4711", str(number)) for number in range(SMALL_QUERIES)]
    for title, queries in (("the same text", [SAME] * SMALL_QUERIES), ("other texts", other)):
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(rounds):
            for name, way in ways.items():
                started = time.perf_counter()
                for query in queries:
                    for _ in way(f"{query} + {turn} - {turn}" if title == "other texts" else query):
                        pass
                rates[name].append(SMALL_QUERIES / (time.perf_counter() - started))
        direct, gateway = rates.values()
        ratio = statistics.median(here / there for here, there in zip(gateway, direct, strict=True))
        table.add_row(title, *(f"{statistics.median(rate):,.0f}" for rate in rates.values()), f"{ratio:.2f}")
    console.print(table)
    connection.close()


def _memory(console: Console, case: Case, streamed: int, rows: int) -> None:
    connection = _connect(case)
    way = _through_gateway(connection, "public" if case.name == "PostgreSQL" else "main")
    before = _resident(case.gateway)
    most, count = before, 0
    copies = " UNION ALL ".join(["SELECT * FROM large"] * (streamed // rows))
    for _ in way(copies):
        count += 1
        if count % 100_000 == 0:
            most = max(most, _resident(case.gateway))
    assert count == streamed
    console.print(
        f"{case.name}: the gateway took {before:.0f} MiB, and {most:.0f} MiB while it streamed {streamed:,} rows\n"
    )
    connection.close()


def _resident(gateway: GatewayProcess) -> float:
    """MiB of its process."""
    status = Path(f"/proc/{gateway.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024
