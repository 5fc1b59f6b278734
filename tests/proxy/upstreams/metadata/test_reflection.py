"""What one account may see of an upstream."""

import pytest

from proxy.upstreams.metadata.reflection import Column, ForeignKey, Index, Reflection, Table, index_of
from proxy.upstreams.mysql_types import mysql_type


def columns(names: str) -> tuple[Column, ...]:
    return tuple(Column(name, mysql_type("integer")) for name in names)


def test_keys_of_columns() -> None:
    table = Table(
        "s",
        "t",
        columns("abcdefg"),
        primary_key=("a",),
        indexes=(
            Index("i", ("b", "c")),
            Index("u", ("d",), unique=True),
            Index("v", ("d", "e")),
            Index("y", ("e", "f"), unique=True),
            Index("w", ("a",), unique=True),
            Index("x", (None, "f")),
        ),
        foreign_keys=(ForeignKey("k", ("g",), "s", "o", ("id",)), ForeignKey("l", ("d",), "s", "o", ("id",))),
    )
    assert table.column_keys == {"a": "PRI", "b": "MUL", "d": "UNI", "e": "MUL", "g": "MUL"}


def test_a_column_by_its_name_in_any_case() -> None:
    table = Table("s", "t", columns("aB"))
    assert [table.column(name) is not None for name in ("A", "b", "c")] == [True, True, False]


@pytest.mark.parametrize("case_sensitive", [False, True])
def test_names_that_differ_in_case(case_sensitive: bool) -> None:
    tables = (Table("Shop", "b"), Table("Shop", "A"), Table("other", "c"))
    found = Reflection(("Shop", "other"), tables, case_sensitive)
    assert found.schema("Shop") == "Shop"
    assert found.schema("shop") == (None if case_sensitive else "Shop")
    assert (found.table("SHOP", "a") is None) is case_sensitive
    assert [table.name for table in found.of_schema("Shop")] == ["A", "b"]
    assert found.table("Shop", "missing") is None


def test_an_index_is_shown_without_its_tables_name() -> None:
    assert index_of("t", "t.by_day", ("day",), unique=False) == Index("by_day", ("day",), False, "t.by_day")
