"""Sessions with the gateway's own server, over real drivers, on every kind of upstream."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mysql.connector
import MySQLdb
import pymysql
import pytest

from tests.proxy.upstreams.conftest import KINDS, ShopGateway, rows
from tests.support.embedded import StatementsForTests, embedded
from tests.support.gateway import GatewayProcess

LONG_QUERY = {
    "duckdb": "SELECT COUNT(*) FROM order_items a, order_items b, order_items c, order_items d",
    "postgresql": "SELECT COUNT(*) FROM order_items a, order_items b, order_items c, order_items d",
    "sqlite": "SELECT COUNT(*) FROM order_items a, order_items b, order_items c, order_items d",
}


def test_the_server_introduces_itself(shop: ShopGateway) -> None:
    with shop.connect() as connection:
        assert rows(connection, "SELECT VERSION(), DATABASE(), 1+1") == [("8.4.0-askwire", shop.schema, 2)]
        assert rows(connection, "SELECT CONNECTION_ID()") == [(connection.thread_id(),)]
        assert rows(connection, "SELECT CURRENT_USER()")[0][0].startswith(shop.user)


def test_plain_mysql_sql(shop: ShopGateway) -> None:
    sql = "SELECT `name`, IFNULL(NULL, 'x') AS `x y` FROM regions ORDER BY name LIMIT 1, 2"
    with shop.connect() as connection:
        assert rows(connection, sql) == [("East", "x"), ("North", "x")]


def test_browsing(shop: ShopGateway) -> None:
    with shop.connect() as connection:
        assert ("orders",) in rows(connection, "SHOW TABLES")
        assert [r[0] for r in rows(connection, "DESCRIBE regions")] == ["id", "name", "manager"]
        assert (shop.schema,) in rows(connection, "SHOW DATABASES")
        counted = "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE()"
        assert rows(connection, counted)[0][0] > 15


@pytest.mark.parametrize("sql", ["SELECT * FROM nosuch", "SELECT * FROM shop.nosuch"])
def test_an_unknown_table_is_1146(shop: ShopGateway, sql: str) -> None:
    with shop.connect() as connection, pytest.raises(pymysql.err.ProgrammingError) as caught:
        rows(connection, sql.replace("shop.", f"{shop.schema}."))
    assert caught.value.args[0] == 1146


def test_errors_have_mysql_s_numbers(shop: ShopGateway) -> None:
    wrong = {
        "SELECT nosuch FROM regions": 1054,
        "SELEC 1": 1064,
        "INSERT INTO regions (id, name, manager) VALUES (1, 'x', 'y')": 1062,
        "INSERT INTO regions (id, name, manager) VALUES (99, NULL, 'y')": 1048,
        "USE nosuch": 1049,
        "SELECT @@nosuch": 1193,
        "CREATE TABLE regions (id INT)": 1050,
        "": 1065,
    }
    with shop.connect() as connection:
        for sql, number in wrong.items():
            with pytest.raises(pymysql.err.Error) as caught:
                rows(connection, sql)
            assert caught.value.args[0] == number, (sql, caught.value.args)
        assert rows(connection, "SELECT 1") == [(1,)]


def test_an_error_is_the_next_show_warnings(shop: ShopGateway) -> None:
    with shop.connect() as connection:
        with pytest.raises(pymysql.err.Error):
            rows(connection, "SELECT nosuch FROM regions")
        assert rows(connection, "SHOW WARNINGS")[0][:2] == ("Error", 1054)


def test_transactions(shop: ShopGateway) -> None:
    named = "SELECT name FROM customers WHERE id = 1"
    with shop.connect() as connection:
        before = rows(connection, named)
        rows(connection, "START TRANSACTION")
        rows(connection, "UPDATE customers SET name = 'Else' WHERE id = 1")
        assert rows(connection, named) == [("Else",)]
        with shop.connect() as other:
            assert rows(other, named) == before
        rows(connection, "ROLLBACK")
        assert rows(connection, named) == before


def test_without_autocommit_the_first_statement_begins(shop: ShopGateway) -> None:
    named = "SELECT name FROM customers WHERE id = 2"
    with shop.connect(autocommit=False) as connection:
        before = rows(connection, named)
        rows(connection, "UPDATE customers SET name = 'Else' WHERE id = 2")
        connection.rollback()
        assert rows(connection, named) == before


@pytest.mark.parametrize("kind", KINDS)
def test_without_autocommit_a_plugins_query_does_not_write(
    shop_urls: Callable[[str], str], tmp_path: Path, kind: str
) -> None:
    """A session that has read and written nothing yet is in no transaction, so the gateway's own is READ ONLY."""
    account = {"user": "app", "password": "secret"} if kind == "postgresql" else {"user": "ann", "password": ""}
    schema = "main" if kind == "sqlite" else "shop"
    with embedded(shop_urls(kind), tmp_path, StatementsForTests()) as made:
        where: dict[str, Any] = {"host": "127.0.0.1", "port": made.port, "database": schema, **account}
        with pymysql.connect(**where, autocommit=False) as connection:
            assert ("in_transaction", "False") in rows(connection, "TEST SESSION")
            for word in ("QUERY", "RUN"):
                with pytest.raises(pymysql.err.MySQLError) as caught:
                    rows(connection, f"TEST {word} DELETE FROM order_items")
                assert caught.value.args[0] == 1792
            assert rows(connection, "TEST RUN SELECT COUNT(*) > 0 FROM order_items") == [(1,)]
            assert ("in_transaction", "False") in rows(connection, "TEST SESSION")
            rows(connection, "SELECT 1 FROM order_items LIMIT 1")
            assert ("in_transaction", "True") in rows(connection, "TEST SESSION")


def test_a_failed_statement_leaves_the_transaction_open(shop_gateways: Callable[[str], ShopGateway]) -> None:
    with shop_gateways("postgresql").connect() as connection:
        rows(connection, "BEGIN")
        rows(connection, "UPDATE customers SET name = 'Else' WHERE id = 3")
        with pytest.raises(pymysql.err.Error):
            rows(connection, "SELECT nosuch FROM customers")
        assert rows(connection, "SELECT name FROM customers WHERE id = 3") == [("Else",)]
        rows(connection, "ROLLBACK")


def test_savepoints(shop_gateways: Callable[[str], ShopGateway]) -> None:
    for kind in ("postgresql", "sqlite"):
        with shop_gateways(kind).connect() as connection:
            rows(connection, "BEGIN")
            rows(connection, "SAVEPOINT a")
            rows(connection, "UPDATE customers SET name = 'Else' WHERE id = 4")
            rows(connection, "ROLLBACK TO SAVEPOINT a")
            assert rows(connection, "SELECT name FROM customers WHERE id = 4") != [("Else",)]
            with pytest.raises(pymysql.err.Error) as caught:
                rows(connection, "RELEASE SAVEPOINT b")
            assert caught.value.args[0] == 1305
            rows(connection, "COMMIT")


@pytest.mark.parametrize("begin", ["START TRANSACTION READ ONLY", "SET SESSION TRANSACTION READ ONLY"])
def test_read_only(shop: ShopGateway, begin: str) -> None:
    with shop.connect() as connection:
        rows(connection, begin)
        with pytest.raises(pymysql.err.Error) as caught:
            rows(connection, "UPDATE customers SET name = 'Else' WHERE id = 5")
        assert caught.value.args[0] == 1792
        rows(connection, "ROLLBACK")
        rows(connection, "SET SESSION TRANSACTION READ WRITE")
        rows(connection, "UPDATE customers SET segment = segment WHERE id = 5")


def test_prepared_statements_in_sql(shop: ShopGateway) -> None:
    with shop.connect() as connection:
        rows(connection, "PREPARE p FROM 'SELECT name FROM regions WHERE id = ?'")
        rows(connection, "SET @a = 1")
        assert len(rows(connection, "EXECUTE p USING @a")) == 1
        rows(connection, "DEALLOCATE PREPARE p")
        with pytest.raises(pymysql.err.Error) as caught:
            rows(connection, "EXECUTE p USING @a")
        assert caught.value.args[0] == 1243


def test_kill_query(shop: ShopGateway) -> None:
    with shop.connect() as connection, shop.connect() as other:
        failed: list[Any] = []

        def run() -> None:
            try:
                rows(connection, LONG_QUERY[shop.kind])
            except pymysql.err.Error as error:
                failed.append(error.args[0])

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        while not any(r[0] == connection.thread_id() and r[4] == "Query" for r in rows(other, "SHOW PROCESSLIST")):
            time.sleep(0.05)
        rows(other, f"KILL QUERY {connection.thread_id()}")
        thread.join(30)
        assert failed == [1317]
        assert rows(connection, "SELECT 1") == [(1,)]


def test_kill_connection(shop: ShopGateway) -> None:
    with shop.connect() as other:
        connection = shop.connect()
        rows(other, f"KILL {connection.thread_id()}")
        with pytest.raises(pymysql.err.Error):
            rows(connection, "SELECT 1")
        with pytest.raises(pymysql.err.Error) as caught:
            rows(other, "KILL 99999999")
        assert caught.value.args[0] == 1094


@pytest.mark.parametrize(
    "hint", ["SELECT /*+ MAX_EXECUTION_TIME(200) */", "SET STATEMENT max_statement_time=0.2 FOR SELECT"]
)
def test_time_limits(shop: ShopGateway, hint: str) -> None:
    with shop.connect() as connection:
        with pytest.raises(pymysql.err.Error) as caught:
            rows(connection, LONG_QUERY[shop.kind].replace("SELECT", hint, 1))
        assert caught.value.args[0] == 3024
        assert rows(connection, "SELECT COUNT(*) FROM regions") == [(5,)]


def test_a_client_that_goes_away_stops_its_query(shop: ShopGateway) -> None:
    connection = shop.connect(read_timeout=0.5)
    number = connection.thread_id()
    with pytest.raises(pymysql.err.OperationalError):
        rows(connection, LONG_QUERY[shop.kind])
    with shop.connect() as other:
        deadline = time.monotonic() + 20
        while any(row[0] == number for row in rows(other, "SHOW PROCESSLIST")):
            assert time.monotonic() < deadline, "its query still runs"
            time.sleep(0.1)


def test_the_c_client_library(shop: ShopGateway) -> None:
    with MySQLdb.connect(
        host=shop.gateway.host, port=shop.gateway.port, user=shop.user, passwd=shop.password, db=shop.schema
    ) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT id, name FROM regions ORDER BY id")
        assert [r[0] for r in cursor.fetchall()] == [1, 2, 3, 4, 5]


def test_variables_of_the_session(shop: ShopGateway) -> None:
    with shop.connect() as connection:
        rows(connection, "SET @a = 1, @b = (SELECT COUNT(*) FROM regions)")
        assert [int(v) for v in rows(connection, "SELECT @a, @b")[0]] == [1, 5]
        rows(connection, "SET time_zone = '+02:00'")
        assert rows(connection, "SELECT @@time_zone") == [("+02:00",)]


def test_raw_statements_go_as_they_are(shop_gateways: Callable[[str], ShopGateway]) -> None:
    with shop_gateways("postgresql").connect() as connection:
        assert rows(connection, "/*raw*/ SELECT 7::int, current_user::text") == [(7, "app")]


def test_character_sets(shop: ShopGateway) -> None:
    with shop.connect(charset="latin1") as connection:
        assert rows(connection, "SELECT 'ä€', UPPER('ß')")[0][0] == "ä€"


def test_change_user(shop: ShopGateway) -> None:
    with mysql.connector.connect(
        host=shop.gateway.host, port=shop.gateway.port, user=shop.user, password=shop.password, database=shop.schema
    ) as connection:
        connection.cmd_change_user(shop.user, shop.password, shop.schema)
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM regions")
            assert cursor.fetchall() == [(5,)]
        with pytest.raises(mysql.connector.Error):
            connection.cmd_change_user("nosuch", "wrong")
        assert not connection.is_connected()


@pytest.mark.parametrize("tls", [True, False])
def test_a_wrong_password_is_1045(shop: ShopGateway, tls: bool) -> None:
    with pytest.raises(pymysql.err.OperationalError) as caught:
        shop.connect(password="wrong", ssl={"check_hostname": False} if tls else None, ssl_disabled=not tls)
    assert caught.value.args[0] == 1045
    with shop.connect(ssl={"check_hostname": False} if tls else None, ssl_disabled=not tls) as connection:
        assert rows(connection, "SELECT 1") == [(1,)]


def test_an_unknown_database_is_1049(shop: ShopGateway) -> None:
    with pytest.raises(pymysql.err.OperationalError) as caught:
        shop.connect(database="nosuch")
    assert caught.value.args[0] == 1049


def test_every_session_sees_what_another_makes_of_the_schema(shop: ShopGateway) -> None:
    with shop.connect() as first, shop.connect() as second:
        rows(second, "SHOW TABLES")
        rows(first, "CREATE TABLE seen_by_all (id INT)")
        assert rows(second, "DESCRIBE seen_by_all")[0][0] == "id"
        rows(first, "DROP TABLE seen_by_all")
        assert rows(second, "SHOW TABLES LIKE 'seen%'") == []


def test_indexes_of_two_tables_may_have_one_name(shop: ShopGateway) -> None:
    with shop.connect() as connection:
        for table in ("one", "two"):
            rows(connection, f"CREATE TABLE {table} (id INT PRIMARY KEY, a INT, KEY same (a))")
            rows(connection, f"CREATE UNIQUE INDEX {table}_a ON {table} (a)")
        for table in ("one", "two"):
            found = {row[2]: row[1] for row in rows(connection, f"SHOW INDEX FROM {table}")}
            assert found == {"PRIMARY": 0, f"{table}_a": 0, "same": 1}
            rows(connection, f"DROP INDEX same ON {table}")
            rows(connection, f"INSERT INTO {table} VALUES (1, 2)")
            with pytest.raises(pymysql.err.IntegrityError, match=r"1062"):
                rows(connection, f"INSERT INTO {table} VALUES (2, 2)")
        named = "SELECT DISTINCT index_name FROM information_schema.statistics WHERE table_name = 'one'"
        assert set(rows(connection, named)) == {("one_a",), ("PRIMARY",)}
        rows(connection, "DROP TABLE one, two")


def test_a_password_in_clear_inside_tls(shop_urls: Callable[[str], str], tmp_path: Path) -> None:
    """For clients that know no caching_sha2_password; without TLS nobody is asked for it."""
    with GatewayProcess(tmp_path, shop_urls("postgresql"), {"login_plugin": "mysql_clear_password"}) as gateway:
        shop = ShopGateway("postgresql", gateway, "app", "secret", "shop")
        with shop.connect(ssl={"check_hostname": False}) as connection:
            assert rows(connection, "SELECT 1") == [(1,)]
        with pytest.raises(pymysql.err.OperationalError) as caught:
            shop.connect(ssl={"check_hostname": False}, password="wrong")
        assert caught.value.args[0] == 1045
        with pytest.raises(pymysql.err.OperationalError) as caught:
            shop.connect(ssl_disabled=True)
        assert caught.value.args[0] == 3159


def test_no_name_means_a_table_of_another_schema(shop_gateways: Callable[[str], ShopGateway]) -> None:
    """DuckDB by itself would look into ``main`` too."""
    with shop_gateways("duckdb").connect(database="main") as connection:
        rows(connection, "CREATE TABLE only_in_main (id INT)")
        rows(connection, "CREATE DATABASE elsewhere")
        rows(connection, "USE elsewhere")
        for sql in ("SELECT * FROM only_in_main", "DELETE FROM only_in_main", "DROP TABLE only_in_main"):
            with pytest.raises(pymysql.err.Error) as caught:
                rows(connection, sql)
            assert caught.value.args[0] in (1146, 1051), sql
        rows(connection, "CREATE TEMPORARY TABLE passing (id INT)")
        rows(connection, "INSERT INTO passing VALUES (7)")
        assert rows(connection, "WITH c AS (SELECT id FROM passing) SELECT * FROM c") == [(7,)]
        rows(connection, "CREATE TABLE only_in_main (id INT)")
        rows(connection, "INSERT INTO only_in_main VALUES (1)")
        assert rows(connection, "SELECT COUNT(*) FROM main.only_in_main") == [(0,)]
        rows(connection, "DROP TABLE main.only_in_main")
