"""ASK's SQL calls no stored function inside the caller's own transaction."""

import pymysql
import pytest

from plugins.stored_functions import called
from tests.conftest import GatewayFactory
from tests.support.gateway import GatewayProcess
from tests.support.postgres import PostgresServer

ASKS = "CREATE OR REPLACE VERIFIED QUERY shadowed FOR 'which' AS SELECT id FROM shadow_rows WHERE {condition}"


def test_called() -> None:
    assert called("SELECT Count(a), `f` (b) FROM t WHERE c IN (1) AND d = 'g(x)'") == {"count", "f", "in", "g"}


def refused_in_a_transaction(gateway: GatewayProcess, condition: str, **login: str) -> None:
    with pymysql.connect(host="127.0.0.1", port=gateway.port, **login) as connection, connection.cursor() as cursor:  # type: ignore[call-overload]
        cursor.execute("BEGIN")
        with pytest.raises(pymysql.MySQLError, match="is a stored function here, and may not run"):
            cursor.execute(ASKS.format(condition=condition))
        cursor.execute(ASKS.format(condition="ABS(id) = 1"))
        cursor.execute("ROLLBACK")


def test_on_mariadb_which_lacks_some_of_mysqls(gateway: GatewayProcess) -> None:
    with pymysql.connect(host="127.0.0.1", port=gateway.port, user="root", database="scratch") as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE shadow_rows (id INT PRIMARY KEY)")
        cursor.execute("CREATE FUNCTION bin_to_uuid(a TEXT) RETURNS TEXT DETERMINISTIC RETURN 1")
        try:
            refused_in_a_transaction(gateway, "BIN_TO_UUID(id) = 1", user="root", database="scratch")
        finally:
            cursor.execute("DROP FUNCTION bin_to_uuid")
            cursor.execute("DROP TABLE shadow_rows")


def test_on_postgresql(postgres: PostgresServer, gateway_factory: GatewayFactory) -> None:
    with postgres.connect() as connection:
        connection.execute("CREATE TABLE shadow_rows (id INT PRIMARY KEY)")
        connection.execute("CREATE FUNCTION elt(int, text, text) RETURNS text LANGUAGE sql AS $$SELECT '1'$$")
        try:
            with gateway_factory(upstream=postgres.url()) as gateway:
                login = {"user": "app", "password": "secret", "database": "public"}
                refused_in_a_transaction(gateway, "ELT(id, 'a', 'b') = 'a'", **login)
        finally:
            connection.execute("DROP FUNCTION elt; DROP TABLE shadow_rows")
