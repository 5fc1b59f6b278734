import pytest

from plugins.errors import AskwireError, ErrorCode
from plugins.grammar import Reader, after_words, read_name, syntax_error, word_at

FORM = "DO IT"


def reader(text: str) -> Reader:
    return Reader(text, FORM)


def test_the_error_shows_the_form() -> None:
    error = syntax_error("the name is missing", FORM)
    assert (error.code, error.message) == (ErrorCode.SYNTAX, "the name is missing; the form is DO IT")


@pytest.mark.parametrize(
    ("text", "at", "word"),
    [("ASK x", 0, "ASK"), ("a.b-c:d$ e", 0, "a.b-c:d$"), ("9a", 0, ""), ("'a'", 0, ""), ("", 0, ""), ("x", 5, "")],
)
def test_words(text: str, at: int, word: str) -> None:
    assert word_at(text, at) == word


@pytest.mark.parametrize(
    ("text", "words", "rest"),
    [
        (" show /* x */ ai\tkeys", ("SHOW", "AI"), "keys"),
        ("SHOW AI", ("SHOW", "AI"), ""),
        ("SHOWAI", ("SHOW",), None),
        ("SHOW-AI x", ("SHOW",), None),
        ("SHOW", ("SHOW", "AI"), None),
        ("x", (), "x"),
    ],
)
def test_after_words(text: str, words: tuple[str, ...], rest: str | None) -> None:
    at = after_words(text, *words)
    assert (None if at is None else text[at:]) == rest


@pytest.mark.parametrize(
    ("text", "name"), [("plain x", "plain"), ("`a b`x", "a b"), ("'it''s' x", "it's"), ('"q"', "q"), ("a.b:c", "a.b:c")]
)
def test_names(text: str, name: str) -> None:
    assert read_name(text, 0, "the name is missing", FORM)[0] == name


@pytest.mark.parametrize("text", ["", "9a", "``", "`a", "'a", "(a)"])
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(AskwireError, match="the name is missing; the form is DO IT"):
        read_name(text, 0, "the name is missing", FORM)


def test_a_statement_from_left_to_right() -> None:
    text = reader("-- first\nTEACH 'a  b' AS `my  term` LIMIT 5, /* x */ 'what it is'  ")
    assert not text.accept("FORGET")
    assert not text.accept("TEACH", "ME")
    text.expect("TEACH")
    assert text.string("the question") == "a  b"
    assert text.accept("AS")
    assert text.name() == "my term"
    assert text.accept("LIMIT")
    assert text.digit
    assert text.number("the limit") == 5
    assert text.accept_mark(",")
    assert not text.accept_mark(",")
    assert not text.digit
    assert not text.ended
    assert text.rest("the definition") == "'what it is'"
    assert text.ended
    text.end()


@pytest.mark.parametrize(
    ("text", "read", "says"),
    [
        ("x", lambda r: r.expect("FOR", "ALL"), "FOR ALL is missing"),
        ("", lambda r: r.name(), "the name is missing"),
        ("''", lambda r: r.name(), "a name has 1 to 64 printable characters"),
        ("'  '", lambda r: r.name(), "a name has 1 to 64 printable characters"),
        (f"'{'n' * 65}'", lambda r: r.name(), "a name has 1 to 64 printable characters"),
        (r"'a\0b'", lambda r: r.name(), "a name has 1 to 64 printable characters"),
        ("'a\u202eb'", lambda r: r.name(), "a name has 1 to 64 printable characters"),
        ("x", lambda r: r.string("the question"), "the question is a string in quotes"),
        ("'never closed", lambda r: r.string("the question"), "the question is a string in quotes"),
        ("' \n '", lambda r: r.string("the question"), "the question is empty"),
        ("'\u200b'", lambda r: r.string("the question"), "the question is empty"),
        ("x", lambda r: r.number("the limit"), "the limit is missing"),
        ("5x", lambda r: r.number("the limit"), "the limit is missing"),
        ("5.5", lambda r: r.number("the limit"), "the limit is missing"),
        ("-5", lambda r: r.number("the limit"), "the limit is missing"),
        ("9" * 19, lambda r: r.number("the limit"), "the limit is missing"),
        (" /* x */ ", lambda r: r.rest("the SQL"), "the SQL is missing"),
        ("x" * 50, lambda r: r.end(), f"unexpected '{'x' * 40}'"),
    ],
)  # fmt: skip
def test_what_does_not_fit(text: str, read: object, says: str) -> None:
    with pytest.raises(AskwireError) as error:
        read(reader(text))  # type: ignore[operator]
    assert error.value.message == f"{says}; the form is DO IT"
    assert error.value.code is ErrorCode.SYNTAX
