"""Foreign keys that nobody declared: guessed where one table fits, and not otherwise."""

import pytest

from nl2sql.catalog import CatalogColumn, CatalogTable
from nl2sql.inference import inferred_links


def table(text: str, *, view: bool = False) -> CatalogTable:
    """``customers(id int pk, name varchar(9))``."""
    name, _, rest = text.rstrip(")").partition("(")
    columns = []
    for part in rest.split(", "):
        column, kind, *more = part.split()
        columns.append(CatalogColumn(column, kind, primary="pk" in more))
    return CatalogTable(name, tuple(columns), view=view)


def links(*tables: CatalogTable, declared: set[tuple[str, str]] | None = None) -> list[str]:
    return [f"{t}.{c} {to}.{key}" for t, c, to, key in inferred_links(tables, declared or set())]


CUSTOMERS = table("customers(id int pk, name varchar)")


@pytest.mark.parametrize(
    "column", ["customer_id int", "customers_id bigint", "CustomerID int", "ship_customer_id smallint"]
)
def test_named_as_the_table_and_its_key(column: str) -> None:
    assert links(CUSTOMERS, table(f"orders(id int pk, {column})")) == [f"orders.{column.split()[0]} customers.id"]


def test_named_as_a_key_that_is_not_bare() -> None:
    products = table("products(sku_code varchar pk, name varchar)")
    assert links(products, table("lines(no int pk, sku_code char)")) == ["lines.sku_code products.sku_code"]


def test_a_prefix_that_all_columns_share() -> None:
    customers = table("customer(cust_id int pk, cust_name varchar, cust_town varchar)")
    orders = table("orders(ord_id int pk, ord_cust_id int, ord_day date)")
    assert links(customers, orders) == ["orders.ord_cust_id customer.cust_id"]


@pytest.mark.parametrize(
    "column", ["id int", "customer_id varchar", "customer int", "code int", "customer_id date", "customer_id_old int"]
)
def test_what_does_not_fit(column: str) -> None:
    assert links(CUSTOMERS, table(f"orders(no int pk, {column})")) == []


def test_where_two_tables_fit_none_is_taken() -> None:
    assert links(CUSTOMERS, table("customer(id int pk, x int)"), table("orders(no int pk, customer_id int)")) == []


def test_what_is_declared_is_not_guessed() -> None:
    orders = table("orders(id int pk, customer_id int)")
    assert links(CUSTOMERS, orders, declared={("orders", "customer_id")}) == []


def test_views_and_keys_of_several_columns_are_not_pointed_at() -> None:
    orders = table("orders(id int pk, customer_id int)")
    assert links(table("customers(id int pk, name varchar)", view=True), orders) == []
    assert links(table("customers(id int pk, part int pk)"), orders) == []


def test_a_tables_own_key_points_nowhere() -> None:
    assert links(CUSTOMERS, table("details(customer_id int pk, note varchar)")) == []


def test_no_tables_and_no_columns() -> None:
    assert links() == []
    assert links(CatalogTable("empty", ())) == []
