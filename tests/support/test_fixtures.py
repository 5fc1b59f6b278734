"""The fixtures keep what they promise."""

import os
import subprocess
import sys
from subprocess import PIPE

import psycopg
import pymysql
import pytest

from tests.conftest import GatewayFactory
from tests.support import leftovers
from tests.support.gateway import GatewayProcess, to_toml
from tests.support.postgres import PostgresServer
from tests.support.shop_server import ShopServer


def connect(port: int, user: str, password: str = "secret", **options: object) -> pymysql.connections.Connection:  # type: ignore[type-arg]
    return pymysql.connect(host="127.0.0.1", port=port, user=user, password=password, **options)  # type: ignore[arg-type]


def value(connection: pymysql.connections.Connection, sql: str) -> object:  # type: ignore[type-arg]
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
        assert row is not None
        return row[0]


@pytest.mark.parametrize(
    ("user", "password", "allowed", "denied"),
    [
        ("app", "secret", "SELECT COUNT(*) FROM shop.order_items", "SELECT * FROM mysql.user"),
        ("reader", "secret", "SELECT COUNT(name) FROM shop.customers", "SELECT email FROM shop.customers"),
        ("reader", "secret", "SELECT COUNT(*) FROM shop.products", "SELECT COUNT(*) FROM shop.orders"),
        ("nobody", "secret", "SELECT 1", "SELECT COUNT(*) FROM shop.regions"),
        ("open", "", "SELECT COUNT(*) FROM shop.orders", "DELETE FROM shop.orders"),
        ("root", "", "SELECT COUNT(*) FROM mysql.user", None),
    ],
)
def test_accounts(mariadb: ShopServer, user: str, password: str, allowed: str, denied: str | None) -> None:
    with connect(mariadb.port, user, password) as connection:
        assert int(str(value(connection, allowed))) > 0
        if denied is not None:
            with pytest.raises(pymysql.err.OperationalError, match="denied"):
                value(connection, denied)


def test_tls_of_the_server(mariadb: ShopServer) -> None:
    with connect(mariadb.port, "tls_only", ssl_ca=str(mariadb.certificates.ca), ssl_verify_identity=True) as connection:
        assert value(
            connection,
            "SELECT VARIABLE_VALUE <> '' FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'SSL_CIPHER'",
        )
    with pytest.raises(pymysql.err.OperationalError, match="denied"):
        connect(mariadb.port, "tls_only", ssl_disabled=True)


def test_gateway_serves_the_same_shop(gateway: GatewayProcess, mariadb: ShopServer) -> None:
    count = "SELECT COUNT(*) FROM shop.orders"
    with connect(gateway.port, "app") as through, connect(mariadb.port, "app") as direct:
        assert value(through, count) == value(direct, count)


def test_gateway_with_settings_of_its_own(gateway_factory: GatewayFactory) -> None:
    refused = pytest.raises(pymysql.err.OperationalError, match="Too many connections")
    with gateway_factory(max_connections=1) as gateway, connect(gateway.port, "app"), refused:
        connect(gateway.port, "app")
    assert gateway.process.returncode == 0


def test_gateway_that_does_not_start_shows_why(gateway_factory: GatewayFactory) -> None:
    with pytest.raises(AssertionError, match="max_connection"):
        gateway_factory(max_connection=1)


def test_settings_as_toml() -> None:
    text = to_toml({"a": 1, "tls": {"client": 'o"n'}, "models": {"x": {"url": "ü"}}, "b": False})
    assert text == 'a = 1\nb = false\n[tls]\nclient = "o\\"n"\n[models]\n[models.x]\nurl = "ü"\n'


def test_a_process_left_behind_is_found(no_process_left_behind: None) -> None:
    mark = f"{leftovers.MARK}={os.environ[leftovers.MARK]}"
    with subprocess.Popen([sys.executable, "-c", "print(flush=True); input()"], stdin=PIPE, stdout=PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()  # it runs
            assert process.pid in leftovers.marked_processes(mark)
        finally:
            process.kill()
    assert process.pid not in leftovers.marked_processes(mark)


@pytest.mark.parametrize(
    ("user", "password", "message"),
    [
        ("app", "wrong", "password authentication failed"),
        ("nowhere", "secret", "password authentication failed"),
        ("locked", "secret", "not permitted to log in"),
        ("postgres", "", "no password supplied"),
    ],
)
def test_postgres_wants_passwords(postgres: PostgresServer, user: str, password: str, message: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=message):
        postgres.connect(user, password)


def test_postgres_accounts(postgres: PostgresServer) -> None:
    with postgres.connect() as connection, postgres.administrator() as administrator:
        assert connection.execute("SELECT current_user, current_database()").fetchone() == ("app", "scratch")
        assert administrator.execute("SELECT usesuper FROM pg_user WHERE usename = current_user").fetchone() == (True,)
        connection.execute("CREATE TABLE fixture_check (a int)")
        with postgres.connect("reader") as reader, pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("SELECT * FROM fixture_check")
        connection.execute("DROP TABLE fixture_check")
