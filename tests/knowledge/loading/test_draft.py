import pytest

from knowledge.loading.draft import Draft, cell, clean, one_line, table
from knowledge.loading.types import Limits, LoadError, Mark


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\r\nb\rc\fd\te", "a\nb\nc\nd\te"),
        ("a\x00\x07\x1b[2Jb", "a[2Jb"),
        ("\ufeffa\u200bb\u2060c", "abc"),
        ("pay \u202eyap\u202c", "pay yap"),
        ("a\U000e0049\U000e0067b", "ab"),
        ("a\U000e0100\U000e01efb\ufe00c\ufe0d", "abc"),
        ("a\u3164\u115f\uffa0\u034fb", "ab"),
        ("Zusam\u00admen", "Zusammen"),
        ("a\ud800b", "a\ufffdb"),
        ("نمی\u200cخواهم ❤\ufe0f 日本", "نمی\u200cخواهم ❤\ufe0f 日本"),
    ],
)
def test_what_nobody_sees_goes(text: str, cleaned: str) -> None:
    """Models read it all the same: tags, changes of direction, variation selectors and fillers."""
    assert clean(text) == cleaned


def test_on_one_line() -> None:
    assert one_line(" a\n\n b\t\x00c ") == "a b c"
    assert len(one_line("x" * 999)) == 300
    assert one_line("abc", 2) == "ab"


def test_tables() -> None:
    assert cell("a|b\nc") == r"a\|b c"
    assert (
        table([["a", "b"], ["1"], ["1", "2", "3"]]) == "| a | b |  |\n| --- | --- | --- |\n| 1 |  |  |\n| 1 | 2 | 3 |"
    )


def test_blocks_and_their_places() -> None:
    draft = Draft(Limits())
    assert draft.is_empty
    draft.mark("page\n1")
    draft.add("\n\nfirst\n")
    draft.add(" \n\x00 ")
    draft.mark("page 2")
    draft.add("second\x00")
    assert draft.text == "first\n\nsecond\n\n"
    assert draft.marks == (Mark(0, "page 1"), Mark(7, "page 2"))
    assert not draft.is_empty


def test_a_document_that_is_too_large() -> None:
    draft = Draft(Limits(text_chars=10))
    draft.add("12345678")
    for _ in range(2):
        with pytest.raises(LoadError, match="holds more than 10 characters of text"):
            draft.add("x")
    assert draft.text == "12345678\n\n"


def test_the_last_character_that_fits() -> None:
    Draft(Limits(text_chars=10)).add("12345678")
    with pytest.raises(LoadError):
        Draft(Limits(text_chars=9)).add("12345678")


def test_what_could_not_be_read() -> None:
    draft = Draft(Limits())
    draft.fail("pages 3-5", "are scanned")
    assert draft.failures == [("pages 3-5", "are scanned")]
    with pytest.raises(LoadError, match="needs a password"):
        draft.refuse("needs a password")
