from textwrap import dedent

import pytest

from diagnose.evidence.mariadb import read_plan
from diagnose.evidence.plan import Operation
from tests.diagnose.evidence.outline import outline, recorded

# Recorded from MariaDB 10.11: rows given / read, how often.
OUTLINES = {
    "dependent": """
        other
          index lookup pa.g 50/50 covering
          subquery 1/0 x50 dependent
            full scan pb 5000/5000 x50
    """,
    "derived": """
        nested loop 10000/0
          full scan pa 1000/1000
          materialize <derived2>.key0 10/10 x1000
            sort 5000/0
              temporary table 5000/0
                full scan pb 5000/5000
    """,
    "exists": """
        other
          full scan pa 1000/1000
          subquery 1/0 x1000 dependent
            full scan pb 5000/5000 x1000
    """,
    "grouped": """
        sort 1000/0
          temporary table 1000/0
            full scan pa 1000/1000
    """,
    "impossible": """
        result
    """,
    "index_merge": """
        bitmap pa 54/54
    """,
    "join_buffer": """
        nested loop 750000/0
          index range pa.g 150/150
          join buffer 5000/0 x150
            full scan pb 5000/5000
    """,
    "join_sort": """
        sort 703.125/0
          temporary table 703.125/0
            nested loop 703.125/0
              full scan pa 140.625/1000
              index lookup pb.a_id 5/5 x140.625
    """,
    "join_sort_analyzed": """
        sort 703.125/0
          temporary table 703.125/0
            nested loop 703.125/0
              full scan pa 140.625/1000
              index lookup pb.a_id 5/5 x140.625
    """,
    "not_in": """
        other
          full scan pa 1000/1000
          subquery 1/0
            full scan pb 5000/5000
    """,
    "range_checked": """
        nested loop 5e+06/0
          full scan pa 1000/1000
          join buffer 5000/0 x1000
            full scan pb 5000/5000
    """,
    "read_sorted_file": """
        nested loop 1000/0
          sort 1000/0
            full scan pa 1000/1000
          unique lookup pb.PRIMARY 1/1 x1000
    """,
    "recursive": """
        materialize <derived2> 2/2
          union 101/0
            unique lookup pa.PRIMARY 1/1
            nested loop 100/0
              materialize <derived2> 2/2
              index lookup pa.g 50/50 x2 covering
    """,
    "semijoin": """
        nested loop 1000/0
          full scan pa 1000/1000
          materialize <subquery2>.distinct_key 1/1 x1000
            full scan pb 234.375/5000
    """,
    "union": """
        union 16/0
          unique lookup pa.PRIMARY 1/1 covering
          index range pb.a_id 15/15 covering
    """,
    "window": """
        window 1000/0
          sort
          temporary table 1000/0
            full scan pa 1000/1000
    """,
}


@pytest.mark.parametrize("name", OUTLINES)
def test_a_plan_of_a_real_server(name: str) -> None:
    plan = read_plan(recorded(f"mariadb_{name}"))
    assert outline(plan) == dedent(OUTLINES[name]).strip().splitlines()


def test_what_stands_at_an_access() -> None:
    plan = read_plan(recorded("mariadb_join_sort"))
    pa, pb = plan.access("pa"), plan.access("PB")
    assert pa is not None
    assert pb is not None
    assert (pa.table, pa.native, pa.condition) == ("pa", "ALL", "pa.s = 's1'")
    assert (pb.index, pb.key_parts, pb.possible_indexes) == ("a_id", ("a_id",), ("a_id",))
    assert plan.root.sort_keys == ("pb.v",)
    assert plan.rows_read == pytest.approx(1000 + 140.625 * 5)
    assert not plan.analyzed


def test_analyze_tells_what_happened() -> None:
    plan = read_plan(recorded("mariadb_join_sort_analyzed"))
    pb = plan.access("pb")
    assert plan.analyzed
    assert pb is not None
    assert (pb.actual_rows, pb.actual_loops) == (5.0, 143.0)
    assert pb.actual_seconds is not None
    assert 0 < pb.actual_seconds < 1


def test_costs_and_lists_of_mariadb_11() -> None:
    text = """{"query_block": {"select_id": 1, "cost": 0.25, "nested_loop": [{"table": {"table_name": "t",
    "access_type": "ALL", "loops": 1, "rows": 10, "cost": 0.2, "filtered": 50, "attached_condition": "t.a < 3"}},
    {"range-checked-for-each-record": {"keys": ["a", "b"], "table": {"table_name": "u", "access_type": "ALL",
    "rows": 7, "filtered": 100}}}, {"table": {"table_name": "w", "access_type": "hash_ALL", "rows": 3}}]}}"""
    plan = read_plan(text)
    assert outline(plan) == [
        "nested loop 105/0",
        "  full scan t 5/10",
        "  full scan u 7/7 x5",
        "  full scan w 3/3 x35",
    ]
    u = plan.access("u")
    assert plan.cost == 0.25
    assert u is not None
    assert u.possible_indexes == ("a", "b")


def test_tables_inside_of_steps_that_nobody_knows_are_found() -> None:
    text = """{"query_block": {"novelty": {"more": [{"nested_loop": [{"table": {"table_name": "t",
    "access_type": "ref", "key": "k", "rows": 2}}]}]}}}"""
    access = read_plan(text).access("t")
    assert access is not None
    assert access.operation is Operation.INDEX_LOOKUP


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "{}", "null", '{"query_block": []}', '{"query_block": {}}'])
def test_what_is_no_plan(text: str) -> None:
    with pytest.raises(ValueError):
        read_plan(text)


@pytest.mark.parametrize("value", ["it\\'s", 'a"b', 'x", "rows": "9', "tab\there"])
def test_conditions_as_mariadb_10_writes_them_without_escapes(value: str) -> None:
    """A value that somebody typed into a form must not tell of other rows than the server did."""
    text = recorded("mariadb_join_sort").replace("pa.s = 's1'", f"pa.s = '{value}'")
    access = read_plan(text).access("pa")
    assert access is not None
    assert access.condition == f"pa.s = '{value}'".replace("\t", " ")
    assert access.rows_read == 1000
