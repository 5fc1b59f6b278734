"""MySQL statements on MariaDB, and through the gateway on PostgreSQL, DuckDB and SQLite: the same answers, or a reason.

The corpus is ``differential.sql``: statements parted by empty lines. ``-- differs: postgres, sqlite: reason`` before
one says that the answer there is another and why; when it no longer is, the test fails, so that the list stays true.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pymysql
import pytest

from tests.proxy.upstreams.answers import Answer, numeric, run
from tests.support.gateway import GatewayProcess
from tests.support.postgres import PostgresServer
from tests.support.shop_server import ShopServer

CORPUS = Path(__file__).with_name("differential.sql")
TARGETS = ("postgres", "duckdb", "sqlite")
SCHEMA = "differential"
_DIFFERS = re.compile(r"-- differs: (?P<targets>[a-z, ]+): (?P<reason>.+)")


@dataclass
class Case:
    """``differs``: target -> reason."""

    sql: str
    line: int
    differs: dict[str, str] = field(default_factory=dict)


def read_corpus() -> list[Case]:
    """The statements, in order."""
    cases: list[Case] = []
    line = 1
    for block in CORPUS.read_text().split("\n\n"):
        case = Case("", line)
        for text in block.split("\n"):
            match = _DIFFERS.fullmatch(text)
            if match:
                case.differs |= {target.strip(): match["reason"] for target in match["targets"].split(",")}
            elif not text.startswith("--"):
                case.sql += text + "\n"
        case.sql = case.sql.strip()
        if case.sql:
            cases.append(case)
        line += block.count("\n") + 2
    return cases


def connect(host: str, port: int, **options: Any) -> "pymysql.Connection[Any]":
    return pymysql.connect(
        host=host, port=port, charset="utf8mb4", autocommit=True, init_command="SET time_zone = '+00:00'", **options
    )


@pytest.fixture(scope="module")
def reference(mariadb: ShopServer) -> "Iterator[pymysql.Connection[Any]]":
    """MariaDB itself, as strict as MySQL 8.4 is about the zero date."""
    mariadb.run_sql(f"CREATE DATABASE {SCHEMA} CHARACTER SET utf8mb4; GRANT ALL ON {SCHEMA}.* TO app@'%'")
    with connect(mariadb.host, mariadb.port, user="app", password="secret", database=SCHEMA) as connection:
        run(connection, "SET sql_mode = CONCAT(@@sql_mode, ',NO_ZERO_DATE')")
        yield connection
    mariadb.run_sql(f"DROP DATABASE {SCHEMA}")


def database_url(target: str, folder: Path, postgres: PostgresServer) -> str:
    """An empty database of that kind."""
    if target == "postgres":
        postgres.run_sql(f"CREATE DATABASE {SCHEMA} OWNER app", database="postgres")
        return postgres.url(SCHEMA)
    path = folder / f"file.{target}"
    if target == "duckdb":
        duckdb.connect(str(path)).close()
    else:
        sqlite3.connect(path).close()
    return f"{target}:///{path}"


@pytest.fixture(scope="module")
def translated(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[dict[str, pymysql.Connection[Any]]]":
    """A session through a gateway before each database."""
    found = {}
    with ExitStack() as stack:
        for target in TARGETS:
            folder = tmp_path_factory.mktemp(target)
            gateway = GatewayProcess(folder, database_url(target, folder, postgres), {})
            stack.callback(gateway.stop)
            password = "secret" if target == "postgres" else ""
            connection = stack.enter_context(connect(gateway.host, gateway.port, user="app", password=password))
            if target != "sqlite":
                run(connection, f"CREATE DATABASE {SCHEMA}")
            connection.select_db(SCHEMA if target != "sqlite" else "main")
            found[target] = connection
        yield found


def seen(answer: Answer, target: str) -> object:
    """What is compared: names and values; of an error only that there is one."""
    if answer.error:
        return "error"
    rows = answer.rows
    return answer.columns, [tuple(map(numeric, row)) for row in rows] if target == "sqlite" else list(rows)


def report(case: Case, target: str, expected: Answer, got: Answer) -> str:
    """Which cells differ, or how the answers differ as wholes."""
    head = f"line {case.line}, {target}: {case.sql[:300]}"
    if target in case.differs:
        return f"{head}\n   no longer differs ({case.differs[target]})"
    if expected.error or got.error or expected.columns != got.columns or len(expected.rows) != len(got.rows):
        sides = [side.error or f"{side.columns} {side.rows}" for side in (expected, got)]
        return f"{head}\n   MariaDB: {sides[0]}\n   here:    {sides[1]}"
    cells = [
        f"{expected.columns[i]}: {wanted[i]!r} here {found[i]!r}"
        for wanted, found in zip(expected.rows, got.rows, strict=True)
        for i in range(len(wanted))
        if wanted[i] != found[i]
    ]
    return f"{head}\n   " + "; ".join(cells)


@pytest.mark.timeout(300)
def test_the_same_statements_give_the_same_answers(
    reference: "pymysql.Connection[Any]", translated: "dict[str, pymysql.Connection[Any]]"
) -> None:
    failures = []
    for case in read_corpus():
        expected = run(reference, case.sql)
        for target, connection in translated.items():
            got = run(connection, case.sql)
            if (seen(got, target) == seen(expected, target)) == (target in case.differs):
                failures.append(report(case, target, expected, got))
    assert not failures, f"{len(failures)} answers differ:\n" + "\n".join(failures)
