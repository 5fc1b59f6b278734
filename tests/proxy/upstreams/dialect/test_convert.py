"""Implicit conversions, written out."""

import pytest
from sqlglot import exp

from proxy.upstreams.dialect.convert import Converter, number_literal
from proxy.upstreams.dialect.kinds import BOOL, FLOAT, INT, JSON, NULL, STRING, TIME, Kind, kind_of, with_kind
from tests.proxy.upstreams.dialect.conftest import EMBEDDED, Value

TARGETS = ("postgres", "duckdb", "sqlite")


def text(value: str) -> exp.Expr:
    return with_kind(exp.Literal.string(value), STRING)


def whole(value: int) -> exp.Expr:
    return with_kind(exp.Literal.number(value), INT)


@pytest.mark.parametrize(
    ("written", "sql", "kind"),
    [
        ("12abc", "12", INT),
        ("-3", "-3", INT),
        ("1.50", "1.50", Kind("decimal", 2)),
        ("x", "0", INT),
        ("1e3", "1e3", FLOAT),
    ],
)
def test_a_number_is_written_as_it_is(written: str, sql: str, kind: Kind) -> None:
    literal = number_literal(written, "duckdb")
    assert literal.sql() == sql
    assert kind_of(literal) == kind


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("literal", "truth"), [("1abc", True), ("abc", False), ("", False), ("0.0", False), ("-0.1", True), ("1e-9", True)]
)
def test_a_string_is_true_by_its_number(target: str, literal: str, truth: bool) -> None:
    found = Converter(target).condition(text(literal))
    assert (found.this, kind_of(found)) == (truth, BOOL)


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_is_done_where_nothing_is_to_be_done(target: str) -> None:
    convert = Converter(target)
    number, string = whole(3), text("a")
    assert convert.number(number) is number
    assert convert.value(number) is number
    assert convert.text(string) is string
    assert convert.to("any", string) is string
    assert convert.to("raw", number) is number


@pytest.mark.parametrize("target", TARGETS)
def test_truth_values(target: str) -> None:
    convert = Converter(target)
    true = with_kind(exp.true(), BOOL)
    assert convert.value(true).sql() == "1"
    assert kind_of(convert.value(true)) is INT
    assert convert.condition(true) is true


@pytest.mark.parametrize(
    ("target", "sql"),
    [("postgres", "CAST(NULL AS TIMESTAMP)"), ("duckdb", "CAST(NULL AS TIMESTAMP)"), ("sqlite", "NULL")],
)
@pytest.mark.parametrize("parameter", ["date", "moment", "time"])
def test_null_has_a_type_where_a_function_is_chosen_by_it(target: str, sql: str, parameter: str) -> None:
    assert Converter(target).to(parameter, with_kind(exp.Null(), NULL)).sql(target) == sql


def test_a_string_that_is_no_moment_is_null() -> None:
    assert Converter("duckdb").moment_of_literal("soon") is None
    assert Converter("duckdb").date(text("soon")).sql("duckdb") == "CAST(NULL AS TIMESTAMP)"


@pytest.mark.parametrize(
    ("target", "type_", "sql"),
    [
        ("sqlite", "INTERVAL", "'10:00:00'"),
        ("duckdb", "TIME", "CAST('10:00:00' AS TIME)"),
        ("postgres", "INTERVAL", "CAST('10:00:00' AS INTERVAL)"),
    ],
)
def test_times(target: str, type_: str, sql: str) -> None:
    found = Converter(target).time_of_literal("10:0", type_)
    assert found is not None
    assert found.sql(target) == sql
    assert kind_of(found) is TIME


def test_json_is_read_once() -> None:
    value = with_kind(exp.column("j"), JSON)
    assert Converter("duckdb").json(value) is value


@EMBEDDED
@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("x + 0 FROM (SELECT ' 12.5kg' AS x) t", "12.5"),
        ("x + 0 FROM (SELECT 'kg' AS x) t", "0"),
        ("x + 0 FROM (SELECT TIMESTAMP '2024-01-31 10:11:12' AS x) t", "20240131101112"),
        ("CONCAT(x, '') FROM (SELECT x'4142' AS x) t", "AB"),
        ("CONCAT(x, '') FROM (SELECT 1e0 AS x) t", "1"),
        ("YEAR(x) FROM (SELECT 'never' AS x) t", None),
        ("YEAR(x) FROM (SELECT '2024-05-01' AS x) t", "2024"),
        ("LEFT('abcd', x) FROM (SELECT '2.6' AS x) t", "abc"),
        ("IF(x, 1, 0) FROM (SELECT DATE '2024-05-01' AS x) t", "1"),
        ("IF(x, 1, 0) FROM (SELECT '0.0' AS x) t", "0"),
    ],
)
def test_what_no_literal_shows_is_converted_by_the_database(
    value: Value, target: str, expression: str, result: str | None
) -> None:
    assert value(target, expression) == result
