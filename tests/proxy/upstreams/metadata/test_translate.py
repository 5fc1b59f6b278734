"""A query over INFORMATION_SCHEMA in DuckDB's words."""

import pytest
import sqlglot
from sqlglot import exp

from plugins import UpstreamError
from proxy.upstreams.metadata.session import SessionView
from proxy.upstreams.metadata.translate import expression_to_duckdb, known_table, system_tables_in, to_duckdb

VIEW = SessionView("ann", database="shop")


def parsed(sql: str) -> exp.Expr:
    tree = sqlglot.parse_one(sql, read="mysql")
    assert isinstance(tree, exp.Expr)
    return tree


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT * FROM information_schema.tables", ["tables"]),
        ("SELECT * FROM orders", []),
        ("SELECT 1 FROM dual", []),
        ("WITH c AS (SELECT * FROM INFORMATION_SCHEMA.COLUMNS) SELECT * FROM c", ["COLUMNS"]),
        ("SELECT * FROM mysql.user", ["user"]),
    ],
)
def test_the_system_tables_that_are_read(sql: str, tables: list[str]) -> None:
    assert [table.name for table in system_tables_in(parsed(sql), VIEW)] == tables


def test_in_a_system_schema_plain_names_are_of_it() -> None:
    view = SessionView("ann", database="INFORMATION_SCHEMA")
    assert len(system_tables_in(parsed("SELECT * FROM tables"), view)) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM information_schema.tables, orders",
        "SELECT * FROM information_schema.tables WHERE table_name IN (SELECT name FROM orders)",
        "SELECT * FROM information_schema.tables, read_text('/etc/passwd')",
    ],
)
def test_both_at_once_are_refused(sql: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        system_tables_in(parsed(sql), VIEW)
    assert caught.value.number == 1235


@pytest.mark.parametrize(
    ("name", "number"),
    [("information_schema.nothing", 1109), ("mysql.user", 1142), ("performance_schema.threads", 1142), ("sys.x", 1142)],
)
def test_tables_that_an_account_without_privileges_has_not(name: str, number: int) -> None:
    with pytest.raises(UpstreamError) as caught:
        known_table(exp.to_table(name), VIEW)
    assert caught.value.number == number


def test_known_tables() -> None:
    assert known_table(exp.to_table("information_schema.tables"), VIEW) == "TABLES"
    assert known_table(exp.to_table("performance_schema.session_status"), VIEW) == "SESSION_STATUS"


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        (
            "SELECT table_name FROM information_schema.tables",
            'SELECT "table_name" FROM "system_tables"."TABLES" AS "tables"',
        ),
        (
            "SELECT TABLES.TABLE_NAME AS n FROM information_schema.TABLES HAVING n = 'a'",
            """SELECT "TABLES"."TABLE_NAME" AS "n" FROM "system_tables"."TABLES" AS "TABLES" """
            """WHERE ("TABLES"."TABLE_NAME") = 'a'""",
        ),
        (
            "SELECT table_schema, table_name FROM information_schema.tables GROUP BY table_schema",
            'SELECT "table_schema", ANY_VALUE("table_name") AS "table_name" FROM "system_tables"."TABLES" AS "tables" '
            'GROUP BY "table_schema"',
        ),
        (
            "SELECT 1 FROM information_schema.tables WHERE table_schema = 'shop' AND table_name = 'shop'",
            """SELECT 1 FROM "system_tables"."TABLES" AS "tables" """
            """WHERE "table_schema" = 'main' AND "table_name" = 'shop'""",
        ),
    ],
)
def test_to_duckdb(sql: str, written: str) -> None:
    assert to_duckdb(parsed(sql), VIEW, {"shop": "main"}) == written


def test_the_tree_is_left_as_it_was() -> None:
    tree = parsed("SELECT table_name FROM information_schema.tables WHERE table_schema LIKE 'a'")
    before = tree.sql("mysql")
    to_duckdb(tree, VIEW, {})
    assert tree.sql("mysql") == before


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        ("a LIKE 'x%'", """"a" ILIKE 'x%' ESCAPE '\\'"""),
        ("a LIKE 'x|%' ESCAPE '|'", """"a" ILIKE 'x|%' ESCAPE '|'"""),
        ("ISNULL(a)", '("a" IS NULL)'),
        ("a COLLATE utf8mb4_bin", '"a"'),
        ("CAST(a AS BINARY)", '"a"'),
    ],
)
def test_expressions(expression: str, written: str) -> None:
    assert expression_to_duckdb(parsed(f"SELECT {expression}").selects[0]) == written


def test_a_function_that_nobody_may_call() -> None:
    with pytest.raises(UpstreamError):
        expression_to_duckdb(parsed("SELECT getenv('HOME')").selects[0])
