import pytest
import sqlglot
from sqlglot import exp

from plugins.builtin.mask.nodes import NODES, all_joins, children, flat, known, only, passes_through
from plugins.errors import AskwireError


def expression(sql: str) -> exp.Expr:
    return sqlglot.parse_one(f"SELECT {sql}", read="mysql").expressions[0]


@pytest.mark.parametrize(
    "sql", ["UPPER(a)", "CONCAT(a, b)", "SUM(a)", "json_quote(a)", "JSON_ARRAY(a)", "(a)", "MD5(a)"]
)
def test_what_a_masked_value_may_go_through(sql: str) -> None:
    assert passes_through(expression(sql))


@pytest.mark.parametrize(
    "sql",
    ["a + 1", "a = 1", "a LIKE 'x'", "STRCMP(a, 'x')", "leak(a)", "IF(a, 1, 2)", "-a", "CAST(a AS INT)", "a IS NULL"],
)
def test_what_tells_of_it(sql: str) -> None:
    """By its result, or by an error that a number out of range is."""
    assert not passes_through(expression(sql))


def test_parts_that_are_not_known() -> None:
    select = exp.Select(expressions=[exp.Star()], qualify=exp.Qualify(this=exp.true()), sample=None)
    only(select, frozenset({"expressions", "qualify"}))
    with pytest.raises(AskwireError, match="and QUALIFY cannot be checked here"):
        only(select, frozenset({"expressions"}))


def test_the_expressions_below_a_node() -> None:
    node = expression("COALESCE(a, b, 1)")
    assert [child.sql() for child in children(node)] == ["a", "b", "1"]
    assert list(flat(["x", None, exp.null()])) == [exp.null()]
    assert list(flat("x")) == []


@pytest.mark.parametrize(
    ("sql", "joined"),
    [
        ("SELECT 1 FROM a JOIN b ON 1 JOIN c ON 1", {"b", "c"}),
        ("SELECT 1 FROM (a JOIN b ON 1) JOIN c ON 1", {"b", "c"}),
        ("SELECT 1 FROM a JOIN (b JOIN c USING (id)) ON 1", {"(b JOIN c USING (id))", "c"}),
        ("SELECT 1 FROM (SELECT 1 FROM x JOIN y ON 1) d", set()),
        ("SELECT 1", set()),
    ],
)
def test_joins_within_parentheses_too(sql: str, joined: set[str]) -> None:
    tree = sqlglot.parse_one(sql, read="mysql")
    assert {join.this.sql("mysql") for join in all_joins(tree)} == joined


def test_what_reads_files_or_variables_of_others_is_not_known() -> None:
    assert not NODES & {exp.Into, exp.LoadData, exp.Command, exp.Lateral, exp.Pivot, exp.MatchAgainst}
    for kind in (exp.Into, exp.LoadData, exp.Command, exp.Lateral, exp.Pivot):
        with pytest.raises(AskwireError, match=f"and {kind.__name__} cannot be checked"):
            known(kind())
    known(exp.null())
