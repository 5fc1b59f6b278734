import pytest

from diagnose.statements import Format, Request, accepts_explain, bare, parse_explain
from plugins import AskwireError


@pytest.mark.parametrize(
    "text",
    [
        "EXPLAIN AI SELECT 1",
        "explain /* why */ ai (SELECT 1)",
        "EXPLAIN AI LAST",
        "EXPLAIN AI FORMAT=JSON SELECT 1",
        "EXPLAIN AI ANALYZE SELECT 1",
        "EXPLAIN AI WITH x AS (SELECT 1) SELECT * FROM x",
        "EXPLAIN AI DELETE FROM t",
        "EXPLAIN AI CALL p()",
    ],
)
def test_what_no_description_of_a_table_can_be_is_taken(text: str) -> None:
    assert accepts_explain(text)


@pytest.mark.parametrize(
    "text", ["EXPLAIN ai", "EXPLAIN ai total", "EXPLAIN ai 'x%'", "EXPLAIN ai format", "EXPLAIN a SELECT"]
)
def test_legal_sql_wins(text: str) -> None:
    assert not accepts_explain(text)


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("EXPLAIN AI SELECT 1", Request("SELECT 1")),
        ("EXPLAIN AI (SELECT 1)", Request("(SELECT 1)")),
        ("explain ai format = json select 'a;b'", Request("select 'a;b'", Format.JSON)),
        ("EXPLAIN AI FORMAT=TEXT LAST", Request(None, Format.TEXT)),
        ("EXPLAIN AI ANALYZE FORMAT=TABLE SELECT 1", Request("SELECT 1", Format.TABLE, analyze=True)),
        ("EXPLAIN AI FORMAT=TABLE ANALYZE SELECT 1", Request("SELECT 1", Format.TABLE, analyze=True)),
        ("EXPLAIN AI LAST", Request(None)),
    ],
)
def test_requests(text: str, request_: Request) -> None:
    assert parse_explain(text) == request_


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("EXPLAIN AI FORMAT=XML SELECT 1", "FORMAT is TABLE, JSON or TEXT"),
        ("EXPLAIN AI FORMAT JSON SELECT 1", "= is missing"),
        ("EXPLAIN AI LAST SELECT 1", "unexpected 'SELECT 1'"),
        ("EXPLAIN AI ANALYZE", "the statement is missing"),
    ],
)
def test_wrong_forms_are_told(text: str, said: str) -> None:
    with pytest.raises(AskwireError, match=said):
        parse_explain(text)


@pytest.mark.parametrize(
    ("sql", "inside"),
    [
        ("SELECT 1", "SELECT 1"),
        ("SET STATEMENT max_statement_time=30 FOR SELECT 1", "SELECT 1"),
        ("/* x */ set statement a = 'x FOR y', before_all=2\nfor SELECT 'FOR '", "SELECT 'FOR '"),
        ("SET STATEMENT sort_buffer_size=1", "SET STATEMENT sort_buffer_size=1"),
        ("SET @a = 1", "SET @a = 1"),
    ],
)
def test_what_is_set_for_a_statement_is_not_the_statement(sql: str, inside: str) -> None:
    assert bare(sql) == inside
