"""What a server sends is data: nothing in it may cost more than it is worth, or look like something else."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from diagnose.evidence import mariadb, mysql, postgres, shape
from diagnose.evidence.plan import Plan

READERS = (mariadb.read_plan, mysql.read_plan, postgres.read_plan)


def around(start: str, end: str, times: int, inner: str) -> str:
    return start * times + inner + end * times


DEEP = (
    around('{"query_block": ', "}", 3_000, "{}"),
    around('{"query_block": {"filesort": ', "}}", 150, '{"table": {"table_name": "t"}}'),
    '{"query_block": ' + around('{"filesort": ', "}", 190, '{"table": {"table_name": "t"}}') + "}",
    '{"operation": "x", "inputs": [' + around('{"inputs": [', "]}", 250, "{}") + "]}",
    '[{"Plan": {"Node Type": "Sort", "Plans": [' + around('{"Plans": [', "]}", 250, "{}") + "]}}]",
    '{"query_block": {"nested_loop": [' + ",".join(['{"table": {}}'] * 6_000) + "]}}",
    '[{"Plan": {"Node Type": "Append", "Plans": [' + ",".join(["{}"] * 6_000) + "]}}]",
    '{"query_block": {"table": {"table_name": "' + "x" * 5_000_000 + '"}}}',
)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("number", range(len(DEEP)))
def test_a_plan_too_large_or_too_deep_is_refused_or_read(read: Callable[[str], Plan], number: int) -> None:
    try:
        plan = read(DEEP[number])
    except ValueError:
        return
    assert sum(1 for _ in plan.root.walk()) <= shape.MAX_NODES + 1


VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    1e400,
    "NaN",
    "x" * 9_999,
    [],
    [[]],
    [None, 3],
    {},
    {"a": {}},
    "\x00\x1b[2J\n",
)
KEYS = (
    "table_name access_type rows filtered key used_key_parts possible_keys attached_condition index_condition cost "
    "cost_info materialized r_rows r_loops r_filtered attached_subqueries ref using_join_buffer message using_index"
).split()
PG_KEYS = [
    *("Relation Name", "Alias", "Index Name", "Index Cond", "Filter", "Plan Rows", "Total Cost", "Sort Key", "Plans"),
    *(
        "Actual Rows",
        "Actual Loops",
        "Actual Total Time",
        "Rows Removed by Filter",
        "Subplan Name",
        "Parent Relationship",
    ),
    *("Disk Usage", "Hash Batches", "Workers Planned", "Parallel Aware"),
]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_any_value_under_any_key(value: Any) -> None:
    for key in KEYS:
        found = {"table_name": "t", "access_type": "ALL", "rows": 3, key: value}
        plan = mariadb.read_plan(json.dumps({"query_block": {"nested_loop": [{"table": found}], key: value}}))
        assert plan.rows_read >= 0
    for key in PG_KEYS:
        found = {"Node Type": "Seq Scan", "Relation Name": "t", "Plan Rows": 3, key: value}
        plan = postgres.read_plan(json.dumps([{"Plan": {**found, "Plans": [found]}}]))
        assert plan.rows_read >= 0
    for key in ("estimated_rows", "inputs", "condition", "alias", "lookup_references", "key_columns", "sort_fields"):
        found = {"operation": "scan", "access_type": "table", "table_name": "t", key: value}
        assert mysql.read_plan(json.dumps({**found, "inputs": [found]})).rows_read >= 0


def test_texts_are_one_printable_line() -> None:
    assert shape.text("a\n\x1b[2J b\x00") == "a [2J b"
    assert len(shape.text("x" * 100_000)) == 1_000
    assert shape.text(["x"]) == ""


@pytest.mark.parametrize(
    ("value", "found"), [("10.5", 10.5), (3, 3.0), (True, None), ("-1", None), ("1e999", None), ("x", None), ({}, None)]
)
def test_numbers(value: Any, found: float | None) -> None:
    assert shape.number(value) == found


def test_parts_are_cut_at_commas_outside_of_parentheses_and_quotes() -> None:
    assert shape.parts("a, concat(b, ',)') desc, `x,y`") == ("a", "concat(b, ',)') desc", "`x,y`")
