from dataclasses import replace
from typing import Any

import pytest

from diagnose.evidence.facts import MARIADB, POSTGRES, Table
from diagnose.evidence.plan import Operation, Plan, PlanNode
from diagnose.rules.index_reads import Read, Want, filtered, joined, reads
from diagnose.types import Severity
from tests.diagnose.plans import lookup, plan, scan
from tests.diagnose.samples import evidence, table

ORDERS = table("orders(id int pk, customer_id int, state varchar(9) key, day date, total int)", 200_000)
CUSTOMERS = table("customers(id int pk, email varchar(40))", 5_000)
ONE = "SELECT * FROM orders o WHERE o.customer_id = 7"
JOINED = "SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id"


def found(sql: str, given: Plan, kind: str = MARIADB, orders: Table = ORDERS) -> list[Read]:
    return reads(evidence(sql, orders, CUSTOMERS, plan=given, kind=kind))


def one(node: PlanNode, kind: str = MARIADB, sql: str = ONE) -> Read:
    (read,) = found(sql, plan(node), kind)
    return read


def test_without_a_plan_nothing_is_read() -> None:
    assert reads(evidence(ONE, ORDERS)) == []


def test_every_table_that_the_plan_names() -> None:
    given = plan(scan("c", 5_000), lookup("O", "customer_id", 40, loops=5_000), scan("other"))
    assert [(read.usage.alias, read.loops) for read in found(JOINED, given)] == [("c", 1.0), ("o", 5_000.0)]


def test_postgres_numbers_the_second_table_of_an_alias() -> None:
    second = replace(scan("orders_1", 200_000), table="orders")
    sql = "SELECT * FROM orders WHERE customer_id = 7"
    assert len(found(sql, plan(second), POSTGRES)) == 1
    assert found(sql, plan(replace(second, alias="orders_x")), POSTGRES) == []
    assert found(sql, plan(replace(second, table="archive")), POSTGRES) == []


@pytest.mark.parametrize(
    ("node", "rows", "total"),
    [
        (scan("o", 200_000), 200_000, 200_000),
        (scan("o", 900_000), 200_000, 200_000),  # no more than there is
        (scan("o", 100, loops=4), 400, 400),  # the processes of a parallel plan
        (scan("o", 200_000, loops=50), 200_000, 10_000_000),
        (lookup("o", "state", 30), 30, 30),
        (lookup("o", "state", 30, loops=1_000), 30, 30_000),
        (replace(scan("o"), rows_read=None), 200_000, 200_000),
        (replace(lookup("o", "state", 30), rows_read=None), 30, 30),
    ],
)
def test_rows_read_once_and_in_all(node: PlanNode, rows: float, total: float) -> None:
    read = one(node)
    assert (read.rows, read.total) == (rows, total)


@pytest.mark.parametrize(
    ("rows", "severity"), [(9_999, Severity.LOW), (10_000, Severity.MEDIUM), (100_000, Severity.HIGH)]
)
def test_severity_by_what_is_read(rows: float, severity: Severity) -> None:
    assert one(scan("o", rows)).severity is severity


@pytest.mark.parametrize(
    ("node", "kept"),
    [
        (replace(scan("o", 1_000), rows=100.0), 0.1),
        (replace(scan("o", 1_000), rows=None), None),
        (replace(scan("o", 1_000), rows=5_000.0), 1.0),
        (scan("o", 0), None),
    ],
)
def test_the_share_that_is_kept(node: PlanNode, kept: float | None) -> None:
    assert one(node).kept == kept


@pytest.mark.parametrize(
    ("change", "kind", "blind"),
    [
        ({"condition": "total > 3"}, MARIADB, True),
        ({"condition": "total > 3"}, POSTGRES, False),
        ({"condition": "total > 3", "rows": 5.0}, MARIADB, False),
        ({}, MARIADB, False),
        ({"condition": "total > 3", "operation": Operation.FULL_SCAN}, MARIADB, False),
    ],
)
def test_a_condition_of_which_the_server_knows_nothing(change: dict[str, Any], kind: str, blind: bool) -> None:
    assert one(replace(lookup("o", "state", 30), **change), kind).blind == blind


def test_an_index_whose_first_column_is_not_searched_is_read_whole() -> None:
    node = replace(lookup("o", "state", 30), key_parts=("day",))
    assert one(node).skips_first
    assert one(node).rows == 200_000
    assert not one(replace(node, key_parts=("state",))).skips_first


def test_an_index_read_until_there_is_enough_is_read_whole_for_a_rare_value() -> None:
    sql = "SELECT * FROM orders o WHERE o.total = 7 ORDER BY o.state LIMIT 5"
    node = replace(scan("o", 50, index="state"), condition="o.total = 7")
    assert one(node, sql=sql).until_enough
    assert one(node, sql=sql).rows == 200_000
    assert not one(node, sql=sql.replace(" LIMIT 5", "")).until_enough
    assert not one(node, POSTGRES, sql).until_enough
    assert not one(replace(node, actual_rows=50.0), sql=sql).until_enough
    assert not one(replace(node, condition=""), sql=sql).until_enough
    assert not one(replace(node, rows_read=150_000.0), sql=sql).until_enough


def test_a_join_buffer_compares_for_each_of_its_loops() -> None:
    buffered = PlanNode(Operation.JOIN_BUFFER, rows_read=0, loops=5_000, children=(scan("o", 200_000),))
    read = found(JOINED, plan(scan("c", 5_000), buffered))[1]
    assert (read.loops, read.beside, read.total) == (5_000, None, 1_000_000_000)


def test_the_other_side_of_a_hash_join() -> None:
    hashed = PlanNode(Operation.HASH_JOIN, rows_read=0, children=(scan("c", 12), scan("o", 200_000)))
    by_alias = {read.usage.alias: read for read in found(JOINED, Plan(hashed), POSTGRES)}
    assert (by_alias["o"].beside, by_alias["c"].beside) == (12, 200_000)


def offered(wants: Any, sql: str, given: Plan, kind: str = MARIADB, orders: Table = ORDERS) -> list[Want]:
    return list(wants(evidence(sql, orders, CUSTOMERS, plan=given, kind=kind)))


def test_an_index_for_a_constant() -> None:
    (want,) = offered(filtered, ONE, plan(scan("o", 200_000)))
    assert (want.candidate.names[:1], want.known) == (("customer_id",), True)
    assert want.share <= 0.1
    assert want.other_order is None


def test_what_is_searched_by_now_in_another_order_is_named() -> None:
    behind = table("orders(id int pk, customer_id int, day date, total int, key(day, customer_id))", 200_000)
    (want,) = offered(filtered, ONE, plan(scan("o", 200_000)), orders=behind)
    assert want.other_order is not None
    assert want.other_order.columns == ("day", "customer_id")


@pytest.mark.parametrize(
    ("sql", "given"),
    [
        (ONE, plan(scan("o", 900))),  # little is read
        ("SELECT * FROM orders o WHERE o.total > 7", plan(lookup("o", "state", 5))),
        ("SELECT * FROM orders o", plan(scan("o", 200_000))),
        (
            "SELECT * FROM customers c JOIN orders o ON o.id = c.id WHERE c.email = 'x'",
            plan(scan("c", 1_500), scan("o", 200_000)),
        ),
    ],
)
def test_no_index_for_what_is_read_anyway_or_is_little(sql: str, given: Plan) -> None:
    assert offered(filtered, sql, given) == []


def test_an_index_for_a_join() -> None:
    again = plan(scan("c", 5_000), scan("o", 200_000, loops=5_000))
    (want,) = offered(joined, JOINED, again)
    assert want.candidate.names[:1] == ("customer_id",)
    keyed = table("orders(id int pk, customer_id int key, total int)", 200_000)
    both = f"{JOINED} AND o.total = c.id"
    assert offered(joined, both, again)
    assert offered(joined, both, again, orders=keyed) == []  # an index leads to few rows: the planner's choice
    assert offered(joined, JOINED, plan(scan("c", 5_000), lookup("o", "state", 50, loops=5_000))) == []
