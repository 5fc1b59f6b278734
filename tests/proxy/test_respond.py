"""What a client receives for a gateway statement, in the text and the binary protocol, from a real session."""

import struct
from collections.abc import Iterator

import mysql.connector
import pymysql
import pytest

from plugins import Outcome
from proxy.respond import describe
from tests.proxy.conftest import Connect, eventually
from tests.support.embedded import NOTES, TIME_LIMIT_S, EmbeddedGateway, StatementsForTests
from tests.support.raw_client import RawClient
from tests.support.shop_server import ShopServer

Cursor = pymysql.cursors.Cursor
ROWS = [("ä", 1, 0.5), (None, None, None), ("", -(2**63), -1e300)]
SHOWN = [(note.level, note.code, note.message) for note in NOTES]
IN_TRANSACTION, AUTOCOMMIT, IN_READ_ONLY = 1, 2, 0x2000


@pytest.fixture
def cursor(connect: Connect) -> Iterator[Cursor]:
    with connect().cursor() as made:
        yield made


def rows(cursor: Cursor, sql: str) -> list[tuple[object, ...]]:
    cursor.execute(sql)
    return list(cursor.fetchall())


def number_of(error: pymysql.MySQLError) -> int:
    """PyMySQL reads the number as signed."""
    return int(error.args[0]) & 0xFFFF


def last_status(connection: RawClient, reply: list[bytes]) -> int:
    return connection._status(reply[-1])


# --- tables, and their notes


def test_table_as_text(cursor: Cursor) -> None:
    assert rows(cursor, "TEST TABLE") == ROWS
    assert [(c[0], c[1]) for c in cursor.description or ()] == [("name", 253), ("n", 8), ("x", 5)]


def test_notes(cursor: Cursor) -> None:
    cursor.execute("TEST TABLE")
    assert cursor.warning_count == 2
    assert rows(cursor, "SHOW WARNINGS") == SHOWN
    assert rows(cursor, "show  /* again */ warnings;") == SHOWN
    assert rows(cursor, "SHOW COUNT(*) WARNINGS") == [(2,)]
    assert rows(cursor, "SHOW ERRORS") == []
    assert rows(cursor, "SHOW COUNT(*) ERRORS") == [(0,)]
    assert rows(cursor, "SHOW WARNINGS") == SHOWN


def test_the_upstreams_own_warnings_come_back(cursor: Cursor) -> None:
    cursor.execute("TEST TABLE")
    cursor.execute("SELECT 1")
    assert rows(cursor, "SHOW WARNINGS") == []
    cursor.execute("SELECT CAST('x' AS SIGNED)")
    assert [row[1] for row in rows(cursor, "SHOW WARNINGS")] == [1292]
    cursor.execute("TEST DONE 7")
    assert rows(cursor, "SHOW WARNINGS") == SHOWN


@pytest.mark.parametrize(("statement", "number"), [("TEST ERROR", 57006), ("TEST CRASH", 57017)])
def test_errors(cursor: Cursor, statement: str, number: int) -> None:
    with pytest.raises(pymysql.MySQLError) as error:
        cursor.execute(statement)
    assert number_of(error.value) == number
    assert "hidden words" not in error.value.args[1]
    shown = [("Error", number, error.value.args[1])]
    assert rows(cursor, "SHOW ERRORS") == shown
    assert rows(cursor, "SHOW WARNINGS") == shown
    assert rows(cursor, "SHOW COUNT(*) ERRORS") == [(1,)]
    assert rows(cursor, "SELECT 1") == [(1,)]


def test_error_packet_has_the_sqlstate(raw_connection: RawClient) -> None:
    (error,) = raw_connection.query("TEST ERROR")
    assert error[:9] == b"\xff" + struct.pack("<H", 57006) + b"#45000"


def test_done(cursor: Cursor) -> None:
    assert cursor.execute("TEST DONE 300") == 300
    assert cursor.warning_count == 2


@pytest.mark.parametrize("count", [0, 1, 250, 254, 255, 256, 1000, 70000])
def test_more_rows_than_sequence_ids(cursor: Cursor, count: int) -> None:
    """PyMySQL checks every packet's sequence id."""
    assert rows(cursor, f"TEST ROWS {count}") == [(n,) for n in range(count)]


@pytest.mark.parametrize("size", [0, 250, 251, 65535, 65536, 2**24 - 5, 2**24 - 4, 2**24 - 1, 2**24, 2**25])
def test_values_of_every_length(cursor: Cursor, size: int) -> None:
    assert rows(cursor, f"TEST WIDE {size}") == [("x" * size,)]
    assert rows(cursor, "SELECT 1") == [(1,)]


def test_rows_that_end_badly(connect: Connect) -> None:
    """Before anything was sent it is an error; after that the connection ends, as a reply cannot be taken back."""
    with connect().cursor() as cursor, pytest.raises(pymysql.MySQLError) as error:
        cursor.execute("TEST BREAKS 3")
    assert number_of(error.value) == 57071
    with connect().cursor() as cursor, pytest.raises(pymysql.MySQLError) as error:
        cursor.execute("TEST BREAKS 100000")
    assert number_of(error.value) == 2013


def test_every_set_of_capabilities(raw_connection: RawClient) -> None:
    reply = raw_connection.query("TEST TABLE")
    assert reply[0] == b"\x03"
    assert last_status(raw_connection, reply) == AUTOCOMMIT
    assert raw_connection.query("SELECT 1")[0] == b"\x01"


# --- prepared statements


def test_table_as_binary(test_gateway: EmbeddedGateway) -> None:
    with (
        mysql.connector.connect(
            host="127.0.0.1", port=test_gateway.port, user="app", password="secret", use_pure=True
        ) as connection,
        connection.cursor(prepared=True) as cursor,
    ):
        for _ in range(3):
            cursor.execute("TEST TABLE")
            assert [tuple(row) for row in cursor.fetchall()] == ROWS


def test_prepared_by_every_set_of_capabilities(raw_connection: RawClient) -> None:
    statement = raw_connection.prepare("TEST TABLE")
    reply = raw_connection.execute(statement)
    binary = [payload for payload in reply[1:] if payload[:1] == b"\0" and len(payload) < 40]
    assert binary[0] == b"\0\0" + b"\x02\xc3\xa4" + struct.pack("<q", 1) + struct.pack("<d", 0.5)
    assert binary[1] == b"\0" + bytes([0b00011100])
    assert raw_connection.query("SELECT 1")[0] == b"\x01"


def test_prepared_run_has_binary_rows(raw_connection: RawClient) -> None:
    statement = raw_connection.prepare("TEST RUN SELECT 258 AS n")
    for _ in range(2):
        reply = raw_connection.execute(statement)
        assert any(payload[:2] == b"\0\0" and payload[2:4] == b"\x02\x01" for payload in reply)
        assert last_status(raw_connection, reply) & (IN_TRANSACTION | IN_READ_ONLY) == 0


# --- Run


def test_run_streams_the_upstreams_reply(cursor: Cursor, plugin: StatementsForTests) -> None:
    sql = "SELECT id, name FROM shop.products ORDER BY id"
    expected = rows(cursor, sql)
    assert len(expected) > 5
    types = [c[1] for c in cursor.description or ()]
    plugin.outcomes.clear()
    assert rows(cursor, f"TEST RUN {sql}") == expected
    assert [c[1] for c in cursor.description or ()] == types
    assert cursor.warning_count == 2
    assert rows(cursor, "SHOW WARNINGS") == SHOWN
    eventually(lambda: len(plugin.outcomes) == 1)
    outcome = plugin.outcomes[0]
    assert (outcome.rows, outcome.error, outcome.cancelled) == (len(expected), None, False)


def test_run_that_fails(cursor: Cursor, plugin: StatementsForTests) -> None:
    plugin.outcomes.clear()
    with pytest.raises(pymysql.MySQLError) as error:
        cursor.execute("TEST RUN SELECT no_such_column FROM shop.products")
    assert number_of(error.value) == 1054
    eventually(lambda: len(plugin.outcomes) == 1)
    outcome = plugin.outcomes[0]
    assert outcome.error is not None
    assert outcome.error.number == 1054
    assert rows(cursor, "SELECT 1") == [(1,)]


def test_run_that_fails_after_rows(cursor: Cursor) -> None:
    """A scalar subquery that has two rows for a later row of the outer query."""
    sql = (
        "SELECT (SELECT 1 UNION ALL SELECT 2 FROM seq_1_to_1 WHERE o.seq > 50000) AS n, REPEAT('x', 1000) "
        "FROM seq_1_to_60000 AS o"
    )
    with pytest.raises(pymysql.MySQLError) as error:
        cursor.execute(f"TEST RUN {sql}")
    assert number_of(error.value) == 1242
    assert rows(cursor, "SELECT 1") == [(1,)]
    assert rows(cursor, "TEST RUN SELECT 2") == [(2,)]


def test_time_limit(cursor: Cursor) -> None:
    with pytest.raises(pymysql.MySQLError) as error:
        cursor.execute("TEST LIMITED SELECT COUNT(*) FROM seq_1_to_1000000 a, seq_1_to_1000000 b")
    assert number_of(error.value) == 1969
    assert rows(cursor, "SELECT @@max_statement_time") == [(0,)]
    assert TIME_LIMIT_S < 1
    assert rows(cursor, "TEST LIMITED SELECT 5") == [(5,)]


@pytest.fixture
def table(mariadb: ShopServer) -> Iterator[str]:
    mariadb.run_sql("CREATE TABLE respond_t (n INT) ENGINE=InnoDB", database="scratch")
    yield "respond_t"
    mariadb.run_sql("DROP TABLE respond_t", database="scratch")


WRITES = ["INSERT INTO {} VALUES (1)", "DELETE FROM {}", "UPDATE {} SET n = 2", "DROP TABLE {}", "TRUNCATE {}"]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("autocommit", [True, False])
def test_run_does_not_write(connect: Connect, table: str, write: str, autocommit: bool) -> None:
    with connect(autocommit=autocommit) as connection, connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} VALUES (7)")
        connection.commit()
        for _ in range(2):
            with pytest.raises(pymysql.MySQLError) as error:
                cursor.execute(f"TEST RUN {write.format(table)}")
            assert number_of(error.value) == 1792
        with pytest.raises(pymysql.MySQLError) as error:
            cursor.execute(f"TEST QUERY {write.format(table)}")
        assert number_of(error.value) == 1792
        cursor.execute(f"INSERT INTO {table} VALUES (8)")
        assert rows(cursor, f"SELECT * FROM {table}") == [(7,), (8,)]
        connection.rollback()
        assert rows(cursor, f"SELECT * FROM {table}") == ([(7,), (8,)] if autocommit else [(7,)])


@pytest.mark.parametrize("write", WRITES)
def test_prepared_run_does_not_write(raw_connection: RawClient, table: str, write: str) -> None:
    statement = raw_connection.prepare(f"TEST RUN {write.format(table)}")
    for _ in range(2):
        (error,) = raw_connection.execute(statement)
        assert error[:3] == b"\xff" + struct.pack("<H", 1792)
    assert raw_connection.query(f"INSERT INTO {table} VALUES (1)")[0][:1] == b"\0"


def test_no_second_statement_writes(raw_connection: RawClient, table: str) -> None:
    """The client may have asked for multi-statements; what a plugin runs must not write for that."""
    for sql in (f"SELECT 1; INSERT INTO {table} VALUES (1)", f"SELECT 1; DROP TABLE {table}"):
        reply = raw_connection.query(f"TEST RUN {sql}")
        assert reply[-1][:3] == b"\xff" + struct.pack("<H", 1792)
    assert raw_connection.query(f"INSERT INTO {table} VALUES (1)")[0][:1] == b"\0"


def test_run_in_the_callers_transaction(connect: Connect, table: str) -> None:
    with connect() as connection, connection.cursor() as cursor:
        connection.begin()
        cursor.execute(f"INSERT INTO {table} VALUES (1)")
        assert rows(cursor, f"TEST RUN SELECT * FROM {table}") == [(1,)]
        assert rows(cursor, f"TEST QUERY SELECT * FROM {table}") == [("'1'",)]
        assert dict(rows(cursor, "TEST SESSION"))["in_transaction"] == "True"
        assert rows(cursor, "SELECT @@in_transaction") == [(1,)]
        connection.rollback()
        assert rows(cursor, f"TEST RUN SELECT * FROM {table}") == []


def test_flags_after_run(raw_connection: RawClient, table: str) -> None:
    """The transaction that the gateway wrapped around it is not the caller's."""

    def flags(sql: str) -> int:
        return last_status(raw_connection, raw_connection.query(sql)) & (IN_TRANSACTION | AUTOCOMMIT | IN_READ_ONLY)

    assert flags(f"TEST RUN SELECT * FROM {table}") == AUTOCOMMIT
    assert flags("TEST TABLE") == AUTOCOMMIT
    raw_connection.query("SET autocommit=0")
    assert flags(f"TEST RUN SELECT * FROM {table}") == 0
    assert flags("TEST DONE 1") == 0
    assert flags(f"SELECT * FROM {table}") == IN_TRANSACTION
    assert flags(f"TEST RUN SELECT * FROM {table}") == IN_TRANSACTION
    raw_connection.query("COMMIT")
    raw_connection.query("START TRANSACTION READ ONLY")
    assert flags(f"TEST RUN SELECT * FROM {table}") & IN_TRANSACTION
    raw_connection.query("COMMIT")
    assert flags("SELECT 1") == 0


def test_locks_survive(connect: Connect, table: str) -> None:
    with connect() as connection, connection.cursor() as cursor, connect().cursor() as other:
        cursor.execute(f"LOCK TABLES {table} WRITE")
        assert rows(cursor, f"TEST RUN SELECT * FROM {table}") == []
        assert rows(cursor, f"TEST TWICE SELECT * FROM {table}") == []
        other.execute("SET lock_wait_timeout = 0, innodb_lock_wait_timeout = 0")
        with pytest.raises(pymysql.MySQLError) as error:
            other.execute(f"SELECT * FROM {table}")
        assert number_of(error.value) == 1205
        cursor.execute("UNLOCK TABLES")
        assert rows(other, f"SELECT * FROM {table}") == []


def test_temporary_tables_and_variables_are_the_callers(cursor: Cursor) -> None:
    cursor.execute("CREATE TEMPORARY TABLE respond_temporary AS SELECT 42 AS n")
    cursor.execute("SET @mine = 'yes'")
    assert rows(cursor, "TEST RUN SELECT n, @mine FROM respond_temporary") == [(42, "yes")]
    assert rows(cursor, "SELECT n, @mine FROM respond_temporary") == [(42, "yes")]


def test_read_only_sessions_stay_so(cursor: Cursor, table: str) -> None:
    cursor.execute("SET SESSION TRANSACTION READ ONLY")
    assert rows(cursor, f"TEST RUN SELECT * FROM {table}") == []
    with pytest.raises(pymysql.MySQLError) as error:
        cursor.execute(f"INSERT INTO {table} VALUES (1)")
    assert number_of(error.value) == 1792
    cursor.execute("SET SESSION TRANSACTION READ WRITE")
    assert cursor.execute(f"INSERT INTO {table} VALUES (1)") == 1


def test_completion_type_chain_changes_nothing(cursor: Cursor, table: str) -> None:
    """With CHAIN a plain COMMIT would open the next transaction at once; with RELEASE it would disconnect."""
    for kind in ("CHAIN", "RELEASE"):
        cursor.execute(f"SET completion_type = '{kind}'")
        assert rows(cursor, f"TEST RUN SELECT * FROM {table}") == []
        assert rows(cursor, "SELECT @@in_transaction") == [(0,)]
        assert cursor.execute(f"INSERT INTO {table} VALUES (1)") == 1
        cursor.execute(f"DELETE FROM {table}")


def test_describe_hides_what_it_does_not_know() -> None:
    number, sqlstate, message = describe(ValueError("secret"))
    assert (number, sqlstate) == (57017, "45000")
    assert "secret" not in message


def test_outcomes_are_told_once(cursor: Cursor, plugin: StatementsForTests) -> None:
    plugin.outcomes.clear()
    for _ in range(3):
        cursor.execute("TEST RUN SELECT 1")
    eventually(lambda: [type(o) for o in plugin.outcomes] == [Outcome] * 3)
