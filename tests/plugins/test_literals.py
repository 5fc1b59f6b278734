import pytest

from plugins.literals import quote_literal, quote_name, read_literal, skip_blank


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'abc'", "abc"),
        ('"abc"', "abc"),
        ("''", ""),
        ("'it''s'", "it's"),
        ('"say ""hi"""', 'say "hi"'),
        ("'\"'", '"'),
        ('"it\'s"', "it's"),
        (r"'a\'b\\c\nd\te\0f\Zg\x'", "a'b\\c\nd\te\0f\x1agx"),
        (r"'50\% and a\_b'", r"50\% and a\_b"),
        ("'line\nbreak'", "line\nbreak"),
        ("'\\\n'", "\n"),
    ],
)
def test_literals(text: str, value: str) -> None:
    assert read_literal(text, 0) == (value, len(text))
    assert read_literal(f"x{text}rest", 1) == (value, len(text) + 1)


@pytest.mark.parametrize("text", ["", "abc", "'abc", "\"abc'", r"'abc\'", "'it''", "`a`", " 'a'", "'" * 9])
def test_what_is_no_literal(text: str) -> None:
    assert read_literal(text, 0) is None


def test_a_long_text_that_never_ends_is_read_quickly() -> None:
    for text in ("'" + "''" * 200_000, "'" + "\\'" * 200_000, "'" + "a" * 400_000):
        assert read_literal(text, 0) is None


@pytest.mark.parametrize("value", ["", "it's", "a\\", "\\'", "''", "a\nb", "%_", "\\%", "é", "'; DROP TABLE x; --"])
def test_quoted_and_read_again(value: str) -> None:
    quoted = quote_literal(value)
    assert read_literal(quoted, 0) == (value, len(quoted))


def test_names() -> None:
    assert quote_name("a`b``c") == "`a``b````c`"


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("  \t\n\u00a0x", "x"),
        ("# one\n-- two\n--\tthree\nx", "x"),
        ("/* a */ /**/ x", "x"),
        ("-- ends", ""),
        ("--x", "--x"),
        ("/*! x */", "/*! x */"),
        ("/*M! x */", "/*M! x */"),
        ("/*+ x */", "/*+ x */"),
        ("/* never closed", "/* never closed"),
        ("/*/ x */y", "y"),
    ],
)
def test_blank_and_plain_comments(text: str, rest: str) -> None:
    assert text[skip_blank(text) :] == rest


def test_from_a_place_on() -> None:
    assert skip_blank("a  b", 1) == 3
    assert skip_blank("ab", 2) == 2
