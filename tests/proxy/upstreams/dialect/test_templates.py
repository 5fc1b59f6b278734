"""Pieces of the target's SQL with holes."""

import pytest
from sqlglot import exp, parse_one

from proxy.upstreams.dialect.kinds import INT, kind_of
from proxy.upstreams.dialect.templates import call, enclosed, fill, number, string


@pytest.mark.parametrize(
    ("text", "arguments", "sql"),
    [
        ("F(_1, _2)", ["a", "1"], "F(a, 1)"),
        ("_1", ["a + b"], "a + b"),
        ("_1 * 2", ["a + b"], "(a + b) * 2"),
        ("_1 * 2", ["f(a)"], "F(a) * 2"),
        ("F(_1)", ["a + b"], "F(a + b)"),
        ("F(_1, _1)", ["a"], "F(a, a)"),
        ("F(_all)", ["a", "b", "c"], "F(a, b, c)"),
        ("F('x', _all)", [], "F('x')"),
        ("t._1 + _x", [], "t._1 + _x"),
        ("CAST(_1 AS INT)", ["a"], "CAST(a AS INT)"),
        ("_1 IS NULL", ["a OR b"], "(a OR b) IS NULL"),
    ],
)
def test_fill(text: str, arguments: list[str], sql: str) -> None:
    assert fill(text, "duckdb", [parse_one(each) for each in arguments]).sql("duckdb") == sql


def test_a_function_keeps_the_name_that_the_template_gives_it() -> None:
    assert fill("STRLEN(_1)", "duckdb", [string("a")]).sql("duckdb") == "STRLEN('a')"
    assert fill("LEN(_1)", "duckdb", [string("a")]).sql("duckdb") == "LEN('a')"


def test_arguments_are_copied_and_the_template_stays_as_it_is() -> None:
    argument = exp.column("a")
    first = fill("F(_1)", "duckdb", [argument], INT)
    first.set("expressions", [])
    assert argument.parent is None
    assert fill("F(_1)", "duckdb", [number(2)]).sql() == "F(2)"
    assert kind_of(first) is INT


@pytest.mark.parametrize(
    ("node", "parent", "parenthesised"),
    [
        ("a + b", "x * y", True),
        ("a", "x * y", False),
        ("a + b", "f(x)", False),
        ("SELECT 1", "x = y", True),
        ("CASE WHEN a THEN b END", "x * y", False),
    ],
)
def test_enclosed(node: str, parent: str, parenthesised: bool) -> None:
    found = enclosed(parse_one(node), parse_one(parent))
    assert isinstance(found, exp.Paren) is parenthesised


def test_call_is_written_as_it_is() -> None:
    assert call("mysql_x", number(1), string("it's")).sql("sqlite") == "MYSQL_X(1, 'it''s')"
