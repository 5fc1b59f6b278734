"""The errors of a MySQL server."""

import inspect

import pytest

from plugins import UpstreamError
from proxy.upstreams.metadata import errors

MADE = {
    name: make for name, make in inspect.getmembers(errors, inspect.isfunction) if make.__module__ == errors.__name__
}


@pytest.mark.parametrize("name", MADE)
def test_an_error_names_what_it_is_about(name: str) -> None:
    make = MADE[name]
    given = [f"arg{index}" for index in range(len(inspect.signature(make).parameters))]
    error = make(*given)
    assert isinstance(error, UpstreamError)
    assert len(error.sqlstate) == 5
    assert not 2000 <= error.number < 3000
    assert all(each in error.message for each in given)


def test_of_null_and_of_a_long_text() -> None:
    assert errors.wrong_value("a", None).message.endswith("the value of 'NULL'")
    assert len(errors.syntax("x" * 10_000).message) < 300
