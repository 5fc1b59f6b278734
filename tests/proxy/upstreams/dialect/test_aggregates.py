"""Aggregates."""

import pytest

from proxy.upstreams.dialect import Untranslatable
from tests.proxy.upstreams.dialect.conftest import EMBEDDED, Translate, Value

FROM = "FROM (SELECT 1 AS a, 'x' AS b UNION ALL SELECT 3, 'y' UNION ALL SELECT 3, 'Y' UNION ALL SELECT NULL, 'x') t"


@EMBEDDED
@pytest.mark.parametrize(
    ("aggregate", "result"),
    [
        ("SUM(a)", "7"),
        ("SUM(DISTINCT a)", "4"),
        ("SUM(b)", "0"),
        ("SUM(a > 1)", "2"),
        ("AVG(a)", "2.3333"),
        ("AVG(DISTINCT a)", "2"),
        ("COUNT(*)", "4"),
        ("COUNT(a)", "3"),
        ("COUNT(DISTINCT a, b)", "3"),
        ("MAX(a > 5)", "0"),
        ("MIN(b)", "Y"),
        ("STD(a)", "0.942809041582"),
        ("STDDEV(a)", "0.942809041582"),
        ("STDDEV_SAMP(a)", "1.15470053838"),
        ("VARIANCE(a)", "0.888888888889"),
        ("VAR_SAMP(a)", "1.33333333333"),
        ("BIT_AND(a)", "1"),
        ("BIT_OR(a)", "3"),
        ("BIT_XOR(a)", "1"),
        ("GROUP_CONCAT(a ORDER BY a DESC)", "3,3,1"),
        ("GROUP_CONCAT(DISTINCT a ORDER BY a SEPARATOR '; ')", "1; 3"),
        ("GROUP_CONCAT(b ORDER BY b, a DESC)", "Y,x,x,y"),
        ("ANY_VALUE(a > 0)", "1"),
    ],
)
def test_results(value: Value, target: str, aggregate: str, result: str) -> None:
    assert value(target, f"{aggregate} {FROM}") == result


@EMBEDDED
@pytest.mark.parametrize("aggregate", ["SUM(a)", "AVG(a)", "MAX(a)", "STD(a)", "GROUP_CONCAT(a)"])
def test_of_no_rows_it_is_null(value: Value, target: str, aggregate: str) -> None:
    assert value(target, f"{aggregate} {FROM} WHERE a > 5") is None


@pytest.mark.parametrize("target", ["postgres", "duckdb"])
@pytest.mark.parametrize("order", ["score", "name, score"])
def test_distinct_values_are_ordered_by_themselves(to: Translate, target: str, order: str) -> None:
    with pytest.raises(Untranslatable, match="GROUP_CONCAT"):
        to(target, f"SELECT GROUP_CONCAT(DISTINCT name ORDER BY {order}) FROM people")


def test_the_scale_of_an_average_over_a_window_is_given_to_the_whole(to: Translate) -> None:
    sql = to("postgres", "SELECT AVG(hits) OVER (PARTITION BY day) AS x FROM counters")
    assert sql.startswith('SELECT ROUND(AVG("hits") OVER (PARTITION BY "day"), 4) AS "x"')


def test_any_value_on_postgresql(to: Translate) -> None:
    assert 'MIN("name")' in to("postgres", "SELECT ANY_VALUE(name) AS x FROM people")
    assert '(ARRAY_AGG("photo"))[1]' in to("postgres", "SELECT ANY_VALUE(photo) AS x FROM people")
