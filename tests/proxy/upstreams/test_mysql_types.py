"""Upstream types as MySQL types."""

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.types import TypeEngine

from proxy.upstreams.mysql_types import enum_type, mysql_type
from proxy.wire.columns import ColumnFlag, ColumnType

TYPES: list[tuple[str | TypeEngine[object], str, ColumnType]] = [
    ("character varying(20)", "varchar(20)", ColumnType.VAR_STRING),
    ("VARCHAR", "varchar(16383)", ColumnType.VAR_STRING),
    ("character varying(70000)", "longtext", ColumnType.BLOB),
    ("text", "longtext", ColumnType.BLOB),
    ("character(3)", "char(3)", ColumnType.STRING),
    ("numeric(10,2)", "decimal(10,2)", ColumnType.NEWDECIMAL),
    ("numeric", "decimal(65,30)", ColumnType.NEWDECIMAL),
    ("numeric(1000,500)", "decimal(65,30)", ColumnType.NEWDECIMAL),
    ("numeric(3,-2)", "decimal(3,0)", ColumnType.NEWDECIMAL),
    ("DECIMAL(18,3)", "decimal(18,3)", ColumnType.NEWDECIMAL),
    ("HUGEINT", "decimal(39,0)", ColumnType.NEWDECIMAL),
    ("UBIGINT", "bigint unsigned", ColumnType.LONGLONG),
    ("integer", "int", ColumnType.LONG),
    ("boolean", "tinyint(1)", ColumnType.TINY),
    ("real", "float", ColumnType.FLOAT),
    ("double precision", "double", ColumnType.DOUBLE),
    ("timestamp(3) with time zone", "timestamp(3)", ColumnType.TIMESTAMP),
    ("TIMESTAMP WITH TIME ZONE", "timestamp(6)", ColumnType.TIMESTAMP),
    ("timestamp without time zone", "datetime(6)", ColumnType.DATETIME),
    ("time(0) without time zone", "time", ColumnType.TIME),
    ("interval day to second", "longtext", ColumnType.BLOB),
    ("uuid", "char(36)", ColumnType.STRING),
    ("jsonb", "json", ColumnType.JSON),
    ("INTEGER[]", "json", ColumnType.JSON),
    ("DECIMAL(10,2)[3]", "json", ColumnType.JSON),
    ("STRUCT(a INTEGER, b VARCHAR)", "json", ColumnType.JSON),
    ("bytea", "longblob", ColumnType.BLOB),
    ("ENUM('a', 'it''s')", "enum('a','it''s')", ColumnType.STRING),
    ("some_schema.unheard_of", "longtext", ColumnType.BLOB),
    ("", "longtext", ColumnType.BLOB),
    (sa.Boolean(), "tinyint(1)", ColumnType.TINY),
    (sa.String(20), "varchar(20)", ColumnType.VAR_STRING),
    (sa.Float(), "double", ColumnType.DOUBLE),
    (sa.REAL(), "float", ColumnType.FLOAT),
    (sa.DateTime(timezone=True), "timestamp(6)", ColumnType.TIMESTAMP),
    (pg.TIMESTAMP(timezone=True, precision=3), "timestamp(3)", ColumnType.TIMESTAMP),
    (sa.Enum("a", "b"), "enum('a','b')", ColumnType.STRING),
    (pg.ARRAY(sa.Integer()), "json", ColumnType.JSON),
    (sa.LargeBinary(), "longblob", ColumnType.BLOB),
    (sa.types.NullType(), "longtext", ColumnType.BLOB),
]


@pytest.mark.parametrize(("source", "text", "kind"), TYPES, ids=[str(source)[:30] for source, *_ in TYPES])
def test_type(source: str | TypeEngine[object], text: str, kind: ColumnType) -> None:
    found = mysql_type(source)
    assert (found.text, found.type) == (text, kind)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("INTEGER", "bigint"),
        ("UNSIGNED BIG INT", "bigint"),
        ("REAL", "double"),
        ("VARCHAR(9)", "varchar(9)"),
        ("DECIMAL(8,2)", "decimal(8,2)"),
        ("", "longtext"),
    ],
)
def test_sqlite_affinity(source: str, text: str) -> None:
    assert mysql_type(source, "sqlite").text == text


def test_bytes_are_told_from_characters() -> None:
    assert mysql_type("bytea").binary
    assert not mysql_type("text").binary
    assert mysql_type("varchar(20)").octets == 80
    assert mysql_type("ubigint").flags & ColumnFlag.UNSIGNED


def test_an_enum_without_labels_is_text() -> None:
    assert enum_type([]).text == "longtext"


def test_column_definition() -> None:
    column = mysql_type("numeric(10,2)").column("total", flags=ColumnFlag.NOT_NULL, schema="shop", table="orders")
    assert (column.name, column.length, column.decimals, column.table) == ("total", 12, 2, "orders")
    assert column.flags & ColumnFlag.NOT_NULL
