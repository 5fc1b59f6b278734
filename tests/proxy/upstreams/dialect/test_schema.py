"""What a translation may ask about tables."""

from proxy.upstreams.dialect.schema import FixedSchema, Table


def test_a_name_is_compared_without_case_when_no_table_has_it_exactly() -> None:
    schema = FixedSchema((Table("Orders"), Table("orders"), Table("Items")))
    found = [schema.table(name, None) for name in ("orders", "Orders", "ORDERS", "items", "x")]
    assert [each.name if each else None for each in found] == ["orders", "Orders", "Orders", "Items", None]


def test_no_tables() -> None:
    assert FixedSchema().table("a", "b") is None
