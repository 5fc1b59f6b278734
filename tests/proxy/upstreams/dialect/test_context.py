"""What the rules of one translation share."""

import pytest
from sqlglot import exp

from proxy.upstreams.dialect import FixedSchema, Untranslatable
from proxy.upstreams.dialect.context import TARGETS, Context, case
from proxy.upstreams.dialect.convert import Converter
from proxy.upstreams.dialect.kinds import INT, STRING, kind_of
from proxy.upstreams.dialect.resolve import Resolver


def context(target: str) -> Context:
    return Context(target, FixedSchema(), Resolver(FixedSchema(), target), Converter(target), {})


@pytest.mark.parametrize("target", TARGETS)
def test_a_template_is_the_targets_own(target: str) -> None:
    filled = context(target).fill("REPLACE", *map(exp.Literal.string, "abc"), kind=STRING)
    assert filled.sql(target) == "REPLACE('a', 'b', 'c')"
    assert kind_of(filled) is STRING


def test_a_size_is_written_into_the_template() -> None:
    assert context("sqlite").fill("AVG SCALED", exp.column("a"), size=3).sql("sqlite") == "ROUND(a, 3)"


def test_a_template_that_is_not_there_is_refused_by_its_name() -> None:
    with pytest.raises(Untranslatable, match="'CONV' on DuckDB"):
        context("duckdb").fill("CONV")


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("999999999", 999999999)])
def test_a_whole_literal(text: str, number: int) -> None:
    assert context("duckdb").whole(exp.Literal.number(text), "X") == number


@pytest.mark.parametrize(
    "node",
    [
        exp.Literal.string("x"),
        exp.Literal.string(""),
        exp.Literal.string("٣"),
        exp.Literal.number("1.5"),
        exp.Literal.number("9" * 5000),
        exp.Neg(this=exp.Literal.number(1)),
        exp.column("a"),
        exp.Add(this=exp.Literal.number(1), expression=exp.Literal.number(1)),
    ],
    ids=str,
)
def test_what_is_no_whole_literal(node: exp.Expr) -> None:
    with pytest.raises(Untranslatable, match="'digits of X'"):
        context("duckdb").whole(node, "digits of X")


def test_case() -> None:
    found = case([(exp.true(), exp.Literal.number(1))], None, INT)
    assert found.sql() == "CASE WHEN TRUE THEN 1 END"
    assert kind_of(found) is INT
