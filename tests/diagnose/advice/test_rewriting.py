import pytest
import sqlglot
from sqlglot import exp

from diagnose.advice.comparisons import comparison, sided
from diagnose.advice.determinism import aggregates, is_deterministic
from diagnose.advice.rewriting import replaced


def where(sql: str) -> tuple[exp.Expr, dict[str, exp.Expr]]:
    """The statement's tree and its comparisons by their text."""
    tree = sqlglot.parse_one(sql, dialect="mysql")
    return tree, {node.sql(): node for node in tree.find_all(exp.EQ, exp.GT)}


def test_nodes_are_replaced_where_they_stand() -> None:
    tree, found = where("SELECT 1 FROM t WHERE (a = 1 AND b = 2) AND NOT c = 3")
    made = sqlglot.parse_one("x = 1 OR y = 2")
    assert replaced(tree, [(found["b = 2"], made)]) == (
        "SELECT 1 FROM t WHERE (a = 1 AND (x = 1 OR y = 2)) AND NOT c = 3"
    )
    both = sqlglot.parse_one("x = 1 AND y = 2")
    assert replaced(tree, [(found["c = 3"], both)]) == (
        "SELECT 1 FROM t WHERE (a = 1 AND b = 2) AND NOT (x = 1 AND y = 2)"
    )
    assert tree.sql() == "SELECT 1 FROM t WHERE (a = 1 AND b = 2) AND NOT c = 3"


def test_conjuncts_are_taken_away() -> None:
    tree, found = where("SELECT 1 FROM t JOIN u ON t.a = u.a WHERE (a = 1 AND b = 2) GROUP BY c HAVING c = 3")
    assert "WHERE (b = 2) GROUP" in str(replaced(tree, [(found["a = 1"], None)]))
    assert "WHERE" not in str(replaced(tree, [(found["a = 1"], None), (found["b = 2"], None)]))
    assert "HAVING" not in str(replaced(tree, [(found["c = 3"], None)]))
    assert "ON TRUE" in str(replaced(tree, [(found["t.a = u.a"], None)]))


def test_equal_nodes_are_told_apart() -> None:
    tree = sqlglot.parse_one("SELECT 1 FROM t WHERE a = 1 AND a = 1", dialect="mysql")
    first = next(iter(tree.find_all(exp.EQ)))
    assert replaced(tree, [(first, sqlglot.parse_one("b = 2"))]) in (
        "SELECT 1 FROM t WHERE b = 2 AND a = 1",
        "SELECT 1 FROM t WHERE a = 1 AND b = 2",
    )


@pytest.mark.parametrize(
    ("condition", "operators"),
    [
        ("a = 1", ["=", "="]),
        ("a <=> 1", ["=", "="]),
        ("a < 1", ["<", ">"]),
        ("a BETWEEN 1 AND 2", ["between"]),
        ("a IN (1, 2)", ["in"]),
        ("a LIKE 'x%'", ["like"]),
        ("a NOT LIKE 'x%'", []),
        ("NOT a IN (1)", []),
        ("a IN (SELECT 1)", []),
        ("a <> 1", []),
        ("a IS NULL", []),
    ],
)
def test_comparisons(condition: str, operators: list[str]) -> None:
    tree = sqlglot.parse_one(f"SELECT 1 FROM t WHERE {condition}", dialect="mysql")
    node = tree.args["where"].this
    assert [found.operator for found in sided(node)] == operators
    assert (comparison(node) is not None) == bool(operators)


@pytest.mark.parametrize(
    ("expression", "deterministic"),
    [
        ("a + 1", True),
        ("CONCAT(a, LOWER(b))", True),
        ("NOW()", True),
        ("RAND()", False),
        ("UUID()", False),
        ("f(a)", False),
        ("@x", False),
        ("@@sql_mode", False),
        ("@x := 1", False),
        ("?", False),
        ("(SELECT RAND())", False),
    ],
)
def test_what_has_one_value(expression: str, deterministic: bool) -> None:
    assert is_deterministic(sqlglot.parse_one(f"SELECT {expression}", dialect="mysql")) is deterministic


def test_aggregates_are_those_of_the_query_itself() -> None:
    found = {
        text: aggregates(sqlglot.parse_one(f"SELECT {text}", dialect="mysql").expressions[0])
        for text in ("SUM(a) + 1", "ROW_NUMBER() OVER ()", "(SELECT SUM(a) FROM t)", "a + 1")
    }
    assert list(found.values()) == [True, True, False, False]
