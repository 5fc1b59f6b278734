"""SHOW AI INDEXES, as people use it after their application has run for a while."""

from collections.abc import Iterator
from typing import Any

import pymysql
import pytest

from tests.conftest import GatewayFactory
from tests.diagnose.servers import DATABASES, Diagnosed
from tests.support.postgres import PostgresServer
from tests.support.shop_server import ShopServer

MAKE = (
    "CREATE TABLE wl_rows (id INT NOT NULL PRIMARY KEY, a INT NOT NULL, b INT NOT NULL, c INT NOT NULL, "
    "KEY wl_a (a), KEY wl_ab (a, b))",
    "INSERT INTO wl_rows SELECT seq, seq % 100, seq % 7, (seq * 7) % 5000 FROM diag_numbers",
    "ANALYZE TABLE wl_rows",
)
# As many of each kind, and few: of more the gateway takes samples, in which a rare one may be missing for long.
STATEMENTS = [
    sql
    for n in range(10)
    for sql in (
        f"SELECT COUNT(b) FROM wl_rows WHERE c = {n}",
        f"SELECT b FROM wl_rows WHERE c = {n} AND b = 3",
        f"SELECT COUNT(*) FROM wl_rows WHERE a = {n}",
    )
]


def advice(cursor: Any) -> list[dict[str, Any]]:
    cursor.execute("SHOW AI INDEXES")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def kinds_told(cursor: Any) -> int:
    """Of the statements, by their digests."""
    cursor.execute("SHOW AI SLOW")
    return sum("SELECT" in str(row) and "wl_rows" in str(row) for row in cursor.fetchall())


@pytest.fixture
def own(
    diag: Diagnosed, postgres: PostgresServer, with_hypopg: None, mariadb: ShopServer, gateway_factory: GatewayFactory
) -> Iterator[int]:
    """The port of a gateway that has seen nothing yet."""
    with gateway_factory(upstream=mariadb.url if diag.kind == "mariadb" else postgres.url()) as gateway:
        yield gateway.port


def test_indexes_for_all_that_was_seen(diag: Diagnosed, own: int) -> None:
    """One index serves both statements; the index that another one begins with is not needed."""
    for sql in MAKE:
        diag.rows(sql)
    connection = pymysql.connect(
        host="127.0.0.1",
        port=own,
        user="app",
        password="secret",
        database=DATABASES[diag.kind],
        autocommit=True,
    )
    try:
        with connection, connection.cursor() as cursor:
            while kinds_told(cursor) < 3:
                for sql in STATEMENTS:
                    cursor.execute(sql)
            mine = [row for row in advice(cursor) if row["table"] == "wl_rows"]
            (created,) = [row for row in mine if row["action"] == "create"]
            assert created["columns"].split(", ")[0] == "c"
            assert created["statements"] == 2
            assert created["gain"] > 0
            assert created["verified"].startswith("yes")
            (dropped,) = [row for row in mine if row["action"] == "drop"]
            assert "wl_a`" in dropped["statement"]
            cursor.execute("SHOW WARNINGS")
            assert f"statements of {DATABASES[diag.kind]}" in cursor.fetchall()[0][2]
            for row in mine:
                cursor.execute(row["statement"])
            assert [row for row in advice(cursor) if row["table"] == "wl_rows"] == []
    finally:
        diag.rows("DROP TABLE wl_rows")
