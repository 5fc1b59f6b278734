import pytest

from nl2sql.statements import (
    AskStatement,
    Mode,
    SetOption,
    accepts_marked,
    accepts_select_ai,
    accepts_set,
    parse_ask,
    parse_marked,
    parse_select_ai,
    parse_set,
    parse_show_history,
)
from plugins import AskwireError, ErrorCode
from plugins.literals import quote_name, read_literal, skip_blank


def is_syntax_error(parse, text):
    with pytest.raises(AskwireError) as error:
        parse(text)
    return error.value.code is ErrorCode.SYNTAX


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ASK 'q'", AskStatement("q")),
        ('ask "q"', AskStatement("q")),
        ("ASK'q'", AskStatement("q")),
        ("  /* tool */ ASK -- why\n SQL 'q'", AskStatement("q", Mode.SQL)),
        ("ASK WHY 'q'", AskStatement("q", Mode.WHY)),
        ("ASK trace 'q'", AskStatement("q", Mode.TRACE)),
        ("ASK NARRATE 'q'", AskStatement("q", Mode.NARRATE)),
        ("ASK DOCS 'q' IN manual", AskStatement("q", Mode.DOCS, bases=("manual",))),
        ("ASK DOCS 'q' IN a like 'docs/%' LIMIT 2", AskStatement("q", Mode.DOCS, None, 2, ("a",), "docs/%")),
        ("ASK DOCS 'q' LIKE '%.pdf'", AskStatement("q", Mode.DOCS, source="%.pdf")),
        ("ASK 'q' IN `a b`, c , c LIMIT 2", AskStatement("q", limit=2, bases=("a b", "c"))),
        ("ASK 'q' USING qwen2.5-coder-1.5b LIMIT 5", AskStatement("q", model="qwen2.5-coder-1.5b", limit=5)),
        ("ASK 'q' LIMIT 5 USING 'my model' IN `kb`", AskStatement("q", None, "my model", 5, ("kb",))),
        (r"ASK 'it\'s ''quoted'' \\ \n'", AskStatement("it's 'quoted' \\")),
        (r"""ASK "say ""hi"" 100\%" """, AskStatement('say "hi" 100\\%')),
        ("ASK AS `what's ``new`` ?`", AskStatement("what's `new` ?")),  # ASK 'q' when sqlglot has written it anew
        ("ASK 'semi; colon -- not /* a */ comment'", AskStatement("semi; colon -- not /* a */ comment")),
    ],
)
def test_ask(text, expected):
    assert parse_ask(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "ASK",
        "ASK q",
        "ASK ''",
        "ASK '  '",
        "ASK 'open",
        "ASK SQL",
        "ASK ROW 'q'",
        "ASK 'q' LIMIT",
        "ASK 'q' LIMIT x",
        "ASK 'q' LIMIT -1",
        "ASK 'q' LIMIT 1.5",
        "ASK 'q' LIMIT 1 LIMIT 2",
        "ASK 'q' USING",
        "ASK 'q' and more",
        "ASK 'q'; DROP TABLE x",
        "ASK 'q' 'r'",
        "ASK AS ` `",
        "ASK AS `q` LIMIT 5",
        "ASK AS q",
    ],
)
def test_ask_says_the_right_form(text):
    assert is_syntax_error(parse_ask, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/*nl*/ top 5 customers by revenue", AskStatement("top 5 customers by revenue")),
        ("/* tool */ /*NL*/ it's all", AskStatement("it's all")),
        ("/*nl*/ SELECT 'top 5'", AskStatement("top 5")),
        ("/*nl*/ SELECT 'top 5' AS question LIMIT 200", AskStatement("top 5", limit=200)),
        ("/* nl */\nSELECT\n  'top 5'\nLIMIT 1001", AskStatement("top 5", limit=1001)),
        ("/*nl*/select the best customers", AskStatement("select the best customers")),
    ],
)
def test_marker(text, expected):
    assert parse_marked(text) == expected


@pytest.mark.parametrize("text", ["/*nl*/", "/*nl*/  ", "/*nl*/ SELECT ''", "/*nl*/ SELECT 'q' FROM t", "no marker"])
def test_marker_errors(text):
    assert is_syntax_error(parse_marked, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT AI how many orders were cancelled", AskStatement("how many orders were cancelled", Mode.ROWS)),
        ("select ai showsql how many orders", AskStatement("how many orders", Mode.SQL)),
        ("SELECT AI explainsql how many orders", AskStatement("how many orders", Mode.WHY)),
        ("SELECT AI narrate how many orders", AskStatement("how many orders", Mode.NARRATE)),
        ("SELECT AI chat what is a refund", AskStatement("what is a refund", Mode.DOCS)),
    ],
)
def test_select_ai(text, expected):
    assert accepts_select_ai(text)
    assert parse_select_ai(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "SELECT AI",
        "SELECT ai FROM t",
        "SELECT ai chat FROM t",
        "SELECT ai AS x FROM t",
        "SELECT ai, b FROM t",
        "SELECT ai.x FROM ai",
        "SELECT ai INTO @x FROM t",
        "SELECT ai x INTO OUTFILE '/tmp/x' FROM t",
        "SELECT ai FROM t PROCEDURE ANALYSE()",
        "SELECT ai x FROM t PROCEDURE ANALYSE()",
        "SELECT ai + 1",
        "SELECT ai IS NULL FROM t",
        "SELECT `AI` how many",
        "SELECT aid how many",
        "SELECT AI sales",
        "SELECT AI FOR UPDATE",
    ],
)
def test_legal_sql_wins_over_select_ai(text):
    assert not accepts_select_ai(text)


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("SET ASK limit = 50", True),
        ("SET ask show = 'sql'", True),
        ("SET ASK = 1", False),
        ("SET ASK := 1", False),
        ("SET ask.limit = 1", False),
        ("SET ASKED = 1", False),
        ("SET @ask = 1", False),
    ],
)
def test_set_only_with_an_option(text, accepted):
    assert accepts_set(text) is accepted


def test_set():
    assert parse_set("SET ASK LIMIT = 50") == SetOption("limit", "50")
    assert parse_set('SET ASK model = "my model"') == SetOption("model", "my model")
    assert is_syntax_error(parse_set, "SET ASK limit = 50, autocommit = 1")


def test_show_history():
    assert parse_show_history("SHOW AI HISTORY") is None
    assert parse_show_history("show ai history limit 5") == 5
    assert is_syntax_error(parse_show_history, "SHOW AI HISTORY FOR root")


def test_literals():
    assert read_literal("'a''b' c", 0) == ("a'b", 6)
    assert read_literal('"a\\"b"', 0) == ('a"b', 6)
    assert read_literal("x'a'", 0) is None
    assert read_literal("'open\\'", 0) is None
    assert quote_name("a`b") == "`a``b`"


def test_blank_ends_at_comments_that_run():
    assert skip_blank("  -- x\n# y\n/* z */ ASK") == 19
    assert skip_blank("/*!50000 ASK */") == 0
    assert skip_blank("/* open") == 0


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("/*nl*/ orders per status", True),
        ("/*NL*/ SELECT 1", True),
        ("/* nl */\nSELECT\n  'orders per status'\nLIMIT 1001", True),
        ("/* nl */ SELECT 1", False),
        ("/* nl */ orders per status", False),
    ],
)
def test_a_marker_with_blanks_is_a_comment_before_anything_but_a_question(text: str, ours: bool) -> None:
    assert accepts_marked(text) is ours
