"""A reflection as one session names it."""

import pytest

from plugins import UpstreamError
from proxy.upstreams.metadata.facts import Facts
from proxy.upstreams.metadata.reflection import Reflection, Table
from proxy.upstreams.metadata.session import SessionView

REFLECTION = Reflection(("main", "Other"), (Table("main", "orders"), Table("Other", "x")))


def facts(database: str | None = None, *, alias: str = "shop") -> Facts:
    return Facts(SessionView("ann", database=database), lambda: REFLECTION, "main", alias)


def test_a_session_in_the_alias_sees_the_schema_by_it() -> None:
    inside, outside = facts("shop"), facts("main")
    assert (inside.shown("main"), outside.shown("main"), inside.shown("Other")) == ("shop", "main", "Other")
    assert inside.databases == ["Other", "information_schema", "performance_schema", "shop"]
    assert outside.databases == ["Other", "information_schema", "main", "performance_schema"]
    assert (inside.other_names(), outside.other_names()) == ({"main": "shop"}, {"shop": "main"})


@pytest.mark.parametrize(
    ("name", "real"), [("main", "main"), ("SHOP", "main"), ("other", "Other"), ("nowhere", None), ("", None)]
)
def test_the_schema_that_a_client_names(name: str, real: str | None) -> None:
    assert facts().real(name) == real


def test_without_an_alias_nothing_has_another_name() -> None:
    assert facts(alias="").other_names() == {}
    assert facts(alias="").real("shop") is None


@pytest.mark.parametrize(("name", "chosen"), [("Information_Schema", "information_schema"), ("shop", "main")])
def test_chosen(name: str, chosen: str) -> None:
    assert facts().chosen(name) == chosen
    assert facts(name).chosen(None) == chosen


@pytest.mark.parametrize(("name", "number"), [(None, 1046), ("mysql", 1044), ("sys", 1044), ("nowhere", 1049)])
def test_what_cannot_be_chosen(name: str | None, number: int) -> None:
    with pytest.raises(UpstreamError) as caught:
        facts().chosen(name)
    assert caught.value.number == number


def test_tables() -> None:
    assert [table.name for table in facts().tables] == ["x", "orders"]
    assert facts().table("shop", "ORDERS").name == "orders"
    assert facts().table("information_schema", "tables").name == "TABLES"
    assert [table.name for table in facts().in_schema("main")] == ["orders"]
    with pytest.raises(UpstreamError, match=r"Table 'shop.nothing' doesn't exist"):
        facts("shop").table(None, "nothing")
