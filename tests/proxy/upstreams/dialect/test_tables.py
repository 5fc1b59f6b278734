"""CREATE, DROP, TRUNCATE, RENAME."""

import pytest

from proxy.upstreams.dialect import Translation, Untranslatable, parse, translate
from tests.proxy.upstreams.conftest import ShopGateway, rows
from tests.proxy.upstreams.dialect.conftest import SCHEMA, Translate


@pytest.mark.parametrize(
    ("target", "sql", "written"),
    [
        ("postgres", "TRUNCATE TABLE People", 'TRUNCATE TABLE "people" RESTART IDENTITY'),
        ("duckdb", "TRUNCATE People", 'TRUNCATE TABLE "people"'),
        ("sqlite", "TRUNCATE People", 'DELETE FROM "people"'),
        ("duckdb", "DROP TABLE IF EXISTS People, x", 'DROP TABLE IF EXISTS "people"; DROP TABLE IF EXISTS "x"'),
        ("sqlite", "DROP VIEW v", 'DROP VIEW "v"'),
        ("postgres", "CREATE DATABASE IF NOT EXISTS d", 'CREATE SCHEMA IF NOT EXISTS "d"'),
        ("postgres", "DROP DATABASE d", 'DROP SCHEMA "d" CASCADE'),
        ("duckdb", "CREATE INDEX i ON People (name)", 'CREATE INDEX "People.i" ON "people" ("name")'),
        (
            "sqlite",
            "CREATE UNIQUE INDEX i ON people (name DESC)",
            'CREATE UNIQUE INDEX "people.i" ON "people" ("name" DESC)',
        ),
        ("sqlite", "DROP INDEX i ON people", 'DROP INDEX "people.i"'),
        (
            "duckdb",
            "CREATE OR REPLACE VIEW v (a) AS SELECT ID FROM people",
            'CREATE OR REPLACE VIEW "v" ("a") AS SELECT "Id" FROM "people"',
        ),
        ("postgres", "CREATE TABLE t LIKE People", 'CREATE TABLE "t" (LIKE "people" INCLUDING ALL)'),
        ("sqlite", "CREATE TABLE t AS SELECT name FROM people", 'CREATE TABLE "t" AS SELECT "name" FROM "people"'),
        (
            "duckdb",
            "CREATE TEMPORARY TABLE IF NOT EXISTS t (a INT)",
            'CREATE TEMPORARY TABLE IF NOT EXISTS "t" ("a" INT)',
        ),
        (
            "duckdb",
            "RENAME TABLE People TO folk, x TO y",
            'ALTER TABLE "people" RENAME TO "folk"; ALTER TABLE "x" RENAME TO "y"',
        ),
        ("postgres", "ANALYZE TABLE People", 'ANALYZE "people"'),
        ("postgres", "UNLOCK TABLES", ""),
        (
            "sqlite",
            "CREATE OR REPLACE TABLE People (a INT, KEY (a))",
            'DROP TABLE IF EXISTS "people"; CREATE TABLE "People" ("a" INT); CREATE INDEX "People.a" ON "People" ("a")',
        ),
        (
            "duckdb",
            "CREATE OR REPLACE TABLE t AS SELECT 1 AS a",
            'DROP TABLE IF EXISTS "t"; CREATE TABLE "t" AS SELECT 1 AS "a"',
        ),
        ("postgres", "ALTER TABLE people DISABLE KEYS", ""),
    ],
)
def test_definitions(to: Translate, target: str, sql: str, written: str) -> None:
    assert to(target, sql) == written


@pytest.mark.parametrize(
    ("target", "sql", "construct"),
    [
        ("sqlite", "CREATE DATABASE d", "DATABASE"),
        ("sqlite", "DROP DATABASE d", "DATABASE"),
        ("sqlite", "CREATE OR REPLACE VIEW v AS SELECT 1", "CREATE OR REPLACE VIEW"),
        ("duckdb", "CREATE TABLE t (a INT) AS SELECT 1 AS a", "CREATE TABLE with columns AS SELECT"),
        ("duckdb", "RENAME TABLE a.b TO c", "RENAME TABLE of this form"),
        ("duckdb", "RENAME TABLE a TO 'c'", "RENAME TABLE of this form"),
        ("postgres", "DROP TRIGGER t", "DROP TRIGGER"),
        ("postgres", "CREATE OR REPLACE TEMPORARY TABLE t (a INT)", "CREATE OR REPLACE TEMPORARY TABLE"),
        ("duckdb", "CREATE TABLE t (a INT) PARTITION BY HASH(a)", "."),
    ],
)
def test_what_is_refused(to: Translate, target: str, sql: str, construct: str) -> None:
    with pytest.raises(Untranslatable, match=construct):
        to(target, sql)


@pytest.mark.parametrize("target", ["postgres", "duckdb", "sqlite"])
@pytest.mark.parametrize("table", ["people (a INT, KEY (a))", "people AS SELECT 1 AS a", "people LIKE counters"])
def test_a_table_that_is_there_is_left_with_its_keys(to: Translate, target: str, table: str) -> None:
    """CREATE INDEX of its keys would fail, or index a column that the table has not."""
    (tree,) = parse(f"CREATE TABLE IF NOT EXISTS {table}")
    assert translate(tree, target, SCHEMA) == Translation((), ("Table 'people' already exists",))
    assert to(target, f"CREATE TEMPORARY TABLE IF NOT EXISTS {table}").startswith("CREATE TEMPORARY TABLE IF NOT")


def test_an_application_may_make_its_tables_at_each_start(shop: ShopGateway) -> None:
    with shop.connect() as connection:
        for _ in range(2):
            rows(connection, "CREATE TABLE IF NOT EXISTS started (a INT AUTO_INCREMENT PRIMARY KEY, b INT, KEY (b))")
            rows(connection, "INSERT INTO started (b) VALUES (5)")
        assert rows(connection, "SELECT a, b FROM started ORDER BY a") == [(1, 5), (2, 5)]
        rows(connection, "CREATE OR REPLACE TABLE started (c INT, KEY (c))")
        assert rows(connection, "SELECT c FROM started") == []
        rows(connection, "DROP TABLE started")


def test_on_postgresql_only_the_very_name_is_there(to: Translate) -> None:
    sql = "CREATE TABLE IF NOT EXISTS People (a INT)"
    assert to("postgres", sql) == 'CREATE TABLE IF NOT EXISTS "People" ("a" INT)'
    assert to("duckdb", sql) == to("sqlite", sql) == ""


def test_unsigned_enum_and_comments_become_what_the_target_has(to: Translate) -> None:
    sql = "CREATE TABLE t (a INT UNSIGNED AUTO_INCREMENT PRIMARY KEY COMMENT 'it''s', b ENUM('x'), KEY (b)) COMMENT='c'"
    assert to("postgres", sql) == (
        'CREATE TABLE "t" ("a" BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, '
        """"b" VARCHAR CHECK ("b" IN ('x'))); COMMENT ON COLUMN "t"."a" IS 'it''s'; """
        """CREATE INDEX "t.b" ON "t" ("b"); COMMENT ON TABLE "t" IS 'c'"""
    )
    assert to("sqlite", sql).startswith('CREATE TABLE "t" ("a" INTEGER PRIMARY KEY AUTOINCREMENT,')
