"""Both sides made what MySQL compares them as."""

import pytest

from tests.proxy.upstreams.dialect.conftest import EMBEDDED, Translate, Value


@EMBEDDED
@pytest.mark.parametrize(
    ("condition", "truth"),
    [
        ("1 = '1abc'", "1"),
        ("'1abc' = 1", "1"),
        ("'a' = 0", "1"),
        ("'10' > 9", "1"),
        ("'10' > '9'", "0"),
        ("1 IN ('1x', 2)", "1"),
        ("'b' BETWEEN 'a' AND 'c'", "1"),
        ("DATE '2024-01-05' BETWEEN '2024-1-1' AND '2024-01-31'", "1"),
        ("DATE '2024-01-01' = '2024-1-1'", "1"),
        ("'2024-1-1' = DATE '2024-01-01'", "1"),
        ("DATE '2024-01-01' < '2024-01-01 00:00:01'", "1"),
        ("DATE '2024-01-01' = '2024-01-01 00:00:00'", "1"),
        ("TIMESTAMP '2024-01-01 00:00:00' = '2024-01-01'", "1"),
        ("DATE '2024-01-01' > '0000-00-00'", "1"),
        ("DATE '2024-01-31' = 20240131", "1"),
        ("DATE '2024-01-31' > 20240130 + 0", "1"),
        ("TIME '10:00:00' < '10:00:01'", "1"),
        ("CAST('10:00' AS TIME) = '10:00:00'", "1"),
        ("(1 = 1) = 1", "1"),
        ("(1 = 1) = 2", "0"),
        ("TRUE = '1'", "1"),
        ("x'4142' = 'AB'", "1"),
        ("'AB' = x'4143'", "0"),
        ("JSON_EXTRACT('{\"a\": 3}', '$.a') > 2", "1"),
        ("JSON_EXTRACT('{\"a\": \"x\"}', '$.a') = 'x'", "1"),
        ("NULL = 1", None),
    ],
)
def test_comparisons(value: Value, target: str, condition: str, truth: str | None) -> None:
    assert value(target, condition) == truth


@EMBEDDED
@pytest.mark.parametrize(
    ("mixed", "text"),
    [
        ("CASE WHEN 1 = 1 THEN 'a' ELSE 2 END", "a"),
        ("CASE WHEN 1 = 0 THEN 'a' ELSE 2 END", "2"),
        ("COALESCE(NULL, 1 = 1, 5)", "1"),
        ("IF(1 = 0, DATE '2024-01-31', TIMESTAMP '2024-01-31 10:00:00')", "2024-01-31 10:00:00"),
        ("IF(1 = 1, DATE '2024-01-31', TIMESTAMP '2024-01-31 10:00:00')", "2024-01-31 00:00:00"),
    ],
)
def test_values_in_each_others_place_are_of_one_type(value: Value, target: str, mixed: str, text: str) -> None:
    assert value(target, mixed) == text


def test_a_whole_number_beside_a_decimal_has_its_scale_on_postgresql(to: Translate) -> None:
    assert 'COALESCE("score", 0.00)' in to("postgres", "SELECT COALESCE(score, 0) FROM people")
    assert 'COALESCE("score", 0.125)' in to("postgres", "SELECT COALESCE(score, 0.125) FROM people")


def test_a_truth_column_is_compared_with_numbers(to: Translate) -> None:
    assert to("postgres", "SELECT name FROM people WHERE active = 1").endswith('WHERE "active" = TRUE')
    assert to("postgres", "SELECT name FROM people WHERE active <> 0").endswith('WHERE "active" <> FALSE')
    assert (
        to("postgres", "SELECT SUM(active) AS n FROM people")
        == 'SELECT SUM(CAST("active" AS INT)) AS "n" FROM "people"'
    )


def test_a_comparison_keeps_the_column_bare_for_its_index(to: Translate) -> None:
    assert to("postgres", "SELECT name FROM people WHERE id = '5'").endswith("""WHERE "Id" = '5'""")
    assert to("duckdb", "SELECT name FROM people WHERE id = '5'").endswith('WHERE "Id" = 5')
    assert to("duckdb", "SELECT name FROM people WHERE born >= '2024-1-5'").endswith(
        """WHERE "born" >= CAST('2024-01-05' AS DATE)"""
    )


def test_the_zero_date_is_before_every_other(to: Translate) -> None:
    assert to("postgres", "SELECT name FROM people WHERE born > '0000-00-00'").endswith(
        """WHERE "born" > CAST('-infinity' AS DATE)"""
    )
