"""Columns and types of metadata rows."""

from decimal import Decimal

import pytest

from proxy.upstreams.metadata.rows import columns, rows, type_of_value
from proxy.wire.columns import ColumnType


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "bigint"),
        (True, "bigint"),
        (1.5, "double"),
        (Decimal("1.50"), "decimal(3,2)"),
        (Decimal("0.001"), "decimal(3,3)"),
        (Decimal("0.05"), "decimal(2,2)"),
        (Decimal("1E+2"), "decimal(1,0)"),
        (b"x", "longblob"),
        ("abc", "varchar(3)"),
        ("", "varchar(1)"),
        (None, "varchar(1)"),
    ],
)
def test_type_of_value(value: object, text: str) -> None:
    assert type_of_value(value).text == text


def test_columns_from_a_text() -> None:
    found = columns("Name, Rows: bigint, Comment: text")
    assert [(each.name, each.type) for each in found] == [
        ("Name", ColumnType.VAR_STRING),
        ("Rows", ColumnType.LONGLONG),
        ("Comment", ColumnType.BLOB),
    ]


def test_rows() -> None:
    found = rows("A, B", iter([("x", 1)]))
    assert (len(found.columns), found.rows) == (2, (("x", 1),))
    assert rows("A").rows == ()
