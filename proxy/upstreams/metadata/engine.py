"""The private DuckDB database in which queries over INFORMATION_SCHEMA and the WHERE of SHOW are answered.

It holds nothing but the asking session's own metadata, in memory, and is locked: no files, no network, no extensions,
no settings. https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Timer
from typing import Any

import duckdb
from sqlglot import exp

from plugins import UpstreamError
from proxy.upstreams.metadata import errors
from proxy.upstreams.metadata.facts import Facts
from proxy.upstreams.metadata.fill import PRODUCERS
from proxy.upstreams.metadata.reference import LIVE, REFERENCE
from proxy.upstreams.metadata.rows import Row
from proxy.upstreams.metadata.system_tables import SystemColumn, system_tables
from proxy.upstreams.metadata.translate import STORE

LIMIT_S = 30.0
MAX_ROWS = 500_000
MAX_BYTES = 1 << 27
# In this order: what comes later forbids what came before.
_SETTINGS = (
    "SET memory_limit = '256MB'",
    "SET temp_directory = ''",
    "SET autoload_known_extensions = false",
    "SET autoinstall_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
# MySQL's functions that sqlglot leaves as they are.
_MACROS = (
    "CREATE MACRO find_in_set(a, b) AS list_position(string_split(b, ','), a)",
    "CREATE MACRO substring_index(s, d, n) AS array_to_string(CASE WHEN n >= 0 THEN string_split(s, d)[:n] "
    "ELSE string_split(s, d)[n:] END, d)",
    "CREATE MACRO unix_timestamp(a) AS epoch(a)::BIGINT",
    "CREATE MACRO quote(a) AS '''' || replace(replace(a, '\\', '\\\\'), '''', '\\''') || ''''",
)


class Engine:
    """One session's. For one thread, but ``interrupt``."""

    def __init__(self, *, case_sensitive: bool) -> None:
        self._folds = not case_sensitive
        self._filled: set[str] = set()
        self._connection = duckdb.connect(":memory:", config={"threads": 1})
        for statement in (*_SETTINGS, f"CREATE SCHEMA {STORE}", *_MACROS):
            self._connection.execute(statement)
        self._connection.create_function("crc32", _crc32, ["VARCHAR"], "UBIGINT")

    def close(self) -> None:
        self._connection.close()

    def interrupt(self) -> None:
        """Stop what runs now: it fails with 1317. From any thread."""
        self._connection.interrupt()

    def invalidate(self) -> None:
        """The reflection is another one."""
        self._filled -= set(PRODUCERS)

    def fill(self, tables: Iterable[str], facts: Facts) -> None:
        """Have the rows of these tables."""
        for name in sorted(set(tables)):
            if name in self._filled and name not in LIVE:
                continue
            columns = system_tables()[name]
            self._create(f'{STORE}."{name}"', [(column.name, self._storage(column)) for column in columns])
            produce = PRODUCERS.get(name) or REFERENCE.get(name) or LIVE.get(name)
            if produce is not None:
                self._insert(f'{STORE}."{name}"', [column.storage for column in columns], list(produce(facts)))
            self._filled.add(name)

    def run(self, sql: str) -> tuple[list[tuple[str, str]], list[Row]]:
        """Names and DuckDB's types of the columns, and the rows. Raises ``UpstreamError``."""
        try:
            with self._limited():
                cursor = self._connection.execute(sql)
                described = [(column[0], str(column[1])) for column in cursor.description or ()]
                return described, _fetched(cursor)
        except (duckdb.Error, OverflowError, ValueError) as problem:
            raise _as_mysql(problem) from problem

    def matching(self, names: Sequence[str], rows: Sequence[Row], condition: str) -> list[Row]:
        """The rows of a SHOW statement that its WHERE (in DuckDB's words) keeps. Raises ``UpstreamError``."""
        texts = [[None if value is None else str(value) for value in row] for row in rows]
        columns = [(name, "VARCHAR COLLATE NOCASE") for name in names]
        self._create("shown", [*columns, ("_row", "BIGINT")])
        self._insert("shown", ["VARCHAR"] * len(names) + ["BIGINT"], [(*row, n) for n, row in enumerate(texts)])
        _, kept = self.run(f'SELECT "_row" FROM shown WHERE {condition} ORDER BY 1')
        return [rows[number] for (number,) in kept]

    @contextmanager
    def _limited(self) -> Iterator[None]:
        """What runs longer than ``LIMIT_S`` fails with 3024."""
        expired = Event()

        def stop() -> None:
            expired.set()
            self._connection.interrupt()

        timer = Timer(LIMIT_S, stop)
        timer.daemon = True
        timer.start()
        try:
            yield
        except duckdb.InterruptException as problem:
            if expired.is_set():
                raise errors.timed_out() from problem
            raise
        finally:
            timer.cancel()

    def _storage(self, column: SystemColumn) -> str:
        folds = column.storage == "VARCHAR" and (self._folds or not column.is_object_name)
        return "VARCHAR COLLATE NOCASE" if folds else column.storage

    def _create(self, table: str, columns: Sequence[tuple[str, str]]) -> None:
        text = ", ".join(f"{exp.to_identifier(name, quoted=True).sql('duckdb')} {kind}" for name, kind in columns)
        self._connection.execute(f"CREATE OR REPLACE TABLE {table} ({text})")

    def _insert(self, table: str, kinds: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """One JSON array for each column: far faster than row by row, and no value becomes a part of the statement."""
        if not rows:
            return
        arrays = [json.dumps(column, default=str) for column in zip(*rows, strict=True)]
        selected = ", ".join(f"unnest(from_json(?, '[\"{kind}\"]'))" for kind in kinds)
        self._connection.execute(f"INSERT INTO {table} SELECT {selected}", arrays)


def _fetched(cursor: duckdb.DuckDBPyConnection) -> list[Row]:
    """All rows, unless they are too many to hold. Raises 1104."""
    rows: list[Row] = []
    size = 0
    while batch := cursor.fetchmany(1000):
        rows += batch
        size += sum(len(value) for row in batch for value in row if isinstance(value, str | bytes))
        if len(rows) > MAX_ROWS or size > MAX_BYTES:
            raise errors.too_big()
    return rows


def _crc32(text: str) -> int:
    return zlib.crc32(text.encode())


def _as_mysql(problem: Exception) -> UpstreamError:
    text = str(problem).split("\n")[0]
    quoted = text.split('"')
    if isinstance(problem, duckdb.InterruptException):
        return UpstreamError(1317, "70100", "Query execution was interrupted")
    if isinstance(problem, duckdb.OutOfMemoryException):
        return UpstreamError(1041, "HY000", "Out of memory")
    if isinstance(problem, duckdb.BinderException) and "olumn" in text and len(quoted) > 1:
        return errors.unknown_column(quoted[1])
    if isinstance(problem, duckdb.CatalogException) and "Function with name" in text:
        name = text.split("Function with name ")[1].split(" ")[0].strip('"')
        return errors.unknown_function(name)
    if isinstance(problem, duckdb.ParserException):
        return errors.syntax(text)
    return UpstreamError(1105, "HY000", f"The query over the system tables failed: {text}")
