"""The sample shop as a database: one description of its tables, written for each kind of database.

``load_shop`` fills a DuckDB connection; ``sample_shop_sql`` is the same shop as a script for MariaDB and MySQL,
PostgreSQL, DuckDB or SQLite. The rows are those of ``proxy.upstreams.sample_rows`` everywhere.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import duckdb
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from proxy.upstreams.quoting import literal
from proxy.upstreams.sample_rows import LAST_DAY, Row, Value, sample_rows

Kind = Literal["mysql", "postgresql", "duckdb", "sqlite"]

# A driver only names SQLAlchemy's dialect here; nothing is connected to.
DIALECTS: dict[Kind, str] = {
    "mysql": "mysql+pymysql://",
    "postgresql": "postgresql+psycopg://",
    "duckdb": "duckdb://",
    "sqlite": "sqlite://",
}
PREPARE: dict[Kind, str] = {
    "mysql": "CREATE DATABASE {database} CHARACTER SET utf8mb4;\n",
    "postgresql": "CREATE SCHEMA {database};\n",
    "duckdb": "CREATE SCHEMA {database};\n",
    "sqlite": "",
}
BEGIN: dict[Kind, str] = {"mysql": "START TRANSACTION", "postgresql": "BEGIN", "duckdb": "BEGIN", "sqlite": "BEGIN"}
ROWS_PER_INSERT = 500
MONEY: sa.DECIMAL[Decimal] = sa.DECIMAL(10, 2)


class DuckDBEnum(sa.types.UserDefinedType[str]):
    """``ENUM('a', 'b')`` as a column's type, which DuckDB knows as MySQL does."""

    cache_ok = True

    def __init__(self, values: tuple[str, ...]) -> None:
        self.values = values

    def get_col_spec(self, **_: Any) -> str:
        """The type as DuckDB spells it."""
        return f"ENUM({', '.join(map(_literal, self.values))})"


def load_shop(connection: duckdb.DuckDBPyConnection, last_day: date = LAST_DAY, *, database: str = "shop") -> None:
    """Create the schema ``database`` (it must not exist) and fill it: 13,000 rows, under a second.

    Raises ``duckdb.Error``, and ValueError where ``database`` is not a plain name.
    """
    connection.execute(sample_shop_sql(last_day, database=database, kind="duckdb"))


def sample_shop_sql(last_day: date = LAST_DAY, *, database: str = "shop", kind: Kind = "mysql") -> str:
    """SQL that creates ``database`` (it must not exist) and fills it with orders of the 730 days up to ``last_day``.

    ``database`` is a schema in PostgreSQL and DuckDB; SQLite has none, so the tables go into the file itself.
    Raises ValueError where ``database`` is not a plain name.
    """
    if not (database.isidentifier() and database.isascii()):
        raise ValueError(f"{database!r} is not a plain database name")
    prefix = "" if kind == "sqlite" else f"{database}."
    inserts = [insert for table, rows in sample_rows(last_day).items() for insert in _insert(f"{prefix}{table}", rows)]
    return "".join(
        [
            PREPARE[kind].format(database=database),
            *_create(None if kind == "sqlite" else database, kind),
            f"{BEGIN[kind]};\n",
            *inserts,
            "COMMIT;\n",
        ]
    )


def _create(schema: str | None, kind: Kind) -> list[str]:
    statements: list[str] = []

    def write(element: Any, *_: Any, **__: Any) -> None:
        statements.append(f"{str(element.compile(dialect=engine.dialect)).strip()};\n")

    engine = sa.create_mock_engine(DIALECTS[kind], write)
    _tables(schema).create_all(engine, checkfirst=False)
    return statements


def _tables(schema: str | None) -> sa.MetaData:
    shop = sa.MetaData(schema=schema)
    sa.Table(
        "regions",
        shop,
        _key("id"),
        _column("name", sa.String(40), comment="Sales region, e.g. North"),
        _column("manager", sa.String(80), comment="Full name of the regional sales manager"),
        sa.UniqueConstraint("name"),
        comment="Sales regions",
    )
    sa.Table(
        "customers",
        shop,
        _key("id"),
        _column("name", sa.String(80), comment="Full name of the person or name of the company"),
        _column("email", sa.String(120)),
        _column("segment", _choice("consumer", "business"), comment="Kind of customer"),
        _column("city", sa.String(60)),
        _reference("region_id", "regions", schema, comment="Sales region of the city"),
        _column("signed_up_on", sa.Date(), comment="Day on which the account was opened"),
        sa.UniqueConstraint("email"),
        comment="People and companies who may order",
    )
    sa.Table(
        "products",
        shop,
        _key("id"),
        _column("name", sa.String(80)),
        _column("category", sa.String(40), comment="Kitchen, Garden, Office, Lighting, Textiles or Tools"),
        _column("price", MONEY, comment="Current list price of one piece, EUR"),
        _column("cost", MONEY, comment="What one piece costs the shop, EUR"),
        sa.UniqueConstraint("name"),
        sa.Index("category", "category"),
        comment="What the shop sells",
    )
    _order_tables(shop, schema)
    return shop


def _order_tables(shop: sa.MetaData, schema: str | None) -> None:
    statuses = _choice("new", "paid", "shipped", "delivered", "cancelled", "returned")
    price = "Price of one piece when ordered, EUR; revenue is quantity * unit_price"
    sa.Table(
        "orders",
        shop,
        _key("id"),
        _reference("customer_id", "customers", schema),
        _column("ordered_at", sa.DateTime(), comment="When the order was placed"),
        _column("status", statuses, comment="Cancelled orders bring no revenue"),
        sa.Column("shipped_on", sa.Date(), comment="NULL until shipped"),
        sa.Index("ordered_at", "ordered_at"),
        comment="Orders; what was ordered is in order_items",
    )
    sa.Table(
        "order_items",
        shop,
        _key("order_id", _foreign_key("orders", schema)),
        _key("line", comment="Number of the line within the order, from 1"),
        _reference("product_id", "products", schema),
        _column("quantity", sa.Integer(), comment="Pieces"),
        _column("unit_price", MONEY, comment=price),
        comment="Lines of orders",
    )


def _column(name: str, kind: sa.types.TypeEngine[Any], comment: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, comment=comment)


def _key(name: str, *references: sa.ForeignKey, comment: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), *references, primary_key=True, autoincrement=False, comment=comment)


def _reference(name: str, table: str, schema: str | None, comment: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), _foreign_key(table, schema), nullable=False, comment=comment)


def _foreign_key(table: str, schema: str | None) -> sa.ForeignKey:
    return sa.ForeignKey(f"{schema}.{table}.id" if schema else f"{table}.id")


def _choice(*values: str) -> sa.types.TypeEngine[str]:
    """One of some words: an ENUM where that still compares and casts like text, else text with a CHECK."""
    checked = sa.Enum(*values, native_enum=False, create_constraint=True)
    return checked.with_variant(mysql.ENUM(*values), "mysql").with_variant(DuckDBEnum(values), "duckdb")


def _insert(table: str, rows: Sequence[Row]) -> Iterator[str]:
    for start in range(0, len(rows), ROWS_PER_INSERT):
        values = ",\n".join(f"({', '.join(map(_literal, row))})" for row in rows[start : start + ROWS_PER_INSERT])
        yield f"INSERT INTO {table} VALUES\n{values};\n"


def _literal(value: Value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return literal(str(value))
