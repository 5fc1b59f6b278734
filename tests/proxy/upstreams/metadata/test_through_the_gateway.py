"""Metadata over the wire: what SQLAlchemy reflects, and what drivers read in both protocols."""

from typing import Any

import mysql.connector
import pytest
import sqlalchemy as sa

from tests.proxy.upstreams.conftest import ShopGateway, rows
from tests.proxy.upstreams.metadata.test_client_statements import STATEMENTS
from tests.support.shop_server import ShopServer

READ = ("SHOW", "SELECT", "DESC", "EXPLAIN", "WITH", "/* APPLICATIONNAME")


def engine_of(host: str, port: int, user: str, password: str, database: str) -> sa.Engine:
    url = sa.URL.create("mysql+pymysql", user, password, host, port, database)
    return sa.create_engine(url, poolclass=sa.NullPool)


def reflected(engine: sa.Engine) -> dict[str, Any]:
    """What SQLAlchemy's MySQL dialect finds out about the shop."""
    inspector = sa.inspect(engine)
    found: dict[str, Any] = {"tables": sorted(inspector.get_table_names())}
    for table in found["tables"]:
        keys = inspector.get_foreign_keys(table)
        found[table] = {
            "columns": [(c["name"], c["nullable"]) for c in inspector.get_columns(table)],
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
            "foreign": sorted((k["constrained_columns"], k["referred_table"], k["referred_columns"]) for k in keys),
        }
    return found


@pytest.mark.timeout(180)
def test_sqlalchemy_finds_the_same_shop_as_on_mariadb(shop: ShopGateway, mariadb: ShopServer) -> None:
    theirs = reflected(engine_of(mariadb.host, mariadb.port, "app", "secret", "shop"))
    ours = reflected(engine_of(shop.gateway.host, shop.gateway.port, shop.user, shop.password, shop.schema))
    assert ours == theirs


@pytest.mark.timeout(180)
def test_sqlalchemy_reads_types_and_indexes(shop: ShopGateway) -> None:
    inspector = sa.inspect(engine_of(shop.gateway.host, shop.gateway.port, shop.user, shop.password, shop.schema))
    types = {c["name"]: c["type"] for c in inspector.get_columns("products")}
    assert isinstance(types["id"], sa.Integer)
    assert isinstance(types["name"], sa.String)
    assert isinstance(types["price"], sa.Numeric)
    assert shop.schema in inspector.get_schema_names()
    assert inspector.has_table("orders")
    assert not inspector.has_table("nope")


# What differs from session to session and from moment to moment.
MOVES = ("PROCESSLIST", "STATUS", "VARIABLES", "CONNECTION_ID", "@@CHARACTER_SET", "@@SESSION.AUTO")


def readable() -> list[str]:
    wanted = (sql for sql in STATEMENTS if sql.upper().startswith(READ))
    return [sql for sql in wanted if not any(word in sql.upper() for word in MOVES)]


def as_text(value: object) -> str | None:
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode()
    return None if value is None else str(value)


@pytest.mark.timeout(240)
def test_both_protocols_give_the_same(shop: ShopGateway) -> None:
    """Every value is encoded as its column says, also in the binary protocol."""
    where = {"host": shop.gateway.host, "port": shop.gateway.port, "user": shop.user, "password": shop.password}
    binary = mysql.connector.connect(**where, database=shop.schema)
    cursor = binary.cursor(prepared=True)
    compared = 0
    with shop.connect() as text:
        for sql in readable():
            sql = sql.rstrip(";").replace("'shop'", f"'{shop.schema}'").replace("`shop`", f"`{shop.schema}`")
            sql = sql.replace("FROM shop", f"FROM {shop.schema}").replace("big_orders", "orders")
            if "CREATE VIEW" in sql:
                continue
            first = [[as_text(value) for value in row] for row in rows(text, sql)]
            cursor.execute(sql)
            second = [[as_text(value) for value in row] for row in cursor.fetchall()]
            assert second == first, sql
            compared += 1
    binary.close()
    assert compared > 120
