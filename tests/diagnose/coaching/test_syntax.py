import pytest

from diagnose.coaching.syntax import _TOKEN, _unclosed, place

MESSAGE = "You have an error in your SQL syntax; check the manual for the right syntax to use near '{}' at line 1"


@pytest.mark.parametrize(
    ("sql", "near", "before", "after"),
    [
        ("SELECT a b c FROM t", "c FROM t", ("SELECT", "a", "b"), ("c", "FROM", "t")),
        ("SELECT 'it''s', FROM t", "FROM t", ("SELECT", "'it''s'", ","), ("FROM", "t")),
        ("SELECT 1 FROM t WHERE", "", ("SELECT", "1", "FROM", "t", "WHERE"), ()),
        ("x x x", "x", ("x", "x"), ("x",)),
    ],
)
def test_where_the_server_stopped(sql: str, near: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    found = place(sql, MESSAGE.format(near))
    assert found is not None
    assert (found.before, found.after) == (before, after)


def test_a_long_rest_is_cut_off_in_the_message() -> None:
    sql = "SELECT a FROM t WHER b = 1 AND " + " AND ".join(f"c{i} = {i}" for i in range(50))
    found = place(sql, MESSAGE.format(sql[sql.index("b = 1") :][:80]))
    assert found is not None
    assert found.before[-1] == "WHER"


@pytest.mark.parametrize("message", ["", "syntax error", MESSAGE.format("not in it"), "near 'x"])
def test_a_message_that_does_not_tell(message: str) -> None:
    assert place("SELECT 1", message) is None


def test_a_string_that_is_not_closed_is_one_token() -> None:
    """Whose end is looked for once: from each of its quotes it would take seconds."""
    rest = "'" + "\\'" * 25_000
    assert _TOKEN.findall("SELECT 'a''b', " + rest) == ["SELECT", "'a''b'", ",", rest]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT 'a', \"b\", `c`", ""),
        ("SELECT 'it's x'", "A string is not closed: ' stands once too often, see '"),
        ('SELECT "a', 'A string is not closed: " stands once too often, see "a'),
        ("SELECT `a FROM t", "A name is not closed: ` stands once too often, see `a FROM t"),
        ("SELECT 'a\\'", "A string is not closed: ' stands once too often, see 'a\\'"),
        ("SELECT (1", "1 parenthesis is not closed (of 1)."),
        ("", ""),
    ],
)
def test_what_is_not_closed(sql: str, said: str) -> None:
    assert _unclosed(sql) == said
