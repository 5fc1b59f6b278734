import pytest

from diagnose.evidence.parsing import parse
from diagnose.evidence.planned import NothingToPlan, Planned, planned_query

HINTED = "SELECT /*+ NO_INDEX_MERGE(t) */ a FROM t"


def planned(sql: str) -> Planned:
    tree = parse(sql)
    before = tree.copy()
    found = planned_query(tree)
    assert tree == before
    return found


@pytest.mark.parametrize(
    ("sql", "query"),
    [
        ("SELECT a FROM t", "SELECT a FROM t"),
        ("SELECT a FROM t FOR UPDATE", "SELECT a FROM t"),
        ("(SELECT a FROM t LOCK IN SHARE MODE) UNION SELECT b FROM u", "(SELECT a FROM t) UNION SELECT b FROM u"),
        ("INSERT INTO t SELECT a FROM u", "SELECT a FROM u"),
        ("INSERT INTO t (SELECT a FROM u)", "SELECT a FROM u"),
        ("REPLACE INTO t (a) SELECT a FROM u FOR UPDATE", "SELECT a FROM u"),
        ("UPDATE t SET a = 1 WHERE b = 2 ORDER BY c LIMIT 3", "SELECT * FROM t WHERE b = 2 ORDER BY c LIMIT 3"),
        ("UPDATE t JOIN u ON u.x = t.x SET t.a = 1", "SELECT * FROM t JOIN u ON u.x = t.x"),
        ("DELETE FROM t WHERE b = 2 LIMIT 3", "SELECT * FROM t WHERE b = 2 LIMIT 3"),
        ("DELETE t FROM t JOIN u ON u.x = t.x WHERE u.y = 1", "SELECT * FROM t JOIN u ON u.x = t.x WHERE u.y = 1"),
        ("DELETE FROM t USING t JOIN u ON u.x = t.x", "SELECT * FROM t JOIN u ON u.x = t.x"),
        (
            "UPDATE t SET a = (SELECT MAX(b) FROM u), c = 1",
            "SELECT *, (SELECT MAX(b) FROM u) AS value_1 FROM t",
        ),
        (
            "INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x",
            "WITH x AS (SELECT 1) SELECT * FROM x",
        ),
        ("WITH x AS (SELECT 1) UPDATE t JOIN x SET a = 1", "WITH x AS (SELECT 1) SELECT * FROM t, x"),
    ],
)
def test_the_query_whose_plan_stands_for_a_statement(sql: str, query: str) -> None:
    assert planned(sql).query.sql(dialect="mysql") == query


@pytest.mark.parametrize(
    ("sql", "besides"),
    [
        ("SELECT a FROM t", []),
        ("UPDATE t SET a = f(b), c = 5", ["F(b)", "5"]),
        ("INSERT INTO t SELECT a FROM u ON DUPLICATE KEY UPDATE a = g(b)", ["a = G(b)"]),
        ("DELETE FROM t WHERE a = 1 RETURNING h(b)", ["H(b)"]),
    ],
)
def test_what_the_statement_computes_besides(sql: str, besides: list[str]) -> None:
    assert [part.sql(dialect="mysql") for part in planned(sql).besides] == besides


@pytest.mark.parametrize(
    ("sql", "notes"),
    [
        ("SELECT a FROM t", ()),
        (
            "SELECT /*+ NO_INDEX_MERGE(t) */ a FROM t",
            ("The plan is made without the optimizer hints of the statement.",),
        ),
        ("INSERT INTO t SELECT a FROM u", ("The plan is that of the SELECT that is inserted.",)),
        ("UPDATE t SET a = 1", ("The plan is that of a SELECT of the rows that the UPDATE touches.",)),
        ("DELETE FROM t", ("The plan is that of a SELECT of the rows that the DELETE touches.",)),
    ],
)
def test_what_is_said_of_it(sql: str, notes: tuple[str, ...]) -> None:
    assert planned(sql).notes == notes


def test_hints_are_left_out() -> None:
    assert "NO_INDEX_MERGE" not in planned(HINTED).query.sql(dialect="mysql")


@pytest.mark.parametrize("sql", ["INSERT INTO t VALUES (1)", "INSERT INTO t SET a = 1", "VALUES ROW(1)"])
def test_what_reads_nothing_has_no_plan(sql: str) -> None:
    with pytest.raises(NothingToPlan):
        planned_query(parse(sql))
