"""Patterns, collations, and the string functions that have a syntax of their own."""

import pytest

from proxy.upstreams.dialect import Untranslatable
from tests.proxy.upstreams.dialect.conftest import EMBEDDED, Translate, Value


@EMBEDDED
@pytest.mark.parametrize(
    ("condition", "truth"),
    [
        ("'abc' LIKE 'A%'", "1"),
        ("'abc' NOT LIKE 'A%'", "0"),
        ("'abc' LIKE BINARY 'A%'", "0"),
        ("BINARY 'abc' LIKE 'a%'", "1"),
        ("'abc' COLLATE utf8mb4_bin LIKE 'A%'", "0"),
        ("'abc' COLLATE utf8mb4_general_ci LIKE 'A%'", "1"),
        (r"'a_c' LIKE 'a\_c'", "1"),
        (r"'abc' LIKE 'a\_c'", "0"),
        ("'a%' LIKE 'a|%' ESCAPE '|'", "1"),
        ("'ab' LIKE 'a|%' ESCAPE '|'", "0"),
        ("'ab' NOT LIKE 'a|%' ESCAPE '|'", "1"),
        ("12 LIKE '1%'", "1"),
        ("NULL LIKE 'a'", None),
        ("'abc' REGEXP '^A'", "1"),
        ("'abc' NOT REGEXP '^A'", "0"),
        ("'abc' RLIKE 'b'", "1"),
        ("BINARY 'abc' REGEXP '^A'", "0"),
    ],
)
def test_patterns(value: Value, target: str, condition: str, truth: str | None) -> None:
    assert value(target, condition) == truth


@EMBEDDED
@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("SUBSTRING('Quadratically', 5)", "ratically"),
        ("SUBSTRING('Quadratically', 5, 6)", "ratica"),
        ("SUBSTRING('Sakila' FROM -4 FOR 2)", "ki"),
        ("SUBSTRING('Sakila', -5, 3)", "aki"),
        ("SUBSTRING('Sakila', 0)", ""),
        ("SUBSTRING('Sakila', 2, -1)", ""),
        ("SUBSTRING('Sakila', 9)", ""),
        ("MID('Sakila', 2, 2)", "ak"),
        ("SUBSTRING('日本語', 2, 1)", "本"),
        ("SUBSTRING('Sakila', x) FROM (SELECT -9 AS x) t", ""),
        ("SUBSTRING('Sakila', x) FROM (SELECT -2 AS x) t", "la"),
        ("SUBSTRING('Sakila', x, y) FROM (SELECT -4 AS x, 2 AS y) t", "ki"),
        ("SUBSTRING('Sakila', x, y) FROM (SELECT 2 AS x, -1 AS y) t", ""),
        ("TRIM('  bar  ')", "bar"),
        ("TRIM(LEADING FROM '  bar ')", "bar "),
        ("TRIM(LEADING 'x' FROM 'xxxbarxxx')", "barxxx"),
        ("TRIM(TRAILING 'x' FROM 'xxxbarxxx')", "xxxbar"),
        ("TRIM(BOTH 'x' FROM 'xxxbarxxx')", "bar"),
        ("TRIM(120 )", "120"),
        ("POSITION('BAR' IN 'foobarbar')", "4"),
        ("POSITION('x' IN 'foobar')", "0"),
        ("CHAR(77, 121, 83)", "MyS"),
    ],
)
def test_functions(value: Value, target: str, call: str, text: str) -> None:
    assert value(target, call) == text


@pytest.mark.parametrize("target", ["postgres", "duckdb", "sqlite"])
@pytest.mark.parametrize("wanted", ["'xyz'", "''", "name"])
def test_no_database_trims_more_than_one_character_as_mysql_does(to: Translate, target: str, wanted: str) -> None:
    with pytest.raises(Untranslatable, match="TRIM of more than one character"):
        to(target, f"SELECT TRIM(LEADING {wanted} FROM name) FROM people")


def test_an_exact_comparison_on_postgresql(to: Translate) -> None:
    assert 'COLLATE "C"' in to("postgres", "SELECT name COLLATE utf8mb4_bin = 'a' FROM people")
    assert "COLLATE" not in to("postgres", "SELECT name COLLATE utf8mb4_general_ci = 'a' AS x FROM people")


def test_an_escape_that_a_function_cannot_take(to: Translate) -> None:
    with pytest.raises(Untranslatable, match="LIKE BINARY … ESCAPE"):
        to("sqlite", "SELECT name LIKE BINARY 'a|%' ESCAPE '|' FROM people")
