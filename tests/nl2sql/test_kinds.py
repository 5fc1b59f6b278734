import pytest
from sqlglot import exp

from nl2sql.kinds import Kinds, is_now, own
from nl2sql.sources import Names
from plugins.readonly import parse_one
from tests.nl2sql.club import CATALOG

FROM = "FROM flights f JOIN pilots ON f.pilot_id = pilots.id"


def selected(expression: str, rest: str = FROM) -> tuple[Kinds, exp.Expr]:
    tree = parse_one(f"SELECT {expression} AS x {rest}")
    assert isinstance(tree, exp.Select)
    return Kinds(tree, Names(CATALOG)), tree.selects[0].unalias()


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("born", "date"),
        ("started", "moment"),
        ("f.started", "moment"),
        ("miles", "whole"),
        ("licence_year", "whole"),
        ("state", ""),
        ("name", ""),
        ("MAX(started)", "moment"),
        ("COALESCE((born), 1)", "date"),
        ("DATE(started)", "date"),
        ("CURDATE()", "date"),
        ("NOW()", "moment"),
        ("SYSDATE()", "moment"),
        ("DATE_ADD(born, INTERVAL 1 DAY)", "date"),
        ("started - INTERVAL 1 DAY", "moment"),
        ("'2026-01-01' + INTERVAL 1 DAY", "moment"),
        ("miles + 1", ""),
        ("f.born", ""),  # the other table's
        ("nothing", ""),
        ("id", ""),  # of both
    ],
)
def test_kinds_of_expressions(expression: str, kind: str) -> None:
    kinds, node = selected(expression)
    assert kinds.of(node) == kind


def test_nothing_has_no_kind() -> None:
    kinds, _ = selected("1")
    assert kinds.of(None) == ""
    assert kinds.column(None) is None


def test_a_query_that_is_called_as_a_table_hides_it() -> None:
    tree = parse_one("WITH pilots AS (SELECT 1 AS born) SELECT born FROM pilots")
    assert isinstance(tree, exp.Select)
    assert Kinds(tree, Names(CATALOG)).of(tree.selects[0]) == ""


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("NOW()", True),
        ("SYSDATE()", True),
        ("CURRENT_TIMESTAMP", True),
        ("CURDATE()", True),
        ("PI()", False),
        ("5", False),
    ],
)
def test_the_present(text: str, now: bool) -> None:
    assert is_now(parse_one(f"SELECT {text} FROM pilots").selects[0]) == now


def test_own_nodes_are_not_those_of_queries_inside() -> None:
    tree = parse_one("SELECT a FROM t WHERE b IN (SELECT c FROM u) AND d = 1")
    assert isinstance(tree, exp.Select)
    assert [node.name for node in own(tree, exp.Column)] == ["a", "b", "d"]
    inner = tree.find(exp.In).args["query"].this
    assert [node.name for node in own(inner, exp.Column)] == ["c"]
