"""A gateway with statements made for tests, before the real MariaDB, and drivers connected to it."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pymysql
import pytest

from tests.support import corpus
from tests.support import raw_client as raw
from tests.support.embedded import EmbeddedGateway, StatementsForTests, embedded
from tests.support.gateway import GatewayProcess
from tests.support.raw_client import RawClient
from tests.support.recorder import Tap
from tests.support.shop_server import ShopServer
from tests.support.tap import tapped

Connect = Callable[..., "pymysql.Connection[pymysql.cursors.Cursor]"]


@pytest.fixture(scope="session")
def plugin() -> StatementsForTests:
    return StatementsForTests()


@pytest.fixture(scope="session")
def test_gateway(
    mariadb: ShopServer, plugin: StatementsForTests, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmbeddedGateway]:
    """One in-process gateway with ``plugin`` for the whole run."""
    with embedded(mariadb.url, tmp_path_factory.mktemp("embedded"), plugin) as made:
        yield made


@pytest.fixture
def connect(test_gateway: EmbeddedGateway) -> Iterator[Connect]:
    """``connect(user=…, …)``: PyMySQL through the gateway, as ``app`` on ``scratch`` unless told otherwise."""
    with ExitStack() as stack:

        def make(**options: object) -> "pymysql.Connection[pymysql.cursors.Cursor]":
            defaults = {"user": "app", "password": "secret", "database": "scratch", "autocommit": True}
            connection = pymysql.connect(host="127.0.0.1", port=test_gateway.port, **{**defaults, **options})
            stack.callback(lambda: connection.open and connection.close())
            return connection

        yield make


@pytest.fixture(params={"classic": raw.CLASSIC, "deprecate_eof": raw.MYSQL, "mariadb": raw.MARIADB}.items(), ids=str)
def raw_connection(test_gateway: EmbeddedGateway, request: pytest.FixtureRequest) -> Iterator[RawClient]:
    """A raw client with each set of capabilities."""
    with RawClient(test_gateway.port, request.param[1]) as made:
        yield made


@pytest.fixture(scope="module")
def tapped_gateway(mariadb: ShopServer, gateway_factory: Callable[..., GatewayProcess]) -> Iterator[Tap]:
    """A gateway between two recorders of packets, before tables with all types."""
    mariadb.run_sql(corpus.ALL_TYPES, database="scratch")
    with tapped(mariadb, gateway_factory) as made:
        yield made


@pytest.fixture
def tap(tapped_gateway: Tap) -> Tap:
    """``tapped_gateway`` with nothing recorded yet."""
    tapped_gateway.start_over()
    return tapped_gateway


def eventually(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Wait until ``condition`` holds; fail when it does not come."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.01)
