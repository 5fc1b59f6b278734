"""A small shop on DuckDB and on PostgreSQL, and the metadata of a session before it."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from proxy.upstreams.metadata import Metadata, SessionView, reflect
from tests.support.postgres import PostgresServer

Ask = Callable[[str], list[tuple[object, ...]]]

TABLES = (
    "CREATE TABLE regions (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL UNIQUE)",
    """CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, city VARCHAR(20) DEFAULT 'Bern',
    region_id INTEGER REFERENCES regions (id))""",
)
VIEW = "CREATE VIEW big_orders AS SELECT id, total FROM orders WHERE total > 100"
COMMENTS = (
    "COMMENT ON TABLE orders IS 'What was ordered; it''s \"all\"'",
    "COMMENT ON COLUMN orders.total IS 'in francs'",
)
DUCKDB = (
    *TABLES,
    "CREATE SEQUENCE order_ids",
    """CREATE TABLE orders (id BIGINT PRIMARY KEY DEFAULT nextval('order_ids'), customer_id INTEGER NOT NULL REFERENCES
    customers (id), total DECIMAL(10,2) DEFAULT 0 CHECK (total >= 0), paid BOOLEAN DEFAULT false,
    placed TIMESTAMP DEFAULT now(), kind ENUM('a', 'it''s'), extra JSON)""",
    "CREATE INDEX by_customer ON orders (customer_id, placed)",
    VIEW,
    *COMMENTS,
    "INSERT INTO regions VALUES (1, 'north'), (2, 'south')",
)
POSTGRES = (
    "DROP SCHEMA IF EXISTS other, public CASCADE",
    "CREATE SCHEMA public",
    "GRANT USAGE ON SCHEMA public TO app, reader, nobody",
    "CREATE TYPE kind AS ENUM ('a', 'it''s')",
    *TABLES,
    """CREATE TABLE orders (id BIGSERIAL PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id)
    ON DELETE CASCADE, total NUMERIC(10,2) DEFAULT 0 CHECK (total >= 0), paid BOOLEAN DEFAULT false,
    placed TIMESTAMP DEFAULT now(), kind kind, extra JSONB)""",
    "CREATE INDEX by_customer ON orders (customer_id, placed)",
    "CREATE INDEX by_lower ON regions (lower(name))",
    VIEW,
    *COMMENTS,
    "CREATE SCHEMA other",
    "CREATE TABLE other.secrets (id INTEGER PRIMARY KEY, pin TEXT)",
    'CREATE TABLE "Orders" (a INTEGER)',
    "GRANT SELECT, INSERT, UPDATE, DELETE, REFERENCES ON ALL TABLES IN SCHEMA public TO app",
    "GRANT SELECT ON regions TO reader",
    "GRANT SELECT (id, name) ON customers TO reader",
    "GRANT INSERT ON orders TO reader",
    "INSERT INTO regions VALUES (1, 'north'), (2, 'south')",
    "ANALYZE",
)


def view_of(user: str = "ann", database: str | None = "shop") -> SessionView:
    return SessionView(user, "127.0.0.1", database=database, connection_id=7)


@pytest.fixture(scope="session")
def duckdb_shop() -> Iterator[sa.Connection]:
    engine = sa.create_engine("duckdb:///:memory:")
    with engine.connect() as connection:
        for statement in DUCKDB:
            connection.exec_driver_sql(statement)
        connection.commit()  # sizes are told of what is committed
        yield connection


@pytest.fixture
def duckdb_metadata(duckdb_shop: sa.Connection) -> Iterator[Metadata]:
    """The session of ``ann`` in ``shop``, which is the other name of ``main``."""
    metadata = Metadata(view_of(), lambda: reflect(duckdb_shop), dialect="duckdb", schema="main", alias="shop")
    yield metadata
    metadata.close()


@pytest.fixture(scope="session")
def postgres_shop(postgres: PostgresServer) -> PostgresServer:
    """The shop in a database of its own, ``metadata``."""
    postgres.run_sql("CREATE DATABASE metadata", database="postgres")
    postgres.run_sql(*POSTGRES, database="metadata")
    return postgres


@pytest.fixture
def postgres_metadata(postgres_shop: PostgresServer) -> Iterator[Callable[[str], Metadata]]:
    """``postgres_metadata("reader")``: the session of that role in ``public``."""
    opened: list[tuple[Metadata, sa.Connection, sa.Engine]] = []

    def session(role: str) -> Metadata:
        engine = sa.create_engine(
            f"postgresql+psycopg://{role}:secret@{postgres_shop.host}:{postgres_shop.port}/metadata"
        )
        connection = engine.connect()
        view = view_of(role, "public")
        metadata = Metadata(view, lambda: reflect(connection), dialect="postgres", schema="public", alias="metadata")
        opened.append((metadata, connection, engine))
        return metadata

    yield session
    for metadata, connection, engine in opened:
        metadata.close()
        connection.close()
        engine.dispose()


@pytest.fixture
def ask(duckdb_metadata: Metadata) -> Ask:
    """The rows of a statement on DuckDB."""

    def rows(sql: str) -> list[tuple[object, ...]]:
        answer = duckdb_metadata.answer(sql)
        assert answer is not None, sql
        return list(answer.rows)

    return rows
