"""Advice for a whole workload, by TPC-H: all 22 queries with primary keys only, with the indexes that SHOW AI INDEXES
offers for them, and with those that people usually make by hand; in one run, on MariaDB and on PostgreSQL.

A query that takes longer than the limit counts with the limit. Every rewrite that EXPLAIN AI offers is run on all the
data: it must return the same rows.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymysql
from rich.console import Console
from rich.table import Table

from tests.support.gateway import GatewayProcess
from tests.support.postgres import postgres_server
from tests.support.private_mariadb import PrivateMariaDB
from tests.support.tpch import QUERIES, TABLES, USUAL_INDEXES, generate, load_mariadb, load_postgres

LIMIT_S = 30.0
TIMED_OUT = (1969, 3024)  # MariaDB's and MySQL's error of a statement that was stopped
MARIADB_OPTIONS = (
    "--local-infile=1",
    "--innodb-buffer-pool-size=2G",
    "--tmp-table-size=256M",
    "--max-heap-table-size=256M",
    # From its 20 pages the same indexes get other plans after each ANALYZE: Q18 takes 0.24 or 0.68 s.
    "--innodb-stats-persistent-sample-pages=500",
)
POSTGRES_OPTIONS = ("shared_buffers=1GB", "work_mem=64MB", "maintenance_work_mem=256MB")
Rows = Sequence[tuple[Any, ...]]


@dataclass
class Run:
    """All queries once. ``seconds`` by query; ``stopped``: those that reached the limit."""

    name: str
    indexes: int
    seconds: dict[str, float] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)

    @property
    def total(self) -> float:
        return sum(self.seconds.values())


class Database:
    """A loaded database behind a gateway."""

    def __init__(self, name: str, connection: Any) -> None:
        self.name = name
        self._connection = connection

    def ask(self, sql: str) -> Rows:
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            found: Rows = cursor.fetchall()
            return found

    def dictionaries(self, sql: str) -> list[dict[str, Any]]:
        with self._connection.cursor(pymysql.cursors.DictCursor) as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def limited(self, sql: str) -> Rows | None:
        """None when it was stopped at the limit."""
        try:
            return self.ask(f"SET STATEMENT max_statement_time={LIMIT_S:g} FOR {sql}")
        except pymysql.err.MySQLError as error:
            if error.args[0] not in TIMED_OUT:
                raise
            return None

    def timed(self, sql: str) -> float:
        """The better of two; the limit when it was stopped."""
        times = []
        for _ in range(2):
            started = time.perf_counter()
            if self.limited(sql) is None:
                return LIMIT_S
            times.append(time.perf_counter() - started)
        return min(times)

    def run(self, name: str, indexes: int, rounds: int) -> Run:
        """The best of ``rounds`` for each query; one that is stopped is not tried again."""
        run = Run(name, indexes)
        for query, sql in QUERIES.items():
            times = []
            for _ in range(rounds):
                started = time.perf_counter()
                if self.limited(sql) is None:
                    run.stopped.append(query)
                    times = [LIMIT_S]
                    break
                times.append(time.perf_counter() - started)
            run.seconds[query] = min(times)
        return run

    @contextmanager
    def indexed(self, creates: Sequence[str]) -> Iterator[None]:
        """With these indexes, and fresh statistics."""
        before = self._indexes()
        for sql in creates:
            self.ask(sql)
        self._analyze()
        try:
            yield
        finally:
            for table, index in self._indexes() - before:
                self.ask(f"DROP INDEX `{index}` ON {table}")
            self._analyze()

    def _indexes(self) -> set[tuple[str, str]]:
        return {(table, row["Key_name"]) for table in TABLES for row in self.dictionaries(f"SHOW INDEX FROM {table}")}

    def _analyze(self) -> None:
        self.ask(f"ANALYZE TABLE {', '.join(TABLES)}")


def run(console: Console, *, scale: float = 0.1, rounds: int = 2) -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory(prefix="askwire-tpch-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        generate(folder, scale)
        for open_database in (_mariadb, _postgres):
            with open_database(folder) as database:
                _compare(console, database, scale, rounds)


@contextmanager
def _mariadb(folder: Path) -> Iterator[Database]:
    with PrivateMariaDB(arguments=MARIADB_OPTIONS) as server:
        load_mariadb(server, folder, "tpch")
        server.run_sql("CREATE USER 'bench'@'127.0.0.1'; GRANT ALL ON *.* TO 'bench'@'127.0.0.1'")
        with _client(folder / "mariadb", f"mysql://127.0.0.1:{server.port}", "bench", "", "tpch") as connection:
            yield Database("MariaDB", connection)


@contextmanager
def _postgres(folder: Path) -> Iterator[Database]:
    with postgres_server(POSTGRES_OPTIONS) as server:
        server.run_sql("CREATE EXTENSION hypopg")
        with server.connect() as loading:
            loading.autocommit = True
            load_postgres(loading, folder)
        with _client(folder / "postgres", server.url(), "app", "secret", "public") as connection:
            yield Database("PostgreSQL", connection)


@contextmanager
def _client(folder: Path, upstream: str, user: str, password: str, database: str) -> Iterator[Any]:
    with ExitStack() as stack:
        gateway = stack.enter_context(GatewayProcess(folder, upstream, {"diagnose": {"slow_s": 0}}))
        yield stack.enter_context(
            pymysql.connect(
                host=gateway.host, port=gateway.port, user=user, password=password, database=database, autocommit=True
            )
        )


def _compare(console: Console, database: Database, scale: float, rounds: int) -> None:
    alone = database.run("primary keys only", 0, rounds)
    time.sleep(2)  # what was seen on the wire is told once a second
    advised = [row for row in database.dictionaries("SHOW AI INDEXES") if row["action"] == "create"]
    creates = [row["statement"] for row in advised]
    _rewrites(console, database)
    if scale < 1:  # an index takes minutes there, and there are many
        _one_by_one(console, database)
    runs = [alone]
    with database.indexed(creates):
        runs.append(database.run("SHOW AI INDEXES", len(creates), rounds))
    usual = [f"CREATE INDEX usual_{n} ON {table} ({columns})" for n, (table, columns) in enumerate(USUAL_INDEXES)]
    with database.indexed(usual):
        runs.append(database.run("foreign keys and dates", len(usual), rounds))
    console.print(_totals(f"TPC-H, scale {scale:g}, on {database.name}: 22 queries", runs))
    console.print(_each(f"Seconds of each query on {database.name}", runs))
    for row in advised:
        console.print(f"  {row['statement']}  {row['verified']}", soft_wrap=True, markup=False)


def _one_by_one(console: Console, database: Database) -> None:
    """Each verified index of EXPLAIN AI alone, and the query that it is for."""
    table = Table("query", "index", "seconds before", "seconds with it", title=f"Verified indexes on {database.name}")
    for query, sql in QUERIES.items():
        for row in database.dictionaries(f"EXPLAIN AI {sql}"):
            if (row["statement"] or "").startswith("CREATE INDEX") and row["verified"].startswith("yes"):
                before = database.timed(sql)
                with database.indexed([row["statement"]]):
                    after = database.timed(sql)
                table.add_row(query, row["statement"].partition(" ON ")[2], f"{before:.3f}", f"{after:.3f}")
    console.print(table if table.row_count else f"No index was verified on {database.name}.")


def _totals(title: str, runs: Sequence[Run]) -> Table:
    table = Table("indexes", "number", "seconds", "ratio", f"stopped after {LIMIT_S:g} s", title=title)
    for each in runs:
        ratio = f"{each.total / runs[0].total:.3f}"
        table.add_row(each.name, str(each.indexes), f"{each.total:.2f}", ratio, ", ".join(each.stopped))
    return table


def _each(title: str, runs: Sequence[Run]) -> Table:
    table = Table("query", *(each.name for each in runs), title=title)
    for query in QUERIES:
        table.add_row(query, *(f"{each.seconds[query]:.3f}" for each in runs))
    return table


def _rewrites(console: Console, database: Database) -> None:
    table = Table("query", "code", "verified", "same rows", "time", title=f"Rewrites offered on {database.name}")
    for query, sql in QUERIES.items():
        for row in database.dictionaries(f"EXPLAIN AI {sql}"):
            if not (row["statement"] or "").startswith(("SELECT", "WITH", "(")):
                continue
            started = time.perf_counter()
            before = database.limited(sql)
            between = time.perf_counter()
            after = database.limited(row["statement"])
            ratio = (time.perf_counter() - between) / (between - started)
            same = "not known" if before is None or after is None else str(Counter(before) == Counter(after))
            table.add_row(query, row["code"], row["verified"], same, f"{ratio:.3f}")
    console.print(table if table.row_count else f"No rewrite was offered on {database.name}.")
