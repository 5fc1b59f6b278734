import re

import pytest

from proxy.upstreams.like import like_pattern


def matches(pattern: str, text: str) -> bool:
    return re.fullmatch(like_pattern(pattern), text, re.DOTALL) is not None


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a%b", "aXXb", True),
        ("a%b", "aXXbc", False),
        ("%a%b%", "xxaYb", True),
        ("%ab%ab", "abab", True),
        ("%ab%ab", "ab", False),
        ("%ab", "abab", True),
        ("%_a", "xa", True),
        ("%_a", "a", False),
        ("%%a", "bba", True),
        ("a_c", "abc", True),
        ("a_c", "a\nc", True),
        ("a_c", "ac", False),
        ("%", "", True),
        ("", "", True),
        ("", "x", False),
        (r"a\%b", "a%b", True),
        (r"a\%b", "axb", False),
        (r"a\_b", "axb", False),
        (r"a\\b", r"a\b", True),
        ("a\\", "a\\", True),
        ("a.c", "abc", False),
        ("(a)+", "aa", False),
    ],
)
def test_like(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected


@pytest.mark.timeout(20)
def test_many_wildcards_do_not_multiply() -> None:
    assert not matches("%a" * 60 + "%b", "a" * 5000)
    assert matches("%a" * 60 + "%b", "a" * 5000 + "b")
    assert not matches("%_" * 60 + "b%c", "a" * 5000)
