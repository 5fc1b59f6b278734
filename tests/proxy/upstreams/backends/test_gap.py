"""What stands between words of SQL."""

import re

import pytest

from proxy.upstreams.backends.gap import GAP


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("  a", "a"),
        ("-- x\n a", "a"),
        ("--x", ""),
        ("/* x * / y **/a", "a"),
        ("/**//***/ \t-- /*\n/* -- */b", "b"),
        ("/* open", "/* open"),
        ("- a", "- a"),
        ("", ""),
    ],
)
def test_gap(text: str, rest: str) -> None:
    assert re.sub(rf"\A{GAP}*+", "", text) == rest


@pytest.mark.parametrize("text", ["/**/" * 50_000 + "x", "-- \n" * 50_000 + "x", "/*" + "*" * 100_000, " " * 200_000])
def test_hostile_texts_are_looked_at_once(text: str) -> None:
    assert re.match(rf"{GAP}*+;", text) is None
