import pytest

from nl2sql.catalog import Catalog, CatalogColumn, CatalogTable, Link
from nl2sql.schema_document import parse_load_schema, schema_markdown
from plugins import AskwireError

ORDERS = CatalogTable(
    "orders",
    (
        CatalogColumn("id", "int", primary=True),
        CatalogColumn("customer_id", "int"),
        CatalogColumn("status", "enum('a','b')", "a: open | b: paid\nnever empty", values=("a", "b")),
    ),
    "One row for each order.\n# not a section",
)
PAID = CatalogTable("paid", (CatalogColumn("id", "int"),), view=True)
LINKS = (Link("orders", "customer_id", "customers", "id"), Link("orders", "id", "paid", "id", declared=False))


def test_a_schema_is_a_section_for_each_table() -> None:
    assert schema_markdown(Catalog("shop", (ORDERS, PAID), LINKS)) == (
        "# Database shop\n\n"
        "## Table orders\n\nOne row for each order.\n\\# not a section\n\n"
        "- Column id of orders (int): no comment.\n- Column customer_id of orders (int): no comment.\n"
        "- Column status of orders (enum('a','b')): a: open | b: paid never empty.\n"
        "- The primary key of orders is id.\n- Column customer_id of orders refers to customers.id.\n\n"
        "## View paid\n\n- Column id of paid (int): no comment.\n"
    )


@pytest.mark.parametrize("text", ["SCHEMA handbook", "SCHEMA INTO", "SCHEMA INTO a b", "SCHEMA INTO 'a"])
def test_anything_else_is_an_error(text: str) -> None:
    with pytest.raises(AskwireError):
        parse_load_schema(f"LOAD KNOWLEDGE {text}")


def test_the_base_is_named() -> None:
    assert parse_load_schema("load knowledge schema into Handbook") == "Handbook"
