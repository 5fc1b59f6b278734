"""Masks in front of what does not speak MySQL: the gateway's own server says where columns come from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pymysql
import pytest

from tests.conftest import GatewayFactory
from tests.support.gateway import GatewayProcess
from tests.support.masked import MASKED, everything, number_of
from tests.support.postgres import PostgresServer

TABLES = """
CREATE TABLE mask_owner (id INT PRIMARY KEY, email VARCHAR(60), born DATE, salary DECIMAL(10,2));
INSERT INTO mask_owner VALUES (1, 'samuel@example.com', '1980-02-03', 5000);
INSERT INTO mask_owner VALUES (2, 'rosa@example.com', '1990-04-05', 4000);
CREATE VIEW mask_view AS SELECT id, email AS contact, UPPER(email) AS loud FROM mask_owner
"""
RULES = [
    {"columns": ["*.mask_owner.email"], "action": "partial", "first": 1},
    {"columns": ["*.mask_owner.born", "*.mask_owner.salary"], "action": "hash"},
    # The default schema is called main or public, and as the file or the database too.
    {"columns": ["mask.mask_first.email", "main.mask_second.email"]},
    {"columns": ["scratch.mask_first.email", "public.mask_second.email"]},
]
TWICE = "CREATE TABLE {0} (email VARCHAR(60)); INSERT INTO {0} VALUES ('samuel@example.com')"


@pytest.fixture(scope="module", params=["postgresql", "duckdb"])
def session(
    request: pytest.FixtureRequest, gateway_factory: GatewayFactory, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    if request.param == "duckdb":
        path = tmp_path_factory.mktemp("mask") / "mask.duckdb"
        with duckdb.connect(str(path)) as database:
            database.execute(TABLES)
            for name in ("mask_first", "mask_second"):
                database.execute(TWICE.format(name))
        with gateway_factory(upstream=f"duckdb:///{path}", mask={"rules": RULES}) as gateway:
            yield from _session(gateway, "main", "")
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with psycopg.connect(
        host=server.host, port=server.port, user="app", password="secret", dbname="scratch", autocommit=True
    ) as db:
        for name in ("mask_first", "mask_second"):
            db.execute(TWICE.format(name))
        db.execute("CREATE SCHEMA mask_house")
        db.execute("SET search_path = mask_house")
        for statement in TABLES.split(";\n"):
            db.execute(statement)
        with gateway_factory(upstream=server.url(), mask={"rules": RULES}) as gateway:
            yield from _session(gateway, "mask_house", "secret")
        db.execute("DROP SCHEMA mask_house CASCADE")
        db.execute("DROP TABLE public.mask_first, public.mask_second")


def _session(gateway: GatewayProcess, database: str, password: str) -> Iterator[Any]:
    connection = pymysql.connect(
        host=gateway.host, port=gateway.port, user="app", password=password, database=database, autocommit=True
    )
    yield connection
    connection.close()


def test_shown_changed(session: Any) -> None:
    rows = everything(session, "SELECT * FROM mask_owner ORDER BY id")
    assert [row[:2] for row in rows] == [(1, "s" + "*" * 17), (2, "r" + "*" * 15)]
    assert all(row[2].year and row[3] for row in rows)
    assert not {"1980-02-03", "5000"} & {str(value) for row in rows for value in row}
    for sql in ("SELECT email AS e FROM mask_owner", "SELECT x.e FROM (SELECT email AS e FROM mask_owner) x",
                "SELECT contact FROM mask_view"):  # fmt: skip
        assert {value[:3] for (value,) in everything(session, sql)} == {"s**", "r**"}
    for sql in ("SELECT CONCAT(email, 'x') FROM mask_owner", "SELECT loud FROM mask_view",
                "SELECT MAX(email) FROM mask_owner", "SELECT GROUP_CONCAT(email) FROM mask_owner"):  # fmt: skip
        assert {value for (value,) in everything(session, sql)} == {"***"}


def test_a_schema_with_two_names_is_masked_by_both(session: Any) -> None:
    selected = everything(session, "SELECT DATABASE()")[0][0]
    (names,) = [found for found in (("mask", "main"), ("scratch", "public")) if _knows(session, found[0])]
    for schema in names:
        for table in ("mask_first", "mask_second"):
            assert everything(session, f"SELECT email FROM {schema}.{table}") == [("***",)]
            with pytest.raises(pymysql.MySQLError) as error:
                everything(session, f"SELECT 1 FROM {schema}.{table} WHERE email LIKE 's%'")
            assert number_of(error.value) == MASKED
            session.select_db(schema)
            assert everything(session, f"SELECT email FROM {table}") == [("***",)]
    session.select_db(selected)


def _knows(session: Any, schema: str) -> bool:
    try:
        return bool(everything(session, f"SELECT 1 FROM {schema}.mask_first"))
    except pymysql.MySQLError:
        return False


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM mask_owner WHERE email LIKE 's%'",
        "SELECT id FROM mask_view WHERE contact LIKE 's%'",
        "SELECT id FROM mask_owner ORDER BY salary",
        "SELECT email = 'x' FROM mask_owner",
        "/*raw*/ SELECT email FROM mask_owner",
        "/* raw */ SELECT upper(email) FROM mask_owner",
        "# first\n/*raw*/ SELECT upper(email) FROM mask_owner",
        "SELECT * FROM pg_catalog.pg_stats",
        "SELECT query_to_xml('select email from mask_owner', true, true, '')",
        "SELECT * FROM read_csv('x.csv')",
        "SELECT * FROM query('SELECT email FROM mask_owner')",
        "SELECT mask_owner FROM mask_owner",
        "SELECT email::text FROM mask_owner",
        "COPY mask_owner TO '/x'",
        "CREATE TABLE mask_copy AS SELECT email FROM mask_owner",
        "EXPLAIN ANALYZE SELECT email FROM mask_owner",
        "EXPLAIN FORMAT=JSON SELECT email FROM mask_owner",
    ],
)
def test_refused(session: Any, sql: str) -> None:
    with pytest.raises(pymysql.MySQLError) as refusal:
        everything(session, sql)
    assert number_of(refusal.value) == MASKED, refusal.value


@pytest.mark.parametrize("sql", ["SELECT * FROM pg_stats", "SELECT * FROM 'x.csv'", "SELECT * FROM duckdb_tables"])
def test_what_is_no_table_here(session: Any, sql: str) -> None:
    with pytest.raises(pymysql.MySQLError):
        everything(session, sql)


def test_errors_that_would_tell(session: Any) -> None:
    with pytest.raises(pymysql.MySQLError) as failed:
        everything(session, "INSERT INTO mask_owner (id, email) VALUES (1, 'x')")
    assert "hidden" in str(failed.value)


def test_what_is_not_masked(session: Any, tmp_path: Path) -> None:
    assert everything(session, "SELECT COUNT(*), MAX(id) FROM mask_owner WHERE id > 0") == [(2, 2)]
    assert everything(session, "SHOW TABLES")
    assert everything(session, "SELECT @@version_comment")


def test_columns_that_the_upstream_has_not_are_counted(session: Any) -> None:
    """Two rules name the default schema as the other upstream does."""
    everything(session, "SELECT id FROM mask_owner")
    assert ("mask.doubts", "2") in everything(session, "SHOW AI STATUS")
