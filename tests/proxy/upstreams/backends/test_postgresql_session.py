"""A session with PostgreSQL: its settings, its errors, and a server that is gone."""

import threading

import pytest

from proxy.upstreams.backends.postgresql_session import PostgresSession
from proxy.upstreams.types import Done
from tests.proxy.upstreams.backends.conftest import Connect
from tests.proxy.upstreams.backends.test_sessions import done, failure, query
from tests.support.postgres import PostgresServer
from tests.support.rows import read_text


@pytest.mark.parametrize("transaction", [False, True])
@pytest.mark.parametrize("while_it_runs", [False, True])
def test_a_server_that_went_away(
    postgres: PostgresServer, postgres_connect: Connect, transaction: bool, while_it_runs: bool
) -> None:
    session = postgres_connect()
    ((pid,),) = query(session, "SELECT pg_backend_pid()")
    assert pid is not None
    if transaction:
        session.begin(read_only=False)
    end = threading.Timer(0.3 if while_it_runs else 0, postgres.run_sql, (f"SELECT pg_terminate_backend({int(pid)})",))
    end.start()
    if not while_it_runs:
        end.join()
    for sql in ("SELECT pg_sleep(60)" if while_it_runs else "SELECT 1", "SELECT 1"):
        error = failure(session, sql)
        assert (error.number, error.sqlstate) == (1158, "08S01")
    end.join()


@pytest.mark.parametrize("transaction", [False, True])
@pytest.mark.parametrize(
    "sql",
    [
        "COPY pg_class TO STDOUT",
        "COPY pg_class (relname) FROM STDIN",
        "COPY (SELECT generate_series(1, 1000000)) TO STDOUT",
        "/* /* */ */ COPY (SELECT generate_series(1, 1000000)) TO STDOUT",
        "/* /* */ */ COPY t FROM STDIN",
    ],
)
def test_copy_has_no_place(postgres_connect: Connect, sql: str, transaction: bool) -> None:
    session = postgres_connect()
    done(session, "CREATE TABLE t (a text)")
    if transaction:
        session.begin(read_only=False)
    assert failure(session, sql).number == 1235
    assert query(session, "SELECT 1") == [[b"1"]]
    assert session.in_transaction == transaction


def test_settings_outlive_a_rollback(postgres_connect: Connect) -> None:
    """In MySQL they are the session's, not the transaction's."""
    session = postgres_connect()
    done(session, "CREATE SCHEMA IF NOT EXISTS other")
    session.begin(read_only=False)
    session.use("other")
    session.set_time_zone("Asia/Tokyo")
    session.rollback()
    assert query(session, "SELECT current_schema(), current_setting('TimeZone')") == [[b"other", b"Asia/Tokyo"]]
    done(session, "DROP SCHEMA other")


def test_discard_all_leaves_the_session_usable(postgres_connect: Connect) -> None:
    session = postgres_connect()
    session.use("work")
    done(session, "SET bytea_output = 'escape'")
    done(session, "DISCARD ALL")
    assert query(session, "SELECT '\\xff'::bytea, current_schema()") == [[b"\xff", b"work"]]


@pytest.mark.parametrize(
    ("sql", "number", "sqlstate"),
    [
        ("SELECT 1 / 0", 1365, "22012"),
        ("SELECT 'x'::int", 1366, "HY000"),
        ("SELECT '2026-02-30'::date", 1292, "22007"),
        ("SELECT 70000::int2", 1264, "22003"),
        ("SELECT (SELECT generate_series(1, 2))", 1242, "21000"),
        ("SELECT a, count(*) FROM (VALUES (1)) v(a)", 1055, "42000"),
        ("SELECT * FROM nowhere.t", 1146, "42S02"),
        ("DROP SCHEMA nowhere", 1049, "42000"),
        ("CREATE SCHEMA work", 1007, "HY000"),
        ("INSERT INTO pg_class DEFAULT VALUES", 1142, "42000"),
        ("SELECT lo_import('/etc/passwd')", 1370, "42000"),
        ("SELECT pg_read_file('/etc/passwd')", 1370, "42000"),
        ("ROLLBACK TO SAVEPOINT nowhere", 1305, "42000"),
    ],
)
def test_errors(postgres_connect: Connect, sql: str, number: int, sqlstate: str) -> None:
    error = failure(postgres_connect(), sql)
    assert (error.number, error.sqlstate) == (number, sqlstate)


def test_lock_wait(postgres_connect: Connect) -> None:
    one, two = postgres_connect(), postgres_connect()
    done(one, "CREATE TABLE t (id integer PRIMARY KEY)")
    done(one, "INSERT INTO t VALUES (1)")
    one.begin(read_only=False)
    done(one, "DELETE FROM t")
    done(two, "SET lock_timeout = '50ms'")
    error = failure(two, "DELETE FROM t")
    assert (error.number, error.sqlstate) == (1205, "HY000")
    one.rollback()


@pytest.mark.parametrize("transaction", [False, True])
def test_an_old_libpq_reads_row_by_row(postgres_connect: Connect, transaction: bool) -> None:
    """Before version 17 it has no chunks."""
    session = postgres_connect()
    assert isinstance(session, PostgresSession)
    session._wire._chunked = False
    if transaction:
        session.begin(read_only=False)
    assert query(session, "SELECT * FROM generate_series(1, 3)") == [[b"1"], [b"2"], [b"3"]]
    assert failure(session, "SELECT nope").number == 1054
    assert query(session, "SELECT 1 WHERE 1 = 0") == []


@pytest.mark.parametrize(
    "changed",
    [
        "SET standard_conforming_strings = off",
        "SELECT set_config('standard_conforming_strings', 'off', false)",
        "SET DateStyle = 'German'",
        "SET client_encoding = 'LATIN1'",
    ],
)
def test_what_cells_are_made_from_is_put_right_again(postgres_connect: Connect, changed: str) -> None:
    session = postgres_connect()
    result = session.execute(changed)
    if not isinstance(result, Done):
        read_text(result)
    assert query(session, "SELECT 'a\\b', 'ü', DATE '2026-01-31'") == [[b"a\\b", "ü".encode(), b"2026-01-31"]]


def test_a_reset_session_is_as_new_but_for_its_schema(postgres_connect: Connect) -> None:
    session = postgres_connect()
    done(session, "CREATE TEMPORARY TABLE mine (a integer)")
    session.set_read_only(True)
    session.set_timeout(5)
    session.set_time_zone("Asia/Tokyo")
    session.begin(read_only=False)
    session.reset()
    assert not session.in_transaction
    assert query(session, "SELECT current_schema(), current_setting('statement_timeout')") == [[b"work", b"0"]]
    assert failure(session, "SELECT * FROM mine").number == 1146
    done(session, "CREATE TABLE t (a timestamptz)")
    session.begin(read_only=False)
    session.rollback()  # settings from before would come back now
    assert query(session, "SELECT TIMESTAMPTZ '2026-07-01 12:00:00+00'") != [[b"2026-07-01 21:00:00"]]


def test_numbers_are_those_of_the_table_that_the_schema_has(postgres_connect: Connect) -> None:
    session = postgres_connect()
    done(session, "CREATE TABLE t (id serial, name text)")
    done(session, "CREATE SCHEMA other")
    done(session, "CREATE TABLE other.t (id integer, name text)")
    assert done(session, "INSERT INTO t (name) VALUES ('a')").last_insert_id == 1
    session.use("other")
    assert done(session, "INSERT INTO t VALUES (7, 'a')").last_insert_id == 0
    done(session, "DROP SCHEMA other CASCADE")
