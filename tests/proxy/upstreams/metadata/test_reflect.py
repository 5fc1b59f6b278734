"""What an account may see is read, and nothing else."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from proxy.upstreams.metadata import Metadata, reflect
from proxy.upstreams.metadata.reflect import reflect_any
from proxy.upstreams.metadata.reflection import Check, ForeignKey, Index, Reflection, Table
from tests.proxy.upstreams.metadata.conftest import DUCKDB
from tests.support.postgres import PostgresServer


def postgres_reflection(server: PostgresServer, role: str) -> Reflection:
    engine = sa.create_engine(f"postgresql+psycopg://{role}:secret@{server.host}:{server.port}/metadata")
    with engine.connect() as connection:
        found = reflect(connection)
    engine.dispose()
    return found


def table_of(found: Reflection, name: str, schema: str = "public") -> Table:
    table = found.table(schema, name)
    assert table is not None
    return table


def types(table: Table) -> dict[str, str]:
    return {column.name: column.type.text for column in table.columns}


ORDERS = {
    "id": "bigint",
    "customer_id": "int",
    "total": "decimal(10,2)",
    "paid": "tinyint(1)",
    "placed": "datetime(6)",
    "kind": "enum('a','it''s')",
    "extra": "json",
}


def test_postgresql(postgres_shop: PostgresServer) -> None:
    found = postgres_reflection(postgres_shop, "app")
    assert found.schemas == ("public",)
    orders = table_of(found, "orders")
    assert types(orders) == ORDERS
    assert orders.primary_key == ("id",)
    assert orders.column("id").auto_increment  # type: ignore[union-attr]
    assert orders.indexes == (Index("by_customer", ("customer_id", "placed"), own_name="by_customer"),)
    key = ForeignKey("orders_customer_id_fkey", ("customer_id",), "public", "customers", ("id",), on_delete="CASCADE")
    assert orders.foreign_keys == (key,)
    assert [check.name for check in orders.checks] == ["orders_total_check"]
    assert orders.comment == 'What was ordered; it\'s "all"'
    assert orders.column("total").comment == "in francs"  # type: ignore[union-attr]
    assert table_of(found, "regions").rows == 2
    assert table_of(found, "regions").indexes == (
        Index("by_lower", (None,), own_name="by_lower"),
        Index("regions_name_key", ("name",), unique=True, own_name="regions_name_key"),
    )
    view = table_of(found, "big_orders")
    assert view.is_view
    assert view.definition.startswith("SELECT")
    assert table_of(found, "Orders").columns[0].name == "a"
    assert found.table("public", "ORDERS") is None


def test_postgresql_shows_what_the_role_may_use(postgres_shop: PostgresServer) -> None:
    found = postgres_reflection(postgres_shop, "reader")
    assert {table.name: [c.name for c in table.columns] for table in found.tables} == {
        "regions": ["id", "name"],
        "customers": ["id", "name"],
        "orders": list(ORDERS),
    }
    assert table_of(found, "regions").privileges == ("select",)
    assert table_of(found, "customers").privileges == ()
    assert table_of(found, "customers").columns[0].privileges == ("select",)
    assert table_of(found, "orders").columns[0].privileges == ("insert",)
    assert table_of(found, "customers").foreign_keys == ()
    assert postgres_reflection(postgres_shop, "nobody").tables == ()


def test_nothing_hidden_comes_out_anywhere(postgres_metadata: Callable[[str], Metadata]) -> None:
    metadata = postgres_metadata("reader")
    for sql in (
        *(f"SELECT * FROM information_schema.{name}" for name in ("TABLES", "COLUMNS", "STATISTICS", "VIEWS")),
        *(f"SELECT * FROM information_schema.{name}" for name in ("KEY_COLUMN_USAGE", "TABLE_CONSTRAINTS")),
        *(f"SELECT * FROM information_schema.{name}" for name in ("REFERENTIAL_CONSTRAINTS", "CHECK_CONSTRAINTS")),
        *("SHOW TABLES", "SHOW DATABASES", "SHOW GRANTS", "SHOW TABLE STATUS", "SHOW CREATE TABLE customers"),
        "SHOW FULL COLUMNS FROM customers",
    ):
        answer = metadata.answer(sql)
        assert answer is not None
        text = str(answer.rows).lower()
        assert not any(hidden in text for hidden in ("secrets", "pin", "'city'", "`city`", "region_id", "big_orders"))


def test_privileges_are_told(postgres_metadata: Callable[[str], Metadata]) -> None:
    metadata = postgres_metadata("reader")
    answer = metadata.answer("SHOW GRANTS")
    assert answer is not None
    assert [row[0] for row in answer.rows] == [
        "GRANT USAGE ON *.* TO `reader`@`%`",
        "GRANT SELECT (`id`, `name`) ON `public`.`customers` TO `reader`@`%`",
        "GRANT INSERT ON `public`.`orders` TO `reader`@`%`",
        "GRANT SELECT ON `public`.`regions` TO `reader`@`%`",
    ]
    answer = metadata.answer(
        "SELECT table_name, column_name, privilege_type FROM information_schema.column_privileges ORDER BY column_name"
    )
    assert answer is not None
    assert answer.rows == [("customers", "id", "SELECT"), ("customers", "name", "SELECT")]


def test_names_are_told_apart_by_case_on_postgresql(postgres_metadata: Callable[[str], Metadata]) -> None:
    metadata = postgres_metadata("app")
    for name, count in (("orders", 7), ("Orders", 1), ("ORDERS", 0)):
        answer = metadata.answer(f"SELECT COUNT(*) FROM information_schema.columns WHERE table_name = '{name}'")
        assert answer is not None
        assert answer.rows == [(count,)]


def test_duckdb(duckdb_shop: sa.Connection) -> None:
    found = reflect(duckdb_shop)
    assert found.schemas == ("main",)
    orders = table_of(found, "orders", "main")
    assert types(orders) == ORDERS
    assert orders.column("id").auto_increment  # type: ignore[union-attr]
    assert orders.column_keys == {"id": "PRI", "customer_id": "MUL"}
    assert orders.checks == (Check("orders_total_check", "(total >= 0)"),)
    assert orders.comment == 'What was ordered; it\'s "all"'
    assert table_of(found, "REGIONS", "MAIN").rows == 2
    assert table_of(found, "big_orders", "main").definition.upper().startswith("SELECT")


def test_the_inspector_says_the_same_as_the_catalog(duckdb_shop: sa.Connection) -> None:
    """What any dialect gives, against what DuckDB's own catalog gives."""
    any_way, own = reflect_any(duckdb_shop), reflect(duckdb_shop)
    mine = {table.name: table for table in any_way.tables if table.schema in ("main", "memory.main")}
    for table in own.tables:
        other = mine[table.name]
        assert [c.name for c in other.columns] == [c.name for c in table.columns]
        assert other.is_view == table.is_view


SQLITE = (
    *(sql for sql in DUCKDB if sql.startswith("CREATE TABLE") and "nextval" not in sql),
    """CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INT NOT NULL,
    total DECIMAL(10,2) DEFAULT 0, note TEXT, "we`ird ""name" REAL, CHECK (total >= 0),
    FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE)""",
    "CREATE INDEX by_customer ON orders (customer_id)",
    "CREATE VIEW big_orders AS SELECT id, total FROM orders WHERE total > 100",
)


def test_sqlite() -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        for sql in SQLITE:
            connection.exec_driver_sql(sql)
        found = reflect(connection)
    assert found.schemas == ("main",)
    orders = table_of(found, "orders", "main")
    assert types(orders) == {
        "id": "bigint",
        "customer_id": "bigint",
        "total": "decimal(10,2)",
        "note": "longtext",
        'we`ird "name': "double",
    }
    assert orders.column("id").auto_increment  # type: ignore[union-attr]
    assert orders.foreign_keys[0].on_delete == "CASCADE"
    assert orders.indexes == (Index("by_customer", ("customer_id",), own_name="by_customer"),)
    assert table_of(found, "regions", "main").indexes == (Index("name", ("name",), unique=True, own_name="name"),)
    assert table_of(found, "big_orders", "main").definition == "SELECT id, total FROM orders WHERE total > 100"


@pytest.mark.parametrize("role", ["app", "nobody"])
def test_an_empty_view_of_the_world_is_answered(postgres_metadata: Callable[[str], Metadata], role: str) -> None:
    metadata = postgres_metadata(role)
    answer = metadata.answer("SHOW TABLES FROM metadata")
    assert answer is not None
    assert bool(answer.rows) is (role == "app")


@pytest.mark.parametrize(
    ("table", "is_rowid"),
    [
        ("id INTEGER PRIMARY KEY", True),
        ("id integer, PRIMARY KEY (id)", True),
        ("id INT PRIMARY KEY", False),
        ("id INTEGER, n INTEGER, PRIMARY KEY (id, n)", False),
    ],
)
def test_of_sqlite_only_an_integer_key_is_numbered(table: str, is_rowid: bool) -> None:
    with sa.create_engine("sqlite://").connect() as connection:
        connection.exec_driver_sql(f"CREATE TABLE t ({table})")
        assert reflect(connection).tables[0].columns[0].auto_increment is is_rowid
        assert not reflect(connection).tables[0].columns[0].own_counter
        connection.exec_driver_sql("CREATE TABLE w (id INTEGER PRIMARY KEY) WITHOUT ROWID")
        assert not table_of(reflect(connection), "w", "main").columns[0].auto_increment
