"""Numbers as MySQL calculates with them."""

import pytest

from tests.proxy.upstreams.dialect.conftest import EMBEDDED, Translate, Value


@EMBEDDED
@pytest.mark.parametrize(
    ("sum_", "result"),
    [
        ("1 / 2", "0.5"),
        ("1 / 3", "0.3333"),
        ("2 / 3 * 3", "2"),
        ("1.00 / 3", "0.333333"),
        ("1 / 0", None),
        ("1e0 / 0", None),
        ("5 DIV 2", "2"),
        ("-5 DIV 2", "-2"),
        ("5.9 DIV 2", "2"),
        ("5 DIV 0", None),
        ("-5 % 3", "-2"),
        ("5.5 % 2", "1.5"),
        ("5 MOD 0", None),
        ("'3 apples' + 4", "7"),
        ("'x' * 2", "0"),
        ("-'3x'", "-3"),
        ("TRUE + TRUE", "2"),
        ("NULL + 1", None),
        ("9223372036854775807 - 1", "9223372036854775806"),
        ("100000 * 100000", "10000000000"),
        ("x * x FROM (SELECT 100000 AS x) t", "10000000000"),
        ("-x FROM (SELECT -2147483648 AS x) t", "2147483648"),
        ("5 & 3", "1"),
        ("5 | 3", "7"),
        ("5 ^ 3", "6"),
        ("~0 & 255", "255"),
        ("1 << 3", "8"),
        ("'5x' & 7", "5"),
        ("2.5 | 0", "3"),
        ("DATE '2024-01-31' + 0", "20240131"),
        ("(1 - 2) - (3 - 4)", "0"),
    ],
)
def test_results(value: Value, target: str, sum_: str, result: str | None) -> None:
    assert value(target, sum_) == result


@EMBEDDED
@pytest.mark.parametrize(
    ("sum_", "moment"),
    [
        ("'2024-01-31' + INTERVAL 1 MONTH", "2024-02-29"),
        ("INTERVAL 1 DAY + '2024-01-01'", "2024-01-02"),
        ("DATE '2024-03-01' - INTERVAL 1 DAY", "2024-02-29"),
        ("DATE '2024-03-01' + INTERVAL 1 DAY - INTERVAL 1 HOUR", "2024-03-01 23:00:00"),
    ],
)
def test_intervals(value: Value, target: str, sum_: str, moment: str) -> None:
    assert value(target, sum_) == moment


def test_a_column_is_made_wide_before_it_is_added_to(to: Translate) -> None:
    assert 'CAST("hits" AS BIGINT) + 1' in to("postgres", "SELECT hits + 1 FROM counters")
    assert "BIGINT" not in to("postgres", "SELECT 1 + 1")


def test_the_scale_is_given_to_the_whole_of_a_calculation(to: Translate) -> None:
    sql = to("postgres", "SELECT hits / 3 * 2 FROM counters")
    assert sql.count("ROUND(") == 1
    assert "/ NULLIF(3, 0)) * 2, 4)" in sql
