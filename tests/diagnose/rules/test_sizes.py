from dataclasses import replace

import pytest
from sqlglot import exp

from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import MARIADB, POSTGRES
from diagnose.evidence.plan import Operation, Plan, PlanNode
from diagnose.rules.sizes import (
    SMALL,
    block_rows,
    given_rows,
    has_aggregate,
    is_small,
    number,
    result_rows,
    source_rows,
)
from tests.diagnose.plans import lookup, plan, scan
from tests.diagnose.samples import evidence, table

BIG, LITTLE = table("big(id int pk, v int)", 5_000), table("little(id int pk)", 10)


def seen(sql: str = "SELECT * FROM big", found: Plan | None = None, kind: str = MARIADB) -> Evidence:
    return evidence(sql, BIG, LITTLE, plan=found, kind=kind)


def node(operation: Operation, *children: PlanNode, rows: float | None = None, loops: float = 1) -> PlanNode:
    return PlanNode(operation, rows=rows, loops=loops, children=children)


@pytest.mark.parametrize(
    ("found", "rows"),
    [
        (None, 5_000.0),
        (plan(scan("big", 300)), 300.0),
        (plan(scan("other", 300)), 5_000.0),
        (plan(replace(scan("big", 300), rows=None)), 5_000.0),
        (plan(replace(scan("big", 1), operation=Operation.UNIQUE_LOOKUP)), 5_000.0),
    ],
)
def test_one_reading_of_a_source(found: Plan | None, rows: float) -> None:
    given = seen(found=found)
    assert source_rows(given, given.blocks[0].sources[0]) == rows


def test_a_source_that_nobody_knows() -> None:
    given = seen("SELECT * FROM unseen")
    assert source_rows(given, given.blocks[0].sources[0]) is None
    assert block_rows(given, given.blocks[0]) is None
    assert is_small(given, given.blocks[0])


@pytest.mark.parametrize(
    ("sql", "rows", "small"),
    [
        ("SELECT 1 FROM little", 10.0, True),
        ("SELECT 1 FROM little, big, unseen", 5_000.0, False),
    ],
)
def test_the_largest_table_counts(sql: str, rows: float, small: bool) -> None:
    given = seen(sql)
    assert (block_rows(given, given.blocks[0]), is_small(given, given.blocks[0])) == (rows, small)


def test_where_small_ends() -> None:
    for rows, small in ((SMALL - 1, True), (SMALL, False)):
        given = evidence("SELECT 1 FROM t", table("t(id int pk)", rows))
        assert is_small(given, given.blocks[0]) == small


@pytest.mark.parametrize(
    ("found", "rows"),
    [
        (scan("a", 7, loops=3), 21.0),
        (node(Operation.SORT, scan("a", 7)), 7.0),
        (node(Operation.UNION, scan("a", 7), scan("b", 9)), 9.0),
        (node(Operation.NESTED_LOOP, scan("a", 9), scan("b", 2, loops=4)), 8.0),  # what the innermost gives
        (node(Operation.JOIN_BUFFER, scan("a", 9), scan("b", 2)), 2.0),
        (node(Operation.SORT), 0.0),
        (node(Operation.RESULT, scan("a", 9), rows=1), 1.0),
    ],
)
def test_rows_that_a_step_gives(found: PlanNode, rows: float) -> None:
    assert given_rows(found) == rows


@pytest.mark.parametrize(
    ("limit", "found"), [("LIMIT 5", 5), ("LIMIT 5 OFFSET 9", 5), ("LIMIT ?", None), ("LIMIT 0", 0), ("", None)]
)
def test_a_literal_limit(limit: str, found: int | None) -> None:
    assert number(seen(f"SELECT * FROM big {limit}").tree.args.get("limit")) == found
    assert number(exp.Limit(expression=exp.Literal.string("5"))) is None


def test_rows_of_the_result() -> None:
    assert result_rows(seen()) is None
    given = seen("SELECT * FROM big LIMIT 50", plan(scan("big", 300)))
    assert result_rows(given) == 50.0
    assert result_rows(replace(given, rows_sent=3)) == 3.0
    assert result_rows(seen(found=plan(scan("big", 300)))) == 300.0


def test_a_condition_of_which_the_server_knows_nothing_is_no_estimate() -> None:
    blind = plan(replace(scan("big", 300), condition="f(v)"))
    assert result_rows(seen(found=blind)) is None
    assert result_rows(seen(found=blind, kind=POSTGRES)) == 300.0
    known = plan(replace(lookup("big", "v", 300), condition="v = 3", rows=30.0))
    assert result_rows(seen(found=known)) == 30.0


@pytest.mark.parametrize(
    ("sql", "grouped"),
    [
        ("SELECT v FROM big GROUP BY v", True),
        ("SELECT v FROM big HAVING v > 1", True),
        ("SELECT MAX(v) + 1 FROM big", True),
        ("SELECT ROW_NUMBER() OVER () FROM big", True),
        ("SELECT (SELECT MAX(id) FROM little) FROM big", False),
        ("SELECT v FROM big", False),
    ],
)
def test_rows_that_are_groups(sql: str, grouped: bool) -> None:
    assert has_aggregate(seen(sql).blocks[0]) == grouped
