"""Which table's column an output is, as the client's driver is told."""

from typing import Any

import pymysql
import pytest
from pymysql.constants import FLAG

from tests.proxy.upstreams.conftest import ShopGateway

KEY = FLAG.NOT_NULL | FLAG.PRI_KEY


def described(connection: "pymysql.Connection[Any]", sql: str) -> list[tuple[str, str, str, int]]:
    """(table, original table, original column, key and null flags) of each column."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        assert cursor._result is not None
        fields: list[Any] = cursor._result.fields
    kept = FLAG.NOT_NULL | FLAG.PRI_KEY | FLAG.UNIQUE
    return [(f.table_name, f.org_table, f.org_name, f.flags & kept) for f in fields]


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT * FROM regions LIMIT 1", [("id", KEY), ("name", None), ("manager", FLAG.NOT_NULL)]),
        ("SELECT r.id AS n, 1 FROM regions AS r LIMIT 1", [("id", KEY), ("", 0)]),
        ("SELECT r.id FROM regions r LEFT JOIN customers c ON c.region_id = r.id LIMIT 1", [("id", FLAG.PRI_KEY)]),
        ("SELECT MAX(id) FROM regions", [("", 0)]),
    ],
)
def test_columns(shop: ShopGateway, sql: str, columns: list[tuple[str, int | None]]) -> None:
    with shop.connect() as connection:
        found = described(connection, sql)
    assert [name for _, _, name, _ in found] == [name for name, _ in columns]
    for (_, table, name, flags), (_, wanted) in zip(found, columns, strict=True):
        assert table == ("regions" if name else "")
        assert wanted is None or flags == wanted
