from io import BytesIO

import pytest

from knowledge.loading.draft import Draft
from knowledge.loading.formats.csv_table import read, separator
from knowledge.loading.types import Limits, LoadError


def text(data: bytes, limits: Limits | None = None) -> str:
    document = Draft(limits or Limits())
    read(BytesIO(data), document)
    return document.text


@pytest.mark.parametrize(
    ("sample", "found"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a\tb\n1, 2\t3\n", "\t"),
        ("a|b|c\n1|2|3\n", "|"),
        ('"a,b";c\n"1,2,3";d\n', ";"),
        ("one column\nonly\n", ","),
        ("", ","),
        ("a,b,c\n1,2,3\n4,5", ","),
    ],
)
def test_the_separator_is_found_out(sample: str, found: str) -> None:
    assert separator(sample) == found


def test_cells() -> None:
    assert text(b'name;note\n x ;"a|b\nc"\n') == "| name | note |\n| --- | --- |\n| x | a\\|b c |\n\n"
    assert text("größe,b\n1,2".encode("cp1252")).startswith("| größe | b |")
    assert text(b"") == ""


def test_what_is_too_much() -> None:
    with pytest.raises(LoadError, match="has more than 3 cells"):
        text(b"a,b\n1,2\n", Limits(cells=3))
    with pytest.raises(LoadError, match=r"is broken: field larger than field limit \(20\)"):
        text(b"a,b\n" + b"x" * 30 + b",y\n", Limits(text_chars=20))
