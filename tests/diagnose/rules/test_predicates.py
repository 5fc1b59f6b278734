"""Conditions that hide a column: on made plans, on real servers below."""

from dataclasses import replace

import pytest

from diagnose.evidence.facts import MYSQL, POSTGRES, Index
from diagnose.rules.predicates import RULES, NonSargablePredicate
from diagnose.types import Rewrite, Severity
from tests.diagnose.plans import lookup, plan, scan
from tests.diagnose.rules.checking import codes, findings
from tests.diagnose.samples import evidence, table
from tests.diagnose.servers import Diagnosed

ORDERS = table(
    "orders(id int pk, customer_id int key, number varchar(20) null key, total decimal(10,2) null key, "
    "created_at datetime key, plain datetime, note varchar(20), key(customer_id, plain), "
    "bin varchar(9) utf8mb4_bin key, stamp timestamp key)"
)
CUSTOMERS = table("customers(id int pk, email varchar(40) key)")
EVENTS = table("events(id int, day date, kind int, pk(id, day))", partitions=("day",))
SMALL = table("small(id int pk, day date key)", 500)

HIDDEN = [
    "YEAR(created_at) = 2026",
    "2026 <= YEAR(created_at)",
    "DATE(created_at) BETWEEN '2026-01-01' AND '2026-02-01'",
    "DATE_FORMAT(created_at, '%Y-%m') IN ('2026-01')",
    "created_at LIKE '2026-05%'",
    "DATE_ADD(created_at, INTERVAL 7 DAY) > NOW()",
    "UNIX_TIMESTAMP(created_at) > 1700000000",
    "MONTH(created_at) = 5",
    "total * 1.2 > 100",
    "total - 5 < 3",
    "COALESCE(total, 0) = 0",
    "ABS(total) = 5 AND total + 1 = 6",
    "-id = 5",
    "CAST(customer_id AS CHAR) = '5'",
    "LOWER(number) = 'a'",
    "TRIM(number) = 'a'",
    "CONCAT(number, '-x') = 'a-x'",
    "BINARY number = 'a'",
    "number COLLATE utf8mb4_unicode_ci = 'a'",
    "customer_id = 5 AND YEAR(plain) = 2026",
]
NOT_HIDDEN = [
    "created_at >= '2026-01-01'",
    "created_at = DATE('2026-01-01')",
    "created_at >= DATE_SUB(NOW(), INTERVAL 7 DAY)",
    "customer_id = 5 + 1",
    "(customer_id) = 5",
    "number LIKE 'a%'",
    "number = LOWER('A')",
    "bin COLLATE utf8mb4_bin = 'a'",
    "MOD(id, 2) = 0",
    "LENGTH(number) = 5",
    "ROUND(total) = 5",
    "total + id > 5",
    "YEAR(created_at) = id",
    "id = (SELECT MAX(id) + 1 FROM customers)",
    "NOT YEAR(created_at) = 2026",
    "YEAR(created_at) <> 2026",
    "YEAR(created_at) = 2026 OR id = 1",
    "TRIM(note) = 'a'",
    "unknown(created_at) = 5",
    "missing + 1 = 5",
]


@pytest.mark.parametrize("condition", HIDDEN)
def test_an_expression_around_an_indexed_column(condition: str) -> None:
    assert codes(RULES, f"SELECT id FROM orders WHERE {condition}", ORDERS, CUSTOMERS) == ["non-sargable-predicate"]


@pytest.mark.parametrize("condition", NOT_HIDDEN)
def test_what_hides_nothing_or_cannot_be_otherwise(condition: str) -> None:
    assert codes(RULES, f"SELECT id FROM orders WHERE {condition}", ORDERS, CUSTOMERS) == []


def test_what_a_finding_says() -> None:
    [found] = findings(RULES, "SELECT id FROM orders WHERE YEAR(created_at) = 2026", ORDERS)
    assert found.severity is Severity.HIGH
    assert found.finding == "YEAR(created_at) = 2026 hides orders.created_at from its index created_at."
    assert found.evidence == "the plan reads about 100,000 rows of orders (full scan); created_at is on (created_at)"
    needs = "created_at holds no incomplete dates such as 2026-00-00"
    assert found.advice == f"Compare the column itself. It returns the same as long as {needs}."
    sql = "SELECT id FROM orders WHERE created_at >= '2026-01-01' AND created_at < '2027-01-01'"
    assert found.remedy == Rewrite(sql, needs)
    assert found.names == ("orders", "created_at", "created_at")


def test_incomplete_dates_are_mysqls_alone() -> None:
    [found] = findings(RULES, "SELECT id FROM orders WHERE YEAR(created_at) = 2026", ORDERS, kind=POSTGRES)
    assert isinstance(found.remedy, Rewrite)
    assert found.remedy.needs == ""


def test_a_day_within_a_month_needs_nothing() -> None:
    [found] = findings(RULES, "SELECT id FROM orders WHERE DATE(created_at) = '2026-05-05'", ORDERS)
    assert isinstance(found.remedy, Rewrite)
    assert found.remedy.needs == ""


def test_a_time_stamp_needs_steady_clocks() -> None:
    [found] = findings(RULES, "SELECT id FROM orders WHERE DATE(stamp) = '2026-05-05'", ORDERS)
    assert isinstance(found.remedy, Rewrite)
    assert "time zone" in found.remedy.needs


def test_conditions_on_one_column_are_one_finding() -> None:
    sql = "SELECT id FROM orders o WHERE YEAR(o.created_at) = 2026 AND id > 3 AND MONTH(o.created_at) = 12"
    [found] = findings(RULES, sql, ORDERS)
    assert isinstance(found.remedy, Rewrite)
    assert found.remedy.sql == (
        "SELECT id FROM orders AS o WHERE o.created_at >= '2026-12-01' AND o.created_at < '2027-01-01' AND id > 3"
    )


def test_year_and_month_of_different_joins_stay_apart() -> None:
    sql = (
        "SELECT o.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id AND MONTH(o.created_at) = 12 "
        "WHERE YEAR(o.created_at) = 2026"
    )
    [found] = findings(RULES, sql, ORDERS, CUSTOMERS)
    assert isinstance(found.remedy, Rewrite)
    assert "AND MONTH(o.created_at) = 12 WHERE o.created_at >= '2026-01-01'" in found.remedy.sql


def test_a_condition_of_a_left_join_serves_the_joined_table_alone() -> None:
    joined = "SELECT 1 FROM customers c LEFT JOIN orders o ON o.customer_id = c.id AND {} = 5"
    assert codes(RULES, joined.format("o.total + 1"), ORDERS, CUSTOMERS) == ["non-sargable-predicate"]
    assert codes(RULES, joined.format("c.id + 1"), ORDERS, CUSTOMERS) == []


def test_updates_and_deletes_have_conditions_too() -> None:
    assert codes(RULES, "DELETE FROM orders WHERE YEAR(created_at) = 2020", ORDERS) == ["non-sargable-predicate"]
    [found] = findings(RULES, "UPDATE orders SET note = 'x' WHERE customer_id + 1 = 5", ORDERS)
    assert found.remedy == Rewrite("UPDATE orders SET note = 'x' WHERE customer_id = 4")


def test_without_an_index_only_what_can_be_rewritten_and_low() -> None:
    [found] = findings(RULES, "SELECT id FROM orders WHERE YEAR(plain) = 2026", ORDERS)
    assert found.severity is Severity.LOW
    assert "then an index on it can be used" in found.advice
    assert codes(RULES, "SELECT id FROM orders WHERE MONTH(plain) = 5", ORDERS) == []


def test_silent_where_little_is_read() -> None:
    sql = "SELECT id FROM orders WHERE YEAR(created_at) = 2026 AND customer_id = 5"
    assert codes(RULES, sql, ORDERS, plan=plan(lookup("orders", "customer_id"))) == []
    assert codes(RULES, "SELECT id FROM small WHERE YEAR(day) = 2026", SMALL) == []


def test_silent_where_the_server_uses_the_index_all_the_same() -> None:
    """MariaDB from 11.1 on does so for YEAR and DATE."""
    sql = "SELECT id FROM orders WHERE YEAR(created_at) = 2026"
    assert codes(RULES, sql, ORDERS, plan=plan(lookup("orders", "created_at", 5_000))) == []
    assert codes(RULES, sql, ORDERS, plan=plan(scan("orders", index="created_at"))) == ["non-sargable-predicate"]


def test_silent_where_an_index_is_on_the_expression() -> None:
    indexed = replace(ORDERS, indexes=(*ORDERS.indexes, Index("lower_number", ("(lower(`number`))",))))
    assert codes(RULES, "SELECT id FROM orders WHERE LOWER(number) = 'a'", indexed, kind=MYSQL) == []


def test_less_severe_where_another_index_is_used_or_nothing_can_be_rewritten() -> None:
    sql = "SELECT id FROM orders WHERE YEAR(created_at) = 2026 AND customer_id = 5"
    [found] = findings(RULES, sql, ORDERS, plan=plan(lookup("orders", "customer_id", 200_000)))
    assert found.severity is Severity.MEDIUM
    [found] = findings(RULES, "SELECT id FROM orders WHERE TRIM(number) = 'a'", ORDERS)
    assert found.severity is Severity.MEDIUM


def test_without_a_plan_the_schema_alone_gives_low_severity() -> None:
    [found] = NonSargablePredicate().check(evidence("SELECT id FROM orders WHERE YEAR(created_at) = 2026", ORDERS))
    assert found.severity is Severity.LOW


@pytest.mark.parametrize(
    ("kind", "condition"),
    [
        (POSTGRES, "LOWER(number) = 'a'"),
        (POSTGRES, "LEFT(number, 1) = 'a'"),
        (MYSQL, "LEFT(number, 2) = 'a'"),
        (MYSQL, "LEFT(number, 2) = 'a%'"),
        (MYSQL, "LOWER(bin) = 'a'"),
        (MYSQL, "LOWER(number) LIKE '%a'"),
        (MYSQL, "YEAR(created_at) = 99"),
        (MYSQL, "YEAR(created_at) = 9999"),
        (MYSQL, "YEAR(created_at) IN (2024, 2026)"),
        (MYSQL, "DATE(created_at) = '2026-02-30'"),
        (MYSQL, "DATE(created_at) = '2026-1-1'"),
        (MYSQL, "DATE(created_at) = '2026-01-01 10:00:00'"),
        (MYSQL, "DATE_FORMAT(created_at, '%m-%Y') = '01-2026'"),
        (MYSQL, "DATE_ADD(created_at, INTERVAL 1 MONTH) > NOW()"),
        (MYSQL, "DATE_ADD(created_at, INTERVAL 1 DAY) > SYSDATE()"),
        (MYSQL, "DATE_ADD(stamp, INTERVAL 1 DAY) > NOW()"),
        (MYSQL, "DATE(created_at) >= NOW() - INTERVAL 1 DAY"),
        (MYSQL, "DATE(created_at) = SYSDATE()"),
        (MYSQL, "DATE(created_at) > CURDATE() - INTERVAL 1 MONTH"),
        (MYSQL, "DATE_FORMAT(created_at, '%Y-%m') = DATE_FORMAT(NOW(), '%Y%m')"),
        (MYSQL, "DATE_FORMAT(created_at, '%Y-%m') = DATE_FORMAT(NOW() - INTERVAL 1 MONTH, '%Y-%m')"),
        (MYSQL, "YEAR(created_at) = YEAR(NOW()) - 1"),
        (MYSQL, "CAST(customer_id AS CHAR) = '05'"),
        (MYSQL, "CAST(customer_id AS CHAR) > '5'"),
        (MYSQL, "COALESCE(number, 'a') = 'A'"),
        (MYSQL, "COALESCE(number, 'é') = 'e'"),
        (MYSQL, "total / 3 = 1"),
        (MYSQL, "total + 1e0 = 3"),
        (MYSQL, "number + 1 = 3 AND CAST(number AS SIGNED) = 5"),
    ],
)
def test_no_rewrite_where_the_meaning_may_differ(kind: str, condition: str) -> None:
    found = findings(RULES, f"SELECT id FROM orders WHERE {condition}", ORDERS, kind=kind)
    assert [finding.remedy for finding in found] == [None]


def test_a_function_of_the_partition_key() -> None:
    [found] = findings(RULES, "SELECT id FROM events WHERE YEAR(day) = 2026", EVENTS)
    assert found.code == "function-on-partition-key"
    assert found.remedy is not None
    assert codes(RULES, "SELECT id FROM events WHERE day >= '2026-01-01'", EVENTS) == []
    assert codes(RULES, "SELECT id FROM events WHERE YEAR(day) = 2026 AND day > '2026-01-01'", EVENTS) == []
    assert codes(RULES, "SELECT id FROM events WHERE MONTH(day) = 5", EVENTS) == []
    other = "SELECT id FROM events WHERE kind + 1 = 5 AND day = '2026-01-01'"
    assert "function-on-partition-key" not in codes(RULES, other, EVENTS)


def test_partitions_as_postgresql_numbers_them() -> None:
    sql = "SELECT id FROM events e WHERE YEAR(e.day) = 2026"
    partitions = plan(scan("e_1", 600), scan("e_2", 700))
    [found] = findings(RULES, sql, EVENTS, plan=partitions, kind=POSTGRES)
    assert found.severity is Severity.LOW
    assert codes(RULES, sql, EVENTS, plan=plan(scan("f_1", 5_000)), kind=POSTGRES) == []


def test_names_of_strangers_are_cleaned() -> None:
    [found] = findings(RULES, "SELECT id FROM orders WHERE LOWER(number) = 'a\u202eb'", ORDERS)
    assert "\u202e" not in found.finding


@pytest.mark.parametrize(
    ("code", "fires", "silent"),
    [
        (
            "non-sargable-predicate",
            "SELECT id, note FROM diag_orders WHERE YEAR(created_at) = 2021",
            "SELECT id, note FROM diag_orders WHERE created_at >= '2021-01-01' AND created_at < '2021-01-03'",
        ),
        (
            "non-sargable-predicate",
            "SELECT id, note FROM diag_orders WHERE total + 1 = 4.7",
            "SELECT id, note FROM diag_orders WHERE total = 4.7 - 1",
        ),
        (
            "non-sargable-predicate",
            "SELECT o.id FROM diag_orders o JOIN diag_customers c ON c.id = o.customer_id "
            "WHERE DATE(c.created_at) = '2021-05-05'",
            "SELECT o.id FROM diag_orders o JOIN diag_customers c ON c.id = o.customer_id "
            "WHERE c.email = 'c5@example.com' AND DATE(o.created_at) = '2021-05-05'",
        ),
        (
            "function-on-partition-key",
            "SELECT kind FROM diag_events WHERE YEAR(day) = 2024",
            "SELECT kind FROM diag_events WHERE day >= '2024-01-01' AND day < '2024-02-01'",
        ),
    ],
)
def test_on_real_servers(diag: Diagnosed, code: str, fires: str, silent: str) -> None:
    assert code in diag.findings(fires)
    assert code not in diag.findings(silent)
