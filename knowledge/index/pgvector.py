"""Vectors on PostgreSQL with pgvector (https://github.com/pgvector/pgvector), in the schema ``askwire``."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import psycopg
from psycopg import sql

from plugins.vectors import Block, Floats, Found, Ids, StoreError

T = TypeVar("T")
Connection = psycopg.Connection[tuple[Any, ...]]

SCHEMA = "askwire"
# pgvector's limit of its index; longer vectors are searched exactly.
MOST_INDEXED = 2_000
EF_SEARCH = 200
CONNECT_SECONDS = 5
STATEMENT_MS = 60_000
_NO_TABLE = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)


class PgVectors:
    """``url``: ``postgresql://USER:PASSWORD@HOST:PORT/DATABASE``. One connection, made when needed, and again."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._connection: Connection | None = None

    def search(self, table: str, vector: Floats, k: int) -> Found:
        query = sql.SQL(
            "SELECT id, -(embedding <#> %(v)s::vector) FROM {} ORDER BY embedding <#> %(v)s::vector LIMIT %(k)s"
        ).format(_name(table))

        def work(c: Connection) -> Found:
            c.execute("SELECT set_config('hnsw.ef_search', %s, true)", (str(min(1000, max(EF_SEARCH, 2 * k))),))
            return [(int(id_), float(score)) for id_, score in c.execute(query, {"v": _text(vector), "k": k})]

        return self._run(work, [])

    def extent(self, table: str) -> tuple[int, int]:
        query = sql.SQL("SELECT count(*), coalesce(max(id), 0) FROM {}").format(_name(table))

        def work(c: Connection) -> tuple[int, int]:
            count, last = c.execute(query).fetchone() or (0, 0)
            return int(count), int(last)

        return self._run(work, (0, 0))

    def ids(self, table: str) -> Ids:
        query = sql.SQL("SELECT id FROM {} ORDER BY id").format(_name(table))
        empty = np.empty(0, np.int64)
        return self._run(lambda c: np.fromiter((row[0] for row in c.execute(query)), np.int64), empty)

    def put(self, table: str, block: Block) -> None:
        query = sql.SQL(
            "INSERT INTO {} (id, embedding) VALUES (%s, %s::vector)"
            " ON CONFLICT (id) DO UPDATE SET embedding = excluded.embedding"
        ).format(_name(table))
        rows = [(int(id_), _text(vector)) for id_, vector in zip(block.ids, block.vectors, strict=True)]

        def work(c: Connection) -> None:
            _make(c, table, block.vectors.shape[1])
            with c.cursor() as cursor:
                cursor.executemany(query, rows)

        self._run(work, None)

    def remove(self, table: str, ids: Ids) -> None:
        query = sql.SQL("DELETE FROM {} WHERE id = ANY(%s)").format(_name(table))
        self._run(lambda c: c.execute(query, (ids.tolist(),)) and None, None)

    def drop(self, table: str) -> None:
        query = sql.SQL("DROP TABLE IF EXISTS {}").format(_name(table))
        self._run(lambda c: c.execute(query) and None, None)

    def close(self) -> None:
        with self._lock:
            self._disconnect()

    def _run(self, work: Callable[[Connection], T], missing: T) -> T:
        """``work`` as one transaction; ``missing`` when there is no such table. A lost connection is made again."""
        with self._lock:
            for again in (True, False):
                try:
                    connection = self._connected()
                    with connection.transaction():
                        return work(connection)
                except _NO_TABLE:
                    return missing
                except psycopg.OperationalError as error:
                    alive = self._connection is not None and not self._connection.broken
                    if not alive:
                        self._disconnect()
                    if alive or not again:
                        raise StoreError(f"PostgreSQL: {_told(error)}") from None
                except psycopg.Error as error:
                    raise StoreError(f"PostgreSQL: {_told(error)}") from None
        raise AssertionError

    def _connected(self) -> Connection:
        if self._connection is None:
            options = f"-c statement_timeout={STATEMENT_MS}"
            self._connection = psycopg.connect(
                self._url, autocommit=True, connect_timeout=CONNECT_SECONDS, options=options, application_name="askwire"
            )
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _make(c: Connection, table: str, dimensions: int) -> None:
    name = _name(table)
    made = c.execute(
        "SELECT atttypmod FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = 'embedding'",
        (name.as_string(c),),
    ).fetchone()
    if made == (dimensions,):
        return
    c.execute("CREATE EXTENSION IF NOT EXISTS vector")
    c.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
    c.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
    column = sql.SQL("CREATE TABLE {} (id bigint PRIMARY KEY, embedding vector({}) NOT NULL)")
    c.execute(column.format(name, sql.Literal(dimensions)))
    if dimensions <= MOST_INDEXED:
        c.execute(sql.SQL("CREATE INDEX ON {} USING hnsw (embedding vector_ip_ops)").format(name))


def _name(table: str) -> sql.Identifier:
    return sql.Identifier(SCHEMA, f"vectors_{table}")


def _text(vector: Floats) -> str:
    return "[" + ",".join(map(repr, vector.tolist())) + "]"


def _told(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error).strip().splitlines()[0]
