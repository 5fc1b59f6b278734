"""Tables of real size on MariaDB and on PostgreSQL, and clients of gateways before them."""

from collections.abc import Iterator

import pytest

from tests.conftest import GatewayFactory
from tests.diagnose.servers import DATABASES, Diagnosed, diagnosed
from tests.support.gateway import GatewayProcess
from tests.support.postgres import PostgresServer
from tests.support.shop_server import ShopServer


@pytest.fixture(scope="session")
def diag_mariadb(mariadb: ShopServer, gateway: GatewayProcess) -> Iterator[Diagnosed]:
    """MariaDB with the tables of ``tests/diagnose/servers.py``."""
    mariadb.run_sql(
        "CREATE TABLE diag_numbers AS SELECT CAST(seq AS SIGNED) AS seq FROM seq_1_to_20000",
        database=DATABASES["mariadb"],
    )
    with diagnosed("mariadb", gateway) as server:
        yield server


@pytest.fixture(scope="session")
def diag_postgres(postgres: PostgresServer, gateway_factory: GatewayFactory) -> Iterator[Diagnosed]:
    """PostgreSQL with the same tables."""
    with postgres.connect() as connection:
        connection.execute("CREATE SCHEMA diag")
        connection.execute("CREATE TABLE diag.diag_numbers AS SELECT seq FROM generate_series(1, 20000) AS s(seq)")
    with gateway_factory(upstream=postgres.url()) as gateway, diagnosed("postgres", gateway) as server:
        yield server


@pytest.fixture(scope="module")
def with_hypopg(postgres: PostgresServer) -> Iterator[None]:
    """PostgreSQL's extension, gone afterwards: what other modules' statements are told depends on it."""
    postgres.run_sql("CREATE EXTENSION hypopg")
    yield
    postgres.run_sql("DROP EXTENSION hypopg")


@pytest.fixture(params=("mariadb", "postgres"))
def diag(request: pytest.FixtureRequest) -> Diagnosed:
    """Each of both."""
    found: Diagnosed = request.getfixturevalue(f"diag_{request.param}")
    return found
