import pytest

from models_runtime.engine.names import Catalog
from models_runtime.engine.scope import Group, Scope

SCOPE = Scope(Catalog({"orders": ["id", "total"], "people": ["id", "city"]}))


def known(groups: list[Group]) -> set[str]:
    return {
        word for word in ("id", "total", "city", "n", "orders", "people", "o", "x") if any(word in g for g in groups)
    }


def test_before_from_every_column_may_stand_and_after_it_those_of_its_tables() -> None:
    assert known(SCOPE.columns(False)) == {"id", "total", "city"}
    after = SCOPE.with_table("orders").with_label("n")
    assert known(after.columns(True)) == {"id", "total", "n"}
    assert known(SCOPE.columns(True)) == set()


def test_a_table_that_there_is_not_changes_nothing() -> None:
    assert SCOPE.with_table("unseen") is SCOPE


def test_aliases_stand_for_their_table() -> None:
    scope = SCOPE.with_table("orders").with_alias("o", "orders")
    assert known(scope.members("o", True)) == {"id", "total"}
    assert known(scope.members("orders", True)) == {"id", "total"}
    assert known(scope.qualifiers(True)) == {"orders", "o"}
    assert known(SCOPE.qualifiers(False)) == {"orders", "people"}


def test_a_derived_table_may_have_any_column_and_the_labels() -> None:
    scope = SCOPE.with_label("n").with_alias("x", "")
    assert known(scope.members("x", True)) == {"id", "total", "city", "n"}
    assert known(scope.after_from()) == {"orders", "people", "x"}
    assert known(SCOPE.with_alias("x", "unseen").after_from()) == {"orders", "people", "x"}


@pytest.mark.parametrize(
    ("used", "table", "may"),
    [
        ([], "orders", True),
        ([("o", "total")], "orders", True),
        ([("o", "city")], "orders", False),
        ([("o", "id")], "orders", True),
        ([("o", "id"), ("o", "city")], "orders", False),
        ([("o", "id"), ("o", "city")], "people", True),
        ([("people", "city")], "orders", True),  # a table's own name is no alias
        ([("o", "total")], "unseen", False),
    ],
)
def test_from_keeps_to_what_an_alias_was_used_for(used: list[tuple[str, str]], table: str, may: bool) -> None:
    scope = SCOPE
    for alias, column in used:
        scope = scope.with_use(alias, column)
    assert scope.may_call("o", table) == may


def test_a_short_name_of_a_table_is_no_alias() -> None:
    scope = Scope(Catalog({"t": ["a"], "u": ["b"]})).with_use("t", "b")
    assert scope.used == {}
    assert scope.may_call("t", "u")


def test_what_may_follow_an_alias_before_its_from() -> None:
    assert known(SCOPE.with_alias("o", "orders").members("o", False)) == {"id", "total", "city"}  # another FROM's
    assert known(SCOPE.members("o", False)) == {"id", "total", "city"}
    assert known(SCOPE.with_use("o", "total").members("o", False)) == {"id", "total"}
    assert SCOPE.members("customers", False) == []  # no alias that anybody would give
    assert known(SCOPE.with_alias("x", "").members("o", False)) == {"id", "total", "city"}


def test_an_alias_that_was_told_is_no_guess_any_more() -> None:
    scope = SCOPE.with_use("o", "total").with_alias("o", "people")
    assert "o" not in scope.used
    assert known(scope.members("o", True)) == {"id", "city"}
    assert SCOPE.aliases == {}  # nothing is changed in place


@pytest.mark.parametrize(
    ("word", "may"), [("o", True), ("ord", True), ("zz", True), ("id", False), ("customers", False)]
)
def test_words_that_may_be_aliases(word: str, may: bool) -> None:
    assert SCOPE.may_be_alias(word) == may
