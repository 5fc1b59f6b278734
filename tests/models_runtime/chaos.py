"""A client of a gateway under trial, and the engine process that is to be tried."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pymysql
from pymysql.cursors import DictCursor

from tests.support.gateway import GatewayProcess

QUESTION = "how many orders are there"
ANSWER = "SELECT COUNT(*) AS n FROM orders\n```"
CODES = range(57000, 57100)  # askwire's own errors

Connection: TypeAlias = "pymysql.Connection[Any]"


@contextmanager
def session(gateway: GatewayProcess, user: str = "app") -> Iterator[Connection]:
    """A log-in that can wait for minutes."""
    with closing(
        pymysql.connect(
            host=gateway.host, port=gateway.port, user=user, password="secret", database="shop", read_timeout=500
        )
    ) as connection:
        yield connection


def rows(connection: Connection, sql: str) -> tuple[tuple[Any, ...], ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return tuple(cursor.fetchall())


def asked(connection: Connection, ask: str = f"ASK '{QUESTION}'") -> int:
    """0 for rows, else the number of askwire's error; the session is usable either way, or this fails."""
    try:
        rows(connection, ask)
    except pymysql.MySQLError as error:
        code = int(error.args[0]) & 0xFFFF  # PyMySQL takes it for signed
        if code not in CODES:
            raise
    else:
        code = 0
    assert rows(connection, "SELECT 1 + 1") == ((2,),)
    return code


def models(connection: Connection) -> dict[str, dict[str, Any]]:
    """SHOW AI MODELS by name."""
    with connection.cursor(DictCursor) as cursor:
        cursor.execute("SHOW AI MODELS")
        return {str(row["name"]): dict(row) for row in cursor.fetchall()}


def engine_pid(data: Path) -> int:
    """The process of the one embedded engine of a data folder; 0 while there is none."""
    for file in (data / "run").glob("*.json"):
        try:
            return int(json.loads(file.read_text())["pid"])
        except (OSError, ValueError):
            continue
    return 0
