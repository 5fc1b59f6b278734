"""What one statement leaves behind for the next, and what a text means to whom."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import mysql.connector
import MySQLdb
import pymysql
import pytest

from tests.proxy.upstreams.served import connected, duckdb_file, error, rows, served
from tests.support.embedded import EmbeddedGateway
from tests.support.postgres import PostgresServer

RESET_CONNECTION = 0x1F


def reset(client: "pymysql.connections.Connection[pymysql.cursors.Cursor]") -> None:
    client._execute_command(RESET_CONNECTION, b"")
    client._read_ok_packet()


@pytest.fixture(scope="module")
def duck(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedGateway]:
    folder = tmp_path_factory.mktemp("duck")
    with served(duckdb_file(folder), folder / "data") as gateway:
        yield gateway


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedGateway]:
    folder = tmp_path_factory.mktemp("lite")
    sqlite3.connect(folder / "app.db").execute("VACUUM")
    with served(f"sqlite:///{folder / 'app.db'}", folder / "data") as gateway:
        yield gateway


@pytest.fixture(scope="module")
def post(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedGateway]:
    postgres.run_sql("CREATE DATABASE attacked OWNER app", "GRANT reader TO app")
    with postgres.connect(database="attacked") as connection:
        for sql in (
            "CREATE TABLE public.items (id SERIAL PRIMARY KEY, name TEXT)",
            "INSERT INTO public.items (name) VALUES ('one')",
            "CREATE TABLE public.hidden (pin TEXT)",
            "INSERT INTO public.hidden VALUES ('4711')",
            "CREATE SEQUENCE public.numbers",
            "CREATE FUNCTION public.writes() RETURNS int LANGUAGE sql AS "
            "'INSERT INTO public.items (name) VALUES (''w'') RETURNING id'",
            "GRANT SELECT (id) ON public.items TO reader",
        ):
            connection.execute(sql.encode())
    with served(postgres.url("attacked"), tmp_path_factory.mktemp("post")) as gateway:
        yield gateway
    postgres.run_sql("DROP DATABASE attacked WITH (FORCE)", "REVOKE reader FROM app", database="postgres")


@pytest.mark.timeout(60)
def test_reset_leaves_nothing_on_postgresql(post: EmbeddedGateway) -> None:
    with connected(post.port, "app", "secret", database="public") as client:
        for sql in (
            "/*raw*/CREATE TEMP TABLE left_over (a int)",
            "/*raw*/SELECT set_config('my.secret', '42', false)",
            "/*raw*/SELECT pg_advisory_lock(5)",
            "/*raw*/SET ROLE reader",
            "SET SESSION TRANSACTION READ ONLY",
            "SET @a = 1",
            "SET max_execution_time = 1000",
            "START TRANSACTION",
        ):
            rows(client, sql)
        reset(client)
        assert rows(client, "/*raw*/SELECT current_user::text") == [("app",)]
        assert error(client, "SELECT * FROM left_over") == 1146
        assert rows(client, "/*raw*/SELECT NULLIF(current_setting('my.secret', true), '')") == [(None,)]
        assert rows(client, "/*raw*/SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]
        assert rows(client, "SELECT @a, DATABASE(), @@max_execution_time") == [(None, "public", 0)]
        assert rows(client, "/*raw*/SHOW default_transaction_read_only") == [("off",)]
        assert rows(client, "SELECT name FROM items WHERE id = 1") == [("one",)]
        assert rows(client, "SELECT 'a\\\\', 'ü'") == [("a\\", "ü")]


@pytest.mark.timeout(60)
def test_reset_leaves_nothing_in_files(duck: EmbeddedGateway, lite: EmbeddedGateway) -> None:
    for gateway in (duck, lite):
        with connected(gateway.port, database="main") as client:
            rows(client, "/*raw*/CREATE TEMP TABLE left_over (a int)")
            rows(client, "/*raw*/CREATE TEMP VIEW seen AS SELECT 1 AS a")
            rows(client, "SET SESSION TRANSACTION READ ONLY")
            rows(client, "START TRANSACTION")
            reset(client)
            assert error(client, "SELECT * FROM left_over") == 1146
            assert error(client, "SELECT * FROM seen") == 1146
            assert rows(client, "SELECT DATABASE()") == [("main",)]
            rows(client, "/*raw*/CREATE TABLE IF NOT EXISTS made (a int)")
            assert rows(client, "SELECT * FROM made") == []
    with connected(duck.port, database="main") as client:
        rows(client, "/*raw*/SET VARIABLE mine = 42")
        reset(client)
        assert rows(client, "/*raw*/SELECT getvariable('mine')") == [(None,)]
        assert error(client, "/*raw*/SELECT * FROM client") == 1146
        assert error(client, "/*raw*/SELECT * FROM read_text('/etc/passwd')") == 1227


@pytest.mark.timeout(60)
def test_change_of_user_takes_the_other_s_rights(post: EmbeddedGateway) -> None:
    """On one connection: whoever came later sees nothing of the rights, caches and variables before."""
    with connected(post.port, "app", "secret", database="public") as client:
        assert rows(client, "SELECT pin FROM hidden") == [("4711",)]
        assert rows(client, "SELECT name FROM items WHERE id = 1") == [("one",)]
        rows(client, "SET @pin = (SELECT pin FROM hidden)")
    other = mysql.connector.connect(host="127.0.0.1", port=post.port, user="app", password="secret", database="public")
    cursor = other.cursor()
    cursor.execute("SELECT pin FROM hidden")
    assert cursor.fetchall() == [("4711",)]
    cursor.execute("SET @pin = (SELECT pin FROM hidden)")
    other.cmd_change_user("reader", "secret", "public")
    cursor = other.cursor()
    cursor.execute("SELECT @pin, CURRENT_USER()")
    pin, account = cursor.fetchone()  # type: ignore[misc]
    assert pin is None
    assert str(account).startswith("reader@")
    for sql in ("SELECT pin FROM hidden", "SELECT name FROM items WHERE id = 1", "TEST QUERY SELECT pin FROM hidden"):
        with pytest.raises(mysql.connector.Error) as caught:
            cursor.execute(sql)
        assert caught.value.errno in (1142, 1143), sql
        assert "4711" not in str(caught.value)
    cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    assert ("hidden",) not in cursor.fetchall()
    cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'items'")
    assert cursor.fetchall() == [("id",)]
    other.close()


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO items (name) VALUES ('x')",
        "UPDATE items SET name = 'x'",
        "DELETE FROM items",
        "CREATE TABLE made_by_ai (a INT)",
        "/*raw*/WITH x AS (INSERT INTO items (name) VALUES ('x') RETURNING 1) SELECT * FROM x",
        "/*raw*/SELECT writes()",
        "/*raw*/SELECT nextval('numbers')",
        "/*raw*/SELECT setval('numbers', 99)",
        "/*raw*/SELECT set_config('transaction_read_only', 'off', false), writes()",
        "/*raw*/DO $$BEGIN COMMIT; INSERT INTO items (name) VALUES ('z'); END$$",
        "/*raw*//* /* begin */ begin */ INSERT INTO items (name) VALUES ('x')",
        "/*raw*//* /* */ begin */ SELECT writes()",
        "/*raw*/COPY (SELECT 1) TO PROGRAM 'id'",
        "EXPLAIN ANALYZE INSERT INTO items (name) VALUES ('x')",
        "SELECT 1; INSERT INTO items (name) VALUES ('x')",
    ],
)
def test_what_a_gateway_statement_runs_does_not_write(post: EmbeddedGateway, sql: str) -> None:
    with connected(post.port, "app", "secret", database="public", client_flag=1 << 16) as client:
        before = (
            rows(client, "SELECT COUNT(*), MAX(name) FROM items"),
            rows(client, "/*raw*/SELECT last_value FROM numbers"),
        )
        with pytest.raises(pymysql.MySQLError):
            rows(client, f"TEST QUERY {sql}")
        after = (
            rows(client, "SELECT COUNT(*), MAX(name) FROM items"),
            rows(client, "/*raw*/SELECT last_value FROM numbers"),
        )
        assert after == before
        assert error(client, "SELECT * FROM made_by_ai") == 1146
        rows(client, "INSERT INTO items (name) VALUES ('mine')")
        rows(client, "DELETE FROM items WHERE name = 'mine'")


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM items",
        "CREATE TABLE made_by_ai (a INT)",
        "/*raw*/INSERT INTO items VALUES (9, 'x', 1)",
        "/*raw*/CREATE OR REPLACE TABLE items AS SELECT 1 AS id",
        "/*raw*/DROP TABLE items",
        "/*raw*/COPY items TO 'x.csv'",
        "SELECT 1; DELETE FROM items",
    ],
)
def test_nor_on_duckdb(duck: EmbeddedGateway, sql: str) -> None:
    with connected(duck.port, database="main", client_flag=1 << 16) as client:
        with pytest.raises(pymysql.MySQLError):
            rows(client, f"TEST QUERY {sql}")
        assert rows(client, "SELECT COUNT(*) FROM items") == [(3,)]
        assert error(client, "SELECT * FROM made_by_ai") == 1146


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM kept",
        "/*raw*/WITH x AS (SELECT 1) INSERT INTO kept SELECT * FROM x",
        "/*raw*/PRAGMA query_only = OFF",
        "/*raw*/PRAGMA writable_schema = ON",
        "/*raw*/ATTACH 'x.db' AS x",
        "/*raw*/VACUUM INTO 'x.db'",
        "/*raw*/SELECT load_extension('x')",
        "/*raw*/DROP TABLE kept",
    ],
)
def test_nor_on_sqlite(lite: EmbeddedGateway, sql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with connected(lite.port, database="main", client_flag=1 << 16) as client:
        rows(client, "/*raw*/CREATE TABLE IF NOT EXISTS kept (a)")
        rows(client, "/*raw*/DELETE FROM kept")
        rows(client, "/*raw*/INSERT INTO kept VALUES (1)")
        with pytest.raises(pymysql.MySQLError):
            rows(client, f"TEST QUERY {sql}")
        assert rows(client, "SELECT COUNT(*) FROM kept") == [(1,)]
        if "kept" not in sql:  # nor by the client's own hand
            with pytest.raises(pymysql.MySQLError):
                rows(client, sql)
        assert list(tmp_path.iterdir()) == []


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "setting",
    [
        "standard_conforming_strings = off",
        "DateStyle = 'German'",
        "client_encoding = 'LATIN1'",
        "IntervalStyle = iso_8601",
    ],
)
def test_settings_that_the_translation_stands_on_come_back(post: EmbeddedGateway, setting: str) -> None:
    with connected(post.port, "app", "secret") as client:
        rows(client, f"/*raw*/SET {setting}")
        assert rows(client, "SELECT 'a\\\\', 'ü', CAST('2024-03-01' AS DATE) = '2024-03-01'") == [("a\\", "ü", 1)]
        name, value = (part.strip() for part in setting.split("="))
        quoted = value.strip("'")
        rows(client, f"/*raw*/SELECT set_config('{name}', '{quoted}', false)")
        assert rows(client, "SELECT '\\' || writes() || \\'', CURRENT_DATE > '2020-01-01'")[0][1] == 1


@pytest.mark.timeout(60)
def test_a_lost_database_ends_the_session(post: EmbeddedGateway, postgres: PostgresServer) -> None:
    client = connected(post.port, "app", "secret", database="public")
    assert rows(client, "SELECT name FROM items WHERE id = 1") == [("one",)]
    postgres.run_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'askwire'")
    assert error(client, "SELECT name FROM items WHERE id = 1") in (1158, 2013)
    with pytest.raises(pymysql.MySQLError) as caught:
        rows(client, "SELECT 1")
    assert caught.value.args[0] in (2006, 2013)
    with connected(post.port, "app", "secret", database="public") as again:
        assert rows(again, "SELECT name FROM items WHERE id = 1") == [("one",)]


@pytest.mark.parametrize("charset", ["gbk", "sjis", "cp932", "big5", "gb18030", "ujis", "eucjpms", "euckr", "gb2312"])
@pytest.mark.timeout(60)
def test_no_byte_swallows_a_quote(duck: EmbeddedGateway, charset: str) -> None:
    """A client that quotes right, and a stranger's bytes in between that end in half a character."""
    with connected(duck.port) as client:
        rows(client, f"SET character_set_client = {charset}")
        for lead in range(0x80, 0x100):
            for half in (bytes([lead]), bytes([0xA1, lead]), b"\x81\x30" + bytes([lead])):
                text = b"SELECT '" + half + b"', ' OR 1 AS b -- '"
                found: list[tuple[object, ...]] = []
                with contextlib.suppress(pymysql.MySQLError):  # that it is no text
                    found = rows(client, text)  # type: ignore[arg-type]
                assert all(len(row) == 2 for row in found), (half, found)


@pytest.mark.timeout(60)
def test_bytes_stay_what_they_are(duck: EmbeddedGateway) -> None:
    every = bytes(range(256))
    client = MySQLdb.connect(host="127.0.0.1", port=duck.port, user="ann", charset="utf8mb4")
    cursor = client.cursor()
    cursor.execute("SELECT HEX(%s)", (b"\xff\xfe'\\\x80",))
    assert cursor.fetchall() == (("FFFE275C80",),)
    cursor.execute("SELECT HEX(%s), %s", (every, "ü"))
    assert cursor.fetchall() == ((every.hex().upper(), "ü"),)
    client.close()
    with connected(duck.port) as other:
        for sql in (
            b"SELECT `\xff`",
            b"SELECT \xff",
            b"SET @a = '\xff'",
            b"/*raw*/SELECT '\xff'",
            b"SHOW TABLES LIKE '\xff'",
        ):
            assert error(other, sql) in (1064, 1300)  # type: ignore[arg-type]
        assert rows(other, b"SELECT 1 /* \xff */") == [(1,)]  # type: ignore[arg-type]


@pytest.mark.timeout(60)
def test_parameters_are_values(duck: EmbeddedGateway) -> None:
    client = mysql.connector.connect(host="127.0.0.1", port=duck.port, user="ann")
    cursor = client.cursor(prepared=True)
    for value in (-5, -5.5, 2**63 - 1, -(2**62)):
        cursor.execute("/*raw*/SELECT 1-? AND 1=0", (value,))
        assert cursor.fetchall() == [(0,)]
    cursor.execute("SELECT 10-?", (-5,))
    assert cursor.fetchall() == [(15,)]
    for text in ("'", "\\", "\\'", "''", '"', "`", "-- ", "/*", "?", "%s", "\n", "ü", "' OR 1=1 -- ", "x\\"):
        cursor.execute("SELECT ?, COUNT(*) FROM main.items WHERE name = ?", (text, text))
        assert cursor.fetchall() == [(text, 0)]
    client.close()


@pytest.mark.parametrize("mode", ["ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ANSI", "STRICT_TRANS_TABLES,ANSI_QUOTES"])
def test_modes_that_change_what_a_quote_is_are_refused(duck: EmbeddedGateway, mode: str) -> None:
    with connected(duck.port) as client:
        assert error(client, f"SET sql_mode = '{mode}'") == 1235
        assert error(client, f"SET STATEMENT sql_mode = '{mode}' FOR SELECT 1") == 1235


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM information_schema.tables WHERE EXISTS (SELECT * FROM query('select 1'))",
        "SELECT * FROM information_schema.tables t, query('select 1') q",
        "SELECT * FROM information_schema.tables t, LATERAL query('select 1') q",
        "SELECT * FROM information_schema.query('select 1')",
        "SELECT * FROM information_schema.tables UNION SELECT * FROM query('select 1')",
        "SELECT * FROM information_schema.tables t, read_text('/etc/passwd') r",
        "SELECT * FROM information_schema.tables t, rows",
        "SET @x = (SELECT * FROM query('select 1'))",
        "SELECT * FROM query('select 1')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM client",
        "/*raw*/SELECT * FROM client",
        "/*raw*/SELECT * FROM \"query\" ('select 1')",
        "/*raw*/SELECT * FROM read_csv('/etc/passwd')",
        "/*raw*/FROM glob('/etc/*')",
        "/*raw*/COPY items TO '/dev/null'",
        "/*raw*/EXPLAIN ANALYZE COPY items TO '/dev/null'",
        "/*raw*/ATTACH '/dev/null' AS a",
        "/*raw*/INSTALL httpfs",
        "/*raw*/LOAD httpfs",
        "/*raw*/SET threads = 1",
        "/*raw*/PRAGMA enable_profiling",
        "/*raw*/CREATE PERSISTENT SECRET s (TYPE http, BEARER_TOKEN 'x')",
        "/*raw*/SELECT 1; SELECT 2",
        "LOAD DATA INFILE '/etc/passwd' INTO TABLE items",
        "SELECT LOAD_FILE('/etc/passwd')",
    ],
)
@pytest.mark.timeout(60)
def test_nothing_is_read_but_tables(duck: EmbeddedGateway, sql: str) -> None:
    with connected(duck.port, database="main") as client, pytest.raises(pymysql.MySQLError):
        rows(client, sql)
