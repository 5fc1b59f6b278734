"""Where the right indexes are there, none is missed: TPC-H with its foreign keys and dates, sysbench's statements."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from diagnose.evidence.gather import gather
from diagnose.rules.indexes import RULES
from diagnose.types import CreateIndex, Verdict
from diagnose.verification.verify import verify
from plugins import Session
from tests.diagnose.borrowing import Borrowing, borrowing
from tests.support.postgres import PostgresServer
from tests.support.shop_server import ShopServer
from tests.support.tpch import QUERIES, USUAL_INDEXES, generate, load_mariadb, load_postgres

SCALE = 0.01
SYSBENCH = (
    "CREATE TABLE sbtest1 (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, k INT NOT NULL, c CHAR(120) NOT NULL, "
    "pad CHAR(60) NOT NULL)",
    "CREATE INDEX k_1 ON sbtest1 (k)",
    "INSERT INTO sbtest1 (k, c, pad) SELECT l_partkey, l_comment, l_shipmode FROM lineitem WHERE l_orderkey < 20000",
    "ANALYZE TABLE sbtest1",
)
# sysbench's oltp_read_write.lua, each statement once.
STATEMENTS = (
    "SELECT c FROM sbtest1 WHERE id = 5",
    "SELECT c FROM sbtest1 WHERE id BETWEEN 100 AND 199",
    "SELECT SUM(k) FROM sbtest1 WHERE id BETWEEN 100 AND 199",
    "SELECT c FROM sbtest1 WHERE id BETWEEN 100 AND 199 ORDER BY c",
    "SELECT DISTINCT c FROM sbtest1 WHERE id BETWEEN 100 AND 199 ORDER BY c",
    "UPDATE sbtest1 SET k = k + 1 WHERE id = 5",
    "UPDATE sbtest1 SET c = 'x' WHERE id = 5",
    "DELETE FROM sbtest1 WHERE id = 5",
    "INSERT INTO sbtest1 (id, k, c, pad) VALUES (1, 2, 'a', 'b')",
    "SELECT COUNT(k) FROM sbtest1 WHERE k BETWEEN 10 AND 20 OR k BETWEEN 50 AND 60",
)
# The part's brand and container, and the beginning of its name, name few parts, and no foreign key or date leads there.
RIGHT = {("part", ("p_brand", "p_container")), ("part", ("p_container", "p_brand")), ("part", ("p_name",))}
MISSING = ("missing-index", "missing-join-index", "index-order-mismatch")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tpch")
    generate(folder, SCALE)
    return folder


@pytest.fixture(scope="module")
def on_mariadb(mariadb: ShopServer, files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Borrowing]:
    load_mariadb(mariadb.server, files, "tpch")
    mariadb.run_sql("GRANT ALL ON tpch.* TO app@'%'")
    with borrowing(mariadb.url, tmp_path_factory.mktemp("mariadb"), "tpch") as lent:
        yield prepared(lent)
    mariadb.run_sql("DROP DATABASE tpch; REVOKE ALL ON tpch.* FROM app@'%'")


@pytest.fixture(scope="module")
def on_postgres(postgres: PostgresServer, files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Borrowing]:
    postgres.run_sql("CREATE DATABASE tpch OWNER app")
    postgres.run_sql("CREATE EXTENSION hypopg", database="tpch")
    with postgres.connect(database="tpch") as connection:
        load_postgres(connection, files)
    with borrowing(postgres.url("tpch"), tmp_path_factory.mktemp("postgres"), "public") as lent:
        yield prepared(lent)
    postgres.run_sql("DROP DATABASE tpch WITH (FORCE)")


def prepared(lent: Borrowing) -> Borrowing:
    for number, (table, columns) in enumerate(USUAL_INDEXES):
        lent.rows(f"CREATE INDEX usual_{number} ON {table} ({columns})")
    for sql in SYSBENCH:
        lent.rows(sql)
    lent.rows("ANALYZE TABLE part, supplier, partsupp, customer, orders, lineitem")
    return lent


def offered(lent: Borrowing, statements: Mapping[str, str]) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """The tables and columns of the indexes that a statement is said to lack."""

    async def work(session: Session) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
        found = {}
        for name, sql in statements.items():
            evidence = await gather(session, sql)
            assert evidence.plan is not None or sql.startswith("INSERT"), (name, evidence.unplanned)
            offers = [f for rule in RULES if rule.code in MISSING for f in rule.check(evidence)]
            tried = await verify(session, evidence, offers)
            remedies = [f.remedy for f in tried if f.trial is None or f.trial.verdict is not Verdict.REFUTED]
            lacks = [(r.table, r.columns) for r in remedies if isinstance(r, CreateIndex)]
            found |= {name: lacks} if lacks else {}
        return found

    return lent.run(work)


@pytest.mark.parametrize("server", ["on_mariadb", "on_postgres"])
def test_no_index_is_missed_where_the_right_ones_are(server: str, request: pytest.FixtureRequest) -> None:
    lent: Borrowing = request.getfixturevalue(server)
    found = offered(lent, QUERIES)
    assert {index for indexes in found.values() for index in indexes} <= RIGHT, found
    assert offered(lent, {sql: sql for sql in STATEMENTS}) == {}
