"""ASK in front of databases that do not speak MySQL: the same statements, over the person's own session."""

from collections.abc import Callable, Iterator
from pathlib import Path

import mysql.connector
import pymysql
import pytest

from tests.proxy.upstreams.conftest import KINDS, ShopGateway, rows
from tests.support.gateway import GatewayProcess


@pytest.fixture(scope="module", params=KINDS)
def ask(
    request: pytest.FixtureRequest,
    shop_urls: Callable[[str], str],
    model_file: Path,
    prefixes: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ShopGateway]:
    """A gateway with the model, before each kind of upstream."""
    kind = request.param
    user, password = ("app", "secret") if kind == "postgresql" else ("ann", "")
    settings = {"model": {"name": "small"}, "models": {"small": {"engine": "llamacpp", "path": str(model_file)}}}
    folder = tmp_path_factory.mktemp(f"ask-{kind}")
    with GatewayProcess(folder, shop_urls(kind), settings, prefixes=prefixes) as gateway:
        yield ShopGateway(kind, gateway, user, password, "main" if kind == "sqlite" else "shop")


def test_ask(ask: ShopGateway) -> None:
    with ask.connect() as connection:
        assert rows(connection, "ASK 'how many customers are there?'") == [(400,)]
        notes = rows(connection, "SHOW WARNINGS")
        assert any("SQL: SELECT COUNT" in message for _, _, message in notes)
        sql = rows(connection, "ASK SQL 'number of orders per status'")[0][0]
        assert "GROUP BY" in sql
        assert len(rows(connection, sql)) > 3
        assert rows(connection, "/*nl*/ how many customers are there?") == [(400,)]
        assert rows(connection, "SELECT 1") == [(1,)]


def test_ask_as_a_prepared_statement(ask: ShopGateway) -> None:
    with (
        mysql.connector.connect(
            host=ask.gateway.host,
            port=ask.gateway.port,
            user=ask.user,
            password=ask.password,
            database=ask.schema,
            use_pure=True,
        ) as connection,
        connection.cursor(prepared=True) as cursor,
    ):
        cursor.execute("ASK ?", ("how many customers are there?",))
        assert cursor.fetchall() == [(400,)]


def test_what_ask_runs_cannot_write(ask: ShopGateway) -> None:
    with ask.connect() as connection:
        with pytest.raises(pymysql.err.Error):
            rows(connection, "ASK 'delete all customers'")
        assert rows(connection, "SELECT COUNT(*) FROM customers") == [(400,)]
        rows(connection, "UPDATE customers SET segment = segment WHERE id = 1")
