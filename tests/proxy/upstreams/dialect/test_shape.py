"""What is said differently before sqlglot reads a statement."""

import pytest

from proxy.upstreams.dialect import lexer, parse
from proxy.upstreams.dialect.shape import PREFIX, shape


def shaped(sql: str) -> str:
    return lexer.write(shape(sql, lexer.read(sql)).lexemes).replace(PREFIX, "$")


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        ("SELECT SQL_NO_CACHE HIGH_PRIORITY a FROM t", "SELECT a FROM t"),
        ("SELECT DISTINCTROW a", "SELECT DISTINCT a"),
        ("INSERT LOW_PRIORITY INTO t VALUES (1)", "INSERT INTO t VALUES (1)"),
        ("REPLACE DELAYED INTO t VALUES (1)", "INSERT INTO t VALUES (1)"),
        ("DELETE QUICK FROM t", "DELETE FROM t"),
        ("SELECT a FROM t STRAIGHT_JOIN u", "SELECT a FROM t JOIN u"),
        ("SELECT a FROM t USE INDEX (i), u IGNORE KEY FOR JOIN (j)", "SELECT a FROM t , u"),
        ("SELECT a FROM t FORCE INDEX FOR ORDER BY (i) WHERE b", "SELECT a FROM t WHERE b"),
        ("SELECT {d '2024-01-01'}, {fn f(1)}", "SELECT DATE '2024-01-01' , f (1)"),
        ("SELECT t.a->'$.b', a->>'$.c'", "SELECT $JSON_EXTRACT(t.a, '$.b'), $JSON_UNQUOTE($JSON_EXTRACT(a, '$.c'))"),
        ("SELECT left(a, 1), `left`(a), t.left(a)", "SELECT $left(a, 1), `left`(a), t.left(a)"),
        ("CREATE TABLE t (a DATE, b CHAR(3))", "CREATE TABLE t (a DATE, b CHAR(3))"),
        ("INSERT INTO left (a) VALUES (left('b', 1))", "INSERT INTO left (a) VALUES ($left('b', 1))"),
        ("CREATE TABLE t (a NATIONAL VARCHAR(3))", "CREATE TABLE t (a VARCHAR(3))"),
        ("SELECT MID(a, 2)", "SELECT SUBSTRING(a, 2)"),
        ("SHOW TABLES LIKE 'left(1)'", "SHOW TABLES LIKE 'left(1)'"),
    ],
)
def test_shaped(sql: str, written: str) -> None:
    assert shaped(sql).replace(" ", "") == written.replace(" ", "")


@pytest.mark.parametrize(
    ("sql", "facts"),
    [
        ("REPLACE INTO t VALUES (1)", {"verb": "REPLACE", "replace": True, "labels": []}),
        ("INSERT IGNORE INTO t VALUES (1)", {"verb": "INSERT", "ignore": True, "labels": []}),
        ("INSERT DELAYED INTO t VALUES (1)", {"verb": "INSERT", "ignore": False, "labels": []}),
        ("SELECT REPLACE(a, 'b', 'c')", {"verb": "SELECT", "labels": ["REPLACE(a, 'b', 'c')"]}),
        ("SHOW TABLES", {"verb": "SHOW"}),
    ],
)
def test_facts(sql: str, facts: dict[str, object]) -> None:
    assert shape(sql, lexer.read(sql)).facts == facts


def test_functions_of_mysql_s_stay_readable_to_others() -> None:
    (tree,) = parse("SELECT date_format(a, '%Y'), DATABASE(), my_own(1) FROM t")
    assert tree.sql("mysql") == "SELECT DATE_FORMAT(a, '%Y'), SCHEMA(), MY_OWN(1) FROM t"
