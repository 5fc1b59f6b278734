"""The names that MySQL gives to the columns of a result."""

import pytest

from proxy.upstreams.dialect import lexer
from proxy.upstreams.dialect.labels import labels
from tests.proxy.upstreams.dialect.conftest import Translate


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT a, t.b, `s`.`t`.`c` FROM t", ["a", "b", "c"]),
        ("SELECT 1 +  1, COUNT( * ) FROM t", ["1 +  1", "COUNT( * )"]),
        ("SELECT 'it''s', _utf8mb4'x', 'a' 'b'", ["it's", "x", "ab"]),
        ("SELECT *, t.* FROM t", [None, None]),
        ("SELECT +1", ["1"]),
        ("SELECT DISTINCT f(a, b), (SELECT c FROM d) LIMIT 1", ["f(a, b)", "(SELECT c FROM d)"]),
        ("(SELECT a) UNION SELECT b", ["a"]),
        ("WITH x AS (SELECT 1) SELECT y FROM x", ["y"]),
        ("SELECT a/* note */+ b", ["a/* note */+ b"]),
        ("UPDATE t SET a = 1", []),
        ("SELECT", [None]),
    ],
)
def test_labels(sql: str, found: list[str | None]) -> None:
    assert labels(sql, lexer.read(sql)) == found


def test_an_expression_is_named_by_its_text(to: Translate) -> None:
    assert 'AS "COUNT(*)"' in to("postgres", "SELECT COUNT(*) FROM people")
    assert 'AS "1 +  1"' in to("duckdb", "select 1 +  1")
