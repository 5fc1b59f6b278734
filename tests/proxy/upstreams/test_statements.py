import pytest

from proxy.upstreams.statements import RAW, SET_STATEMENT, TIME_HINT, changes_schema, first_word, split, trimmed


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1;", ["SELECT 1;"]),
        ("SELECT 1; SELECT 2", ["SELECT 1", " SELECT 2"]),
        ("SELECT ';', \";\", `;` /* ; */ -- ;\n; SELECT 2", ["SELECT ';', \";\", `;` /* ; */ -- ;\n", " SELECT 2"]),
        ("SELECT 'it''s \\'; x'; SELECT 2", ["SELECT 'it''s \\'; x'", " SELECT 2"]),
        (";;SELECT 1;;", ["SELECT 1"]),
    ],
)
def test_split(text: str, pieces: list[str]) -> None:
    assert split(text) == pieces


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("  /* a */ -- b\n# c\n SELECT 1 ; ", "SELECT 1"),
        ("/*!40101 SET NAMES utf8 */;", "SET NAMES utf8"),
        ("/*! SET @a = 1 */", "SET @a = 1"),
        ("-- only a comment", ""),
        ("SELECT 1 /* not me */", "SELECT 1 /* not me */"),
    ],
)
def test_trimmed(text: str, inner: str) -> None:
    assert trimmed(text) == inner


@pytest.mark.parametrize(
    ("text", "word"),
    [("select 1", "SELECT"), ("((SELECT 1))", "SELECT"), ("", ""), ("1", ""), ("SHOW/**/TABLES", "SHOW")],
)
def test_first_word(text: str, word: str) -> None:
    assert first_word(text) == word


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("CREATE TABLE t (a INT)", True),
        ("CREATE TEMPORARY TABLE t (a INT)", False),
        ("drop table t", True),
        ("GRANT SELECT ON t TO a", True),
        ("SELECT 'CREATE'", False),
    ],
)
def test_changes_schema(text: str, changes: bool) -> None:
    assert changes_schema(text) is changes


def test_what_a_statement_sets_for_itself() -> None:
    hint = TIME_HINT.match("SELECT /*+ MAX_EXECUTION_TIME(1500) */ 1")
    assert hint is not None
    assert hint[1] == "1500"
    assert TIME_HINT.match("SELECT 'MAX_EXECUTION_TIME(1)'") is None
    assert SET_STATEMENT.match("SET STATEMENT max_statement_time=1 FOR SELECT 1")
    assert SET_STATEMENT.match("SET max_statement_time=1") is None


def test_raw() -> None:
    assert RAW.match(" /*raw*/ SELECT 1")
    assert RAW.match("/* RAW */SELECT 1")
    assert not RAW.match("SELECT /*raw*/ 1")
