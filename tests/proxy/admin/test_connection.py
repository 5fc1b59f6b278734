"""Statements over a database log-in, as the admin endpoint runs them, through a real gateway that masks."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pymysql
import pytest

from plugins import UpstreamError
from proxy.admin.connection import Credentials, Listener, Statement
from tests.conftest import GatewayFactory
from tests.support.gateway import GatewayProcess

RULE = {"columns": ["shop.customers.email"], "accounts": ["app@*"]}


@pytest.fixture(scope="module")
def masked(gateway_factory: GatewayFactory) -> Iterator[GatewayProcess]:
    with gateway_factory(mask={"rules": [RULE]}, tls={"client": "off"}) as gateway:
        yield gateway


def connect(gateway: GatewayProcess, user: str = "app") -> Any:
    password = "" if user == "open" else "secret"
    return closing(Listener(gateway.host, gateway.port, None).connect(Credentials(user, password, "shop")))


def ran(connection: "pymysql.Connection[Any]", sql: str) -> Statement:
    statement = Statement(connection, sql)
    statement.start()
    while statement.batch():
        pass
    return statement


def test_notes_are_the_servers_warnings(masked: GatewayProcess) -> None:
    with connect(masked) as connection:
        (note,) = ran(connection, "SELECT 1 / 0").notes()
        assert (note["level"], note["code"]) == ("Warning", 1365)


def test_a_masked_columns_notes_are_none(masked: GatewayProcess) -> None:
    """SHOW WARNINGS is refused then, which is no error of the statement; the session goes on."""
    with connect(masked) as connection:
        assert ran(connection, "SELECT email, 1 / 0 FROM customers LIMIT 1").notes() == []
        with pytest.raises(UpstreamError) as refused:
            ran(connection, "SHOW WARNINGS")
        assert refused.value.number == 57073
        statement = ran(connection, "SELECT name FROM customers LIMIT 1")
        assert (statement.rows, statement.notes()) == (1, [])
    with connect(masked, "open") as connection:
        assert ran(connection, "SELECT email, 1 / 0 FROM customers LIMIT 1").notes()


def test_other_errors_of_notes_are_told(masked: GatewayProcess) -> None:
    with connect(masked) as connection, connect(masked) as other:
        statement = ran(connection, "SELECT 1")
        ran(other, f"KILL {connection.thread_id()}")
        with pytest.raises(UpstreamError) as lost:
            statement.notes()
        assert lost.value.number != 57073
