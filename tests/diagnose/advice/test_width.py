"""What keys take, by hand from the servers' documentation."""

import pytest

from diagnose.advice.width import index_bytes, key_width, longest, prefixes, size_text
from diagnose.evidence.facts import MARIADB, POSTGRES, Column, Index, Table

INT, LONG = Column("a", "int(11)"), Column("b", "varchar(3000)", charset="utf8mb4", collation="utf8mb4_general_ci")
TEXT = Column("t", "longtext", charset="utf8mb4")


@pytest.mark.parametrize(
    ("kind", "width"),
    [
        *(("int(11) unsigned", 4), ("bigint", 8), ("datetime", 5), ("decimal(10,2)", 5), ("char(7)", 7)),
        *(("varchar(3)", 3), ("varchar(90)", 30), ("enum('a','b')", 1)),
    ],
)
def test_of_one_value(kind: str, width: float) -> None:
    assert key_width(Column("c", kind)) == width


def test_text_without_a_limit_is_the_widest() -> None:
    assert longest(TEXT) > longest(LONG) > longest(INT)


@pytest.mark.parametrize(
    ("columns", "server", "expected"),
    [
        ((INT,), MARIADB, ()),
        ((INT, LONG), MARIADB, (None, 100)),
        ((TEXT,), MARIADB, (100,)),
        ((TEXT,), POSTGRES, ()),
        ((Column("j", "json"),), MARIADB, None),
        ((Column("j", "json"),), POSTGRES, None),
    ],
)
def test_what_is_indexed_of_wide_columns(
    columns: tuple[Column, ...], server: str, expected: tuple[int | None, ...] | None
) -> None:
    assert prefixes(columns, server) == expected


def test_mysqls_indexes_hold_the_primary_key_once() -> None:
    key = Index("PRIMARY", ("id",), unique=True, primary=True)
    table = Table("d", "t", (Column("id", "bigint"), INT), (key,), rows=1000)
    assert index_bytes(table, [INT], MARIADB) == int(1000 * (6 + 8 + 4) / 0.7)
    assert index_bytes(table, [INT, table.columns[0]], MARIADB) == int(1000 * (6 + 8 + 4) / 0.7)
    assert index_bytes(table, [INT], POSTGRES) == int(1000 * (14 + 4) / 0.7)
    assert index_bytes(Table("d", "t", (INT,)), [INT], POSTGRES) == 0


def test_sizes_as_people_read_them() -> None:
    assert [size_text(size) for size in (0, 999, 1500, 12_345_678, 4e12)] == [
        "0 bytes", "999 bytes", "1.5 kB", "12 MB", "4000 GB",
    ]  # fmt: skip
