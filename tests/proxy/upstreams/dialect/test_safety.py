"""A client's literals stay literals, and a statement stays the kind of statement that it is."""

import re

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from plugins.upstream import UpstreamError
from proxy.upstreams.dialect import FixedSchema, Untranslatable, parse, translate
from tests.proxy.upstreams.dialect.conftest import SCHEMA, Translate

TARGETS = ("postgres", "duckdb", "sqlite")
NASTY = (
    r"'\\'' OR 1=1 -- '",
    r'"\\"',
    r"'\''",
    r"'\\\''",
    "'$$; DROP TABLE people; $$'",
    "'$tag$ x $tag$'",
    "N'it''s'",
    "_utf8'it\\'s'",
    "_binary'x'",
    "'/* */ -- #'",
    "'\\x27 OR 1=1'",
    "'E\\'x'",
    "'a''; DROP TABLE people; --'",
    '"a\'; DROP TABLE people; --"',
)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("literal", NASTY)
def test_a_literal_is_one_literal_with_the_same_value(to: Translate, target: str, literal: str) -> None:
    (tree,) = parse(f"SELECT {literal}")
    (value,) = (str(each.this) for each in tree.find_all(exp.Literal))
    read_back = sqlglot.parse(to(target, f"SELECT Id FROM people WHERE name = {literal}"), read=target)
    assert len(read_back) == 1
    assert [str(each.this) for each in read_back[0].find_all(exp.Literal, exp.ByteString)] == [value]


@settings(max_examples=200)
@given(st.text(st.sampled_from("ab'\"\\`;$-/*#%_E\n") | st.characters(blacklist_categories=["Cs"]), max_size=20))
def test_duckdb_itself_gives_any_literal_back(text: str) -> None:
    if "\0" in text:
        return
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    (tree,) = parse(f"SELECT '{escaped}' AS x")
    (sql,) = translate(tree, "duckdb", FixedSchema()).sql
    assert duckdb.execute(sql).fetchall() == [(text,)]


@pytest.mark.parametrize("target", TARGETS)
def test_a_backslash_is_safe_whatever_standard_conforming_strings_says(to: Translate, target: str) -> None:
    sql = to(target, r"SELECT 'a\\' AS x, 'b' AS y")
    if target == "postgres":
        assert r"e'a\\'" in sql
    else:
        assert r"'a\'" in sql


@pytest.mark.parametrize("target", TARGETS)
def test_a_nul_character_is_refused(to: Translate, target: str) -> None:
    with pytest.raises(Untranslatable):
        to(target, r"SELECT 'a\0b'")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ['a"b', "a``b", 'x"; DROP TABLE people; --', "a'b"])
def test_a_name_stays_one_name(to: Translate, target: str, name: str) -> None:
    read_back = sqlglot.parse(to(target, f"SELECT 1 AS `{name}`"), read=target)
    assert len(read_back) == 1
    assert read_back[0].selects[0].alias == name.replace("``", "`")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "comment", ["/* ; DROP TABLE people; */", "-- ; DROP TABLE people\n", "# x\n", "/*! */", "/*+ SET_VAR(a=1) */"]
)
def test_no_comment_comes_through(to: Translate, target: str, comment: str) -> None:
    sql = to(target, f"SELECT {comment} name FROM people {comment} WHERE name = 'a' {comment}")
    assert "--" not in sql
    assert "/*" not in sql
    assert "DROP" not in sql


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "sql",
    [
        "CALL p(1)",
        "LOAD DATA INFILE '/etc/passwd' INTO TABLE people",
        "SELECT name INTO OUTFILE '/tmp/x' FROM people",
        "SELECT name INTO @x FROM people",
        "GRANT ALL ON people TO x",
        "CREATE TRIGGER x BEFORE INSERT ON people FOR EACH ROW SET @a = 1",
        "CREATE FUNCTION f() RETURNS INT RETURN 1",
        "CREATE TABLE t (a INT) PARTITION BY HASH(a) PARTITIONS 4",
        "HANDLER people OPEN",
        "DO SLEEP(1)",
        "COPY people TO '/tmp/x'",
        "ATTACH 'x' AS y",
        "PRAGMA table_info(people)",
        "INSTALL httpfs",
        "SELECT LOAD_FILE('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT MATCH (name) AGAINST ('x') FROM people",
        "SELECT @a := 1",
        "UPDATE people, counters SET people.name = 'x', counters.hits = 1",
        "DELETE people, counters FROM people JOIN counters",
    ],
)
def test_what_is_not_translated_is_refused_by_name(to: Translate, target: str, sql: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        to(target, sql)
    assert caught.value.number in (1235, 1064)
    assert caught.value.sqlstate == "42000"


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT * FROM people", exp.Query),
        ("(SELECT 1) UNION (SELECT 2)", exp.Query),
        ("WITH a AS (SELECT 1) SELECT * FROM a", exp.Query),
        ("INSERT INTO counters VALUES ('2024-01-01', 1)", exp.Insert),
        ("REPLACE INTO counters VALUES ('2024-01-01', 1)", exp.Insert),
        ("UPDATE people SET name = 'x' ORDER BY Id LIMIT 1", exp.Update),
        ("UPDATE people p JOIN counters c ON c.day = p.born SET p.name = 'x'", exp.Update),
        ("DELETE p FROM people p JOIN counters c ON c.day = p.born", exp.Delete),
    ],
)
def test_a_statement_stays_what_it_is(to: Translate, target: str, sql: str, kind: type[exp.Expr]) -> None:
    (read_back,) = sqlglot.parse(to(target, sql), read=target)
    assert isinstance(read_back, kind)


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            [
                "SELECT",
                "FROM",
                "people",
                "WHERE",
                "(",
                ")",
                ",",
                "'",
                '"',
                "`",
                ";",
                "--",
                "/*",
                "*/",
                "1",
                "'a'",
                "name",
                "=",
                "AND",
                "*",
                "UNION",
                "LIMIT",
                "CASE",
                "END",
                "@",
            ]
        )
    )
)
def test_nonsense_raises_nothing_but_mysql_s_errors(words: list[str]) -> None:
    try:
        for tree in parse(" ".join(words)):
            for target in TARGETS:
                translate(tree, target, SCHEMA)
    except UpstreamError:
        pass


def test_a_long_chain_is_translated(to: Translate) -> None:
    condition = " OR ".join(f"Id = {i}" for i in range(2000))
    assert to("postgres", f"SELECT name FROM people WHERE {condition}").count(" OR ") == 1999


@pytest.mark.parametrize(
    ("sql", "construct"),
    [
        ("LOAD DATA LOCAL INFILE 'a.csv' INTO TABLE people", "'LOAD DATA'"),
        ("load xml infile 'a.xml' into table people", "'LOAD XML'"),
        ("SELECT name FROM people INTO OUTFILE '/tmp/x' FIELDS TERMINATED BY ','", "'SELECT … INTO OUTFILE'"),
        ("(SELECT name INTO DUMPFILE '/tmp/x' FROM people)", "'SELECT … INTO DUMPFILE'"),
        ("create procedure my_report() SELECT 1", "'create procedure my_report'"),
    ],
)
def test_what_mysql_has_and_the_upstream_has_not_is_no_syntax_error(to: Translate, sql: str, construct: str) -> None:
    with pytest.raises(Untranslatable, match=re.escape(construct)):
        to("duckdb", sql)


def test_a_table_may_be_called_like_a_file_word(to: Translate) -> None:
    assert "INSERT INTO" in to("postgres", "INSERT INTO dumpfile (a) VALUES (1)")
    assert "'INTO OUTFILE'" in to("postgres", "SELECT 'INTO OUTFILE' AS words FROM people")
