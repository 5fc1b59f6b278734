"""The catalog of ASK, read over INFORMATION_SCHEMA: what the role may read, on PostgreSQL and DuckDB."""

from collections.abc import Callable

from nl2sql.catalog import COLUMNS, KEYS, TABLES, Catalog, build_catalog
from proxy.upstreams.metadata import Metadata


def catalog_of(metadata: Metadata) -> Catalog:
    def read(sql: str) -> list[tuple[str, ...]]:
        answer = metadata.answer(sql)
        assert answer is not None
        return [tuple("" if value is None else str(value) for value in row) for row in answer.rows]

    return build_catalog(metadata.view.database or "", read(TABLES), read(COLUMNS), read(KEYS))


def test_duckdb(duckdb_metadata: Metadata) -> None:
    catalog = catalog_of(duckdb_metadata)
    assert [table.name for table in catalog.tables] == ["big_orders", "customers", "orders", "regions"]
    orders = catalog.table("orders")
    assert orders is not None
    assert orders.comment == 'What was ordered; it\'s "all"'
    assert [column.name for column in orders.columns if column.primary] == ["id"]
    kind = orders.column("kind")
    assert kind is not None
    assert kind.values == ("a", "it's")
    declared = {(link.table, link.column, link.to_table, link.to_column) for link in catalog.links if link.declared}
    assert declared == {("customers", "region_id", "regions", "id"), ("orders", "customer_id", "customers", "id")}


def test_postgresql(postgres_metadata: Callable[[str], Metadata]) -> None:
    catalog = catalog_of(postgres_metadata("app"))
    assert {table.name for table in catalog.tables} == {"Orders", "big_orders", "customers", "orders", "regions"}
    assert len([link for link in catalog.links if link.declared]) == 2
    regions = catalog.table("regions")
    assert regions is not None
    assert regions.rows == 2


def test_a_role_that_may_read_little(postgres_metadata: Callable[[str], Metadata]) -> None:
    """``orders`` may be written but not read: no prompt may name it."""
    catalog = catalog_of(postgres_metadata("reader"))
    assert {table.name: [c.name for c in table.columns] for table in catalog.tables} == {
        "customers": ["id", "name"],
        "regions": ["id", "name"],
    }
    assert not [link for link in catalog.links if link.declared]
    assert catalog_of(postgres_metadata("nobody")).tables == ()
