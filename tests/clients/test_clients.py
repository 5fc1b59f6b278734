"""Real clients through the gateway: the same as without it, and ASK."""

from collections.abc import Iterator

import pytest

from plugins import ErrorCode
from tests.clients.clients import Client, all_clients, all_taught, blocks, grafana, taught
from tests.support.gateway import GatewayProcess
from tests.support.shop_server import ShopServer

CLIENTS = all_clients()
every_client = pytest.mark.parametrize("client", CLIENTS, ids=[client.name for client in CLIENTS])
# Every driver asks, in each of its protocols. TLS and the forms of batches are under what is asked: the plain part has
# them all; here Connector/Python is with TLS anyway, and one of another language.
ASKING = [
    client
    for client in CLIENTS
    if client.name == "java tls" or not client.name.endswith(("clear", "tls", "batches", "bulk", "results"))
]


@every_client
def test_plain_sql_is_the_same_as_without_the_gateway(
    client: Client, mariadb: ShopServer, gateway: GatewayProcess
) -> None:
    direct = client.run(mariadb.host, mariadb.port, "plain")
    assert "grüße ☃ 🎉" in direct
    assert direct.count("error: ") == 4
    assert client.run(gateway.host, gateway.port, "plain") == direct


def test_what_grafana_sends_is_the_same_as_without_the_gateway(mariadb: ShopServer, gateway: GatewayProcess) -> None:
    direct = grafana().run(mariadb.host, mariadb.port, "grafana")
    assert direct.count("error: ") == 1
    assert grafana().run(gateway.host, gateway.port, "grafana") == direct


@pytest.fixture(scope="module")
def asked(gateway: GatewayProcess) -> Iterator[GatewayProcess]:
    with all_taught(gateway.host, gateway.port):
        yield gateway


@pytest.mark.parametrize("client", ASKING, ids=[client.name for client in ASKING])
def test_ask(client: Client, asked: GatewayProcess) -> None:
    check_ask(client, asked)


@pytest.mark.timeout(300)  # it waits for the model
def test_ask_the_model(ask_gateway: GatewayProcess) -> None:
    """Once: from the SQL on, an answer is on its way in the same manner whoever wrote that SQL."""
    with taught(ask_gateway.host, ask_gateway.port):
        check_ask(CLIENTS[0], ask_gateway)


def check_ask(client: Client, gateway: GatewayProcess) -> None:
    said = client.run(gateway.host, gateway.port, "ask")
    answers = blocks(said)
    # The command-line client has no prepared statements of the protocol; it asks for the trace instead.
    for label in ("ask", "marker", "table", "trace" if " cli " in client.name else "prepared"):
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
