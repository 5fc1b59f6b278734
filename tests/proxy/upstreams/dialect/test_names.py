"""Names as the target writes them."""

import pytest
from sqlglot import exp

from proxy.upstreams.dialect import Column, FixedSchema, Table
from proxy.upstreams.dialect.context import Context
from proxy.upstreams.dialect.convert import Converter
from proxy.upstreams.dialect.names import index_name, known_index_name, table_name
from proxy.upstreams.dialect.resolve import Resolver

SCHEMA = FixedSchema((Table("Orders", (Column("a", "integer"),), indexes=("Orders.By_Day", "old")),))
CONTEXT = Context("duckdb", SCHEMA, Resolver(SCHEMA, "duckdb"), Converter("duckdb"), {})


@pytest.mark.parametrize(
    ("name", "db", "new", "written"),
    [
        ("orders", None, False, '"Orders"'),
        ("orders", None, True, '"orders"'),
        ("orders", "s", False, '"s"."Orders"'),
        ("other", None, False, '"other"'),
    ],
)
def test_a_table_has_the_schemas_case_unless_it_is_new(name: str, db: str | None, new: bool, written: str) -> None:
    assert table_name(exp.table_(name, db), CONTEXT, new=new) == written


def test_an_index_is_named_after_its_table() -> None:
    assert index_name("t", 'a"b') == '"t.a""b"'


@pytest.mark.parametrize(
    ("index", "written"), [("by_day", '"Orders.By_Day"'), ("OLD", '"old"'), ("new", '"Orders.new"')]
)
def test_an_index_that_is_there_keeps_its_own_name(index: str, written: str) -> None:
    assert known_index_name(exp.table_("orders"), index, CONTEXT) == written
