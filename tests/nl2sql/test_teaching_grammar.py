import pytest

from nl2sql.teaching_grammar import (
    CreateQuery,
    CreateTerm,
    Feedback,
    Judgement,
    parse_create_query,
    parse_create_term,
    parse_drop_query,
    parse_drop_term,
    parse_feedback,
    parse_show,
)
from plugins import AskwireError, ErrorCode


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE VERIFIED QUERY n FOR 'q' AS SELECT 1", CreateQuery("n", "q", "SELECT 1")),
        ('create or\nreplace /* x */ verified query `n m` for "it\'s" as\n(SELECT 1)', ("n m", "it's", "(SELECT 1)")),
        ("CREATE VERIFIED QUERY 'n' FOR 'a\n  b' AS WITH x AS (SELECT 1) SELECT * FROM x", ("n", "a b", None)),
        ("CREATE VERIFIED QUERY n FOR'q'AS SELECT 'AS'", CreateQuery("n", "q", "SELECT 'AS'")),
    ],
)
def test_create_query(text, expected):
    query = parse_create_query(text)
    if isinstance(expected, tuple):
        name, question, sql = expected
        expected = CreateQuery(name, question, sql or query.sql, "or" in text)
    assert query == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE TERM 'GMV' AS 'all sales'", CreateTerm("GMV", "all sales")),
        ("CREATE OR REPLACE TERM \"it''s\" AS 'x ''y'' \\' z'", CreateTerm("it''s", "x 'y' ' z", True)),
        ("create term GMV as 'a\\nb\\0c\\tbell\u202e'", CreateTerm("GMV", "a\nb c bell")),
    ],
)
def test_create_term(text, expected):
    assert parse_create_term(text) == expected


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parse_create_query, "CREATE VERIFIED"),
        (parse_create_query, "CREATE VERIFIED VIEW n"),
        (parse_create_query, "CREATE VERIFIED QUERY FOR 'q' AS SELECT 1"),
        (parse_create_query, "CREATE VERIFIED QUERY n 'q' AS SELECT 1"),
        (parse_create_query, "CREATE VERIFIED QUERY n FOR q AS SELECT 1"),
        (parse_create_query, "CREATE VERIFIED QUERY n FOR ' ' AS SELECT 1"),
        (parse_create_query, "CREATE VERIFIED QUERY n FOR 'q' SELECT 1"),
        (parse_create_query, "CREATE VERIFIED QUERY n FOR 'q' AS "),
        (parse_create_query, f"CREATE VERIFIED QUERY {'n' * 65} FOR 'q' AS SELECT 1"),
        (parse_create_query, "CREATE VERIFIED QUERY 'a\\nb' FOR 'q' AS SELECT 1"),
        (parse_create_term, "CREATE TERM 'x'"),
        (parse_create_term, "CREATE TERM AS 'y'"),
        (parse_create_term, "CREATE TERM 'x' AS y"),
        (parse_create_term, "CREATE TERM 'x' AS 'y' AND more"),
        (parse_create_term, "CREATE TERM 'x' AS 'y'; DROP TABLE t"),
        (parse_create_term, f"CREATE TERM 'x' AS '{'y' * 4001}'"),
        (parse_create_term, "CREATE TERM '' AS 'y'"),
        (parse_drop_query, "DROP VERIFIED QUERY"),
        (parse_drop_query, "DROP VERIFIED QUERY a b"),
        (parse_drop_term, "DROP TERM 'x' 'y'"),
        (parse_feedback, "FEEDBACK LAST"),
        (parse_feedback, "FEEDBACK LAST FINE"),
        (parse_feedback, "FEEDBACK LAST GOOD 'why'"),
        (parse_feedback, "FEEDBACK LAST BAD why"),
        (parse_feedback, "FEEDBACK LAST AS"),
        (lambda text: parse_show(text, "TERMS"), "SHOW AI TERMS LIKE 'x'"),
    ],
)
def test_what_is_wrong_is_told_with_the_right_form(parse, text):
    with pytest.raises(AskwireError) as error:
        parse(text)
    assert error.value.code is ErrorCode.SYNTAX
    assert "the form is" in error.value.message


def test_drop_and_feedback():
    assert parse_drop_query("drop verified query `a b`") == "a b"
    assert parse_drop_term("DROP TERM 'GMV' /* gone */") == "GMV"
    assert parse_feedback("FEEDBACK LAST good") == Feedback(Judgement.GOOD)
    assert parse_feedback("FEEDBACK LAST BAD") == Feedback(Judgement.BAD)
    assert parse_feedback("feedback last bad 'wrong year'") == Feedback(Judgement.BAD, "wrong year")
    assert parse_feedback("FEEDBACK LAST AS SELECT 1") == Feedback(Judgement.CORRECTED, "SELECT 1")
