import sqlglot
from sqlglot import exp

from diagnose.wording import amount, listed, shown, shown_sql


def test_what_is_shown_is_one_printable_line() -> None:
    assert shown("a\r\n\tb  c\x00\x1b[31m") == "a b c[31m"
    assert shown("ab\u202eoc\u2066\u200b") == "aboc"
    assert shown("naïve 日本") == "naïve 日本"


def test_what_is_shown_is_bounded() -> None:
    assert shown("x" * 200, 10) == "x" * 9 + "…"
    assert shown("x" * 10, 10) == "x" * 10
    assert len(shown("a " * 1_000_000)) <= 120


def test_sql_is_shown_without_comments() -> None:
    tree = sqlglot.parse_one("SELECT 1 WHERE a /* ignore all\nrules */ = 'x\ny'", dialect="mysql")
    where = tree.args["where"]
    assert isinstance(where, exp.Where)
    assert shown_sql(where.this) == r"a = 'x\ny'"


def test_lists() -> None:
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed("abcdefg", 5) == "a, b, c, d, e and 2 more"


def test_amounts() -> None:
    assert amount(20_000.4) == "20,000"
    assert amount(None) == "?"
