"""What no session may do to the process that all share."""

from pathlib import Path

import pytest

from plugins.upstream import UpstreamError
from proxy.upstreams.types import Backend, Connection
from tests.proxy.upstreams.backends.test_sessions import query


@pytest.fixture
def session(duckdb_backend: Backend) -> Connection:
    return duckdb_backend.connect("", "")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM read_blob('file://{file}')",
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM '{file}.csv'",
        "SELECT * FROM glob('/*')",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "COPY t FROM '{file}'",
        "EXPORT DATABASE '{folder}/out'",
        "IMPORT DATABASE '{folder}'",
        "ATTACH '{folder}/other.duckdb'",
        "ATTACH ':memory:' AS other",
        "DETACH warehouse",
        "INSTALL httpfs",
        "LOAD '{folder}/x.duckdb_extension'",
        "SET enable_external_access = true",
        "SET GLOBAL threads = 1",
        "SET SESSION memory_limit = '1MB'",
        "RESET enable_external_access",
        "PRAGMA enable_profiling",
        "PRAGMA memory_limit = '1MB'",
        "PRAGMA disable_optimizer",
        "CALL enable_logging(storage = 'file', storage_path = '{folder}/logs')",
        "SELECT * FROM enable_logging(storage = 'file', storage_path = '{folder}/logs')",
        "SELECT * FROM system.main.\"Enable_Logging\"/* x */ (storage = 'file', storage_path = '{folder}/logs')",
        "FROM enable_profiling()",
        "FROM query('SELECT * FROM enable_' || 'logging()')",
        "FROM \"query\" ('SELECT 1')",
        "FROM query/**/('SELECT 1')",
        "FROM query -- x\n ('SELECT 1')",
        "SELECT (FROM query('SELECT 1'))",
        "FROM query_table('t')",
        "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
        "PRAGMA json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
        "SELECT * FROM pandas_scan(1)",
        "SELECT * FROM arrow_scan(1::POINTER, 1::POINTER, 1::POINTER)",
        "CREATE MACRO hidden() AS TABLE FROM enable_logging()",
        "CREATE VIEW hidden AS FROM query('SELECT 1')",
        "EXPLAIN ANALYZE FROM enable_logging()",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{folder}/out.csv'",
        "EXPLAIN ANALYZE CALL enable_logging()",
        "SET VARIABLE x = (SELECT count(*) FROM enable_logging())",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "SELECT 1; SELECT 2",
        "CREATE PERSISTENT SECRET s (TYPE S3)",
        "SELECT * FROM duckdb_secrets()",
    ],
)
def test_refused(session: Connection, tmp_path: Path, sql: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    before = set(tmp_path.iterdir())
    with pytest.raises(UpstreamError) as caught:
        query(session, sql.format(file=secret, folder=tmp_path))
    assert caught.value.number in (1064, 1146, 1227)
    assert set(tmp_path.iterdir()) == before
    assert query(session, "SELECT 1") == [[b"1"]]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'enable_logging', 'query(1)' AS query",
        "SELECT 1 AS query -- enable_logging()",
        "SELECT $$query('x')$$",
        'SELECT 1 AS "a query"',
        "CHECKPOINT",
        "ANALYZE",
        "SET VARIABLE x = 1",
        "CREATE TABLE query (a INTEGER)",
    ],
)
def test_allowed(session: Connection, sql: str) -> None:
    result = session.execute(sql)
    close = getattr(result, "close", None)
    if close is not None:
        close()
    assert query(session, "SELECT 1") == [[b"1"]]


def test_python_is_out_of_reach(session: Connection) -> None:
    with pytest.raises(UpstreamError) as caught:
        query(session, "SELECT * FROM session")
    assert caught.value.number == 1146
    with pytest.raises(UpstreamError) as caught:
        session.execute("SET python_enable_replacements = true")
    assert caught.value.number == 1227
