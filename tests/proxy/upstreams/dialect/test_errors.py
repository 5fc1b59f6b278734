"""What a client is told about SQL."""

import pytest

from proxy.upstreams.dialect.errors import SqlSyntaxError, Untranslatable, incorrect_value


def test_a_syntax_error_quotes_no_more_than_mysql_does() -> None:
    error = SqlSyntaxError("x" * 1000, 3)
    assert (error.number, error.sqlstate) == (1064, "42000")
    assert error.message.endswith(f" near '{'x' * 80}' at line 3")


@pytest.mark.parametrize(
    ("target", "name"), [("postgres", "PostgreSQL"), ("duckdb", "DuckDB"), ("sqlite", "SQLite"), ("trino", "trino")]
)
def test_what_is_not_translated_names_the_database(target: str, name: str) -> None:
    error = Untranslatable("MATCH", target)
    assert (error.number, error.sqlstate, error.construct) == (1235, "42000", "MATCH")
    assert f"'MATCH' on {name} upstreams" in error.message
    assert f"send {name}'s own SQL" in error.message


def test_a_value_that_is_none() -> None:
    error = incorrect_value("date", "soon")
    assert (error.number, error.sqlstate, error.message) == (1292, "22007", "Incorrect date value: 'soon'")
