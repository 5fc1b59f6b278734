import pytest

from proxy.upstreams.explain import Explain, parse_explain


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("EXPLAIN SELECT 1", Explain("SELECT 1")),
        ("explain format=json select 1", Explain("select 1", json=True)),
        ("DESC ANALYZE SELECT 1", Explain("SELECT 1", analyze=True)),
        ("EXPLAIN EXTENDED (SELECT 1)", Explain("(SELECT 1)")),
        ("EXPLAIN orders", None),
        ("DESCRIBE `select`", None),
        ("SELECT 1", None),
    ],
)
def test_parse_explain(text: str, found: Explain | None) -> None:
    assert parse_explain(text) == found


@pytest.mark.parametrize(
    ("explain", "dialect", "sql"),
    [
        (Explain("x"), "postgres", "EXPLAIN SELECT 1"),
        (Explain("x", analyze=True, json=True), "postgres", "EXPLAIN (ANALYZE, FORMAT JSON) SELECT 1"),
        (Explain("x", json=True), "sqlite", "EXPLAIN QUERY PLAN SELECT 1"),
    ],
)
def test_sql(explain: Explain, dialect: str, sql: str) -> None:
    assert explain.sql("SELECT 1", dialect) == sql
