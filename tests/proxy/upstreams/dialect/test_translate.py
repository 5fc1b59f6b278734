"""The forms that the databases cannot show: exact SQL, names, and what is refused."""

import pytest

from proxy.upstreams.dialect import FixedSchema, parse, translate
from tests.proxy.upstreams.dialect.conftest import Translate


def test_the_tree_is_left_as_it_was(to: Translate) -> None:
    (tree,) = parse("SELECT IF(active, 1, 0), name FROM people WHERE name LIKE 'a%' GROUP BY 1")
    before = tree.sql("mysql")
    for target in ("postgres", "duckdb", "sqlite"):
        translate(tree, target, FixedSchema())
    assert tree.sql("mysql") == before


def test_what_has_no_effect_is_noted() -> None:
    (tree,) = parse("CREATE TABLE t (a TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, FULLTEXT KEY (a))")
    assert len(translate(tree, "postgres", FixedSchema()).notes) == 2
    (tree,) = parse("LOCK TABLES t WRITE")
    locked = translate(tree, "postgres", FixedSchema())
    assert locked.sql == ()
    assert len(locked.notes) == 1


def test_another_dialect_gets_sqlglot_s_own_translation() -> None:
    (tree,) = parse("SELECT `a` FROM `b` LIMIT 1, 2")
    assert translate(tree, "trino", FixedSchema()).sql == ('SELECT "a" FROM "b" OFFSET 1 LIMIT 2',)


def test_the_largest_limit_is_none(to: Translate) -> None:
    sql = "SELECT id FROM people LIMIT 5, 18446744073709551615"
    assert to("postgres", sql).endswith('"people" OFFSET 5')
    assert to("duckdb", sql).endswith('"people" OFFSET 5')
    assert to("sqlite", sql).endswith('"people" LIMIT -1 OFFSET 5')
    assert to("postgres", "SELECT id FROM people LIMIT 9223372036854775807").endswith("LIMIT 9223372036854775807")


@pytest.mark.parametrize("target", ["postgres", "duckdb", "sqlite"])
def test_a_limit_of_thousands_of_digits_is_none(to: Translate, target: str) -> None:
    assert "9" not in to(target, f"SELECT id FROM people LIMIT {'9' * 5000}")
