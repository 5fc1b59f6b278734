"""CAST, CONVERT and BINARY."""

import pytest

from tests.proxy.upstreams.dialect.conftest import EMBEDDED, Translate, Value


@EMBEDDED
@pytest.mark.parametrize(
    ("cast", "result"),
    [
        ("CAST('12abc' AS SIGNED)", "12"),
        ("CAST('1.9' AS SIGNED)", "1"),
        ("CAST('-1.9' AS SIGNED)", "-1"),
        ("CAST('x' AS UNSIGNED)", "0"),
        ("CAST(1.5 AS SIGNED)", "2"),
        ("CAST(-1.5 AS SIGNED)", "-2"),
        ("CAST(x AS SIGNED) FROM (SELECT '7up' AS x) t", "7"),
        ("CAST('x' AS DECIMAL(5, 2))", "0"),
        ("CAST('1.239' AS DECIMAL(5, 2))", "1.24"),
        ("CAST(2.5 AS DECIMAL)", "3"),
        ("CAST('1e3' AS DOUBLE)", "1000"),
        ("CAST(1.9 AS CHAR)", "1.9"),
        ("CAST(1 = 1 AS CHAR)", "1"),
        ("CAST('abcdef' AS CHAR(3))", "abc"),
        ("CAST('äöü' AS CHAR(2))", "äö"),
        ("CAST('2024-01-31 10:00:00' AS DATE)", "2024-01-31"),
        ("CAST(x AS DATE) FROM (SELECT '2024-01-31 10:00:00' AS x) t", "2024-01-31"),
        ("CAST('x' AS DATE)", None),
        ("CAST('2024-02-30' AS DATE)", None),
        ("CAST('2024-1-5' AS DATETIME)", "2024-01-05 00:00:00"),
        ("CAST('10:11' AS TIME)", "10:11:00"),
        ("CAST('ab' AS BINARY)", "6162"),
        ("CAST('[1]' AS JSON)", "[1]"),
        ("CONVERT('12', UNSIGNED)", "12"),
        ("CAST(NULL AS SIGNED)", None),
    ],
)
def test_casts(value: Value, target: str, cast: str, result: str | None) -> None:
    assert value(target, cast) == result


def test_binary_beside_a_comparison_is_the_string_itself(to: Translate) -> None:
    assert "CONVERT_TO" not in to("postgres", "SELECT BINARY name = 'a' FROM people")
    assert "CONVERT_TO" in to("postgres", "SELECT BINARY name FROM people")
