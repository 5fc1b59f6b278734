"""SET carried out: all of it or nothing."""

from collections.abc import Sequence

import pytest
from sqlglot import exp

from plugins import UpstreamError
from proxy.upstreams.metadata.session import SessionView
from proxy.upstreams.metadata.setting import SetResult, apply_set
from proxy.upstreams.metadata.variables import Change


def applied(view: SessionView, sql: str, asked: list[str] | None = None) -> SetResult:
    """Expressions are computed as 42 by the scalar; those that read tables are noted in ``asked``."""

    def evaluate(tree: exp.Expr) -> int:
        assert asked is not None
        asked.append(tree.sql("mysql"))
        return 7

    return apply_set(sql, view, None if asked is None else evaluate, lambda _expression: 42)


@pytest.fixture
def view() -> SessionView:
    return SessionView("ann")


@pytest.mark.parametrize(
    ("sql", "changes"),
    [
        ("SET autocommit = 0", [Change("autocommit", 0)]),
        ("SET @a = 5", []),
        ("SET TRANSACTION READ ONLY", [Change("next_transaction_read_only", 1)]),
        ("SET @@transaction_isolation = 'SERIALIZABLE'", [Change("next_transaction_isolation", "SERIALIZABLE")]),
        ("SET SESSION TRANSACTION READ WRITE", [Change("transaction_read_only", 0)]),
        ("SET ROLE NONE", []),
    ],
)
def test_changes(view: SessionView, sql: str, changes: Sequence[Change]) -> None:
    assert list(applied(view, sql).changes) == list(changes)


def test_a_value_may_be_another_variables_or_computed(view: SessionView) -> None:
    applied(view, "SET @a = 'x', @b = @a, @c = 40 + 2")
    assert view.variables.user == {"a": "x", "b": "x", "c": 42}


def test_what_reads_tables_is_the_upstreams_to_compute(view: SessionView) -> None:
    asked: list[str] = []
    applied(view, "SET @n = (SELECT COUNT(*) FROM t)", asked)
    assert (view.variables.user["n"], len(asked)) == (7, 1)
    with pytest.raises(UpstreamError, match="SET with a subquery"):
        applied(view, "SET @n = (SELECT COUNT(*) FROM t)")


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("SET autocommit = 0, no_such_variable = 1", 1193),
        ("SET autocommit = 0, version = 'x'", 1238),
        ("SET autocommit = 0, GLOBAL max_connections = 1", 1227),
        ("SET autocommit = 0, sql_mode = 'x'", 1231),
        ("SET ROLE admin", 3530),
        ("SET PASSWORD = 'x'", 1235),
        ("SET GLOBAL TRANSACTION READ ONLY", 1227),
    ],
)
def test_when_one_part_fails_nothing_has_changed(view: SessionView, sql: str, number: int) -> None:
    before = view.variables.get("autocommit")
    with pytest.raises(UpstreamError) as caught:
        applied(view, sql)
    assert caught.value.number == number
    assert view.variables.get("autocommit") == before


def test_the_session_knows_its_last_insert_id(view: SessionView) -> None:
    applied(view, "SET last_insert_id = 9")
    assert view.last_insert_id == 9


def test_settings_for_one_statement(view: SessionView) -> None:
    result = applied(view, "SET STATEMENT autocommit = 0 FOR SELECT 1")
    assert (result.statement, view.variables.get("autocommit")) == ("SELECT 1", 0)
    assert list(result.restore()) == [Change("autocommit", 1)]
    assert view.variables.get("autocommit") == 1
