"""What the translation asks of the schema, from a reflection."""

import pytest

from proxy.upstreams.dialect import Column as DialectColumn
from proxy.upstreams.metadata import Metadata, Reflection, SessionView
from proxy.upstreams.metadata.reflection import Column, Index, Table
from proxy.upstreams.mysql_types import mysql_type
from proxy.upstreams.schema_view import ReflectedSchema

INT = mysql_type("integer")
TABLES = (
    Table(
        "main",
        "Orders",
        (Column("Id", INT, nullable=False, auto_increment=True), Column("n", INT)),
        primary_key=("Id",),
        indexes=(Index("u", ("n",), True, "Orders.u"), Index("e", (None,), True), Index("i", ("n",))),
    ),
    Table("main", "twin"),
    Table("main", "Twin"),
    Table("other", "bare", (Column("a", INT),), indexes=(Index("u", ("a",), True),)),
)


@pytest.fixture
def schema() -> ReflectedSchema:
    reflection = Reflection(("main", "other"), TABLES, case_sensitive=True)
    view = SessionView("ann", database="shop")
    return ReflectedSchema(Metadata(view, lambda: reflection, dialect="postgres", schema="main", alias="shop"))


def test_a_table(schema: ReflectedSchema) -> None:
    found = schema.table("orders", None)
    assert found is not None
    assert (found.name, found.schema) == ("Orders", "main")
    assert found.columns == (DialectColumn("Id", "int", True, True), DialectColumn("n", "int", False, False))
    assert found.unique == (("Id",), ("n",))
    assert found.indexes == ("Orders.u", "e", "i")


@pytest.mark.parametrize(
    ("name", "schema_name", "found"),
    [
        ("Orders", "shop", "Orders"),
        ("ORDERS", "main", "Orders"),
        ("twin", None, "twin"),
        ("TWIN", None, None),
        ("bare", None, None),
        ("bare", "other", "bare"),
        ("Orders", "nowhere", None),
    ],
)
def test_which_table_a_name_means(
    schema: ReflectedSchema, name: str, schema_name: str | None, found: str | None
) -> None:
    table = schema.table(name, schema_name)
    assert (table and table.name) == found


def test_unique_keys_of_a_table_without_a_primary_one(schema: ReflectedSchema) -> None:
    found = schema.table("bare", "other")
    assert found is not None
    assert found.unique == (("a",),)
