"""Sessions with real databases."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from proxy.upstreams.backends import open_backend
from proxy.upstreams.types import Backend, Connection
from tests.support.postgres import PostgresServer

Connect = Callable[[], Connection]


@pytest.fixture(scope="module")
def postgres_backend(postgres: PostgresServer) -> Iterator[Backend]:
    backend = open_backend(postgres.url())
    yield backend
    backend.close()


@pytest.fixture
def postgres_connect(postgres: PostgresServer, postgres_backend: Backend) -> Iterator[Connect]:
    """Sessions of ``app`` in an empty schema ``work``."""
    with postgres.connect() as administrator, ExitStack() as stack:
        administrator.execute("DROP SCHEMA IF EXISTS work CASCADE")
        administrator.execute("CREATE SCHEMA work")

        def connect() -> Connection:
            connection = postgres_backend.connect("app", "secret")
            stack.callback(connection.close)
            connection.use("work")
            return connection

        yield connect
    with postgres.connect() as administrator:
        administrator.execute("DROP SCHEMA work CASCADE")


@pytest.fixture
def duckdb_backend(tmp_path: Path) -> Iterator[Backend]:
    backend = open_backend(f"duckdb:///{tmp_path}/warehouse.duckdb")
    yield backend
    backend.close()


@pytest.fixture
def sqlite_backend(tmp_path: Path) -> Iterator[Backend]:
    backend = open_backend(f"sqlite:///{tmp_path}/app.db")
    yield backend
    backend.close()


@pytest.fixture(params=["postgresql", "duckdb", "sqlite"])
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    """What every database must do: sessions with an empty schema."""
    if request.param == "postgresql":
        yield request.getfixturevalue("postgres_connect")
        return
    backend: Backend = request.getfixturevalue(f"{request.param}_backend")
    with ExitStack() as stack:

        def opened() -> Connection:
            connection = backend.connect("", "")
            stack.callback(connection.close)
            return connection

        yield opened
