"""ASK in front of databases that do not speak MySQL: the same statements, over the person's own session."""

from collections.abc import Iterator
from pathlib import Path

import mysql.connector
import pymysql
import pytest
import sqlalchemy as sa

from tests.proxy.upstreams.conftest import KINDS, ShopGateway, rows
from tests.support.gateway import GatewayProcess
from tests.support.postgres import PostgresServer

# One small table, the same on all of them: the model reads its prompt once for all, and in a moment.
SETUP = (
    "CREATE TABLE customers (id BIGINT PRIMARY KEY, name VARCHAR(40))",
    "INSERT INTO customers VALUES (1, 'Ada'), (2, 'Bob'), (3, 'Cy')",
)
COUNT = [(3,)]


def customers_url(kind: str, folder: Path, postgres: PostgresServer) -> str:
    """A database with the customers in its default schema."""
    if kind == "postgresql":
        postgres.run_sql("CREATE DATABASE register OWNER app")
        url = postgres.url("register")
    else:
        url = f"{kind}:///{folder}/register.{kind}"
    login = {"username": "app", "password": "secret"} if kind == "postgresql" else {}
    engine = sa.create_engine(sa.make_url(url).set(**login))
    with engine.begin() as connection:
        for statement in SETUP:
            connection.exec_driver_sql(statement)
    engine.dispose()
    return url


@pytest.fixture(scope="module", params=KINDS)
def ask(
    request: pytest.FixtureRequest,
    postgres: PostgresServer,
    model_file: Path,
    prefixes: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ShopGateway]:
    """A gateway with the model, before each kind of upstream."""
    kind = request.param
    user, password = ("app", "secret") if kind == "postgresql" else ("ann", "")
    settings = {"model": {"name": "small"}, "models": {"small": {"engine": "llamacpp", "path": str(model_file)}}}
    folder = tmp_path_factory.mktemp(f"ask-{kind}")
    with GatewayProcess(folder, customers_url(kind, folder, postgres), settings, prefixes=prefixes) as gateway:
        yield ShopGateway(kind, gateway, user, password, "public" if kind == "postgresql" else "main")


def test_ask(ask: ShopGateway) -> None:
    with ask.connect() as connection:
        assert rows(connection, "ASK 'how many customers are there?'") == COUNT
        notes = rows(connection, "SHOW WARNINGS")
        assert any("SQL: SELECT COUNT" in message for _, _, message in notes)
        sql = rows(connection, "ASK SQL 'how many customers are there?'")[0][0]
        assert rows(connection, sql) == COUNT
        assert rows(connection, "SELECT 1") == [(1,)]


@pytest.fixture
def taught(ask: ShopGateway) -> Iterator[ShopGateway]:
    """It knows the SQL: what is on its way to the client is the same, and the model is not asked again."""
    known = "VERIFIED QUERY customers"
    with ask.connect() as connection:
        rows(connection, f"CREATE {known} FOR 'how many customers are there' AS SELECT COUNT(*) FROM customers")
        yield ask
        rows(connection, f"DROP {known}")


def test_ask_in_a_comment(taught: ShopGateway) -> None:
    with taught.connect() as connection:
        assert rows(connection, "/*nl*/ how many customers are there?") == COUNT
        assert rows(connection, "SELECT 1") == [(1,)]


def test_ask_as_a_prepared_statement(taught: ShopGateway) -> None:
    with (
        mysql.connector.connect(
            host=taught.gateway.host,
            port=taught.gateway.port,
            user=taught.user,
            password=taught.password,
            database=taught.schema,
            use_pure=True,
        ) as connection,
        connection.cursor(prepared=True) as cursor,
    ):
        cursor.execute("ASK ?", ("how many customers are there?",))
        assert cursor.fetchall() == COUNT


def test_what_ask_runs_cannot_write(ask: ShopGateway) -> None:
    with ask.connect() as connection:
        with pytest.raises(pymysql.err.Error):
            rows(connection, "ASK 'delete all customers'")
        assert rows(connection, "SELECT COUNT(*) FROM customers") == COUNT
        rows(connection, "UPDATE customers SET name = name WHERE id = 1")
