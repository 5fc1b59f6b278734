from nl2sql.catalog import Catalog, CatalogColumn, CatalogTable, Link
from nl2sql.paths import shortest_ways

TABLES = tuple(CatalogTable(name, (CatalogColumn("id", "int"),)) for name in ("people", "transfers", "banks", "far"))
CATALOG = Catalog(
    "db",
    TABLES,
    (
        Link("transfers", "sender_id", "people", "id"),
        Link("transfers", "receiver_id", "people", "id"),
        Link("transfers", "bank_id", "banks", "id"),
    ),
)


def test_the_way_and_how_it_is_joined():
    (way,) = shortest_ways([("t", "transfers")], "banks", CATALOG)
    assert [str(step) for step in way] == ["JOIN banks ON t.bank_id = banks.id"]


def test_every_shortest_way_is_told_so_that_none_is_guessed():
    assert len(shortest_ways([("transfers", "transfers")], "people", CATALOG)) == 2
    assert [len(way) for way in shortest_ways([("b", "banks")], "people", CATALOG)] == [2, 2]


def test_no_way():
    assert shortest_ways([("p", "people")], "far", CATALOG) == []
