"""The steps that MariaDB's and MySQL's plans share; whole plans of both: test_mariadb, test_mysql."""

from typing import Any

import pytest

from diagnose.evidence.nested import read_steps
from diagnose.evidence.plan import Operation, Plan, PlanNode
from tests.diagnose.evidence.outline import outline


def table(name: str = "t", access: str = "ALL", rows: Any = 10, **more: Any) -> dict[str, Any]:
    return {"table": {"table_name": name, "access_type": access, "rows": rows, **more}}


def steps(document: dict[str, Any]) -> list[str]:
    return outline(Plan(read_steps(document)))


def only(document: dict[str, Any]) -> PlanNode:
    node = read_steps(document)
    assert node.children == ()
    return node


@pytest.mark.parametrize(
    ("access", "operation"),
    [
        ("ALL", Operation.FULL_SCAN),
        ("index", Operation.INDEX_SCAN),
        ("range", Operation.INDEX_RANGE),
        ("ref_or_null", Operation.INDEX_LOOKUP),
        ("fulltext", Operation.INDEX_LOOKUP),
        ("eq_ref", Operation.UNIQUE_LOOKUP),
        ("system", Operation.UNIQUE_LOOKUP),
        ("unique_subquery", Operation.UNIQUE_LOOKUP),
        ("index_merge", Operation.BITMAP),
        ("hash_ALL", Operation.FULL_SCAN),
        ("hash_index", Operation.INDEX_SCAN),
        ("novel", Operation.OTHER),
        ("", Operation.OTHER),
    ],
)
def test_kinds_of_access(access: str, operation: Operation) -> None:
    assert only(table(access=access)).operation is operation


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("<derived2>", ""),
        ("<union1,2>", ""),
        ("<subquery3>", ""),
        ("<in_optimizer>", ""),
        ("<derived>x", "<derived>x"),  # somebody's own name
        ("<odd2>", "<odd2>"),
        ("t", "t"),
    ],
)
def test_what_is_no_table_of_the_database(name: str, base: str) -> None:
    found = only(table(name))
    assert (found.alias, found.table) == (name, base)
    assert (found.operation is Operation.MATERIALIZE) == (base == "")


@pytest.mark.parametrize(
    ("more", "rows", "read"),
    [
        ({"filtered": 50}, 5.0, 10.0),
        ({"filtered": "25.00"}, 2.5, 10.0),
        ({"filtered": 400}, 10.0, 10.0),  # no filter makes rows
        ({"filtered": -1}, 10.0, 10.0),
        ({"rows_examined_per_scan": 3}, 3.0, 3.0),
        ({"rows": None}, None, None),
        ({"rows": None, "filtered": 50}, None, None),
    ],
)
def test_rows_given_and_read(more: dict[str, Any], rows: float | None, read: float | None) -> None:
    found = only(table(**more))
    assert (found.rows, found.rows_read) == (rows, read)


def test_what_happened() -> None:
    found = only(table(r_rows=8, r_filtered=25, r_loops=3, r_table_time_ms=500, r_other_time_ms=250))
    assert (found.actual_rows, found.actual_loops, found.actual_seconds) == (2.0, 3.0, 0.75)
    total = only(table(r_rows=8, r_total_time_ms=1500))
    assert (total.actual_rows, total.actual_seconds) == (8.0, 1.5)
    assert only(table()).actual_seconds is None


@pytest.mark.parametrize(
    ("more", "cost"),
    [({"cost": 1.5}, 1.5), ({"cost_info": {"prefix_cost": "2.50"}}, 2.5), ({"cost_info": [3]}, None), ({}, None)],
)
def test_costs(more: dict[str, Any], cost: float | None) -> None:
    assert only(table(**more)).cost == cost


def test_a_message_instead_of_a_table() -> None:
    found = only({"table": {"message": "Impossible WHERE"}})
    assert (found.operation, found.native, found.rows_read) == (Operation.RESULT, "Impossible WHERE", 0.0)
    const = only({"table": {"table_name": "t", "message": "No matching row"}})
    assert (const.operation, const.alias) == (Operation.RESULT, "t")


def test_each_table_of_a_join_is_read_for_every_row_before_it() -> None:
    loop = [table("a", rows=4), table("b", rows=5), table("c", rows=2)]
    assert steps({"nested_loop": loop}) == [
        "nested loop 40/0",
        "  full scan a 4/4",
        "  full scan b 5/5 x4",
        "  full scan c 2/2 x20",
    ]
    assert steps({"nested_loop": loop[:1]}) == ["full scan a 4/4"]


@pytest.mark.parametrize(
    ("wrapped", "lines"),
    [
        (
            {"block-nl-join": {**table("b", rows=5), "join_type": "BNL", "attached_condition": "a.x = b.x"}},
            ["  join buffer 5/0 x4", "    full scan b 5/5"],
        ),
        (
            {"block-nl-join": {**table("b", rows=5), "join_type": "BNLH"}},
            ["  hash join 5/0 x4", "    full scan b 5/5"],
        ),
        (
            {"block-nl-join": {**table("b", rows=5), "join_type": "BKA"}},
            ["  join buffer 5/0 x4", "    full scan b 5/5 x4"],  # a key is looked up for every row
        ),
        (
            {"block_nested_loop": {"table": "b"}},
            ["  join buffer x4", "    other"],
        ),
        (table("b", rows=5, using_join_buffer="hash join"), ["  hash join 5/0 x4", "    full scan b 5/5"]),
        (
            table("b", rows=5, using_join_buffer="Batched Key Access"),
            ["  join buffer 5/0 x4", "    full scan b 5/5 x4"],
        ),
    ],
)
def test_join_buffers_read_a_table_once(wrapped: dict[str, Any], lines: list[str]) -> None:
    assert steps({"nested_loop": [table("a", rows=4), wrapped]})[2:] == lines


def test_the_condition_of_a_join_buffer() -> None:
    own = {"block-nl-join": {**table("b", attached_condition="b.y = 1"), "attached_condition": "a.x = b.x"}}
    node = read_steps(own)
    assert (node.condition, node.children[0].condition) == ("a.x = b.x", "b.y = 1")
    assert read_steps({"block-nl-join": table("b", attached_condition="b.y = 1")}).condition == "b.y = 1"


def test_steps_of_mysql_that_sort_and_collect() -> None:
    both = {"using_temporary_table": True, "using_filesort": True, **table()}
    assert steps({"grouping_operation": both}) == ["sort 10/0", "  temporary table 10/0", "    full scan t 10/10"]
    assert steps({"ordering_operation": both}) == ["sort 10/0", "  temporary table 10/0", "    full scan t 10/10"]
    neither = {"using_temporary_table": False, "using_filesort": False, **table()}
    assert steps({"grouping_operation": neither}) == ["aggregate 10/0", "  full scan t 10/10"]
    sorted_only = {"using_filesort": True, **table()}
    assert steps({"ordering_operation": sorted_only}) == ["sort 10/0", "  full scan t 10/10"]
    assert steps({"grouping_operation": sorted_only}) == ["sort 10/0", "  aggregate 10/0", "    full scan t 10/10"]


def test_steps_of_mariadb_and_what_they_did() -> None:
    node = read_steps(
        {"filesort": {"sort_key": "t.a, t.b desc", "r_sort_passes": 2, "r_output_rows": 9, "r_loops": 1, **table()}}
    )
    assert (node.operation, node.sort_keys, node.spills) == (Operation.SORT, ("t.a", "t.b desc"), True)
    assert (node.rows, node.actual_rows, node.actual_loops) == (10.0, 9.0, 1.0)


def test_a_union_gives_the_rows_of_all_its_parts() -> None:
    parts = [{"query_block": table("a", rows=4)}, {"query_block": table("b", rows=5)}]
    assert steps({"union_result": {"query_specifications": parts}}) == [
        "union 9/0",
        "  full scan a 4/4",
        "  full scan b 5/5",
    ]


def test_subqueries_run_for_each_row_where_they_depend() -> None:
    inner = {"query_block": table("i", attached_condition="i.x = t.x")}
    for key in ("subqueries", "having_subqueries", "select_list_subqueries"):
        assert steps({**table(rows=4), key: [inner]})[1:] == [
            "  full scan t 4/4",
            "  subquery 1/0 x4 dependent",
            "    full scan i 10/10 x4",
        ]
    alone = {"query_block": table("i", attached_condition="i.x = 3")}
    assert steps({**table(rows=4), "subqueries": [alone]})[2:] == ["  subquery 1/0", "    full scan i 10/10"]


def test_a_derived_table_is_filled_once_and_a_lateral_one_for_each_row() -> None:
    def joined(**more: Any) -> list[str]:
        derived = table("<derived2>", rows=2, materialized={"query_block": table("i"), **more})
        return steps({"nested_loop": [table("o", rows=4), derived]})[-1:]

    assert joined() == ["    full scan i 10/10"]
    assert joined(lateral=1) == joined(dependent=True) == ["    full scan i 10/10 x4"]


@pytest.mark.parametrize("word", ["insert", "update", "delete", "replace"])
def test_what_writes(word: str) -> None:
    assert steps(table(**{word: True})) == ["modify", "  full scan t 10/10"]
    assert steps(table(**{word: "true"})) == ["full scan t 10/10"]


@pytest.mark.parametrize(
    "document", [{}, {"cost_info": table()}, {"query_block": []}, {"table": "t"}, {"nested_loop": 3}]
)
def test_no_step_is_no_plan(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no step"):
        read_steps(document)
