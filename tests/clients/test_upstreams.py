"""Real clients before upstreams that do not speak MySQL: the same as on MariaDB, and ASK."""

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.clients.clients import Block, Client, all_clients, all_taught, blocks, grafana
from tests.clients.shops import KINDS, shop_upstream
from tests.support.gateway import GatewayProcess
from tests.support.shop_server import ShopServer

# One of each kind; TLS and the forms of batches are the gateway's and tested before MariaDB.
CLIENTS = [
    client for client in all_clients() if not client.name.endswith(("clear", "tls", "batches", "bulk", "results"))
]
# They begin a transaction at once, and an error within one ends it in DuckDB, with all that follows in plain.txt.
NOT_ON_DUCKDB = ("python dbapi", "python aio", "python alchemy")
PLAIN = [
    (client, kind)
    for client in CLIENTS
    for kind in KINDS
    if kind != "duckdb" or not client.name.startswith(NOT_ON_DUCKDB)
]
# The same server answers before both, and every client's plain part runs on both: one of each language asks on one of
# them. What is asked is taught; the model's own SQL on these upstreams: tests/proxy/upstreams/test_ask.py.
ASKING = (
    ("python dbapi mysqldb", "postgresql"),
    ("node mysql2", "duckdb"),
    ("php pdo native", "duckdb"),
    ("java prepared", "postgresql"),
    ("go grafana", "duckdb"),
)
# What differs from MariaDB, and why.
DIFFERENT = {
    "warnings": "a division by zero is NULL without the warning 1365",
    "columns of customers": "an enumeration is a text with a CHECK",
    "columns of orders": "an enumeration is a text with a CHECK",
    "metadata": "types are announced with other widths, an enumeration is a text",
    "bulk": "COM_STMT_BULK_EXECUTE is MariaDB's own; the client sends one statement for each row",
}
DIFFERENT_ON_DUCKDB = {
    "inside": "an error within a transaction ends it",
    "insert": "no last insert id for a temporary table",
    "insert again": "as for insert",
    "notes": "a temporary table's ids go on where those of the last one ended",
    "duplicate": "1022: DuckDB does not say of a temporary table which key it is",
}
TEXT, INTEGER = re.compile(r"\b(VAR)?CHAR$|\b(MEDIUM|LONG)?TEXT$"), re.compile(r"\b(TINY|SMALL|BIG)?INT$")
FRACTION = re.compile(r"(:\d\d)\.(\d*?)0+\b")

GatewayOf = Callable[[str], GatewayProcess]


@pytest.fixture(scope="module")
def gateway_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayOf]:
    """``gateway_of(kind)``: one without a model, started when it is first asked for."""
    started: dict[str, GatewayProcess] = {}
    with ExitStack() as stack:

        def get(kind: str) -> GatewayProcess:
            if kind not in started:
                folder = tmp_path_factory.mktemp(kind)
                url, settings = stack.enter_context(shop_upstream(kind, folder))
                started[kind] = stack.enter_context(GatewayProcess(folder / "gateway", url, settings))
            return started[kind]

        yield get


@pytest.fixture(scope="module")
def on_mariadb(mariadb: ShopServer) -> Callable[[Client], str]:
    """What a client's plain part prints without the gateway."""
    return functools.cache(lambda client: client.run(mariadb.host, mariadb.port, "plain"))


def outcome(block: Block) -> tuple[object, ...]:
    """What must be the same: of an error its number, of times not how many zeros end their fractions."""
    if block.line.startswith("error: "):
        return ("error", block.line.split()[1])
    rows = [tuple(_without_zeros(value) for value in row) for row in block.rows]
    return (block.columns, rows, block.line)


def _without_zeros(value: str) -> str:
    return FRACTION.sub(lambda found: found[1] + (f".{found[2]}" if found[2] else ""), value)


@pytest.mark.parametrize(("client", "kind"), PLAIN, ids=[f"{client.name}-{kind}" for client, kind in PLAIN])
def test_plain_sql_is_as_on_mariadb(
    client: Client, kind: str, on_mariadb: Callable[[Client], str], gateway_of: GatewayOf
) -> None:
    gateway = gateway_of(kind)
    expected = blocks(on_mariadb(client))
    found = blocks(client.run(gateway.host, gateway.port, "plain"))
    assert set(found) == set(expected)
    excused = {*DIFFERENT, *(DIFFERENT_ON_DUCKDB if kind == "duckdb" else ())}
    different = {
        label: (outcome(found[label]), outcome(expected[label]))
        for label in expected
        if label not in excused and outcome(found[label]) != outcome(expected[label])
    }
    assert different == {}


def for_grafana(block: Block) -> tuple[object, ...]:
    """Names in any case (MySQL 8 has those of information_schema in capitals), types by what Grafana makes of them."""
    columns = [INTEGER.sub("integer", TEXT.sub("text", column)).casefold() for column in block.columns]
    return ("error", block.line.split()[1]) if block.line.startswith("error: ") else (columns, block.rows)


@pytest.mark.parametrize("kind", KINDS)
def test_what_grafana_sends_is_answered_as_by_mariadb(kind: str, mariadb: ShopServer, gateway_of: GatewayOf) -> None:
    gateway = gateway_of(kind)
    expected = blocks(grafana().run(mariadb.host, mariadb.port, "grafana"))
    found = blocks(grafana().run(gateway.host, gateway.port, "grafana"))
    different = {label for label in expected if for_grafana(found[label]) != for_grafana(expected[label])}
    # MySQL 8 orders the names of tables by their bytes, MariaDB by a collation that has `_` after the letters.
    assert different == {"tables", "tables of the database"}
    assert {label: sorted(found[label].rows) for label in different} == {
        label: sorted(expected[label].rows) for label in different
    }


@pytest.mark.parametrize(("name", "kind"), ASKING)
def test_ask(name: str, kind: str, gateway_of: GatewayOf) -> None:
    gateway = gateway_of(kind)
    [client] = [client for client in CLIENTS if client.name == name]
    with all_taught(gateway.host, gateway.port):
        said = client.run(gateway.host, gateway.port, "ask")
    answers = blocks(said)
    for label in ("ask", "marker", "prepared"):
        assert len(answers[label].rows) >= 1, said
    assert "SELECT" in answers["sql"].rows[0][0], said
    assert answers["after"].rows == (("5",),), said
