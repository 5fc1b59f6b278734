"""SELECT over INFORMATION_SCHEMA, described with MySQL's own types."""

from collections.abc import Iterator

import pytest
import sqlglot

from proxy.upstreams.metadata.engine import Engine
from proxy.upstreams.metadata.facts import Facts
from proxy.upstreams.metadata.queries import run_query
from proxy.upstreams.metadata.reflection import Column, Reflection, Table
from proxy.upstreams.metadata.rows import MetadataRows
from proxy.upstreams.metadata.session import SessionView
from proxy.upstreams.metadata.system_tables import system_tables
from proxy.upstreams.mysql_types import mysql_type
from proxy.wire.columns import ColumnFlag, ColumnType

TABLES = (Table("shop", "Orders", (Column("id", mysql_type("integer")),), rows=4), Table("shop", "days"))
FACTS = Facts(SessionView("ann", database="shop"), lambda: Reflection(("shop",), TABLES))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine(case_sensitive=False)
    yield made
    made.close()


def run(engine: Engine, select: str, rest: str = "WHERE table_schema = 'shop' ORDER BY table_name") -> MetadataRows:
    sql = f"SELECT {select} FROM information_schema.tables {rest}"
    return run_query(engine, sql, sqlglot.parse_one(sql, read="mysql"), FACTS)


@pytest.mark.parametrize(
    ("output", "name", "type_"),
    [
        ("table_name", "TABLE_NAME", ColumnType.VAR_STRING),
        ("t.table_rows AS n", "n", ColumnType.LONGLONG),
        ("count( * )", "count( * )", ColumnType.LONGLONG),
        ("'x'", "x", ColumnType.VAR_STRING),
        ("1 = 1", "1 = 1", ColumnType.LONGLONG),
        ("NULL", "NULL", ColumnType.VAR_STRING),
    ],
)
def test_columns(engine: Engine, output: str, name: str, type_: ColumnType) -> None:
    (column,) = run(engine, output, "t WHERE table_schema = 'shop'").columns
    assert (column.name.upper(), column.type) == (name.upper(), type_)


def test_a_column_that_is_never_null_says_so(engine: Engine) -> None:
    names = {column.name: not column.nullable for column in system_tables()["TABLES"]}
    assert set(names.values()) == {True, False}
    for column in run(engine, "*").columns:
        assert bool(column.flags & ColumnFlag.NOT_NULL) is names[column.name]


def test_rows(engine: Engine) -> None:
    assert run(engine, "table_name, table_rows, table_rows > 1").rows == [("days", 0, 0), ("Orders", 4, 1)]
    assert {type(truth) for (truth,) in run(engine, "table_rows > 1").rows} == {int}
    assert run(engine, "COUNT(*)", "WHERE table_name = 'ORDERS'").rows == [(1,)]


def test_all_columns_in_mysqls_order(engine: Engine) -> None:
    names = [column.name for column in run(engine, "*").columns]
    assert names[:4] == ["TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "TABLE_TYPE"]
