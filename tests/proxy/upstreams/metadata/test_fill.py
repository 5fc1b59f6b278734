"""The rows of INFORMATION_SCHEMA's tables about schemas, tables, columns and keys."""

import pytest

from proxy.upstreams.metadata.facts import Facts
from proxy.upstreams.metadata.fill import PRODUCERS, extra
from proxy.upstreams.metadata.reflection import Check, Column, ForeignKey, Index, Reflection, Table
from proxy.upstreams.metadata.session import SessionView
from proxy.upstreams.metadata.system_tables import system_tables
from proxy.upstreams.mysql_types import mysql_type

INT = mysql_type("integer")
ORDERS = Table(
    "shop",
    "orders",
    (Column("id", INT, nullable=False, auto_increment=True), Column("day", INT, privileges=("select", "insert"))),
    primary_key=("id",),
    indexes=(Index("u", ("day", "id"), unique=True), Index("e", (None, "day"))),
    foreign_keys=(ForeignKey("f", ("day",), "shop", "days", ("n",), on_delete="CASCADE"),),
    checks=(Check("c", "id > 0"),),
    rows=4,
    bytes=1000,
    privileges=("select",),
)
DAYS = Table("shop", "days", (Column("n", INT),), indexes=(Index("un", ("n",), unique=True),))
VIEW = Table("shop", "v", (Column("id", INT),), is_view=True, definition="SELECT id FROM orders", privileges=())
REFLECTION = Reflection(("shop",), (ORDERS, DAYS, VIEW))
FACTS = Facts(SessionView("ann", database="shop"), lambda: REFLECTION, dialect="duckdb")


def rows(name: str, *columns: str) -> list[tuple[object, ...]]:
    """Of schema ``shop`` where the table has schemas."""
    names = [column.name for column in system_tables()[name]]
    found = [dict(zip(names, row, strict=True)) for row in PRODUCERS[name](FACTS)]
    schemas = ("TABLE_SCHEMA", "CONSTRAINT_SCHEMA", "SCHEMA_NAME")
    schema = next((each for each in schemas if each in names), None)
    return [tuple(row[column] for column in columns) for row in found if schema is None or row[schema] == "shop"]


@pytest.mark.parametrize("name", PRODUCERS)
def test_a_row_has_a_value_for_each_column(name: str) -> None:
    found = list(PRODUCERS[name](FACTS))
    assert found
    assert {len(row) for row in found} == {len(system_tables()[name])}


@pytest.mark.parametrize(
    ("name", "columns", "expected"),
    [
        (
            "TABLES",
            ("TABLE_NAME", "TABLE_TYPE", "TABLE_ROWS", "AVG_ROW_LENGTH"),
            [("days", "BASE TABLE", 0, 0), ("orders", "BASE TABLE", 4, 250), ("v", "VIEW", None, None)],
        ),
        (
            "STATISTICS",
            ("TABLE_NAME", "INDEX_NAME", "NON_UNIQUE", "SEQ_IN_INDEX", "COLUMN_NAME", "EXPRESSION"),
            [
                ("days", "un", 0, 1, "n", None),
                ("orders", "PRIMARY", 0, 1, "id", None),
                ("orders", "u", 0, 1, "day", None),
                ("orders", "u", 0, 2, "id", None),
                ("orders", "e", 1, 1, None, "(expression)"),
                ("orders", "e", 1, 2, "day", None),
            ],
        ),
        (
            "KEY_COLUMN_USAGE",
            ("CONSTRAINT_NAME", "COLUMN_NAME", "ORDINAL_POSITION", "REFERENCED_TABLE_NAME", "REFERENCED_COLUMN_NAME"),
            [
                ("un", "n", 1, None, None),
                ("PRIMARY", "id", 1, None, None),
                ("u", "day", 1, None, None),
                ("u", "id", 2, None, None),
                ("f", "day", 1, "days", "n"),
            ],
        ),
        (
            "REFERENTIAL_CONSTRAINTS",
            ("CONSTRAINT_NAME", "UNIQUE_CONSTRAINT_NAME", "DELETE_RULE"),
            [("f", "un", "CASCADE")],
        ),
        (
            "TABLE_CONSTRAINTS",
            ("CONSTRAINT_NAME", "CONSTRAINT_TYPE"),
            [("un", "UNIQUE"), ("PRIMARY", "PRIMARY KEY"), ("u", "UNIQUE"), ("f", "FOREIGN KEY"), ("c", "CHECK")],
        ),
        ("VIEWS", ("TABLE_NAME",), [("v",)]),
        ("PARTITIONS", ("TABLE_NAME", "PARTITION_NAME"), [("days", None), ("orders", None)]),
        ("TABLE_PRIVILEGES", ("TABLE_NAME", "PRIVILEGE_TYPE", "GRANTEE"), None),
    ],
)
def test_rows(name: str, columns: tuple[str, ...], expected: list[tuple[object, ...]] | None) -> None:
    if expected is None:
        expected = [("days", p, "'ann'@'%'") for p in ("SELECT", "INSERT", "UPDATE", "REFERENCES", "DELETE")]
        expected.append(("orders", "SELECT", "'ann'@'%'"))
    assert rows(name, *columns) == expected


@pytest.mark.parametrize("table", ["TABLES", "PARTITIONS"])
def test_what_no_database_tells_is_null_and_declared_so(table: str) -> None:
    names = ("CREATE_TIME", "UPDATE_TIME", "CHECK_TIME") + (("AUTO_INCREMENT",) if table == "TABLES" else ())
    assert {value for row in rows(table, *names) for value in row} == {None}
    assert all(column.nullable for column in system_tables()[table] if column.name in names)


def test_only_what_is_granted_on_columns_alone_is_a_columns_privilege() -> None:
    found = rows("COLUMN_PRIVILEGES", "TABLE_NAME", "COLUMN_NAME", "PRIVILEGE_TYPE")
    assert ("orders", "day", "INSERT") in found
    assert ("orders", "day", "SELECT") not in found


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (Column("a", INT), ""),
        (Column("a", INT, auto_increment=True), "auto_increment"),
        (Column("a", INT, generated="1"), "STORED GENERATED"),
        (Column("a", INT, default="now()", default_is_expression=True), "DEFAULT_GENERATED"),
    ],
)
def test_extra(column: Column, text: str) -> None:
    assert extra(column) == text
