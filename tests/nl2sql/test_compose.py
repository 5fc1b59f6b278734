import pytest
import sqlglot
from sqlglot import exp

from nl2sql.compose import accepts_compose, fill_frame, name_outputs, parse_compose, wanted_columns
from plugins import AskwireError, ErrorCode


def parsed(sql: str) -> exp.Query:
    tree = sqlglot.parse_one(sql, read="mysql")
    assert isinstance(tree, exp.Query)
    return tree


def is_syntax_error(text: str) -> bool:
    with pytest.raises(AskwireError) as error:
        parse_compose(text)
    return error.value.code is ErrorCode.SYNTAX


@pytest.mark.parametrize(
    ("frame", "wanted"),
    [
        ("SELECT t.a, t.B FROM ASK('q') AS t WHERE t.a > 1", ("a", "B")),
        ("SELECT a, SUM(b) AS s FROM ASK('q') AS t GROUP BY a ORDER BY s", ("a", "b")),
        ("SELECT x.a, t.b FROM ASK('q') AS t JOIN x ON x.id = t.id", ("b", "id")),
        ("SELECT a FROM ASK('q') AS t JOIN x ON x.id = t.id", ("id",)),
        ("SELECT t.a, o.b FROM f(1) AS o JOIN ASK('q') AS t ON t.id = o.key", ("a", "id")),
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
        (
            "SELECT r.name AS region_name, SUM(x) AS total FROM s GROUP BY region_name ORDER BY region_name",
            ("region", "total"),
            "SELECT r.name AS region, SUM(x) AS total FROM s GROUP BY region ORDER BY region",
            [],
        ),
        ("SELECT a FROM s", ("zone",), "SELECT a FROM s", ["zone"]),
        ("SELECT a_x FROM t UNION SELECT b FROM u", ("a",), "SELECT a_x AS a FROM t UNION SELECT b FROM u", []),
    ],
)
def test_names_where_only_one_output_fits(answer: str, wanted: tuple[str, ...], made: str, missing: list[str]) -> None:
    tree = parsed(answer)
    assert name_outputs(tree, wanted) == missing
    assert tree.sql("mysql") == made


def test_compose() -> None:
    text = "SELECT t.region, t.revenue FROM ASK('revenue by region') AS t WHERE t.revenue > 1000"
    assert accepts_compose(text)
    statement = parse_compose(text)
    assert statement.question == "revenue by region"
    assert statement.frame is not None
    assert wanted_columns(statement.frame) == ("region", "revenue")
    whole = fill_frame(statement.frame, parsed("SELECT r AS region, SUM(x) AS revenue FROM s GROUP BY r"))
    assert whole.sql("mysql") == (
        "SELECT t.region, t.revenue FROM (SELECT r AS region, SUM(x) AS revenue FROM s GROUP BY r) AS t"
        " WHERE t.revenue > 1000"
    )


def test_compose_joins_other_tables() -> None:
    statement = parse_compose("SELECT * FROM customers c JOIN ASK('best ids') AS t ON t.id = c.id")
    assert statement.frame is not None
    assert wanted_columns(statement.frame) == ("id",)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ASK('x')",  # a stored function
        "SELECT * FROM t WHERE ASK('x') = 1",
        "SELECT * FROM ask",
        "SELECT 'FROM ASK(1)' FROM t",
        "SELECT * FROM db.ASK('x')",
        "SELECT * FROM",
        "DELETE FROM ASK('x')",
    ],
)
def test_legal_sql_wins_over_compose(text: str) -> None:
    assert not accepts_compose(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM ASK('a')",
        "SELECT * FROM ASK('a') AS t, ASK('b') AS u",
        "SELECT * FROM ASK(a) AS t",
        "SELECT * FROM ASK('a', 'b') AS t",
        "SELECT * FROM ASK('') AS t",
        "SELECT * FROM ASK() AS t",
    ],
)
def test_compose_errors(text: str) -> None:
    assert is_syntax_error(text)


def test_a_statement_that_would_block_the_gateway_is_not_parsed() -> None:
    text = f"SELECT {','.join(f'a{n}' for n in range(100_000))} FROM ASK('q') AS t"
    assert not accepts_compose(text)
    assert is_syntax_error(text)
