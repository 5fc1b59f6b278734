"""GROUP BY: aliases, ROLLUP, and the columns that MySQL lets pass beside it."""

import pytest

from proxy.upstreams.dialect import Untranslatable
from tests.proxy.upstreams.dialect.conftest import Translate


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        ("SELECT YEAR(born) AS y FROM people GROUP BY y", 'GROUP BY CAST(EXTRACT(YEAR FROM "born") AS INT)'),
        ("SELECT name AS n, COUNT(*) AS c FROM people GROUP BY n HAVING c > 1", "HAVING COUNT(*) > 1"),
        ("SELECT hits + 1 AS h FROM counters HAVING h > 2", 'HAVING (CAST("hits" AS BIGINT) + 1) > 2'),
        ("SELECT -hits AS h FROM counters ORDER BY h + 1", 'ORDER BY (-"hits") + 1'),
        ("SELECT -hits AS hits FROM counters GROUP BY hits", 'GROUP BY "hits"'),
    ],
)
def test_aliases_become_what_they_stand_for(to: Translate, sql: str, written: str) -> None:
    assert written in to("postgres", sql)


@pytest.mark.parametrize(
    ("target", "sql", "picked"),
    [
        ("duckdb", "SELECT day, hits FROM counters GROUP BY day", 'SELECT "day", ANY_VALUE("hits") AS "hits"'),
        ("postgres", "SELECT name, born FROM people GROUP BY name", 'SELECT "name", MIN("born") AS "born"'),
        ("postgres", "SELECT id, born FROM people GROUP BY id", '"born" FROM'),
        ("sqlite", "SELECT day, hits FROM counters GROUP BY day", 'SELECT "day", "hits" FROM'),
        ("duckdb", "SELECT YEAR(day) AS y FROM counters GROUP BY YEAR(day)", 'SELECT YEAR("day") AS "y"'),
        ("duckdb", "SELECT day, SUM(hits) AS s FROM counters GROUP BY day", 'SUM("hits") AS "s"'),
        ("duckdb", "SELECT day, hits * 2 AS h FROM counters GROUP BY day", 'ANY_VALUE("hits")'),
    ],
)
def test_what_depends_on_the_keys(to: Translate, target: str, sql: str, picked: str) -> None:
    assert picked in to(target, sql)


def test_rollup(to: Translate) -> None:
    sql = "SELECT day, SUM(hits) AS s FROM counters GROUP BY day WITH ROLLUP"
    assert to("postgres", sql).endswith('GROUP BY ROLLUP ("day")')
    with pytest.raises(Untranslatable, match="WITH ROLLUP"):
        to("sqlite", sql)
