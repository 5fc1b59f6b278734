import duckdb
import pytest

from proxy.upstreams.quoting import literal, quoted


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a", '"a"'),
        ('a"b', '"a""b"'),
        ("", '""'),
        ('"; DROP TABLE t; --', '"""; DROP TABLE t; --"'),
        ("a\0b", '"ab"'),
    ],
)
def test_quoted(name: str, written: str) -> None:
    assert quoted(name) == written


@pytest.mark.parametrize("text", ["", "a", "it's", "'; DROP TABLE t; --", "back\\slash", '"', "ä\n"])
def test_a_literal_is_read_as_it_was(text: str) -> None:
    assert duckdb.sql(f"SELECT {literal(text)}").fetchone() == (text,)


def test_a_literal_has_no_nul() -> None:
    assert literal("a\0b") == "'ab'"
