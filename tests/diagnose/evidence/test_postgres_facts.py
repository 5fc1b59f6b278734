"""What PostgreSQL's answer becomes; the query itself on a server: test_reading."""

import json
from typing import Any

import pytest

from diagnose.evidence.facts import Column, ForeignKey, Index, Table
from diagnose.evidence.postgres_facts import found, read_tables
from tests.support.answers import Answers

COLUMN = {"name": "id", "nullable": False, "collation": None, "type": "integer", "distinct": -1, "nulls": 0.0}
KEY = {"column": "id", "key": True, "text": None, "descending": False}
INDEX = {
    **{"name": "t_pkey", "unique": True, "primary": True, "kind": "btree", "pages": 8192, "used": 3},
    **{"constraint": True, "predicate": None, "keys": [KEY]},
}
SIZE = {"rows": 100, "known": True, "bytes": 16384, "age": 5.5, "changed": 7}
ROW = {"n": 0, "name": "t", "kind": "r", "columns": [COLUMN], "indexes": [INDEX], "foreign": None, "size": SIZE}


async def read(**given: Any) -> Table:
    answers = Answers({"/*raw*/": [(json.dumps([{**ROW, **given}]),)]})
    (table,) = await read_tables(answers.session, [("public", "T")], "shop")
    return table


async def test_a_table() -> None:
    assert await read() == Table(
        "public",
        "t",
        (Column("id", "integer", False, distinct=100.0, nulls=0.0),),
        (
            Index(
                *("t_pkey", ("id",), True, True, "btree", (100.0,)),
                descending=(False,),
                size_bytes=8192,
                used=3,
                constraint=True,
            ),
        ),
        rows=100.0,
        data_bytes=16384,
        engine="heap",
        analyzed_s=5.5,
        analyzed_rows=7.0,
    )


@pytest.mark.parametrize(
    ("distinct", "rows", "expected"),
    [(40, 100, 40.0), (-0.5, 100, 50.0), (-0.5, None, None), (0, 100, None), (None, 100, None), ("x", 100, None)],
)
async def test_different_values_are_a_number_or_a_share(
    distinct: Any, rows: int | None, expected: float | None
) -> None:
    size = {**SIZE, "rows": rows, "known": rows is not None}
    table = await read(columns=[{**COLUMN, "distinct": distinct}], indexes=None, size=size)
    assert table.columns[0].distinct == expected


async def test_a_unique_column_has_as_many_values_as_rows() -> None:
    unanalyzed = [{**COLUMN, "distinct": None}]
    assert (await read(columns=unanalyzed)).columns[0].distinct == 100.0
    plain = {**INDEX, "unique": False}
    assert (await read(columns=unanalyzed, indexes=[plain])).columns[0].distinct is None


async def test_a_table_that_was_never_analyzed_has_no_size() -> None:
    table = await read(size={"rows": 0, "known": False, "bytes": None, "age": None, "changed": None})
    assert (table.rows, table.data_bytes, table.analyzed_s, table.analyzed_rows) == (None, None, None, None)
    assert (await read(size=None)).rows is None


async def test_expressions_predicates_and_what_is_included() -> None:
    keys = [
        {"column": None, "key": True, "text": "lower(b)", "descending": True},
        {"column": "id", "key": True, "text": None, "descending": False},
        {"column": "c", "key": False, "text": None, "descending": False},
    ]
    index = (await read(indexes=[{**INDEX, "keys": keys, "predicate": "a > 3", "kind": "gist"}])).indexes[0]
    assert (index.columns, index.include) == (("(lower(b))", "id"), ("c",))
    assert (index.descending, index.predicate, index.kind) == ((True, False), "a > 3", "gist")
    assert index.cardinality == (None, None)  # of a part of the rows


async def test_foreign_keys_partitions_texts_and_views() -> None:
    table = await read(
        kind="v",
        foreign=[{"to": "other.u", "columns": ["a", "b"], "to_columns": ["x", "y"]}],
        partition={"text": "RANGE (day)", "columns": ["day"]},
        columns=[{**COLUMN, "collation": "default"}],
    )
    assert table.view
    assert table.foreign_keys == (ForeignKey(("a", "b"), "other.u", ("x", "y")),)
    assert (table.partition_expression, table.partition_columns) == ("RANGE (day)", ("day",))
    assert (table.columns[0].collation, table.columns[0].charset) == ("default", "utf8mb4")
    assert (await read(partition={"text": "RANGE (f(day))", "columns": None})).partition_columns == ()


@pytest.mark.parametrize("rows", [[], [(None,)], [("",)], [("null",)]])
async def test_an_account_that_sees_nothing(rows: list[tuple[str | None]]) -> None:
    answers = Answers({"/*raw*/": rows})
    assert await read_tables(answers.session, [("public", "t")], "shop") == ()


async def test_nothing_is_asked_about_no_table() -> None:
    answers = Answers({})
    assert await read_tables(answers.session, [], "shop") == ()
    assert answers.asked == []


def test_names_are_one_literal_and_the_selected_database_is_the_search_path() -> None:
    text = found([("shop", "o'b\\"), ("crm", "ü")], "shop")
    literal = text[text.index("E'") : text.index(") AS w(")]
    assert literal == (
        'E\'[{"n": 0, "ns": "", "name": "o\'\'b\\\\\\\\"}, {"n": 1, "ns": "crm", "name": "\\\\u00fc"}]\''
    )
