"""INSERT and REPLACE."""

import pytest

from proxy.upstreams.dialect import Untranslatable
from tests.proxy.upstreams.dialect.conftest import Translate


@pytest.mark.parametrize(
    ("target", "sql", "written"),
    [
        (
            "duckdb",
            "INSERT IGNORE INTO counters (hits) VALUES (1)",
            'INSERT INTO "counters" ("hits") VALUES (1) ON CONFLICT DO NOTHING',
        ),
        (
            "sqlite",
            "REPLACE INTO counters (day, hits) VALUES ('2024-01-01', 1)",
            """INSERT OR REPLACE INTO "counters" ("day", "hits") VALUES ('2024-01-01', 1)""",
        ),
        ("postgres", "INSERT INTO counters () VALUES ()", 'INSERT INTO "counters" DEFAULT VALUES'),
        (
            "sqlite",
            "INSERT INTO counters (day, hits) VALUES (DEFAULT, 1), (DEFAULT, 2)",
            'INSERT INTO "counters" ("hits") VALUES (1), (2)',
        ),
        (
            "sqlite",
            "INSERT INTO counters VALUES ('2024-1-1', '5x')",
            """INSERT INTO "counters" ("day", "hits") VALUES ('2024-01-01', 5)""",
        ),
        ("duckdb", "INSERT INTO counters (HITS) SELECT '7'", 'INSERT INTO "counters" ("hits") SELECT \'7\''),
    ],
)
def test_what_is_written(to: Translate, target: str, sql: str, written: str) -> None:
    assert to(target, sql) == written


def test_a_replaced_row_takes_its_defaults(to: Translate) -> None:
    sql = to("postgres", "REPLACE INTO counters (day) VALUES ('2024-01-01')")
    assert sql.endswith('ON CONFLICT("day") DO UPDATE SET "hits" = excluded."hits"')


def test_a_select_before_on_conflict_has_a_where_on_sqlite(to: Translate) -> None:
    sql = "INSERT INTO counters (day, hits) SELECT day, 1 FROM counters ON DUPLICATE KEY UPDATE hits = VALUES(hits)"
    assert "WHERE TRUE ON CONFLICT" in to("sqlite", sql)
    assert "WHERE" not in to("postgres", sql)


@pytest.mark.parametrize(
    ("target", "sql", "construct"),
    [
        ("sqlite", "INSERT INTO counters (day, hits) VALUES (DEFAULT, 1), ('2024-01-01', 2)", "DEFAULT among values"),
        ("postgres", "INSERT INTO counters () VALUES (), ()", "several empty rows"),
        ("duckdb", "INSERT INTO unknown (a) VALUES (1) ON DUPLICATE KEY UPDATE a = 2", "an unknown table"),
        ("duckdb", "REPLACE INTO unknown (a) VALUES (1)", "an unknown table"),
    ],
)
def test_what_is_refused(to: Translate, target: str, sql: str, construct: str) -> None:
    with pytest.raises(Untranslatable, match=construct):
        to(target, sql)


def test_a_unique_key_decides_on_duplicate_key_update(to: Translate) -> None:
    sql = "INSERT INTO counters (day, hits) VALUES ('2024-01-01', 1) ON DUPLICATE KEY UPDATE hits = hits + VALUES(hits)"
    assert to("postgres", sql) == (
        """INSERT INTO "counters" ("day", "hits") VALUES (CAST('2024-01-01' AS DATE), 1) """
        """ON CONFLICT("day") DO UPDATE SET "hits" = "counters"."hits" + excluded."hits\""""
    )
    for form in ("AS new ON DUPLICATE KEY UPDATE hits = new.hits", "AS new(d, h) ON DUPLICATE KEY UPDATE hits = h"):
        assert to("postgres", f"INSERT INTO counters (day, hits) VALUES ('2024-01-01', 1) {form}").endswith(
            """SET "hits" = excluded."hits\""""
        )


def test_several_unique_keys_are_refused_where_one_must_be_named(to: Translate) -> None:
    with pytest.raises(Untranslatable, match="several unique keys"):
        to("postgres", "INSERT INTO people (Id, name) VALUES (1, 'a') ON DUPLICATE KEY UPDATE name = 'b'")
    # The other key cannot be violated when the database numbers the row.
    assert 'ON CONFLICT("name")' in to(
        "postgres", "INSERT INTO people (name) VALUES ('a') ON DUPLICATE KEY UPDATE score = 1"
    )


def test_null_and_zero_ask_for_a_number(to: Translate) -> None:
    assert "VALUES (DEFAULT, 'a'), (DEFAULT, 'b'), (7, 'c')" in to(
        "postgres", "INSERT INTO people (id, name) VALUES (NULL, 'a'), (0, 'b'), (7, 'c')"
    )
