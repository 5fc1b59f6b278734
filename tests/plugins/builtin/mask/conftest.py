from collections.abc import Iterator
from typing import Any

import pymysql
import pytest

from tests.conftest import GatewayFactory
from tests.support.gateway import GatewayProcess
from tests.support.masked import NAMES, RULES, SETUP, connect
from tests.support.shop_server import ShopServer


@pytest.fixture(scope="session")
def masking(gateway_factory: GatewayFactory, mariadb: ShopServer) -> Iterator[GatewayProcess]:
    root = pymysql.connect(host=mariadb.host, port=mariadb.port, user="root", autocommit=True)
    with root.cursor() as cursor:
        for statement in SETUP.split(";\n"):
            cursor.execute(statement)
    with gateway_factory(mask={"rules": RULES}) as gateway:
        yield gateway
    with root.cursor() as cursor:
        for each in f"{NAMES},PROCEDURE mask_call".split(","):
            kind, name = each.split()
            cursor.execute(f"DROP {kind} scratch.{name}")
    root.close()


@pytest.fixture(scope="module")
def session(masking: GatewayProcess) -> Iterator[Any]:
    connection = connect(masking)
    yield connection
    connection.close()
