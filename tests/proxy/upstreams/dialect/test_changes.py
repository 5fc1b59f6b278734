"""UPDATE and DELETE."""

import pytest

from proxy.upstreams.dialect import Untranslatable
from tests.proxy.upstreams.dialect.conftest import Translate


@pytest.mark.parametrize(
    ("target", "sql", "written"),
    [
        ("sqlite", "UPDATE counters SET hits = hits + 1", 'UPDATE "counters" SET "hits" = "hits" + 1'),
        ("duckdb", "DELETE FROM counters WHERE hits", 'DELETE FROM "counters" WHERE "hits" <> 0'),
        ("sqlite", "DELETE FROM counters ORDER BY day", 'DELETE FROM "counters"'),
        (
            "sqlite",
            "DELETE FROM counters WHERE hits = 1 ORDER BY day LIMIT 2",
            'DELETE FROM "counters" WHERE rowid IN (SELECT "counters".rowid FROM "counters" WHERE "hits" = 1 '
            'ORDER BY "day" LIMIT 2)',
        ),
        (
            "postgres",
            "DELETE FROM counters LIMIT 1",
            'DELETE FROM "counters" WHERE (tableoid, ctid) IN (SELECT "counters".tableoid, "counters".ctid '
            'FROM "counters" LIMIT 1)',
        ),
        (
            "duckdb",
            "DELETE p FROM people p JOIN counters c ON c.day = p.born WHERE c.hits = 0",
            'DELETE FROM "people" WHERE rowid IN (SELECT "p".rowid FROM "people" AS "p" JOIN "counters" AS "c" '
            'ON "c"."day" = "p"."born" WHERE "c"."hits" = 0)',
        ),
    ],
)
def test_what_is_written(to: Translate, target: str, sql: str, written: str) -> None:
    assert to(target, sql) == written


@pytest.mark.parametrize(("target", "address"), [("postgres", "ctid"), ("duckdb", "rowid"), ("sqlite", "rowid")])
def test_an_update_of_a_join_goes_by_the_rows_addresses(to: Translate, target: str, address: str) -> None:
    sql = to(target, "UPDATE people p JOIN counters c ON c.day = p.born SET p.name = 'x', p.score = c.hits")
    assert sql.startswith(
        """UPDATE "people" SET "name" = "askwire_source"."v0", "score" = "askwire_source"."v1" FROM ("""
    )
    assert f'"people".{address} = "askwire_source"."a' in sql


@pytest.mark.parametrize("target", ["postgres", "duckdb", "sqlite"])
@pytest.mark.parametrize(
    ("sql", "construct"),
    [
        ("UPDATE IGNORE people SET name = 'x'", "UPDATE IGNORE"),
        ("UPDATE people p, counters c SET p.name = 'x', c.hits = 1", "UPDATE of several tables"),
        ("DELETE p, c FROM people p JOIN counters c", "DELETE from several tables"),
        ("DELETE x FROM people p JOIN counters c", "DELETE from x"),
    ],
)
def test_what_is_refused(to: Translate, target: str, sql: str, construct: str) -> None:
    with pytest.raises(Untranslatable, match=construct):
        to(target, sql)
