import pytest
import sqlglot
from sqlglot import exp

from diagnose.advice.comparisons import compared, comparison, number_of, ranged, sided, text_of


def condition(sql: str) -> exp.Expr:
    return sqlglot.parse_one(sql, read="mysql", into=exp.Condition)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("a = 1", ("a", "=", ["1"])),
        ("(a) <=> 1", ("a", "=", ["1"])),
        ("a >= b", ("a", ">=", ["b"])),
        ("a BETWEEN 1 AND 2", ("a", "between", ["1", "2"])),
        ("a IN (1, 2, 3)", ("a", "in", ["1", "2", "3"])),
        ("a LIKE 'x%'", ("a", "like", ["'x%'"])),
    ],
)
def test_one_shape(sql: str, expected: tuple[str, str, list[str]]) -> None:
    found = comparison(condition(sql))
    assert found is not None
    assert (found.subject.sql("mysql"), found.operator, [v.sql("mysql") for v in found.values]) == expected


@pytest.mark.parametrize(
    "sql", ["a <> 1", "NOT a = 1", "a NOT IN (1)", "a IN (SELECT b FROM t)", "a IS NULL", "a OR b"]
)
def test_others_are_none(sql: str) -> None:
    assert comparison(condition(sql)) is None
    assert sided(condition(sql)) == []


def test_both_sides() -> None:
    assert [(c.subject.sql(), c.operator, c.value.sql()) for c in sided(condition("a < b"))] == [
        ("a", "<", "b"),
        ("b", ">", "a"),
    ]
    assert len(sided(condition("a IN (1)"))) == 1


def test_made_of_copies() -> None:
    column, low, high = exp.column("a"), exp.Literal.number(1), exp.Literal.number(9)
    assert compared(column, "<=", low).sql() == "a <= 1"
    assert ranged(column, low, high).sql() == "a >= 1 AND a < 9"
    assert ranged(column, None, high).sql() == "a < 9"
    assert column.parent is None


def test_literals() -> None:
    assert [number_of(condition(sql)) for sql in ("1.50", "-2", "- -2", "'1'", "a")] == ["1.50", "-2", "2", None, None]
    assert [text_of(condition(sql)) for sql in ("'1'", "1", "a")] == ["1", None, None]
