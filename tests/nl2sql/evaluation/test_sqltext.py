from xml.etree import ElementTree as ET

import pytest

from nl2sql.evaluation.sqltext import MAX_MARKED, add_sql, laid_out


def shown(sql: str, other: str = "") -> str:
    parent = ET.Element("div")
    add_sql(parent, sql, other)
    return " ".join(ET.tostring(parent, encoding="unicode").split())


@pytest.mark.parametrize(
    ("sql", "lines"),
    [
        ("select a from t where b = 1", ["SELECT", "  a", "FROM t", "WHERE", "  b = 1"]),
        ("SELECT 1; SELECT 2", ["SELECT", "  1", "SELECT", "  2"]),
        ("no sql (", ["no sql ("]),
        ("", [""]),
    ],
)
def test_sql_is_laid_out_where_it_can_be_read(sql: str, lines: list[str]) -> None:
    assert laid_out(sql).split("\n") == lines


def test_too_deep_a_text_stays() -> None:
    sql = "SELECT " + "(" * 5_000
    assert laid_out(sql) == sql


def test_keywords_are_bold_and_all_is_escaped() -> None:
    assert shown("SELECT a FROM t WHERE b < '<i>'") == (
        "<div><pre class=\"sql\"><code><b>SELECT</b> a <b>FROM</b> t <b>WHERE</b> b &lt; '&lt;i&gt;'</code></pre></div>"
    )


def test_what_stands_only_here_is_marked() -> None:
    text = shown("SELECT a FROM t WHERE b = 'x y'", "select a from t where c = 'x z'")
    assert "<mark>b</mark> = <mark>'x y'</mark>" in text
    assert text.count("<mark>") == 2
    assert "<mark>" not in shown("SELECT a FROM t", "select  a\nfrom T")
    assert "<mark>" not in shown("SELECT a FROM t")


def test_very_long_statements_are_not_compared() -> None:
    many = ", ".join(f"c{n}" for n in range(MAX_MARKED))
    assert "<mark>" not in shown(f"SELECT {many} FROM t", "SELECT 1 FROM u")
