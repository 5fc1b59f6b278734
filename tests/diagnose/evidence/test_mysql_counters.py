from dataclasses import replace

import pytest

from diagnose.evidence.facts import Column, Index, Table
from diagnose.evidence.mysql_counters import add_counters
from diagnose.evidence.mysql_facts import MAX_ROWS, QUERY_SECONDS
from plugins import UpstreamError
from tests.support.answers import Answers

TABLE = Table(
    "shop",
    "it's",
    (Column("id", "int"), Column("note", "text", distinct=5.0)),
    (Index("PRIMARY", ("id",)), Index("by_note", ("note",))),
    rows=1000.0,
)
VIEW = replace(TABLE, name="v", view=True, indexes=())
AGES = "innodb_table_stats"
SPREAD = "column_stats"
USERSTAT = "INDEX_STATISTICS"
WAITS = "table_io_waits"
DENIED = UpstreamError(1142, "42000", "SELECT command denied")


async def counted(answers: Answers, *tables: Table, mariadb: bool = True, **settings: str) -> tuple[Table, ...]:
    return await add_counters(answers.session, tables or (TABLE,), settings, mariadb=mariadb)


async def test_ages_and_sizes_of_the_own_table() -> None:
    rows = (
        ("shop", "it's", "60", "PRIMARY", "16384", "900"),
        ("shop", "it's", "60", "by_note", "32768", "900"),
        ("crm", "it's", "1", "by_note", "1", "1"),
    )
    (table,) = await counted(Answers({AGES: rows}))
    assert (table.analyzed_s, table.analyzed_rows) == (60.0, 100.0)
    assert [index.size_bytes for index in table.indexes] == [16384, 32768]


async def test_a_table_without_statistics_of_indexes_has_its_age() -> None:
    (table,) = await counted(Answers({AGES: [("shop", "it's", "60", None, None, None)]}))
    assert (table.analyzed_s, table.analyzed_rows) == (60.0, None)
    assert [index.size_bytes for index in table.indexes] == [None, None]


@pytest.mark.parametrize(
    ("rows", "nulls", "each", "expected"),
    [
        (1000.0, "0.5", "10.0", (0.5, 50.0)),
        (1000.0, "0", "1", (0.0, 1000.0)),
        (1000.0, "7", "10", (7.0, 0.0)),  # no share is more than one
        (1000.0, "1.0", "0.0000", (1.0, 5.0)),  # no value at all: what was known stays
        (None, "0.5", "10", (0.5, 5.0)),
        (1000.0, None, None, (None, 5.0)),
        (1000.0, "x", "-3", (None, 5.0)),
    ],
)
async def test_the_spread_of_a_column(
    rows: float | None, nulls: str | None, each: str | None, expected: tuple[float | None, float]
) -> None:
    given = Answers({SPREAD: [("shop", "it's", "note", nulls, each), ("shop", "other", "id", "1", "1")]})
    (table,) = await counted(given, replace(TABLE, rows=rows))
    assert (table.columns[1].nulls, table.columns[1].distinct) == expected
    assert table.columns[0] == TABLE.columns[0]


async def test_only_mariadb_keeps_column_stats() -> None:
    given = Answers({SPREAD: [("shop", "it's", "note", "0.5", "10")]})
    (table,) = await counted(given, mariadb=False)
    assert table.columns == TABLE.columns
    assert not any(SPREAD in sql for sql in given.asked)


@pytest.mark.parametrize(
    ("settings", "rows", "used"),
    [
        ({"userstat": "ON"}, [("shop", "it's", "by_note", "7")], [0, 7]),
        ({"userstat": "ON"}, [], [0, 0]),  # what is kept and has nothing was never used
        ({"performance_schema": "ON"}, [("shop", "it's", "by_note", "7")], [0, 7]),
        ({"performance_schema": "ON"}, [], [None, None]),  # the table was never opened, or nothing is kept
        ({"userstat": "OFF", "performance_schema": "OFF"}, [("shop", "it's", "by_note", "7")], [None, None]),
        ({}, [], [None, None]),
    ],
)
async def test_how_often_indexes_were_used(
    settings: dict[str, str], rows: list[tuple[str, ...]], used: list[int | None]
) -> None:
    (table,) = await counted(Answers({USERSTAT: rows, WAITS: rows}), **settings)
    assert [index.used for index in table.indexes] == used


async def test_what_is_refused_is_left_out() -> None:
    given = Answers({AGES: DENIED, SPREAD: [("shop", "it's", "note", "0.5", "10")], USERSTAT: DENIED})
    (table,) = await counted(given, userstat="ON")
    assert (table.analyzed_s, table.columns[1].nulls) == (None, 0.5)


async def test_a_lost_upstream_is_told() -> None:
    with pytest.raises(UpstreamError):
        await counted(Answers({SPREAD: UpstreamError(1158, "08S01", "gone")}))


async def test_views_have_no_counters() -> None:
    given = Answers({AGES: [("shop", "v", "60", "PRIMARY", "1", "1"), ("shop", "it's", "60", None, None, None)]})
    view, table = await counted(given, VIEW, TABLE)
    assert view == VIEW
    assert table.analyzed_s == 60.0
    alone = Answers({})
    assert await counted(alone, VIEW) == (VIEW,)
    assert alone.asked == []


async def test_names_are_quoted_and_what_is_asked_is_bounded() -> None:
    given = Answers({})
    await counted(given, TABLE, replace(TABLE, name="b"), userstat="ON")
    assert len(given.asked) == 3
    for sql in given.asked:
        assert "= 'it''s')" in sql
        assert " OR (" in sql
    assert given.limits == [{"time_limit_s": QUERY_SECONDS, "max_rows": MAX_ROWS}] * 3
