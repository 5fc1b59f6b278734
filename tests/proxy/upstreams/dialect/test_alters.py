"""ALTER TABLE."""

import pytest

from proxy.upstreams.dialect import Translation, Untranslatable, parse, translate
from tests.proxy.upstreams.dialect.conftest import SCHEMA, Translate


@pytest.mark.parametrize(
    ("target", "action", "sql"),
    [
        ("postgres", "ADD COLUMN x INT NOT NULL", 'ALTER TABLE "people" ADD COLUMN "x" INT NOT NULL'),
        (
            "duckdb",
            "ADD COLUMN x INT NOT NULL",
            'ALTER TABLE "people" ADD COLUMN "x" INT; ALTER TABLE "people" ALTER COLUMN "x" SET NOT NULL',
        ),
        ("sqlite", "ADD x INT", 'ALTER TABLE "people" ADD COLUMN "x" INT'),
        ("duckdb", "DROP COLUMN name", 'ALTER TABLE "people" DROP COLUMN "name"'),
        ("sqlite", "DROP name", 'ALTER TABLE "people" DROP COLUMN "name"'),
        ("postgres", "DROP PRIMARY KEY", 'ALTER TABLE "people" DROP CONSTRAINT "people_pkey"'),
        ("postgres", "DROP FOREIGN KEY fk", 'ALTER TABLE "people" DROP CONSTRAINT "fk"'),
        ("sqlite", "DROP INDEX i", 'DROP INDEX "people.i"'),
        ("sqlite", "RENAME TO folk", 'ALTER TABLE "people" RENAME TO "folk"'),
        ("postgres", "RENAME COLUMN name TO title", 'ALTER TABLE "people" RENAME COLUMN "name" TO "title"'),
        (
            "postgres",
            "ALTER COLUMN name SET DEFAULT 'x'",
            """ALTER TABLE "people" ALTER COLUMN "name" SET DEFAULT 'x'""",
        ),
        ("duckdb", "ALTER COLUMN name DROP DEFAULT", 'ALTER TABLE "people" ALTER COLUMN "name" DROP DEFAULT'),
        ("postgres", "ADD UNIQUE KEY u (name)", 'CREATE UNIQUE INDEX "people.u" ON "people" ("name")'),
        ("duckdb", "ADD UNIQUE (name)", 'CREATE UNIQUE INDEX "people.name" ON "people" ("name")'),
        (
            "postgres",
            "CHANGE name title VARCHAR(9) NOT NULL DEFAULT 'y'",
            'ALTER TABLE "people" RENAME COLUMN "name" TO "title"; '
            'ALTER TABLE "people" ALTER COLUMN "title" DROP DEFAULT; '
            'ALTER TABLE "people" ALTER COLUMN "title" TYPE VARCHAR(9) USING CAST("title" AS VARCHAR(9)); '
            'ALTER TABLE "people" ALTER COLUMN "title" SET NOT NULL; '
            """ALTER TABLE "people" ALTER COLUMN "title" SET DEFAULT 'y'""",
        ),
        (
            "duckdb",
            "MODIFY score DOUBLE",
            'ALTER TABLE "people" ALTER COLUMN "score" DROP DEFAULT; '
            'ALTER TABLE "people" ALTER COLUMN "score" TYPE DOUBLE PRECISION; '
            'ALTER TABLE "people" ALTER COLUMN "score" DROP NOT NULL',
        ),
    ],
)
def test_actions(to: Translate, target: str, action: str, sql: str) -> None:
    assert to(target, f"ALTER TABLE People {action}") == sql


def test_several_actions_in_their_order(to: Translate) -> None:
    sql = to("sqlite", "ALTER TABLE people ADD a INT, DROP b, RENAME COLUMN c TO d")
    assert [each.split('"people" ')[1][:6] for each in sql.split("; ")] == ["ADD CO", "DROP C", "RENAME"]


@pytest.mark.parametrize(
    ("target", "action", "construct"),
    [
        ("sqlite", "MODIFY name TEXT", "MODIFY"),
        ("sqlite", "ADD CONSTRAINT c CHECK (score > 0)", "ADD of a constraint"),
        ("sqlite", "ALTER COLUMN name SET DEFAULT 'x'", "ALTER TABLE"),
        ("duckdb", "DROP PRIMARY KEY", "DROP PRIMARY KEY"),
        ("duckdb", "DROP FOREIGN KEY fk", "DROP FOREIGN KEY"),
        ("postgres", "MODIFY Id INT AUTO_INCREMENT", "AUTO_INCREMENT"),
    ],
)
def test_what_is_refused(to: Translate, target: str, action: str, construct: str) -> None:
    with pytest.raises(Untranslatable, match=construct):
        to(target, f"ALTER TABLE people {action}")


def test_a_table_s_comment_is_changed(to: Translate) -> None:
    assert to("postgres", "ALTER TABLE people COMMENT 'all of them'").endswith("""ON TABLE "people" IS 'all of them'""")
    assert to("duckdb", "ALTER TABLE people COMMENT ''").endswith("""ON TABLE "people" IS NULL""")


@pytest.mark.parametrize("target", ["postgres", "duckdb", "sqlite"])
def test_what_has_no_effect_is_noted(target: str) -> None:
    (tree,) = parse("ALTER TABLE people AUTO_INCREMENT = 100, ENGINE = InnoDB")
    note = "AUTO_INCREMENT of a table that is there has no effect on this upstream"
    assert translate(tree, target, SCHEMA) == Translation((), (note,))
