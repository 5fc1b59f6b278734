from typing import Any

import pytest

from diagnose.evidence.facts import Column, ForeignKey, Index, Table
from diagnose.evidence.mysql_facts import build_table, read_tables, select, where
from tests.support.answers import Answers

TABLE = ("shop", "t", "BASE TABLE", "InnoDB", "100", "16384", "")
COLUMNS = [
    ("shop", "t", "b", "varchar(9)", "YES", "utf8mb4_bin", "utf8mb4", "2"),
    ("shop", "t", "a", "int", "NO", "", "", "1"),
]


def step(name: str, place: str, column: str, **given: str) -> tuple[str, ...]:
    """A row of STATISTICS."""
    shown = {"unique": "1", "order": "A", "cardinality": "50", "part": "", "kind": "BTREE", **given}
    return (
        *("shop", "t", name, shown["unique"], place, column),
        *(shown["order"], shown["cardinality"], shown["part"], shown["kind"]),
    )


def indexes(*steps: tuple[str, ...], keys: tuple[tuple[str, ...], ...] = ()) -> tuple[Index, ...]:
    return build_table(TABLE, COLUMNS, list(steps), list(keys), []).indexes


def test_a_table_and_its_columns_in_order() -> None:
    found = build_table(TABLE, COLUMNS, [], [], [])
    assert found == Table(
        "shop",
        "t",
        (Column("a", "int", False), Column("b", "varchar(9)", True, "utf8mb4_bin", "utf8mb4")),
        rows=100.0,
        data_bytes=16384,
        engine="InnoDB",
    )


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("shop", "v", "VIEW", "", "", "", ""), (True, None, None)),
        (("x", "t", "SYSTEM VIEW", "MEMORY", "", "0", ""), (False, None, 0)),
        (("shop", "t", "BASE TABLE", "InnoDB", "many", "-1", ""), (False, None, None)),
    ],
)
def test_views_and_what_the_server_does_not_count(row: Any, said: tuple[bool, float | None, int | None]) -> None:
    found = build_table(row, [], [], [], [])
    assert (found.view, found.rows, found.data_bytes) == said


def test_the_steps_of_an_index_in_order() -> None:
    (found,) = indexes(
        step("ab", "2", "b", cardinality="90", part="5", order="D"), step("ab", "1", "a", cardinality="10")
    )
    assert found == Index(
        "ab", ("a", "b"), cardinality=(10.0, 90.0), prefixes=(None, 5), descending=(False, True), kind="btree"
    )


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (step("PRIMARY", "1", "a", unique="0"), (True, True, "btree", True)),
        (step("u", "1", "a", unique="0", kind="HASH"), (True, False, "hash", True)),
        (step("f", "1", "b", kind="FULLTEXT"), (False, False, "fulltext", False)),
        (step("x", "1", "b", kind=""), (False, False, "btree", False)),
    ],
)
def test_kinds_of_indexes(row: tuple[str, ...], said: tuple[bool, bool, str, bool]) -> None:
    (found,) = indexes(row)
    assert (found.unique, found.primary, found.kind, found.constraint) == said


def test_expressions_and_invisible_indexes_of_mysql_8() -> None:
    found = indexes(
        (*step("e", "1", ""), "lower(`b`)", "YES"),
        (*step("gone", "1", "a"), "", "NO"),
        (*step("unsaid", "1", ""), "", "YES"),
    )
    assert [(index.name, index.columns) for index in found] == [("e", ("(lower(`b`))",)), ("unsaid", ("(…)",))]
    (without,) = indexes(step("e", "1", ""))  # MariaDB has no such column
    assert without.columns == ("(…)",)


@pytest.mark.parametrize(
    ("steps", "distinct"),
    [
        ([step("k", "1", "a", cardinality="7")], 7.0),
        ([step("k", "1", "a", cardinality="7"), step("l", "1", "a", cardinality="9")], 9.0),
        ([step("u", "1", "a", unique="0", cardinality="7")], 100.0),  # every row's is another
        ([step("u", "1", "a", unique="0", cardinality="7"), step("u", "2", "b", unique="0")], 7.0),
        ([step("p", "1", "a", part="3", cardinality="7")], None),  # only of their beginnings
        ([step("k", "1", "b"), step("k", "2", "a", cardinality="7")], None),
        ([step("k", "1", "a", cardinality="")], None),
    ],
)
def test_different_values(steps: list[tuple[str, ...]], distinct: float | None) -> None:
    column = build_table(TABLE, COLUMNS, steps, [], []).column("a")
    assert column is not None
    assert column.distinct == distinct


def key(name: str, place: str, column: str, to: tuple[str, str, str]) -> tuple[str, ...]:
    return ("shop", "t", name, place, column, *to)


def test_foreign_keys_and_the_indexes_that_they_stand_on() -> None:
    keys = (
        key("k1", "2", "b", ("shop", "other", "y")),
        key("k1", "1", "a", ("shop", "other", "x")),
        key("k2", "1", "b", ("crm", "far", "z")),
        key("k3", "1", "a", ("", "own", "z")),
    )
    found = build_table(TABLE, COLUMNS, [], list(keys), [])
    assert found.foreign_keys == (
        ForeignKey(("a", "b"), "other", ("x", "y")),
        ForeignKey(("b",), "crm.far", ("z",)),
        ForeignKey(("a",), "own", ("z",)),
    )
    pair = (step("ab", "1", "a"), step("ab", "2", "b"))
    assert indexes(*pair, keys=keys[:2])[0].constraint
    assert not indexes(pair[0], keys=keys[:2])[0].constraint


@pytest.mark.parametrize(
    ("expression", "columns"),
    [
        ("`a`", ("a",)),
        ("year(`b`)", ("b",)),
        ("a,b", ("a", "b")),
        ("to_days(a)", ("a",)),
        ("abs(aa)", ()),
        ("", ()),
    ],
)
def test_the_columns_of_a_partition_expression(expression: str, columns: tuple[str, ...]) -> None:
    found = build_table(TABLE, COLUMNS, [], [], [("shop", "t", expression, "")])
    assert (found.partition_columns, found.partition_expression) == (columns, expression)
    sub = build_table(TABLE, COLUMNS, [], [], [("shop", "t", "", expression)])
    assert sub.partition_columns == columns


def test_names_are_quoted() -> None:
    assert where(("o'b", "x\\")) == "TABLE_SCHEMA = 'o''b' AND TABLE_NAME = 'x\\\\'"


async def test_one_branch_for_each_table() -> None:
    given = Answers({"information_schema.V": [(b"1", None)]})
    assert await select(given.session, "A", "V", [("s", "t"), ("s", "u")], " AND B") == [("1", "")]
    branch = "SELECT A FROM information_schema.V WHERE TABLE_SCHEMA = 's' AND TABLE_NAME = '{}' AND B"
    assert given.asked == [f"{branch.format('t')} UNION ALL {branch.format('u')}"]


async def test_tables_that_the_account_may_not_see_are_not_asked_about_further() -> None:
    given = Answers({"information_schema.TABLES": [TABLE], "information_schema.COLUMNS": COLUMNS})
    (found,) = await read_tables(given.session, [("shop", "t"), ("shop", "hidden")])
    assert [column.name for column in found.columns] == ["a", "b"]
    assert "'hidden'" in given.asked[0]
    assert all("'hidden'" not in sql for sql in given.asked[1:])
    nothing = Answers({})
    assert await read_tables(nothing.session, [("shop", "hidden")]) == ()
    assert len(nothing.asked) == 1
    assert await read_tables(nothing.session, []) == ()
    assert len(nothing.asked) == 1


async def test_rows_go_to_their_own_table() -> None:
    other = ("crm", "t", "BASE TABLE", "InnoDB", "5", "1", "")
    rows = [*COLUMNS, ("crm", "t", "z", "int", "NO", "", "", "1")]
    given = Answers({"information_schema.TABLES": [TABLE, other], "information_schema.COLUMNS": rows})
    first, second = await read_tables(given.session, [("shop", "t"), ("crm", "t")])
    assert [[c.name for c in table.columns] for table in (first, second)] == [["a", "b"], ["z"]]


@pytest.mark.parametrize(
    ("options", "asked"), [("partitioned", True), ("row_format=DYNAMIC PARTITIONED", True), ("", False)]
)
async def test_partitions_are_read_where_there_are_some(options: str, asked: bool) -> None:
    given = Answers({"information_schema.TABLES": [(*TABLE[:-1], options)]})
    await read_tables(given.session, [("shop", "t")])
    assert any("information_schema.PARTITIONS" in sql for sql in given.asked) == asked


@pytest.mark.parametrize("expressions", [True, False])
async def test_only_mysql_8_is_asked_for_expressions(expressions: bool) -> None:
    given = Answers({"information_schema.TABLES": [TABLE]})
    await read_tables(given.session, [("shop", "t")], expressions=expressions)
    (statistics,) = [sql for sql in given.asked if "information_schema.STATISTICS" in sql]
    assert ("EXPRESSION, IS_VISIBLE" in statistics) == expressions
