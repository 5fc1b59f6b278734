"""Operators and the syntax nodes of expressions."""

import pytest

from proxy.upstreams.dialect import Untranslatable
from tests.proxy.upstreams.dialect.conftest import EMBEDDED, Translate, Value


@EMBEDDED
@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("NOT 'abc'", "1"),
        ("NOT 5", "0"),
        ("1 XOR 1", "0"),
        ("2 XOR 0", "1"),
        ("NULL XOR 1", None),
        ("NULL AND 0", "0"),
        ("NULL OR 2", "1"),
        ("'a' OR 0", "0"),
        ("1 && 2", "1"),
        ("NULL <=> NULL", "1"),
        ("1 <=> NULL", "0"),
        ("1 <=> '1'", "1"),
        ("5 IS TRUE", "1"),
        ("0 IS NOT TRUE", "1"),
        ("NULL IS FALSE", "0"),
        ("CASE 1 WHEN '1' THEN 'a' ELSE 'b' END", "a"),
        ("CASE WHEN 'abc' THEN 1 ELSE 0 END", "0"),
        ("CASE WHEN NULL THEN 1 END", None),
        ("(1, 2) = (1, 2)", "1"),
        ("(1, 2) IN ((1, 3), (1, 2))", "1"),
        ("x IN ('5', 6) FROM (SELECT 5 AS x) t", "1"),
        ("x NOT IN (1, NULL) FROM (SELECT 5 AS x) t", None),
        ("x BETWEEN '1' AND '10' FROM (SELECT 5 AS x) t", "1"),
        ("x NOT BETWEEN 1 AND 10 FROM (SELECT 5 AS x) t", "0"),
        ("b'101' + 0", "5"),
        ("0x41", "41"),
        ("0x041", "0041"),
        ("_utf8mb4'ä'", "ä"),
        ("'a' 'b'", "ab"),
        ("1 = 1", "1"),
    ],
)
def test_values(value: Value, target: str, expression: str, result: str | None) -> None:
    assert value(target, expression) == result


@pytest.mark.parametrize("target", ["postgres", "duckdb", "sqlite"])
@pytest.mark.parametrize(
    ("sql", "construct"),
    [
        ("SELECT @a", "@a"),
        ("SELECT MATCH (name) AGAINST ('x') FROM people", "MATCH … AGAINST"),
        ("SELECT 'a\0'", "a NUL character"),
    ],
)
def test_what_is_refused_by_name(to: Translate, target: str, sql: str, construct: str) -> None:
    with pytest.raises(Untranslatable, match=construct):
        to(target, sql)


def test_sqlite_has_no_all_and_any(to: Translate) -> None:
    sql = "SELECT 1 > ALL (SELECT hits FROM counters)"
    assert "ALL (SELECT" in to("postgres", sql)
    with pytest.raises(Untranslatable, match="ALL, ANY and SOME"):
        to("sqlite", sql)


@pytest.mark.parametrize(
    ("literal", "sql"),
    [("0x0F", "CAST('\\x0F' AS BYTEA)"), ("0x041", "0041"), ("1e2", "CAST(1e2 AS DOUBLE PRECISION)")],
)
def test_literals_on_postgresql(to: Translate, literal: str, sql: str) -> None:
    assert sql in to("postgres", f"SELECT {literal}")
