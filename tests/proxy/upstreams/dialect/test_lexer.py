import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from proxy.upstreams.dialect import SqlSyntaxError, lexer, parse


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        (r"'it''s'", "it's"),
        (r'"it""s"', 'it"s'),
        (r"'a\'b'", "a'b"),
        (r"'\\'", "\\"),
        (r'"\""', '"'),
        (r"'\n\t\r\b\Z\0'", "\n\t\r\b\x1a\0"),
        (r"'\%\_\q'", r"\%\_q"),
        ("N'x'", "x"),
        ("n'x'", "x"),
        ("'a -- b /* c */ # d'", "a -- b /* c */ # d"),
    ],
)
def test_a_string_is_read_as_mysql_reads_it(literal: str, value: str) -> None:
    assert [(each.kind, each.text) for each in lexer.read(literal)] == [("string", value)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a -- b\nc", ["a", "c"]),
        ("a --b", ["a", "-", "-", "b"]),
        ("5--1", ["5", "-", "-", "1"]),
        ("a # b\nc", ["a", "c"]),
        ("a /* b ; c */ d", ["a", "d"]),
        ("a /*+ hint */ b", ["a", "b"]),
        ("a /*!40101 b */ c", ["a", "b", "c"]),
        ("a /*! b */ c", ["a", "b", "c"]),
        ("a /*!99999 b */ c", ["a", "c"]),
        ("a /*M! b */ c", ["a", "c"]),
        ("`a``b`", ["a`b"]),
        ("0x41 x'41' b'1' 0b1", ["0x41", "x'41'", "b'1'", "0b1"]),
        ("1.5e-3 .5 1e5 1abc", ["1.5e-3", ".5", "1e5", "1abc"]),
        ("@@global.a @b", ["@@global.a", "@b"]),
        ("a<=>b->>c:=d", ["a", "<=>", "b", "->>", "c", ":=", "d"]),
    ],
)
def test_the_text_is_cut_as_mysql_cuts_it(text: str, words: list[str]) -> None:
    assert [each.text for each in lexer.read(text)] == words


@pytest.mark.parametrize(
    "text", ["SELECT 'a", 'SELECT "a', "SELECT `a", "SELECT /* a", "SELECT /*!40101 a", "SELECT \0"]
)
def test_what_is_never_closed_is_a_syntax_error(text: str) -> None:
    with pytest.raises(SqlSyntaxError) as caught:
        lexer.read(text)
    assert caught.value.number == 1064


@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=30))
def test_any_text_in_quotes_is_one_literal_again(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    (tree,) = parse(f"SELECT '{escaped}'")
    (literal,) = tree.find_all(exp.Literal)
    assert literal.this == text
