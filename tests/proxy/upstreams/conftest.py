"""A gateway in front of each kind of upstream that does not speak MySQL, the sample shop in it."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pymysql
import pytest

from proxy.upstreams.sample_shop import load_shop, sample_shop_sql
from tests.support.gateway import GatewayProcess
from tests.support.postgres import PostgresServer

KINDS = ("duckdb", "postgresql", "sqlite")


@dataclass(frozen=True)
class ShopGateway:
    """A gateway and how the shop's owner logs in; ``schema`` holds the shop."""

    kind: str
    gateway: GatewayProcess
    user: str
    password: str
    schema: str

    def connect(self, **options: Any) -> "pymysql.Connection[Any]":
        """PyMySQL, autocommit, as the owner, in the shop unless told otherwise."""
        where = {"host": self.gateway.host, "port": self.gateway.port, "database": self.schema}
        return pymysql.connect(**{**where, "user": self.user, "password": self.password, "autocommit": True, **options})


def rows(connection: "pymysql.Connection[Any]", sql: str) -> list[tuple[Any, ...]]:
    """All rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _duckdb(folder: Path) -> str:
    path = folder / "store.duckdb"
    with duckdb.connect(str(path)) as connection:
        load_shop(connection)
    return f"duckdb:///{path}"


def _sqlite(folder: Path) -> str:
    path = folder / "store.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(sample_shop_sql(kind="sqlite"))
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_store(postgres: PostgresServer) -> str:
    """The URL of a database ``store`` with the shop, owned by ``app``."""
    postgres.run_sql("CREATE DATABASE store OWNER app")
    with postgres.connect(database="store") as connection:
        connection.execute(sample_shop_sql(kind="postgresql").encode())
    return postgres.url("store")


@pytest.fixture(scope="session")
def shop_urls(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """``shop_urls(kind)``: an upstream with the shop in it, made when it is first asked for."""

    def make(kind: str) -> str:
        if kind == "postgresql":
            return str(request.getfixturevalue("postgres_store"))
        return (_duckdb if kind == "duckdb" else _sqlite)(tmp_path_factory.mktemp(kind))

    return make


@pytest.fixture(scope="session")
def shop_gateways(
    tmp_path_factory: pytest.TempPathFactory, shop_urls: Callable[[str], str]
) -> Iterator[Callable[[str], ShopGateway]]:
    """``shop_gateways(kind)``: one for the whole run, started when it is first asked for."""
    started: dict[str, ShopGateway] = {}

    def get(kind: str) -> ShopGateway:
        if kind not in started:
            login = ("app", "secret") if kind == "postgresql" else ("ann", "")
            gateway = GatewayProcess(tmp_path_factory.mktemp(f"gateway-{kind}"), shop_urls(kind), {})
            started[kind] = ShopGateway(kind, gateway, *login, "main" if kind == "sqlite" else "shop")
        return started[kind]

    yield get
    for each in started.values():
        each.gateway.stop()


@pytest.fixture(params=KINDS)
def shop(request: pytest.FixtureRequest, shop_gateways: Callable[[str], ShopGateway]) -> ShopGateway:
    """The gateway before each kind of upstream."""
    return shop_gateways(request.param)
