import pytest
import sqlglot
from sqlglot import exp

from nl2sql.compose import name_outputs, wanted_columns


def parsed(sql: str) -> exp.Query:
    tree = sqlglot.parse_one(sql, read="mysql")
    assert isinstance(tree, exp.Query)
    return tree


@pytest.mark.parametrize(
    ("frame", "wanted"),
    [
        ("SELECT t.a, t.B FROM ASK('q') AS t WHERE t.a > 1", ("a", "B")),
        ("SELECT a, SUM(b) AS s FROM ASK('q') AS t GROUP BY a ORDER BY s", ("a", "b")),
        ("SELECT x.a, t.b FROM ASK('q') AS t JOIN x ON x.id = t.id", ("b", "id")),
        ("SELECT a FROM ASK('q') AS t JOIN x ON x.id = t.id", ("id",)),
        ("SELECT * FROM ASK('q') AS t", ()),
        ("SELECT t.*, T.a, t.A FROM ASK('q') AS t", ("a",)),
    ],
)
def test_what_the_statement_around_takes(frame: str, wanted: tuple[str, ...]) -> None:
    assert wanted_columns(parsed(frame)) == wanted


@pytest.mark.parametrize(
    ("answer", "wanted", "made", "missing"),
    [
        ("SELECT a, b FROM t", ("a",), "SELECT a, b FROM t", []),
        ("SELECT total_sum FROM t", ("total",), "SELECT total_sum AS total FROM t", []),
        ("SELECT COUNT(*) AS order_count FROM t", ("Orders", "count"), "SELECT COUNT(*) AS count FROM t", ["Orders"]),
        ("SELECT a_name, b_name FROM t", ("name",), "SELECT a_name, b_name FROM t", ["name"]),
        ("SELECT * FROM t", ("x",), "SELECT * FROM t", []),
        (
            "SELECT SUM(x) AS total_sum FROM t GROUP BY y HAVING total_sum > 1 ORDER BY total_sum",
            ("total",),
            "SELECT SUM(x) AS total FROM t GROUP BY y HAVING total > 1 ORDER BY total",
            [],
        ),
        ("SELECT a_x FROM t UNION SELECT b FROM u", ("a",), "SELECT a_x AS a FROM t UNION SELECT b FROM u", []),
    ],
)
def test_names_where_only_one_output_fits(answer: str, wanted: tuple[str, ...], made: str, missing: list[str]) -> None:
    tree = parsed(answer)
    assert name_outputs(tree, wanted) == missing
    assert tree.sql("mysql") == made
