"""SET ASK writes = 'rehearse' in front of databases that do not speak MySQL."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pymysql
import pytest

from plugins import ErrorCode
from tests.proxy.upstreams.conftest import KINDS, ShopGateway, rows
from tests.support.answering import answering
from tests.support.gateway import GatewayProcess

ANSWERS = {
    "rename one": "UPDATE regions SET manager = 'Renamed' WHERE id = 1",
    "delete none": "DELETE FROM orders WHERE id < 0",
    "update all": "UPDATE orders SET status = 'paid' WHERE id > 0",
    "remove one": "DELETE FROM order_items WHERE order_id = 1",
    "set nonsense": "UPDATE regions SET manager = NULL WHERE id = 1",
}


@pytest.fixture(scope="module", params=KINDS)
def shop(
    request: pytest.FixtureRequest, shop_urls: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ShopGateway]:
    """A gateway with a model that answers from a table, before each kind of upstream."""
    kind = request.param
    user, password = ("app", "secret") if kind == "postgresql" else ("ann", "")
    with answering(ANSWERS) as url:
        settings = {
            "model": {"name": "house"},
            "models": {"house": {"engine": "openai", "url": url, "model": "any"}},
            "ask": {"warm": False},
        }
        with GatewayProcess(tmp_path_factory.mktemp(f"writes-{kind}"), shop_urls(kind), settings) as gateway:
            yield ShopGateway(kind, gateway, user, password, "main" if kind == "sqlite" else "shop")


@pytest.fixture
def connection(shop: ShopGateway) -> Iterator["pymysql.Connection[Any]"]:
    with shop.connect() as made:
        rows(made, "SET ASK writes = 'rehearse'")
        yield made


def error_of(connection: "pymysql.Connection[Any]", sql: str) -> int:
    with pytest.raises(pymysql.err.Error) as error:
        rows(connection, sql)
    return int(error.value.args[0]) & 0xFFFF


def test_an_update(shop: ShopGateway, connection: "pymysql.Connection[Any]") -> None:
    name = rows(connection, "SELECT manager FROM regions WHERE id = 1")
    shown = rows(connection, "ASK 'rename one region'")
    details = {item: detail for item, detail, _, _ in shown}
    assert details["rows"] == "1"
    assert [(k, json.loads(b), json.loads(a)) for item, k, b, a in shown if item == "row"] == [
        ("id = 1", {"manager": name[0][0]}, {"manager": "Renamed"})
    ]
    with shop.connect() as other:
        assert rows(other, "SELECT manager FROM regions WHERE id = 1") == name
        with connection.cursor() as cursor:
            assert cursor.execute(details["confirm"]) == 1
        assert rows(other, "SELECT manager FROM regions WHERE id = 1") == [("Renamed",)]
        rows(other, f"UPDATE regions SET manager = '{name[0][0]}' WHERE id = 1")
    assert rows(connection, "SELECT @@autocommit") == [(1,)]
    assert error_of(connection, details["confirm"]) == ErrorCode.NOTHING_TO_CONFIRM.number


def test_a_delete_of_rows_with_two_keys(connection: "pymysql.Connection[Any]") -> None:
    count = rows(connection, "SELECT COUNT(*) FROM order_items")
    shown = rows(connection, "ASK 'remove one of the order items'")
    assert len([item for item, *_ in shown if item == "row"]) == int(shown[1][1])
    assert rows(connection, "SELECT COUNT(*) FROM order_items") == count


def test_what_is_refused(connection: "pymysql.Connection[Any]") -> None:
    assert error_of(connection, "ASK 'update all orders'") == ErrorCode.TOO_MANY_ROWS.number
    assert rows(connection, "ASK 'delete none of the orders'")[1][1] == "0"
    assert error_of(connection, "ASK 'set nonsense in regions'") == 1048
    rows(connection, "BEGIN")
    rows(connection, "ROLLBACK")


def test_in_a_transaction(shop: ShopGateway, connection: "pymysql.Connection[Any]") -> None:
    rows(connection, "BEGIN")
    rows(connection, "UPDATE regions SET manager = 'Mine' WHERE id = 2")
    if shop.kind == "duckdb":  # it has no savepoints
        assert error_of(connection, "ASK 'rename one region'") == ErrorCode.CANNOT_REHEARSE.number
    else:
        shown = rows(connection, "ASK 'rename one region'")
        assert rows(connection, "SELECT COUNT(*) FROM regions WHERE manager = 'Renamed'") == [(0,)]
        rows(connection, str(shown[2][1]))
        assert rows(connection, "SELECT COUNT(*) FROM regions WHERE manager = 'Renamed'") == [(1,)]
    assert rows(connection, "SELECT COUNT(*) FROM regions WHERE manager = 'Mine'") == [(1,)]
    rows(connection, "ROLLBACK")
    assert rows(connection, "SELECT COUNT(*) FROM regions WHERE manager IN ('Mine', 'Renamed')") == [(0,)]
