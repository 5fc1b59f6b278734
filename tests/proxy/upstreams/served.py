"""A gateway's own server over each database, in the test process, and a client of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pymysql
import pymysql.connections

from tests.support.embedded import EmbeddedGateway, StatementsForTests, embedded

if TYPE_CHECKING:
    Client = pymysql.connections.Connection[Any]


@contextmanager
def served(upstream: str, folder: Path, **settings: Any) -> Iterator[EmbeddedGateway]:
    """A gateway before ``upstream``, without a model, with the statements for tests."""
    with embedded(upstream, folder, StatementsForTests(), **settings) as gateway:
        yield gateway


def duckdb_file(folder: Path) -> str:
    """The upstream address of a new DuckDB file with the table ``items``."""
    path = folder / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, name VARCHAR, price DOUBLE)")
        connection.execute("INSERT INTO items VALUES (1, 'one', 1.5), (2, 'two', 2.5), (3, 'three', 3.5)")
    return f"duckdb:///{path}"


def connected(port: int, user: str = "ann", password: str = "", **options: Any) -> "Client":
    """A connection of PyMySQL, autocommit."""
    return pymysql.connect(host="127.0.0.1", port=port, user=user, password=password, autocommit=True, **options)


def rows(client: "Client", sql: str, *arguments: object) -> list[tuple[Any, ...]]:
    """Run one statement; all its rows."""
    with client.cursor() as cursor:
        cursor.execute(sql, arguments or None)
        return list(cursor.fetchall())


def error(client: "Client", sql: str, *arguments: object) -> int:
    """The number of the error that a statement must fail with."""
    try:
        found = rows(client, sql, *arguments)
    except pymysql.MySQLError as failed:
        return int(failed.args[0])
    raise AssertionError(f"{sql[:200]!r} was run: {found[:3]}")
