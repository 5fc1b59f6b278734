from knowledge.loading.schema import SchemaColumn, SchemaKey, SchemaTable, describe
from tests.knowledge.loading.files import text_of

ORDERS = SchemaTable(
    "orders",
    (
        SchemaColumn("id", "int", nullable=False),
        SchemaColumn("status", "enum('a','b')", "a: open | b: paid\nnever empty", nullable=False),
    ),
    (SchemaKey("primary key", ("id",)), SchemaKey("foreign key", ("customer_id",), "customers (id)")),
    "One row for each order.\n# not a section",
)
VIEW = SchemaTable("paid", (SchemaColumn("id", "int"),), is_view=True)


def test_a_schema_is_a_section_for_each_table() -> None:
    loaded = describe("shop", [ORDERS, VIEW], max_tokens=1000)
    assert (loaded.name, loaded.title) == ("schema of shop", "Database shop")
    assert text_of(loaded) == (
        "# Database shop\n\n"
        "## Table orders\n\nOne row for each order.\n\\# not a section\n\n"
        "| column | type | may be empty | meaning |\n| --- | --- | --- | --- |\n"
        "| id | int | no |  |\n| status | enum('a','b') | no | a: open \\| b: paid never empty |\n\n"
        "- primary key: id\n- foreign key: customer_id refers to customers (id)\n\n"
        "## View paid\n\n"
        "| column | type | may be empty | meaning |\n| --- | --- | --- | --- |\n| id | int | yes |  |"
    )


def test_its_chunks_say_which_table_they_are_about() -> None:
    places = [chunk.place for chunk in describe("shop", [ORDERS, VIEW], max_tokens=200).chunks]
    assert set(places[1:-1]) == {"Database shop > Table orders"}
    assert places[-1] == "Database shop > View paid"
