"""What a session does the same on every database: transactions, cancelling, limits, read only, errors."""

import resource
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from plugins.upstream import UpstreamError
from proxy.upstreams.backends.sqlite_session import SQLiteSession
from proxy.upstreams.types import Connection, Done, Rows
from tests.proxy.upstreams.backends.conftest import Connect
from tests.support.rows import read_text

ENDLESS = {
    "postgres": "SELECT pg_sleep(60)",
    "duckdb": "SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b",
    "sqlite": "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r",
}
MANY_ROWS = {
    # Not FROM it: PostgreSQL keeps all of a function's rows before it gives the first.
    "postgres": "SELECT generate_series(1, 10000000), repeat('x', 100)",
    "duckdb": "SELECT range, repeat('x', 100) FROM range(10000000)",
    "sqlite": "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r LIMIT 10000000) SELECT i, i FROM r",
}


def dialect(connection: Connection) -> str:
    name = connection.sqlalchemy.dialect.name
    return "postgres" if name == "postgresql" else name


def query(connection: Connection, sql: str) -> list[list[bytes | None]]:
    result = connection.execute(sql)
    assert not isinstance(result, Done)
    return read_text(result)


def rows_of(connection: Connection, sql: str) -> Rows:
    result = connection.execute(sql)
    assert not isinstance(result, Done)
    return result


def done(connection: Connection, sql: str) -> Done:
    result = connection.execute(sql)
    assert isinstance(result, Done)
    return result


def failure(connection: Connection, sql: str) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        query(connection, sql)
    return caught.value


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / (1 << 20)


@pytest.fixture
def session(connect: Connect) -> Connection:
    connection = connect()
    done(connection, "CREATE TABLE t (id integer PRIMARY KEY, name varchar(20))")
    done(connection, "INSERT INTO t VALUES (1, 'one'), (2, 'two')")
    return connection


def test_counts(session: Connection) -> None:
    assert done(session, "INSERT INTO t VALUES (3, 'x'), (4, 'x')").affected_rows == 2
    updated = done(session, "UPDATE t SET name = 'y' WHERE id > 2")
    assert (updated.affected_rows, updated.info) == (2, "Rows matched: 2  Changed: 2  Warnings: 0")
    assert done(session, "DELETE FROM t WHERE id > 1").affected_rows == 3
    assert done(session, "DELETE FROM t WHERE id > 1").affected_rows == 0
    assert done(session, "CREATE TABLE u (a integer)") == Done()


def test_columns_are_known_before_the_rows(session: Connection) -> None:
    rows = rows_of(session, "SELECT id, name AS other FROM t WHERE 1 = 0")
    assert [column.name for column in rows.columns] == ["id", "other"]
    assert read_text(rows) == []


def test_two_columns_of_one_name(session: Connection) -> None:
    rows = rows_of(session, "SELECT id, id, name AS id FROM t ORDER BY 1 DESC")
    assert [column.name for column in rows.columns] == ["id", "id", "id"]
    assert read_text(rows) == [[b"2", b"2", b"two"], [b"1", b"1", b"one"]]


def test_order_holds(session: Connection) -> None:
    done(session, "CREATE TABLE many (a integer)")
    for start in range(0, 4000, 1000):
        done(
            session,
            "INSERT INTO many VALUES " + ", ".join(f"({(n * 7919) % 4001})" for n in range(start, start + 1000)),
        )
    found = [int(row[0] or 0) for row in query(session, "SELECT a FROM many ORDER BY a DESC")]
    assert found == sorted(found, reverse=True)
    assert len(found) == 4000


def test_comments_and_semicolons(session: Connection) -> None:
    for sql in (
        "SELECT id FROM t WHERE id = 1;",
        "SELECT id FROM t WHERE id = 1 -- the end",
        "/* a */ SELECT 1 /* b */",
    ):
        assert query(session, sql) == [[b"1"]]


def test_commit_and_rollback(connect: Connect, session: Connection) -> None:
    other = connect()
    session.begin(read_only=False)
    assert session.in_transaction
    done(session, "INSERT INTO t VALUES (3, 'three')")
    assert query(session, "SELECT count(*) FROM t") == [[b"3"]]
    assert query(other, "SELECT count(*) FROM t") == [[b"2"]]
    session.rollback()
    assert not session.in_transaction
    assert query(session, "SELECT count(*) FROM t") == [[b"2"]]
    session.begin(read_only=False)
    done(session, "INSERT INTO t VALUES (3, 'three')")
    session.commit()
    assert query(other, "SELECT count(*) FROM t") == [[b"3"]]
    session.commit()  # none is open
    session.rollback()


def test_closing_rolls_back(connect: Connect, session: Connection) -> None:
    other = connect()
    other.begin(read_only=False)
    done(other, "DELETE FROM t")
    other.close()
    assert query(session, "SELECT count(*) FROM t") == [[b"2"]]


@pytest.mark.parametrize("way", ["transaction", "session"])
@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES (9, 'x')",
        "UPDATE t SET name = 'x'",
        "DELETE FROM t",
        "CREATE TABLE u (a integer)",
        "DROP TABLE t",
        "WITH a AS (SELECT 1) DELETE FROM t",
        "ALTER TABLE t ADD COLUMN extra integer",
    ],
)
def test_read_only(session: Connection, way: str, sql: str) -> None:
    if way == "session":
        session.set_read_only(True)
    else:
        session.begin(read_only=True)
    assert failure(session, sql).number == 1792
    session.rollback()
    assert query(session, "SELECT id, name FROM t ORDER BY 1") == [[b"1", b"one"], [b"2", b"two"]]
    session.set_read_only(False)
    done(session, "INSERT INTO t VALUES (3, 'x')")


@pytest.mark.parametrize(
    "escape",
    [
        ["COMMIT"],
        ["ROLLBACK"],
        ["COMMIT", "BEGIN"],
        ["SET transaction_read_only = off"],
        ["SET default_transaction_read_only = off"],
        ["SELECT set_config('transaction_read_only', 'off', true)"],
        ["SELECT set_config('default_transaction_read_only', 'off', false)"],
        ["SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE"],
        ["PRAGMA query_only = OFF"],
        ["PRAGMA query_only(0)"],
        ["RESET ALL"],
        ["DISCARD ALL"],
        ["BEGIN READ WRITE"],
        ["COMMIT; BEGIN"],
    ],
)
def test_a_read_only_session_cannot_be_escaped(session: Connection, escape: list[str]) -> None:
    session.set_read_only(True)
    for sql in escape:
        try:
            result = session.execute(sql)
        except UpstreamError:
            continue
        if not isinstance(result, Done):
            read_text(result)
    assert failure(session, "INSERT INTO t VALUES (9, 'x')").number in (1792, 1180)
    session.rollback()
    session.set_read_only(False)
    assert query(session, "SELECT count(*) FROM t") == [[b"2"]]


def test_timeout(session: Connection) -> None:
    session.set_timeout(0.2)
    error = failure(session, ENDLESS[dialect(session)])
    assert (error.number, error.sqlstate) == (3024, "HY000")
    assert query(session, "SELECT count(*) FROM t") == [[b"2"]]
    session.set_timeout(None)
    assert query(session, "SELECT count(*) FROM t") == [[b"2"]]


def test_cancel(session: Connection) -> None:
    timer = threading.Timer(0.2, session.cancel)
    timer.start()
    error = failure(session, ENDLESS[dialect(session)])
    timer.join()
    assert (error.number, error.sqlstate) == (1317, "70100")
    assert query(session, "SELECT count(*) FROM t") == [[b"2"]]


def test_cancel_when_nothing_runs(session: Connection) -> None:
    for _ in range(20):
        session.cancel()
        assert query(session, "SELECT count(*) FROM t") == [[b"2"]]


def test_cancels_never_reach_the_next_statement(session: Connection) -> None:
    """A storm of cancels: each statement either answers or was interrupted, and the session stays in step."""
    stop = threading.Event()

    def storm() -> None:
        while not stop.is_set():
            session.cancel()
            time.sleep(0.003)

    thread = threading.Thread(target=storm)
    thread.start()
    outcomes: list[Any] = []
    try:
        for number in range(60):
            try:
                outcomes.append(query(session, f"SELECT {number}") == [[b"%d" % number]])
            except UpstreamError as error:
                outcomes.append(error.number == 1317)
    finally:
        stop.set()
        thread.join()
    assert all(outcomes)
    assert query(session, "SELECT count(*) FROM t") == [[b"2"]]


def test_rows_that_nobody_wants(session: Connection) -> None:
    """Giving up in the middle, before the start, and after the end."""
    rows = rows_of(session, MANY_ROWS[dialect(session)])
    batches = rows.batches(binary=False, codec="utf-8")
    assert len(next(iter(batches))) > 0
    rows.close()
    rows_of(session, MANY_ROWS[dialect(session)]).close()
    rows = rows_of(session, "SELECT 1")
    read_text(rows)
    rows.close()
    assert query(session, "SELECT count(*) FROM t") == [[b"2"]]
    session.begin(read_only=False)
    done(session, "INSERT INTO t VALUES (3, 'x')")
    rows_of(session, MANY_ROWS[dialect(session)]).close()
    assert query(session, "SELECT count(*) FROM t") == [[b"3"]]
    session.rollback()


def test_memory_is_bounded(session: Connection) -> None:
    """300 MB of rows are read in little memory."""
    wide = {
        "postgres": "SELECT generate_series(1, 300000), repeat('x', 1000)",
        "duckdb": "SELECT range, repeat('x', 1000) FROM range(300000)",
        "sqlite": "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r LIMIT 300000) "
        "SELECT i, replace(hex(zeroblob(500)), '0', 'x') FROM r",
    }
    before, most, count = resident_mib(), 0.0, 0
    for batch in rows_of(session, wide[dialect(session)]).batches(binary=False, codec="utf-8"):
        assert sum(map(len, batch)) > 1000 * len(batch)
        count += len(batch)
        most = max(most, resident_mib())
    assert count == 300_000
    assert most - before < 100


def test_cancel_in_the_middle_of_the_rows(session: Connection) -> None:
    batches = iter(rows_of(session, MANY_ROWS[dialect(session)]).batches(binary=False, codec="utf-8"))
    next(batches)
    session.cancel()
    with pytest.raises(UpstreamError) as caught:
        for _ in batches:
            pass
    assert caught.value.number == 1317
    assert query(session, "SELECT count(*) FROM t") == [[b"2"]]


def _savepoints_of_duckdb(session: Connection) -> None:
    """It has none: going back is possible only where nothing was written, else the transaction cannot be committed."""
    session.begin(read_only=False)
    session.savepoint("a")
    query(session, "SELECT count(*) FROM t")
    session.rollback_to("a")
    done(session, "INSERT INTO t VALUES (3, 'x')")
    session.release("a")
    session.savepoint("b")
    session.commit()
    assert query(session, "SELECT count(*) FROM t") == [[b"3"]]
    session.begin(read_only=False)
    session.savepoint("a")
    done(session, "INSERT INTO t VALUES (4, 'x')")
    for call, name, number in ((session.rollback_to, "b", 1305), (session.rollback_to, "a", 1235)):
        with pytest.raises(UpstreamError) as caught:
            call(name)
        assert caught.value.number == number
    with pytest.raises(UpstreamError) as caught:
        session.commit()
    assert caught.value.number == 1180
    assert query(session, "SELECT count(*) FROM t") == [[b"3"]]


def test_savepoints(session: Connection) -> None:
    if dialect(session) == "duckdb":
        _savepoints_of_duckdb(session)
        return
    session.begin(read_only=False)
    done(session, "INSERT INTO t VALUES (3, 'x')")
    session.savepoint('a"b')
    done(session, "INSERT INTO t VALUES (4, 'x')")
    session.savepoint("c")
    session.rollback_to('a"b')
    assert query(session, "SELECT count(*) FROM t") == [[b"3"]]
    session.release('a"b')
    with pytest.raises(UpstreamError) as caught:
        session.rollback_to('a"b')
    assert caught.value.number == 1305
    session.rollback()
    assert query(session, "SELECT count(*) FROM t") == [[b"2"]]


def test_an_unknown_name_costs_no_transaction(session: Connection) -> None:
    session.begin(read_only=False)
    done(session, "INSERT INTO t VALUES (3, 'x')")
    assert failure(session, "SELECT * FROM nowhere").number == 1146
    assert failure(session, "SELECT nope FROM t").number == 1054
    assert failure(session, "SELEC 1").number == 1064
    done(session, "INSERT INTO t VALUES (4, 'x')")
    session.commit()
    assert query(session, "SELECT count(*) FROM t") == [[b"4"]]


def test_a_failed_statement_takes_back_itself_only(session: Connection) -> None:
    session.begin(read_only=False)
    done(session, "INSERT INTO t VALUES (3, 'x')")
    assert failure(session, "INSERT INTO t VALUES (4, 'x'), (1, 'again')").number == 1062
    if dialect(session) == "duckdb":  # it cannot: the transaction is lost, and says so
        assert failure(session, "SELECT 1").number == 1180
        with pytest.raises(UpstreamError) as caught:
            session.commit()
        assert caught.value.number == 1180
        assert not session.in_transaction
        assert query(session, "SELECT count(*) FROM t") == [[b"2"]]
        return
    assert failure(session, "SELECT * FROM nowhere").number == 1146
    assert session.in_transaction
    done(session, "INSERT INTO t VALUES (5, 'x')")
    session.commit()
    assert query(session, "SELECT id FROM t ORDER BY id") == [[b"1"], [b"2"], [b"3"], [b"5"]]


def test_temporary_tables_are_the_sessions_own(connect: Connect, session: Connection) -> None:
    done(session, "CREATE TEMPORARY TABLE mine (a integer)")
    done(session, "INSERT INTO mine VALUES (7)")
    assert query(session, "SELECT a FROM mine") == [[b"7"]]
    assert failure(connect(), "SELECT a FROM mine").number == 1146


@pytest.mark.parametrize(
    ("sql", "number", "sqlstate", "message"),
    [
        ("INSERT INTO t VALUES (1, 'again')", 1062, "23000", "Duplicate entry"),
        ("INSERT INTO t VALUES (7, 'x'), (7, 'y')", 1062, "23000", "Duplicate entry"),
        ("SELECT * FROM nowhere", 1146, "42S02", "Table 'nowhere' doesn't exist"),
        ("SELECT nope FROM t", 1054, "42S22", "Unknown column 'nope' in 'field list'"),
        ("SELECT 1 FROM t a, t b WHERE id = 1", 1052, "23000", "id"),
        ("SELEC 1", 1064, "42000", "SELEC"),
        ("SELECT nofunction(1)", 1305, "42000", "nofunction"),
        ("CREATE TABLE t (a integer)", 1050, "42S01", "Table 't' already exists"),
        ("ALTER TABLE t ADD COLUMN name integer", 1060, "42S21", "Duplicate column name 'name'"),
        ("INSERT INTO t VALUES (1, 2, 3)", (1136, 1064), None, ""),
        ("INSERT INTO must VALUES (NULL, 1)", 1048, "23000", "Column 'a' cannot be null"),
        ("INSERT INTO must VALUES (1, 77)", 1452, "23000", ""),
        ("INSERT INTO must VALUES (-1, 1)", 3819, "HY000", ""),
        ("DELETE FROM t WHERE id = 1", 1451, "23000", ""),
        ("SELECT 1; SELECT 2", 1064, "42000", ""),
    ],
)
def test_errors(
    session: Connection, sql: str, number: int | tuple[int, ...], sqlstate: str | None, message: str
) -> None:
    done(session, "CREATE TABLE must (a integer NOT NULL CHECK (a > 0), b integer REFERENCES t (id))")
    done(session, "INSERT INTO must VALUES (1, 1)")
    error = failure(session, sql)
    assert error.number in (number if isinstance(number, tuple) else (number,))
    assert sqlstate in (error.sqlstate, None)
    assert message in error.message
    assert query(session, "SELECT count(*) FROM t") == [[b"2"]]


@pytest.mark.parametrize("sql", ["", "   ", "-- nothing", "/* nothing */"])
def test_an_empty_statement(session: Connection, sql: str) -> None:
    if dialect(session) == "postgres":
        assert done(session, sql) == Done()
    else:
        assert failure(session, sql).number == 1065


def test_nul_characters(session: Connection) -> None:
    """A driver that ends its text at NUL would run something else than what was looked at."""
    assert failure(session, "DELETE FROM t\0 WHERE 1 = 0").number == 1064
    assert query(session, "SELECT count(*) FROM t") == [[b"2"]]


@pytest.mark.parametrize("length", [0, 250, 251, 65535, 65536, (1 << 24) - 1, 1 << 24])
def test_long_values(session: Connection, length: int) -> None:
    function = f"replace(hex(zeroblob({length // 2})), '00', 'xx') || '{'x' * (length % 2)}'"
    value = function if dialect(session) == "sqlite" else f"repeat('x', {length})"
    assert query(session, f"SELECT {value}, 1") == [[b"x" * length, b"1"]]


def test_other_character_sets(session: Connection) -> None:
    rows = rows_of(session, "SELECT 'Grüße ♥'")
    assert read_text(rows, "cp1252") == [["Grüße ?".encode("cp1252")]]


def test_use(session: Connection) -> None:
    with pytest.raises(UpstreamError) as caught:
        session.use("nowhere")
    assert (caught.value.number, caught.value.message) == (1049, "Unknown database 'nowhere'")
    with pytest.raises(UpstreamError) as caught:
        session.use('"; DROP TABLE t; --')
    assert caught.value.number == 1049
    assert query(session, "SELECT count(*) FROM t") == [[b"2"]]


def test_the_inspector_sees_the_session(session: Connection) -> None:
    import sqlalchemy as sa

    session.begin(read_only=False)
    done(session, "CREATE TABLE fresh (a integer)")
    schema = "work" if dialect(session) == "postgres" else None
    assert "fresh" in sa.inspect(session.sqlalchemy).get_table_names(schema=schema)
    session.sqlalchemy.rollback()  # is none of the session's
    session.sqlalchemy.commit()
    assert session.in_transaction
    session.rollback()
    assert failure(session, "SELECT * FROM fresh").number == 1146


@pytest.mark.parametrize("zone", ["nonsense", "'; DROP TABLE t; --", "+99:99"])
def test_unknown_time_zones(session: Connection, zone: str) -> None:
    if isinstance(session, SQLiteSession):  # its moments have no zone
        session.set_time_zone(zone)
    else:
        with pytest.raises(UpstreamError) as caught:
            session.set_time_zone(zone)
        assert caught.value.number == 1298
    assert query(session, "SELECT count(*) FROM t") == [[b"2"]]
