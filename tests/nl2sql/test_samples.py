from dataclasses import replace

import pytest

from nl2sql.catalog import Catalog, CatalogColumn, CatalogTable
from nl2sql.samples import DISTINCT, SAMPLE_ROWS, TABLE_SECONDS, TABLES, VALUE_CHARS, sample_sql, with_samples
from plugins import UpstreamError
from tests.support.answers import Answers

TABLE = CatalogTable(
    "odd`name",
    (
        CatalogColumn("code", "varchar(9)", primary=True),
        CatalogColumn("state", "varchar(9)"),
        CatalogColumn("size", "int"),
        CatalogColumn("kind", "enum('a')", values=("a",)),
        CatalogColumn("city", "text"),
    ),
)


async def values(table: CatalogTable, given: Answers) -> dict[str, tuple[str, ...]]:
    (found,) = (await with_samples(given.session, Catalog("d", (table,)))).tables
    return {column.name: column.values for column in found.columns if column.values}


async def test_values_go_to_their_columns() -> None:
    given = Answers({"": [("0", "open"), ("0", "closed"), ("1", "Oslo"), ("1", b"\xff"), (None, "x")]})
    assert await values(TABLE, given) == {"state": ("closed", "open"), "kind": ("a",), "city": ("Oslo",)}
    assert given.limits[0]["time_limit_s"] == TABLE_SECONDS


async def test_values_are_one_short_line() -> None:
    (state,) = (await values(TABLE, Answers({"": [("0", "a\nb" + "x" * 100)]})))["state"]
    assert "\n" not in state
    assert len(state) <= VALUE_CHARS


async def test_a_table_that_cannot_be_read_goes_without() -> None:
    assert await values(TABLE, Answers({"": UpstreamError(1205, "HY000", "locked")})) == {"kind": ("a",)}


@pytest.mark.parametrize("table", [replace(TABLE, view=True), replace(TABLE, columns=TABLE.columns[2:4])])
async def test_views_and_tables_without_text_are_not_asked(table: CatalogTable) -> None:
    given = Answers({"": [("0", "x")]})
    assert await values(table, given) == {"kind": ("a",)}
    assert given.asked == []


async def test_only_so_many_tables_are_looked_at() -> None:
    given = Answers({})
    await with_samples(given.session, Catalog("d", tuple(replace(TABLE, name=f"t{n}") for n in range(TABLES + 5))))
    assert len(given.asked) == TABLES


def test_one_bounded_query() -> None:
    sql = sample_sql(TABLE, [TABLE.columns[1], TABLE.columns[4]])
    assert sql.count(" UNION ALL ") == 1
    assert sql.startswith(
        "SELECT 0 AS c, v FROM (SELECT DISTINCT v FROM (SELECT `state` AS v FROM `odd``name` LIMIT 500)"
    )
    assert sql.count(f"LIMIT {SAMPLE_ROWS}") == 4
    assert sql.count(f"LEAST({DISTINCT}, COUNT(v) / 2)") == 2
