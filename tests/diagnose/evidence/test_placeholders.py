import sqlglot

from diagnose.evidence.facts import Column, Schema, Table
from diagnose.evidence.placeholders import with_samples

SCHEMA = Schema("d", (Table("d", "t", (Column("n", "int"), Column("s", "varchar(9)"), Column("at", "datetime"))),))


def test_literals_of_the_columns_types() -> None:
    sql = "SELECT * FROM t WHERE n = ? AND s = ? AND s LIKE ? AND ? < at AND n + 1 > ? LIMIT ?"
    tree = sqlglot.parse_one(sql, read="mysql")
    found = with_samples(tree, SCHEMA)
    assert found is not None
    assert found.sql("mysql") == (
        "SELECT * FROM t WHERE n = 1 AND s = 'a' AND s LIKE 'a%' AND '2026-01-01' < at AND n + 1 > 1 LIMIT 10"
    )
    assert tree.sql("mysql").count("?") == 6


def test_none_without_any() -> None:
    assert with_samples(sqlglot.parse_one("SELECT '?' FROM t", read="mysql"), SCHEMA) is None
