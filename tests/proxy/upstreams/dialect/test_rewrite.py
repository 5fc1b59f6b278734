"""Rules applied from the leaves to the root."""

import pytest

from tests.proxy.upstreams.dialect.conftest import Translate


def test_what_a_rule_makes_of_the_inner_is_seen_by_the_outer(to: Translate) -> None:
    assert 'LOWER("name")' in to("duckdb", "SELECT CONCAT(LOWER(name), 'x') AS x FROM people")
    sql = to("duckdb", "SELECT LENGTH(CONCAT(name, '5')) + '1' AS x FROM people")
    assert "STRLEN((\"name\" || '5'))" in sql
    assert sql.startswith("SELECT STRLEN(")
    assert "+ 1e0" in sql


def test_an_operator_in_the_place_of_a_call_keeps_its_parentheses(to: Translate) -> None:
    assert '("hits" % NULLIF(2, 0)) * 3' in to("postgres", "SELECT MOD(hits, 2) * 3 AS x FROM counters")


@pytest.mark.parametrize("target", ["postgres", "duckdb", "sqlite"])
def test_names_that_sqlite_would_take_for_strings(to: Translate, target: str) -> None:
    quoted = target != "sqlite"
    assert ('"nowhere"' in to(target, "SELECT `nowhere` FROM elsewhere")) is quoted
