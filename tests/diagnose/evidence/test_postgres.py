import json
from textwrap import dedent

import pytest

from diagnose.evidence.plan import Operation
from diagnose.evidence.postgres import read_plan
from tests.diagnose.evidence.outline import outline, recorded

# Recorded from PostgreSQL 15: rows given / read, how often.
OUTLINES = {
    "bitmap_or": """
        bitmap pa.pa_g_idx 54/54
          other 54/0
            other pa_g_idx 50/0
            other pa_d_idx 4/0
    """,
    "cte": """
        hash join 1300/0
          materialize 510/0
            full scan pb 510/?
          materialize a 510/0
          other 510/0
            materialize b 510/0
    """,
    "dependent": """
        bitmap pa.pa_g_idx 50/50
          other pa_g_idx 50/0
          subquery 1/0 x50 dependent
            aggregate 1/0 x50
              bitmap pb.pb_a_id_idx 50/50 x50
                other pb_a_id_idx 50/0 x50
    """,
    "hash_join": """
        hash join 7150/0
          full scan pb 50000/50000
          other 143/0
            full scan pa 143/?
    """,
    "hashed_subplan": """
        full scan pa 500/?
          subquery 50000/0
            full scan pb 50000/50000
    """,
    "index_only": """
        index range pa.pa_g_idx 100/100 covering
    """,
    "initplan": """
        bitmap pa.pa_g_idx 50/50
          subquery 1/0
            aggregate 1/0
              full scan pb 50000/50000
          other pa_g_idx 50/0
    """,
    "join_sort": """
        limit 5/0
          sort 200/0
            nested loop 200/0
              index range pa.pa_pkey 4/4
              bitmap pb.pb_a_id_idx 50/50 x4
                other pb_a_id_idx 50/0 x4
    """,
    "join_sort_analyzed": """
        limit 5/0
          sort 200/0
            nested loop 200/0
              index range pa.pa_pkey 4/4
              bitmap pb.pb_a_id_idx 50/50 x4
                other pb_a_id_idx 50/0 x4
    """,
    "materialized": """
        nested loop 2.47448e+06/0
          full scan pb 50000/50000
          materialize 50/0 x50000
            bitmap pa.pa_g_idx 50/50
              other pa_g_idx 50/0
    """,
    "memoize": """
        nested loop 50000/0
          full scan pb 50000/50000
          materialize 1/0 x50000
            index lookup pa.pa_pkey 1/1 x50000
    """,
    "parallel": """
        aggregate 1/0
          other 2/0
            aggregate 1/0 x2.4
              full scan pb 212/? x2.4
    """,
    "parallel_analyzed": """
        aggregate 1/0
          other 2/0
            aggregate 1/0 x2.4
              full scan pb 212/16667 x2.4
    """,
    "sort_on_disk": """
        sort 50000/0 spills
          full scan pb 50000/50000
    """,
    "window": """
        window 1000/0
          sort 1000/0
            full scan pa 1000/1000
    """,
}


@pytest.mark.parametrize("name", OUTLINES)
def test_a_plan_of_a_real_server(name: str) -> None:
    plan = read_plan(recorded(f"postgres_{name}"))
    assert outline(plan) == dedent(OUTLINES[name]).strip().splitlines()


def test_what_stands_at_an_access() -> None:
    plan = read_plan(recorded("postgres_join_sort"))
    pa, pb = plan.access("pa"), plan.access("pb")
    assert pa is not None
    assert pb is not None
    assert (pa.table, pa.native, pa.index_condition, pa.key_parts) == ("pa", "Index Scan", "(id < 5)", ("id",))
    assert (pb.index, pb.index_condition) == ("pb_a_id_idx", "(a_id = pa.id)")
    assert plan.cost == plan.root.cost
    assert plan.cost is not None
    assert plan.cost > 0


def test_analyze_tells_what_happened() -> None:
    plan = read_plan(recorded("postgres_parallel_analyzed"))
    pb = plan.access("pb")
    assert plan.analyzed
    assert pb is not None
    assert (pb.native, pb.actual_loops) == ("Parallel Seq Scan", 3.0)
    assert pb.actual_rows is not None
    assert pb.rows_read is not None
    assert pb.rows_read > pb.actual_rows


@pytest.mark.parametrize(
    ("condition", "columns", "lookup"),
    [
        ("(id = 4)", ("id",), True),
        ("((a = 1) AND (b >= 2))", ("a", "b"), False),
        ("((st)::text = 'x < y'::text)", ("st",), True),
        ("(id = ANY ('{1,2}'::integer[]))", ("id",), False),
        ('("Odd ""name""" = o.c_id)', ('Odd "name"',), True),
        ("(lower((name)::text) = 'a'::text)", (), True),
    ],
)
def test_index_conditions(condition: str, columns: tuple[str, ...], lookup: bool) -> None:
    node = {"Node Type": "Index Scan", "Relation Name": "t", "Alias": "t", "Index Cond": condition, "Plan Rows": 1}
    access = read_plan(json.dumps([{"Plan": node}])).root
    assert access.key_parts == columns
    assert (access.operation is Operation.INDEX_LOOKUP) == lookup


@pytest.mark.parametrize("text", ["", "[]", "[3]", "{}", '[{"Plan": {}}]', '[{"Plan": []}]', '{"Plan": {"Plans": 1}}'])
def test_what_is_no_plan(text: str) -> None:
    with pytest.raises(ValueError):
        read_plan(text)
