"""Real clients through the gateway: the same as without it, and ASK."""

from collections.abc import Iterator

import pytest

from conf.models import DEFAULT_MODEL
from plugins import ErrorCode
from tests.clients.clients import Client, all_clients, blocks
from tests.conftest import GatewayFactory
from tests.support.gateway import GatewayProcess
from tests.support.shop_server import ShopServer

CLIENTS = all_clients()
every_client = pytest.mark.parametrize("client", CLIENTS, ids=[client.name for client in CLIENTS])


@pytest.fixture(scope="module")
def asking_gateway(gateway_factory: GatewayFactory) -> Iterator[GatewayProcess]:
    """One gateway with the real model for all clients."""
    with gateway_factory(model={"name": DEFAULT_MODEL}) as gateway:
        yield gateway


@every_client
def test_plain_sql_is_the_same_as_without_the_gateway(
    client: Client, mariadb: ShopServer, gateway: GatewayProcess
) -> None:
    direct = client.run(mariadb.host, mariadb.port, "plain")
    assert "grüße ☃ 🎉" in direct
    assert direct.count("error: ") == 4
    assert client.run(gateway.host, gateway.port, "plain") == direct


@every_client
def test_ask(client: Client, asking_gateway: GatewayProcess) -> None:
    said = client.run(asking_gateway.host, asking_gateway.port, "ask")
    answers = blocks(said)
    # The command-line client has no prepared statements of the protocol; it asks for the trace instead.
    for label in ("ask", "marker", "trace" if " cli " in client.name else "prepared"):
        answer = answers[label]
        assert len(answer.columns) >= 1, said
        assert len(answer.rows) >= 1, said
    notes = " ".join(" ".join(row) for row in answers["notes"].rows)
    assert "SELECT" in notes, said
    assert "SELECT" in answers["sql"].rows[0][0], said
    # PyMySQL, aiomysql and Connector/J 2.7 read the 16-bit number as signed.
    assert int(answers["malformed"].line.split()[1]) & 0xFFFF == ErrorCode.SYNTAX.number, said
    assert answers["after"].rows == (("5",),), said
    assert answers["after prepared"].rows == (("alive",),), said
