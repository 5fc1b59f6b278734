import sqlite3

import pytest

from proxy.upstreams.dialect import sqlite_regexp


@pytest.mark.parametrize(
    ("text", "pattern", "exact", "found"),
    [
        ("Nordwind", "^nord", False, 1),
        ("Nordwind", "^nord", True, 0),
        ("a1", "[[:alpha:]][[:digit:]]", False, 1),
        ("one two", "[[:<:]]two[[:>:]]", False, 1),
        ("ä", "^.$", False, 1),
        ("", "x", False, 0),
    ],
)
def test_matches(text: str, pattern: str, exact: bool, found: int) -> None:
    assert sqlite_regexp.matches(text, pattern, exact=exact) == found


def test_found_and_replaced() -> None:
    assert sqlite_regexp.found("abc123", "[0-9]+") == "123"
    assert sqlite_regexp.found("abc", "[0-9]+") is None
    assert sqlite_regexp.replaced("a-b-c", "(-)", r"\1\1") == "a--b--c"


def test_no_pattern_takes_for_ever() -> None:
    assert sqlite_regexp.matches("a" * 5000, "(a+)+$b", exact=False) == 0


def test_a_pattern_that_is_none_is_an_error() -> None:
    with pytest.raises(sqlite3.OperationalError, match="regular expression"):
        sqlite_regexp.matches("a", "(", exact=False)
