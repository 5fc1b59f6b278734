"""The system variables of a server."""

import pytest

from proxy.upstreams.metadata.system_variables import ALIASES, Kind, Scope, checked_as, data_lines, system_variables
from proxy.upstreams.metadata.values import checked


@pytest.mark.parametrize("name", system_variables())
def test_a_default_is_a_value_that_the_variable_takes(name: str) -> None:
    variable = system_variables()[name]
    if variable.default is not None:
        assert checked(variable, variable.default) == variable.default


@pytest.mark.parametrize(
    ("name", "scope", "kind", "default"),
    [
        ("autocommit", Scope.BOTH, Kind.BOOLEAN, 1),
        ("version", Scope.GLOBAL, Kind.STRING, "8.4.0-askwire"),
        ("secure_file_priv", Scope.GLOBAL, Kind.STRING, None),
    ],
)
def test_variables(name: str, scope: Scope, kind: Kind, default: object) -> None:
    variable = system_variables()[name]
    assert (variable.scope, variable.kind, variable.default) == (scope, kind, default)


def test_a_variable_is_told_once() -> None:
    assert len(data_lines("system_variables.txt")) == len(system_variables())


def test_an_alias_is_of_a_variable() -> None:
    assert set(ALIASES.values()) <= set(system_variables())


def test_what_is_checked_by_a_rule_of_its_own() -> None:
    assert [checked_as(name) for name in ("time_zone", "sql_mode", "character_set_client", "autocommit")] == [
        "time_zone",
        "sql_mode",
        "charset",
        "",
    ]
