"""MySQL statements on MariaDB and, translated, on PostgreSQL, DuckDB and SQLite: the same answers, or a reason.

The corpus is ``differential.sql``: statements parted by empty lines. ``-- differs: postgres, sqlite: reason`` before
one says that the answer there is another and why; when it no longer is, the test fails, so that the list stays true.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pymysql
import pytest

from tests.proxy.upstreams.databases import (
    Answer,
    MariaDB,
    Translated,
    duckdb_database,
    numeric,
    postgres_database,
    sqlite_database,
)
from tests.support.postgres import postgres_server
from tests.support.shop_server import ShopServer

CORPUS = Path(__file__).with_name("differential.sql")
TARGETS = ("postgres", "duckdb", "sqlite")
_DIFFERS = re.compile(r"-- differs: (?P<targets>[a-z, ]+): (?P<reason>.+)")


@dataclass
class Case:
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


@pytest.fixture(scope="module")
def reference(mariadb: ShopServer) -> Iterator[MariaDB]:
    mariadb.run_sql("CREATE DATABASE differential CHARACTER SET utf8mb4; GRANT ALL ON differential.* TO app@'%'")
    connection = pymysql.connect(
        host=mariadb.host,
        port=mariadb.port,
        user="app",
        password="secret",
        database="differential",
        charset="utf8mb4",
        autocommit=True,
        init_command="SET sql_mode = CONCAT(@@sql_mode, ',NO_ZERO_DATE'), time_zone = '+00:00'",
    )
    with connection:
        yield MariaDB(connection)
    mariadb.run_sql("DROP DATABASE differential")


@pytest.fixture(scope="module")
def databases() -> Iterator[dict[str, Translated]]:
    with ExitStack() as stack:
        server = stack.enter_context(postgres_server())
        connection = stack.enter_context(server.connect())
        yield {
            "postgres": stack.enter_context(postgres_database(connection)),
            "duckdb": stack.enter_context(duckdb_database()),
            "sqlite": stack.enter_context(sqlite_database()),
        }


def seen(answer: Answer, target: str) -> object:
    """What is compared: names and values; of an error only that there is one."""
    if answer.error:
        return "error"
    rows = answer.rows
    return answer.columns, [tuple(map(numeric, row)) for row in rows] if target == "sqlite" else list(rows)


def test_differential(reference: MariaDB, databases: dict[str, Translated]) -> None:
    failures = []
    for case in read_corpus():
        expected = reference.run(case.sql)
        for target in TARGETS:
            got = databases[target].run(case.sql)
            same = seen(got, target) == seen(expected, target)
            if same == (target in case.differs):
                failures.append(report(case, target, expected, got, same=same))
    assert not failures, f"{len(failures)} of {len(read_corpus())} statements\n" + "\n".join(failures)


def report(case: Case, target: str, expected: Answer, got: Answer, *, same: bool) -> str:
    head = f"line {case.line}, {target}: {case.sql[:300]}"
    if same:
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
