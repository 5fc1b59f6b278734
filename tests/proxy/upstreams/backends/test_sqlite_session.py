"""A session with SQLite: types as declared and as found, and what no session may do."""

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from plugins.upstream import UpstreamError
from proxy.upstreams.backends.sqlite_session import CHUNK_BYTES, KNOWN_QUERIES, SQLiteSession
from proxy.upstreams.types import Backend, Connection, Done
from proxy.wire.columns import ColumnType
from tests.proxy.upstreams.backends.test_sessions import done, failure, query, rows_of
from tests.support.rows import read_binary, read_text

T = ColumnType


@pytest.fixture
def session(sqlite_backend: Backend) -> Connection:
    return sqlite_backend.connect("", "")


@pytest.mark.parametrize(
    ("declared", "value", "kind", "text", "binary"),
    [
        ("INTEGER", "-9223372036854775808", T.LONGLONG, b"-9223372036854775808", -(1 << 63)),
        ("BIGINT UNSIGNED", "7", T.LONGLONG, b"7", 7),
        ("BOOLEAN", "1", T.TINY, b"1", 1),
        ("REAL", "0.1 + 0.2", T.DOUBLE, b"0.30000000000000004", 0.1 + 0.2),
        ("REAL", "9e999", T.DOUBLE, b"Infinity", float("inf")),
        ("DECIMAL(10, 2)", "12.5", T.NEWDECIMAL, b"12.5", b"12.5"),
        ("VARCHAR(10)", "'é♥'", T.VAR_STRING, "é♥".encode(), "é♥".encode()),
        ("TEXT", "'é'", T.BLOB, "é".encode(), "é".encode()),
        ("BLOB", "x'00ff'", T.BLOB, b"\x00\xff", b"\x00\xff"),
        ("DATE", "'2026-01-31'", T.DATE, b"2026-01-31", b"2026-01-31"),
        ("DATETIME", "'2026-01-31 12:34:56.5'", T.DATETIME, b"2026-01-31 12:34:56.5", b"2026-01-31 12:34:56.500000"),
        ("DATETIME", "'2026-01-31T12:34:56Z'", T.DATETIME, b"2026-01-31 12:34:56", b"2026-01-31 12:34:56"),
        ("DATETIME", "'2026-01-31 12:34'", T.DATETIME, b"2026-01-31 12:34:00", b"2026-01-31 12:34:00"),
        ("TIMESTAMP", "'2026-01-31'", T.DATETIME, b"2026-01-31", b"2026-01-31 00:00:00"),
        ("TIME", "'12:34:56'", T.TIME, b"12:34:56", b"12:34:56"),
        ("JSON", "'{}'", T.JSON, b"{}", b"{}"),
        # What does not fit the declared type is typed by its value.
        ("DATE", "'soon'", T.VAR_STRING, b"soon", b"soon"),
        ("DATE", "'2026-02-31x'", T.VAR_STRING, b"2026-02-31x", b"2026-02-31x"),
        ("DATETIME", "1769862896", T.LONGLONG, b"1769862896", 1769862896),
        ("INTEGER", "'many'", T.VAR_STRING, b"many", b"many"),
        ("BOOLEAN", "1000", T.LONGLONG, b"1000", 1000),
        ("VARCHAR(10)", "x'ff'", T.BLOB, b"\xff", b"\xff"),
        ("", "1.5", T.DOUBLE, b"1.5", 1.5),
        ("", "'x'", T.VAR_STRING, b"x", b"x"),
        ("DATE", "NULL", T.DATE, None, None),
        ("", "NULL", T.VAR_STRING, None, None),
    ],
)
def test_types(
    session: Connection, declared: str, value: str, kind: ColumnType, text: bytes | None, binary: object
) -> None:
    done(session, f"CREATE TABLE t (x {declared})")
    done(session, f"INSERT INTO t VALUES ({value})")
    rows = rows_of(session, "SELECT x FROM t")
    assert rows.columns[0].type == kind
    assert read_text(rows) == [[text]]
    assert read_binary(rows_of(session, "SELECT x FROM t")) == [[binary]]


def test_a_column_whose_values_differ_is_text(session: Connection) -> None:
    rows = rows_of(session, "VALUES (1), ('a'), (2.5), (NULL), (x'ff')")
    assert rows.columns[0].type == T.BLOB
    assert read_text(rows) == [[b"1"], [b"a"], [b"2.5"], [None], [b"\xff"]]
    numbers = rows_of(session, "VALUES (1), (2.5)")
    assert numbers.columns[0].type == T.DOUBLE
    assert read_binary(numbers) == [[1.0], [2.5]]


@pytest.mark.parametrize("binary", [False, True])
def test_a_value_that_differs_later_is_an_error(session: Connection, binary: bool) -> None:
    """The column's type was told already."""
    counting = "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r LIMIT 10000)"
    sql = f"{counting} SELECT iif(i = 9999, 'odd', i) FROM r"
    with pytest.raises(UpstreamError) as caught:
        (read_binary if binary else read_text)(rows_of(session, sql))
    assert caught.value.number == 1366
    assert query(session, "SELECT 1") == [[b"1"]]


def test_types_are_told_again_after_the_table_changed(session: Connection) -> None:
    done(session, "CREATE TABLE t (x DATE)")
    assert rows_of(session, "SELECT x FROM t").columns[0].type == T.DATE
    done(session, "DROP TABLE t")
    done(session, "CREATE TABLE t (x INTEGER)")
    assert rows_of(session, "SELECT x FROM t").columns[0].type == T.LONGLONG


def test_last_insert_id(session: Connection) -> None:
    done(session, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
    assert done(session, "INSERT INTO t (name) VALUES ('a')").last_insert_id == 1
    assert done(session, "INSERT INTO t (name) VALUES ('b'), ('c')").last_insert_id == 2
    assert done(session, "UPDATE t SET name = 'd'").last_insert_id == 0


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH '{folder}/other.db' AS other",
        "ATTACH ':memory:' AS other",
        "ATTACH 'file:{folder}/other.db?mode=rwc' AS other",
        "VACUUM INTO '{folder}/copy.db'",
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON",
        "PRAGMA journal_mode = WAL",
        "PRAGMA temp_store_directory = '{folder}'",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA user_version = 7",
        "PRAGMA trusted_schema = ON",
        "PRAGMA data_store_directory = '{folder}'",
        "SELECT load_extension('{folder}/x')",
        "SELECT fts3_tokenizer('simple')",
        "CREATE VIRTUAL TABLE v USING dbstat(other)",
    ],
)
def test_refused(session: Connection, tmp_path: Path, sql: str) -> None:
    before = set(tmp_path.iterdir())
    assert failure(session, sql.format(folder=tmp_path)).number in (1227, 1064, 1305)
    assert set(tmp_path.iterdir()) == before
    assert query(session, "SELECT 1") == [[b"1"]]


def test_writers_wait_for_each_other(sqlite_backend: Backend, session: Connection) -> None:
    done(session, "CREATE TABLE t (a INTEGER)")
    session.begin(read_only=False)
    done(session, "INSERT INTO t VALUES (1)")
    other = sqlite_backend.connect("", "")
    results: list[Done] = []
    thread = threading.Thread(target=lambda: results.append(done(other, "INSERT INTO t VALUES (2)")))
    thread.start()
    session.commit()
    thread.join()
    assert [result.affected_rows for result in results] == [1]


def test_there_is_one_schema(session: Connection) -> None:
    session.use("main")


def test_types_are_told_in_a_read_only_session_too(session: Connection) -> None:
    """They are looked up by a temporary view, which nobody else may make there."""
    done(session, "CREATE TABLE t (x DATE)")
    session.set_read_only(True)
    assert rows_of(session, "SELECT x FROM t").columns[0].type == T.DATE
    assert failure(session, "CREATE TEMP VIEW v AS SELECT 1").number == 1792


def test_the_types_of_so_many_queries_are_kept(session: Connection) -> None:
    assert isinstance(session, SQLiteSession)
    for number in range(KNOWN_QUERIES + 10):
        assert query(session, f"SELECT {number}") == [[b"%d" % number]]
    assert len(session._declared) == KNOWN_QUERIES


def test_rows_that_are_large_are_read_one_by_one(session: Connection) -> None:
    """What is looked at to tell the types is held all at once."""
    assert isinstance(session, SQLiteSession)
    sizes: list[int] = []
    fetch = session.fetch
    session.fetch = lambda cursor, size: (sizes.append(size), fetch(cursor, size))[1]  # type: ignore[method-assign]
    large = rows_of(session, f"VALUES (zeroblob({CHUNK_BYTES})), (x'01'), (x'02')")
    assert [len(row[0] or b"") for row in read_text(large)] == [CHUNK_BYTES, 1, 1]
    assert set(sizes) == {1}


def test_the_inspector_reads_strings(session: Connection) -> None:
    done(session, 'CREATE TABLE "größe" (x INTEGER)')
    assert query(session, "SELECT 'ü'") == [["ü".encode()]]
    assert sa.inspect(session.sqlalchemy).get_table_names() == ["größe"]


def test_a_reset_session_is_as_new(session: Connection) -> None:
    done(session, "CREATE TABLE t (a INTEGER)")
    done(session, "CREATE TEMP TABLE mine (a INTEGER)")
    done(session, 'CREATE TEMP VIEW "my view" AS SELECT a FROM mine')
    session.begin(read_only=True)
    session.set_read_only(True)
    session.reset()
    assert not session.in_transaction
    assert query(session, "SELECT name FROM sqlite_temp_master") == []
    assert done(session, "INSERT INTO t VALUES (1)").affected_rows == 1


@pytest.mark.parametrize(("sql", "rows"), [("PRAGMA user_version", [[b"0"]]), ("PRAGMA foreign_key_check('t')", [])])
def test_pragmas_that_change_nothing(session: Connection, sql: str, rows: object) -> None:
    done(session, "CREATE TABLE t (a INTEGER)")
    assert query(session, sql) == rows
