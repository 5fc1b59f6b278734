"""SQLite's own errors as MySQL's."""

import sqlite3

import pytest

from proxy.upstreams.backends.running import Stopped
from proxy.upstreams.backends.sqlite_errors import from_sqlite


@pytest.fixture(scope="module")
def connection() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.executescript("""
        PRAGMA foreign_keys = ON;
        CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL, n INTEGER UNIQUE CONSTRAINT positive CHECK (n > 0));
        CREATE TABLE child (id INTEGER REFERENCES t (id));
        CREATE INDEX i ON t (name);
        INSERT INTO t VALUES (1, 'a', 1);
        INSERT INTO child VALUES (1);
    """)
    return connection


@pytest.mark.parametrize(
    ("sql", "number", "message"),
    [
        ("INSERT INTO t VALUES (1, 'b', 2)", 1062, "Duplicate entry for key 't.id'"),
        ("INSERT INTO t VALUES (2, 'b', 1)", 1062, "Duplicate entry for key 't.n'"),
        ("INSERT INTO t VALUES (2, NULL, 2)", 1048, "Column 'name' cannot be null"),
        ("INSERT INTO t VALUES (2, 'a', 0)", 3819, "Check constraint 'positive' is violated."),
        ("INSERT INTO child VALUES (9)", 1452, "Cannot add or update a child row: a foreign key constraint fails"),
        ("SELECT * FROM nowhere", 1146, "Table 'nowhere' doesn't exist"),
        ("SELECT missing FROM t", 1054, "Unknown column 'missing' in 'field list'"),
        ("INSERT INTO t (x) VALUES (1)", 1054, "Unknown column 'x' in 'field list'"),
        ("SELECT id FROM t, child", 1052, "Column 'id' in field list is ambiguous"),
        ("SELECT no_function(1)", 1305, "FUNCTION no_function does not exist"),
        ("SELECT abs(1, 2)", 1582, "Incorrect parameter count in the call to native function 'abs'"),
        ("CREATE TABLE t (a)", 1050, "Table 't' already exists"),
        ("CREATE INDEX i ON t (n)", 1061, "Duplicate key name 'i'"),
        ("DROP INDEX none_such", 1091, "Can't DROP 'none_such'; check that column/key exists"),
        ("ALTER TABLE t ADD COLUMN name", 1060, "Duplicate column name 'name'"),
        ("INSERT INTO t VALUES (1)", 1136, None),
        ("RELEASE none_such", 1305, "SAVEPOINT none_such does not exist"),
        ("SELECT sum(count(*)) FROM t", 1111, "Invalid use of group function"),
        ("SELECT abs(-9223372036854775808)", 1690, None),
        ("SELEC 1", 1064, None),
    ],
)
def test_errors(connection: sqlite3.Connection, sql: str, number: int, message: str | None) -> None:
    with pytest.raises(sqlite3.Error) as caught:
        connection.execute(sql).fetchall()
    error = from_sqlite(caught.value)
    assert (error.number, message or error.message) == (number, error.message)


def test_a_parent_that_is_still_referenced(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.Error) as caught:
        connection.execute("DELETE FROM t")
    assert from_sqlite(caught.value, deletes=True).number == 1451


@pytest.mark.parametrize(
    ("message", "why", "number"),
    [
        ("interrupted", Stopped.TIMED_OUT, 3024),
        ("interrupted", Stopped.CANCELLED, 1317),
        ("not authorized", None, 1227),
        ("odd", None, 1064),
    ],
)
def test_by_the_message_alone(message: str, why: Stopped | None, number: int) -> None:
    assert from_sqlite(sqlite3.OperationalError(message), why).number == number


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("SQLITE_BUSY_SNAPSHOT", 1205),
        ("SQLITE_READONLY_DBMOVED", 1792),
        ("SQLITE_FULL", 1021),
        ("SQLITE_CONSTRAINT_TRIGGER", 1644),
        ("SQLITE_INTERRUPT", 1317),
    ],
)
def test_by_the_name_of_the_code_and_of_what_it_extends(name: str, number: int) -> None:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorname = name
    assert from_sqlite(error).number == number


def test_a_fault_of_the_driver() -> None:
    assert from_sqlite(sqlite3.InternalError("x")).number == 1105
