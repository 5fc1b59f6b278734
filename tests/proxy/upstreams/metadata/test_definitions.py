"""What only the text of CREATE tells: names and strings that look like its words are none."""

import pytest

from proxy.upstreams.metadata.definitions import generated_columns, view_query


@pytest.mark.parametrize(
    ("sql", "query"),
    [
        ("CREATE VIEW v AS SELECT 1;", "SELECT 1"),
        ('CREATE VIEW "v AS w" (a, "b AS c") AS SELECT 1 AS a, 2;\n', "SELECT 1 AS a, 2"),
        ("create temp view if not exists [a AS b] as select ';' as x", "select ';' as x"),
        ("CREATE VIEW v /* AS x */ AS SELECT 1 -- AS", "SELECT 1 -- AS"),
        ("SELECT a AS b FROM t", "SELECT a AS b FROM t"),
        ("CREATE VIEW v AS SELECT 'open", "CREATE VIEW v AS SELECT 'open"),
        ("", ""),
    ],
)
def test_the_query_of_a_view(sql: str, query: str) -> None:
    assert view_query(sql, "sqlite") == query


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("CREATE TABLE t(x INTEGER, y INTEGER GENERATED ALWAYS AS((x + 1)));", {"y"}),
        ("CREATE TABLE t(y DECIMAL(10,2) GENERATED ALWAYS AS((x * 2)), x INTEGER)", {"y"}),
        ('CREATE TABLE "t(" ("a, ""b" INTEGER, "c""d" INTEGER generated always AS(("a, ""b" + 1)))', {'c"d'}),
        ("CREATE TABLE t(z VARCHAR DEFAULT('a INTEGER GENERATED ALWAYS AS ('), y INTEGER)", set()),
        ('CREATE TABLE "GENERATED"("GENERATED" INTEGER, "ALWAYS" INTEGER, CHECK(("GENERATED" > 0)))', set()),
        ('CREATE TABLE t(a STRUCT("GENERATED" INTEGER, "ALWAYS" INTEGER), b INTEGER GENERATED ALWAYS AS (1))', {"b"}),
        ("CREATE TABLE t AS SELECT 1", set()),
        ("CREATE TABLE t(y INTEGER GENERATED ALWAYS AS ('", set()),
        ("", set()),
    ],
)
def test_generated_columns(sql: str, columns: set[str]) -> None:
    assert generated_columns(sql, "duckdb") == columns
