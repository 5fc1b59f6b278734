"""Sessions of one server, and of several workers' servers."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pymysql
import pytest

from tests.proxy.upstreams.conftest import ShopGateway, rows
from tests.support.gateway import GatewayProcess
from tests.support.private_mariadb import free_port

LONG = "SELECT COUNT(*) FROM order_items a, order_items b, order_items c, order_items d"


def worker(connection: "pymysql.Connection[Any]") -> int:
    return connection.thread_id() >> 16


def test_kill_reaches_a_session_of_another_worker(shop_urls: Callable[[str], str], tmp_path: Path) -> None:
    settings = {"workers": 2, "listen": f"127.0.0.1:{free_port()}"}
    with GatewayProcess(tmp_path, shop_urls("postgresql"), settings) as gateway:
        shop = ShopGateway("postgresql", gateway, "app", "secret", "shop")
        victim = shop.connect()
        killer = next(c for c in iter(shop.connect, None) if worker(c) != worker(victim))
        failed: list[int] = []

        def run() -> None:
            with pytest.raises(pymysql.err.Error) as caught:
                rows(victim, LONG)
            failed.append(caught.value.args[0])

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        while thread.is_alive():
            rows(killer, f"KILL QUERY {victim.thread_id()}")
            thread.join(0.5)
        assert failed == [1317]
        assert rows(victim, "SELECT 1") == [(1,)]


def test_another_user_s_session_cannot_be_killed(shop_gateways: Callable[[str], ShopGateway]) -> None:
    shop = shop_gateways("duckdb")
    with shop.connect() as mine, shop.connect(user="bob") as other:
        with pytest.raises(pymysql.err.OperationalError) as caught:
            rows(other, f"KILL {mine.thread_id()}")
        assert caught.value.args[0] == 1095
        assert [r[1] for r in rows(other, "SHOW PROCESSLIST")] == ["bob"]
        assert rows(mine, "SELECT 1") == [(1,)]
