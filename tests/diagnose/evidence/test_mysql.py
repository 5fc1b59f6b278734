"""Plans in the forms that MySQL documents: no MySQL 8 is at hand."""

import json
from typing import Any

import pytest

from diagnose.evidence.mysql import read_plan
from tests.diagnose.evidence.outline import outline


def table(name: str, access: str, rows: float, filtered: str = "100.00", **more: Any) -> dict[str, Any]:
    read = {"table_name": name, "access_type": access, "rows_examined_per_scan": rows, "filtered": filtered}
    return {"table": {**read, "cost_info": {"read_cost": "1.00", "prefix_cost": "3.50"}, **more}}


def block(**parts: Any) -> str:
    return json.dumps({"query_block": {"select_id": 1, "cost_info": {"query_cost": "12.50"}, **parts}})


def test_a_join_that_is_grouped_and_sorted() -> None:
    loop = [
        table("c", "ALL", 400, "10.00", attached_condition="(`shop`.`c`.`city` = 'x')"),
        table("o", "ref", 5, key="customer_id", used_key_parts=["customer_id"], ref=["shop.c.id"], using_index=True),
    ]
    grouping = {"using_temporary_table": True, "using_filesort": False, "nested_loop": loop}
    plan = read_plan(block(ordering_operation={"using_filesort": True, "grouping_operation": grouping}))
    assert outline(plan) == [
        "sort 200/0",
        "  temporary table 200/0",
        "    nested loop 200/0",
        "      full scan c 40/400",
        "      index lookup o.customer_id 5/5 x40 covering",
    ]
    first = plan.access("c")
    assert plan.cost == 12.5
    assert first is not None
    assert first.cost == 3.5


def test_subqueries_run_once_or_for_each_row() -> None:
    def inner(name: str, dependent: bool) -> dict[str, Any]:
        cost: dict[str, Any] = {"query_cost": "1.00"}
        return {"dependent": dependent, "query_block": {"select_id": 2, "cost_info": cost, **table(name, "ALL", 50)}}

    plan = read_plan(
        block(
            **table("c", "ALL", 400, attached_subqueries=[inner("o", True)]), select_list_subqueries=[inner("p", False)]
        )
    )
    assert outline(plan) == [
        "other",
        "  full scan c 400/400",
        "    subquery 1/0 x400 dependent",
        "      full scan o 50/50 x400",
        "  subquery 1/0",
        "    full scan p 50/50",
    ]


def test_a_derived_table_a_union_and_a_hash_join() -> None:
    union = {
        "using_temporary_table": True,
        "table_name": "<union2,3>",
        "access_type": "ALL",
        "query_specifications": [
            {"dependent": False, "query_block": {"select_id": 2, **table("a", "range", 30, key="k")}},
            {"dependent": False, "query_block": {"select_id": 3, "message": "No tables used"}},
        ],
    }
    derived = {"using_temporary_table": True, "query_block": {"select_id": 2, "union_result": union}}
    loop = [
        table("<derived2>", "ALL", 30, materialized_from_subquery=derived),
        table("b", "ALL", 10, "10.00", using_join_buffer="hash join"),
    ]
    assert outline(read_plan(block(nested_loop=loop))) == [
        "nested loop 30/0",
        "  materialize <derived2> 30/30",
        "    union 30/0",
        "      index range a.k 30/30",
        "  hash join 1/0 x30",
        "    full scan b 1/10",
    ]


def test_a_statement_that_reads_no_table() -> None:
    plan = read_plan(block(table={"message": "Impossible WHERE"}))
    assert (outline(plan), plan.root.native) == (["result"], "Impossible WHERE")


def test_format_version_2() -> None:
    scan = {
        "operation": "Table scan on c",
        "access_type": "table",
        "table_name": "customers",
        "alias": "c",
        "schema_name": "shop",
        "estimated_rows": 400.0,
        "estimated_total_cost": 41.0,
    }
    filtered = {
        "operation": "Filter: (c.city = 'x')",
        "access_type": "filter",
        "condition": "(c.city = 'x')",
        "estimated_rows": 40.0,
        "inputs": [scan],
    }
    lookup = {
        "operation": "Index lookup on o using customer_id (customer_id = c.id)",
        "access_type": "index",
        "index_access_type": "index_lookup",
        "table_name": "orders",
        "alias": "o",
        "index_name": "customer_id",
        "key_columns": ["customer_id", "id"],
        "lookup_references": ["c.id"],
        "lookup_condition": "customer_id = c.id",
        "covering": True,
        "estimated_rows": 5.0,
    }
    join = {
        "operation": "Nested loop inner join",
        "access_type": "join",
        "join_type": "inner join",
        "join_algorithm": "nested_loop",
        "estimated_rows": 200.0,
        "estimated_total_cost": 60.5,
        "inputs": [filtered, lookup],
    }
    sort = {"operation": "Sort: o.id DESC", "access_type": "sort", "sort_fields": ["o.id DESC"], "inputs": [join]}
    for document in (
        {"query": "select", **sort},
        {"query": "select", "query_plan": sort, "json_schema_version": "2.0"},
    ):
        plan = read_plan(json.dumps(document))
        assert outline(plan) == [
            "sort",
            "  nested loop 200/0",
            "    filter 40/0",
            "      full scan c 40/400",
            "    index lookup o.customer_id 5/5 x40 covering",
        ]
        o, c = plan.access("o"), plan.access("c")
        assert o is not None
        assert c is not None
        assert (o.table, o.key_parts, c.condition) == ("orders", ("customer_id",), "(c.city = 'x')")
        assert plan.root.sort_keys == ("o.id DESC",)


def test_format_version_2_with_subqueries_and_what_happened() -> None:
    inner = {
        "heading": "Select #2 (subquery in projection; dependent)",
        "operation": "Aggregate: count(0)",
        "access_type": "aggregate",
        "estimated_rows": 1.0,
        "inputs": [{"access_type": "table", "table_name": "o", "operation": "Table scan on o", "estimated_rows": 50.0}],
    }
    top = {
        "operation": "Covering index scan on c using k",
        "access_type": "index",
        "index_access_type": "index_scan",
        "index_name": "k",
        "table_name": "c",
        "estimated_rows": 9.0,
        "actual_rows": 8.0,
        "actual_loops": 1,
        "actual_last_row_ms": 4.0,
        "inputs": [inner],
    }
    plan = read_plan(json.dumps(top))
    assert plan.analyzed
    assert plan.root.actual_seconds == pytest.approx(0.004)
    assert outline(plan) == [
        "index scan c.k 9/9",
        "  subquery x9 dependent",
        "    aggregate 1/0 x9",
        "      full scan o 50/50 x9",
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"query_block": {}}', '{"query_plan": 3}', '{"query": "select 1"}'])
def test_what_is_no_plan(text: str) -> None:
    with pytest.raises(ValueError):
        read_plan(text)
