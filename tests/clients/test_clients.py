"""Real clients through the gateway: the same as without it, and ASK."""

from collections.abc import Iterator

import pytest

from tests.clients.clients import Block, Client, all_clients, blocks
from tests.conftest import GatewayFactory
from tests.support.gateway import GatewayProcess
from tests.support.shop_server import ShopServer

CLIENTS = all_clients()
every_client = pytest.mark.parametrize("client", CLIENTS, ids=[client.name for client in CLIENTS])


@pytest.fixture(scope="session")
def asking_gateway(gateway_factory: GatewayFactory, model_name: str) -> Iterator[GatewayProcess]:
    """One gateway with the real model for all clients."""
    with gateway_factory(model={"name": model_name}) as gateway:
        yield gateway


@every_client
def test_plain_sql_is_the_same_as_without_the_gateway(client: Client, mariadb: ShopServer, gateway: GatewayProcess) -> None:
    direct = client.run(mariadb.host, mariadb.port, "plain")
    assert "grüße ☃ 🎉" in direct
    assert direct.count("error: ") + direct.count("ERROR ") == 4
    assert client.run(gateway.host, gateway.port, "plain") == direct
