"""MySQL text to trees."""

import pytest
from sqlglot import exp

from plugins.upstream import UpstreamError
from proxy.upstreams.dialect import SqlSyntaxError, parse


@pytest.mark.parametrize("sql", ["", ";", " ; ;", "-- nothing", "/* nothing */"])
def test_nothing(sql: str) -> None:
    assert parse(sql) == []


@pytest.mark.parametrize(
    ("sql", "near"),
    [
        ("SELECT", ""),
        ("SELECT FROM t", "FROM t"),
        ("SELECT 1)", ")"),
        ("SELECT a b c", "c"),
        ("SELECT 'a", "'a"),
    ],
)
def test_a_syntax_error_says_where(sql: str, near: str) -> None:
    with pytest.raises(SqlSyntaxError) as caught:
        parse(sql)
    assert f"near '{near}' at line 1" in caught.value.message


def test_functions_keep_the_names_that_mysql_gives_them() -> None:
    (tree,) = parse("SELECT date_format(a, '%Y'), `left`, (SELECT left(a, 1)) FROM t AS left_")
    assert [each.name for each in tree.find_all(exp.Anonymous)] == ["DATE_FORMAT", "LEFT"]
    assert "askwire" not in tree.sql("mysql")


@pytest.mark.parametrize(
    ("sql", "construct"),
    [
        ("LOAD DATA INFILE '/etc/passwd' INTO TABLE t", "LOAD DATA"),
        ("load  xml infile 'x' into table t", "LOAD XML"),
        ("SELECT 1 INTO OUTFILE '/tmp/x'", "SELECT … INTO OUTFILE"),
        ("WITH a AS (SELECT 1) SELECT * FROM a INTO DUMPFILE '/tmp/x'", "SELECT … INTO DUMPFILE"),
    ],
)
def test_statements_about_files_are_told_by_name(sql: str, construct: str) -> None:
    (tree,) = parse(sql)
    assert isinstance(tree, exp.Command)
    assert tree.meta["construct"] == construct


def test_a_syntax_error_quotes_the_text_from_where_it_begins() -> None:
    with pytest.raises(UpstreamError) as caught:
        parse("SELECT 1\nFROM t WHERE x = = 2 AND `a b` = 'c'")
    assert caught.value.number == 1064
    assert "near '= 2 AND `a b` = 'c'' at line 2" in caught.value.message


def test_several_statements_are_parted_outside_of_strings() -> None:
    trees = parse("SELECT ';' ; ; SELECT 2 -- ;\n; SELECT `a;b`")
    assert [tree.meta["sql"] for tree in trees] == ["SELECT ';'", "SELECT 2", "SELECT `a;b`"]


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(UpstreamError):
        parse("SELECT " + "(" * 5000 + "1" + ")" * 5000)
