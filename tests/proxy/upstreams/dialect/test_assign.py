"""Values on their way into a column."""

import pytest

from plugins.upstream import UpstreamError
from tests.proxy.upstreams.dialect.conftest import Translate


@pytest.mark.parametrize(
    ("target", "column", "value", "written"),
    [
        ("postgres", "active", "1", "TRUE"),
        ("postgres", "active", "'yes'", "'yes'"),
        ("duckdb", "score", "1 = 1", "CAST(1 = 1 AS INT)"),
        ("sqlite", "score", "1.234", "ROUND(1.234, 2)"),
        ("sqlite", "born", "'2024-1-5 10:00'", "'2024-01-05'"),
        ("sqlite", "seen", "'2024-1-5'", "'2024-01-05 00:00:00'"),
        ("duckdb", "born", "20240105", "CAST('2024-01-05' AS DATE)"),
        ("postgres", "name", "5", "'5'"),
        ("postgres", "name", "DEFAULT", "DEFAULT"),
        ("sqlite", "name", "NULL", "NULL"),
        ("postgres", "photo", "'x'", "CONVERT_TO('x', 'UTF8')"),
    ],
)
def test_a_value_becomes_what_the_column_takes(
    to: Translate, target: str, column: str, value: str, written: str
) -> None:
    assert to(target, f"UPDATE people SET {column} = {value}") == f'UPDATE "people" SET "{column}" = {written}'


def test_a_zero_date_is_null_where_errors_are_ignored(to: Translate) -> None:
    assert "VALUES (NULL)" in to("duckdb", "INSERT IGNORE INTO counters (day) VALUES ('0000-00-00')")


@pytest.mark.parametrize("value", ["'0000-00-00'", "'0000-00-00 00:00:00'", "'2024-02-30'", "'soon'", "0"])
def test_a_date_that_is_none_is_refused_as_in_strict_mode(to: Translate, value: str) -> None:
    for sql in (f"INSERT INTO counters (day) VALUES ({value})", f"UPDATE counters SET day = {value}"):
        with pytest.raises(UpstreamError) as caught:
            to("duckdb", sql)
        assert (caught.value.number, caught.value.sqlstate) == (1292, "22007")


def test_bytes_and_strings(to: Translate) -> None:
    assert "CAST('\\x0041' AS BYTEA)" in to("postgres", "INSERT INTO people (name, photo) VALUES ('a', 0x0041)")
    assert "CONVERT_TO('x', 'UTF8')" in to("postgres", "INSERT INTO people (name, photo) VALUES ('a', 'x')")
