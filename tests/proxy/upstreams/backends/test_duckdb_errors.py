"""DuckDB's own errors as MySQL's."""

from collections.abc import Iterator

import duckdb
import pytest

from proxy.upstreams.backends.duckdb_errors import from_duckdb
from proxy.upstreams.backends.running import Stopped


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, n INTEGER CHECK (n > 0))")
        connection.execute("CREATE TABLE pair (a INTEGER, b INTEGER, UNIQUE (a, b))")
        connection.execute("CREATE TABLE child (id INTEGER REFERENCES t (id))")
        connection.execute("INSERT INTO t VALUES (1, 'a', 1)")
        connection.execute("INSERT INTO pair VALUES (1, 2)")
        connection.execute("INSERT INTO child VALUES (1)")
        yield connection


@pytest.mark.parametrize(
    ("sql", "number", "message"),
    [
        ("INSERT INTO t VALUES (1, 'b', 1)", 1062, "Duplicate entry '1' for key 'PRIMARY'"),
        ("INSERT INTO pair VALUES (1, 2)", 1062, "Duplicate entry '1-2' for key 'a_b'"),
        ("INSERT INTO t VALUES (2, NULL, 1)", 1048, "Column 'name' cannot be null"),
        ("INSERT INTO t VALUES (2, 'a', 0)", 3819, None),
        ("INSERT INTO child VALUES (9)", 1452, None),
        ("DELETE FROM t WHERE id = 1", 1451, None),
        ("SELECT * FROM nowhere", 1146, "Table 'nowhere' doesn't exist"),
        ("SELECT nothing FROM t", 1054, "Unknown column 'nothing' in 'field list'"),
        ("SELECT x.id FROM t", 1054, "Unknown table 'x' in 'field list'"),
        ("SELECT id FROM t, child", 1052, "Column 'id' in field list is ambiguous"),
        ("SELECT no_function(1)", 1305, "FUNCTION no_function does not exist"),
        ("CREATE TABLE t (a INT)", 1050, "Table 't' already exists"),
        ("CREATE SCHEMA main", 1007, "Can't create database 'main'; database exists"),
        ("ALTER TABLE t ADD COLUMN name INT", 1060, "Duplicate column name 'name'"),
        ("INSERT INTO t VALUES (1)", 1136, None),
        ("SELECT CAST('x' AS INTEGER)", 1292, None),
        ("SELECT 2147483647::INTEGER + 1::INTEGER", 1264, None),
        ("SELECT name, count(*) FROM t", 1055, None),
        ("SELEC 1", 1064, None),
        ("SELECT TIMESTAMP '2024-01-01' AT TIME ZONE 'Mars'", 1298, None),
    ],
)
def test_errors(connection: duckdb.DuckDBPyConnection, sql: str, number: int, message: str | None) -> None:
    with pytest.raises(duckdb.Error) as caught:
        connection.execute(sql).fetchall()
    error = from_duckdb(caught.value, None)
    assert (error.number, message or error.message) == (number, error.message)
    assert "Error:" not in error.message


@pytest.mark.parametrize(
    ("error", "why", "number"),
    [
        (duckdb.InterruptException("INTERRUPT Error: Interrupted!"), Stopped.TIMED_OUT, 3024),
        (duckdb.InterruptException("INTERRUPT Error: Interrupted!"), None, 1317),
        (duckdb.FatalException("FATAL Error: x"), None, 1158),
        (duckdb.InternalException("INTERNAL Error: x"), None, 1158),
        (duckdb.TransactionException("TransactionContext Error: Conflict on update!"), None, 1213),
        (duckdb.OutOfMemoryException("Out of Memory Error: x"), None, 1041),
        (duckdb.Error("Some Error: other"), None, 1105),
        (ValueError("odd"), None, 1105),
    ],
)
def test_what_is_hard_to_come_by(error: Exception, why: Stopped | None, number: int) -> None:
    assert from_duckdb(error, why).number == number
