"""The rows that are the same for everybody, and those about the session."""

import pytest

from proxy.upstreams.metadata.facts import Facts
from proxy.upstreams.metadata.reference import LIVE, REFERENCE
from proxy.upstreams.metadata.reflection import Reflection
from proxy.upstreams.metadata.session import Process, SessionView
from proxy.upstreams.metadata.system_tables import system_tables

FACTS = Facts(
    SessionView("ann", processes=lambda: [Process(7, "ann", "here", statement="SELECT 1")]), lambda: Reflection(())
)


@pytest.mark.parametrize("name", [*REFERENCE, *LIVE])
def test_a_row_has_a_value_for_each_column(name: str) -> None:
    rows = list((REFERENCE | LIVE)[name](FACTS))
    assert rows
    assert {len(row) for row in rows} == {len(system_tables()[name])}


def test_processes() -> None:
    (row,) = LIVE["PROCESSLIST"](FACTS)
    assert row == (7, "ann", "here", None, "Sleep", 0, "", "SELECT 1")


def test_global_and_session_variables_differ() -> None:
    FACTS.view.variables.set("autocommit", 0)
    values = [dict(LIVE[name](FACTS))["autocommit"] for name in ("GLOBAL_VARIABLES", "SESSION_VARIABLES")]
    assert values == ["ON", "OFF"]
