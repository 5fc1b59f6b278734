"""MySQL statements on MariaDB, and through the gateway on PostgreSQL, DuckDB and SQLite: the same answers, or a reason.

The corpus is ``differential.sql``: statements parted by empty lines. ``-- differs: postgres, sqlite: reason`` before
one says that the answer there is another and why; when it no longer is, the test fails, so that the list stays true.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.proxy.upstreams.answers import Answer, run
from tests.proxy.upstreams.translated import Connection, on_mariadb, seen, translated
from tests.support.postgres import PostgresServer
from tests.support.shop_server import ShopServer

CORPUS = Path(__file__).with_name("differential.sql")
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


@pytest.fixture(scope="module")
def reference(mariadb: ShopServer) -> Iterator[Connection]:
    """MariaDB itself, as strict as MySQL 8.4 is about the zero date."""
    with on_mariadb(mariadb, SCHEMA) as connection:
        run(connection, "SET sql_mode = CONCAT(@@sql_mode, ',NO_ZERO_DATE')")
        yield connection


@pytest.fixture(scope="module")
def others(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Connection]]:
    with translated(SCHEMA, tmp_path_factory.mktemp(SCHEMA), postgres) as found:
        yield found


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
def test_the_same_statements_give_the_same_answers(reference: Connection, others: dict[str, Connection]) -> None:
    failures = []
    for case in read_corpus():
        expected = run(reference, case.sql)
        for target, connection in others.items():
            got = run(connection, case.sql)
            if (seen(got, target) == seen(expected, target)) == (target in case.differs):
                failures.append(report(case, target, expected, got))
    assert not failures, f"{len(failures)} answers differ:\n" + "\n".join(failures)
