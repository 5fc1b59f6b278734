"""The table of MySQL's functions."""

import pytest

from proxy.upstreams.dialect.calls import RULES
from proxy.upstreams.dialect.convert import Converter
from proxy.upstreams.dialect.functions import ALIASES, SIGNATURES
from proxy.upstreams.dialect.infer import _RESULTS
from proxy.upstreams.dialect.kinds import BY_NAME, INT, with_kind
from proxy.upstreams.dialect.templates import number


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("PI", {0}),
        ("LEFT", {2}),
        ("LOCATE", {2, 3}),
        ("NOW", {0, 1}),
        ("ROUND", {1, 2}),
        ("CONCAT", {1, 2, 3, 9}),
        ("ELT", {2, 3, 9}),
        ("IF", {3}),
    ],
)
def test_how_many_arguments_a_function_takes(name: str, counts: set[int]) -> None:
    assert {count for count in (0, 1, 2, 3, 9) if SIGNATURES[name].takes(count)} == counts


def test_the_last_parameter_repeats() -> None:
    assert [SIGNATURES["ELT"].parameter(i) for i in range(4)] == ["int", "text", "text", "text"]


@pytest.mark.parametrize("name", SIGNATURES)
def test_every_word_of_the_table_means_something(name: str) -> None:
    signature = SIGNATURES[name]
    assert signature.result in BY_NAME or signature.result in _RESULTS
    for parameter in signature.parameters:
        Converter("duckdb").to(parameter, with_kind(number(1), INT))


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_an_alias_is_its_function(alias: str, name: str) -> None:
    assert SIGNATURES[alias] is SIGNATURES[name]


def test_every_rule_is_of_a_function() -> None:
    assert set(RULES) <= set(SIGNATURES)
