"""A session with DuckDB, which has no savepoints and of which every session is a connection to one process."""

from typing import Any

import pytest

from plugins.upstream import UpstreamError
from proxy.upstreams.backends.duckdb_session import CHUNK, CHUNK_BYTES, next_size
from proxy.upstreams.types import Backend, Connection
from tests.proxy.upstreams.backends.test_sessions import done, failure, query


@pytest.fixture
def session(duckdb_backend: Backend) -> Connection:
    return duckdb_backend.connect("", "")


def test_sessions_have_their_own_schema_and_zone(duckdb_backend: Backend, session: Connection) -> None:
    other = duckdb_backend.connect("", "")
    session.execute("CREATE SCHEMA mine")
    session.use("mine")
    session.set_time_zone("Asia/Tokyo")
    session.execute("CREATE TABLE t (a INTEGER)")
    assert query(session, "SELECT current_schema(), current_setting('TimeZone')") == [[b"mine", b"Asia/Tokyo"]]
    assert query(other, "SELECT current_schema()") == [[b"main"]]
    assert query(other, "SELECT count(*) FROM mine.t") == [[b"0"]]
    assert duckdb_backend.database_name == "warehouse"


@pytest.mark.parametrize(("begin", "number"), [("BEGIN", 0), ("START TRANSACTION READ ONLY", 1792)])
@pytest.mark.parametrize(("end", "count"), [("COMMIT", 1), ("END", 1), ("ROLLBACK", 0), ("ABORT", 0)])
def test_transactions_that_come_as_statements(
    session: Connection, begin: str, number: int, end: str, count: int
) -> None:
    done(session, "CREATE TABLE t (a INTEGER)")
    done(session, begin)
    assert session.in_transaction
    if number:
        assert failure(session, "INSERT INTO t VALUES (1)").number == number
    else:
        done(session, "INSERT INTO t VALUES (1)")
    done(session, end)
    assert not session.in_transaction
    assert query(session, "SELECT count(*) FROM t") == [[b"0" if number else b"%d" % count]]


def test_begin_commits_what_was_open(duckdb_backend: Backend, session: Connection) -> None:
    done(session, "CREATE TABLE t (a INTEGER)")
    session.begin(read_only=False)
    done(session, "INSERT INTO t VALUES (1)")
    session.begin(read_only=False)
    assert query(duckdb_backend.connect("", ""), "SELECT count(*) FROM t") == [[b"1"]]
    session.rollback()
    assert query(session, "SELECT count(*) FROM t") == [[b"1"]]


def test_nothing_is_lost_with_a_transaction_that_only_read(session: Connection) -> None:
    session.begin(read_only=True)
    assert failure(session, "SELECT error('stop')").number == 1210
    assert failure(session, "SELECT 1").number == 1180, "DuckDB takes no more statements"
    session.commit()
    assert not session.in_transaction
    assert query(session, "SELECT 1") == [[b"1"]]


def test_a_statement_of_a_read_only_session_leaves_no_transaction(session: Connection) -> None:
    session.set_read_only(True)
    assert query(session, "SELECT 1") == [[b"1"]]
    assert failure(session, "SELECT error('stop')").number == 1210
    assert not session.in_transaction
    session.set_read_only(False)
    done(session, "CREATE TABLE t (a INTEGER)")


def test_going_back_to_a_savepoint_forgets_later_ones(session: Connection) -> None:
    session.begin(read_only=False)
    for name in ("a", "b", "c"):
        session.savepoint(name)
    session.rollback_to("b")
    session.release("b")
    for name in ("b", "c"):
        with pytest.raises(UpstreamError) as caught:
            session.release(name)
        assert caught.value.number == 1305
    session.release("a")


def test_a_reset_session_is_as_new_but_for_its_schema(session: Connection) -> None:
    done(session, "CREATE SCHEMA mine")
    session.use("mine")
    done(session, "CREATE TEMP TABLE own (a INTEGER)")
    assert query(session, "SET VARIABLE known = 42") == []
    session.set_read_only(True)
    session.begin(read_only=False)
    session.reset()
    assert not session.in_transaction
    assert query(session, "SELECT current_schema(), getvariable('known')") == [[b"mine", None]]
    assert failure(session, "SELECT * FROM own").number == 1146
    done(session, "CREATE TABLE t (a INTEGER)")


def test_numbers_are_those_of_the_table_that_the_schema_has(session: Connection) -> None:
    done(session, "CREATE SEQUENCE numbers START 5")
    done(session, "CREATE TABLE t (id INTEGER DEFAULT nextval('numbers'), name VARCHAR)")
    done(session, "CREATE SCHEMA other")
    done(session, "CREATE TABLE other.t (id INTEGER, name VARCHAR)")
    assert done(session, "INSERT INTO t (name) VALUES ('a')").last_insert_id == 5
    session.use("other")
    assert done(session, "INSERT INTO t VALUES (9, 'a')").last_insert_id == 0


def test_what_changes_rows_may_have_rows_of_its_own(session: Connection) -> None:
    done(session, "CREATE TABLE t (a INTEGER)")
    assert query(session, "INSERT INTO t VALUES (1), (2) RETURNING a") == [[b"1"], [b"2"]]
    assert done(session, "UPDATE t SET a = a + 1").info == "Rows matched: 2  Changed: 2  Warnings: 0"


@pytest.mark.parametrize(
    ("row", "rows"),
    [
        ((1, 2.5, None), CHUNK),
        ((b"x" * (CHUNK_BYTES // 4),), 4),
        (("x" * (CHUNK_BYTES // 4), b"x" * (CHUNK_BYTES // 4)), 2),
        ((b"x" * (CHUNK_BYTES * 2),), 1),
    ],
)
def test_a_chunk_is_as_large_as_its_last_row_lets_it_be(row: tuple[Any, ...], rows: int) -> None:
    assert next_size([(b"",), row]) == rows
