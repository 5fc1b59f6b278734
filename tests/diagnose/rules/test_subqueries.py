"""Subqueries: on made plans, on real servers below."""

from dataclasses import replace

import pytest

from diagnose.evidence.facts import Table
from diagnose.evidence.plan import Plan
from diagnose.rules.subqueries import RULES
from diagnose.types import Rewrite, Severity
from tests.diagnose.plans import dependent, lookup, plan, scan
from tests.diagnose.rules.checking import codes, findings
from tests.diagnose.samples import evidence, table
from tests.diagnose.servers import Diagnosed

ORDERS = table(
    "orders(id int pk, customer_id int null key, region int null, number varchar(20), total int null, "
    "weight float null, kind varchar(9))"
)
CUSTOMERS = table("customers(id int pk, region int null key, number varchar(20) utf8mb4_bin, score double)", 10_000)
SMALL = table("small(id int pk, parent int null)", 100)
NOT_IN = "SELECT id FROM customers WHERE id NOT IN (SELECT customer_id FROM orders{})"


def with_nulls(found: Table, name: str, share: float | None) -> Table:
    columns = tuple(replace(c, nulls=share) if c.name == name else c for c in found.columns)
    return replace(found, columns=columns)


def not_in(sql: str, *tables: Table) -> list[str]:
    """Of a plan without dependent subqueries."""
    scans = [scan(found.name) for found in tables]
    return codes(RULES, sql, *tables, plan=plan(*scans))


def test_not_in_over_values_that_may_be_null() -> None:
    [found] = findings(RULES, NOT_IN.format(""), ORDERS, CUSTOMERS)
    assert (found.code, found.severity) == ("not-in-nullable", Severity.MEDIUM)
    assert found.finding.startswith("As soon as one orders.customer_id is NULL, id NOT IN (SELECT")
    assert found.remedy == Rewrite(
        "SELECT id FROM customers WHERE NOT EXISTS(SELECT 1 FROM orders WHERE orders.customer_id = customers.id)",
        "orders.customer_id is never NULL",
    )


def test_known_nulls_are_worse_and_leave_no_rewrite() -> None:
    [found] = findings(RULES, NOT_IN.format(""), with_nulls(ORDERS, "customer_id", 0.25), CUSTOMERS)
    assert (found.severity, found.remedy) == (Severity.HIGH, None)
    assert "about 25.0% of its values are NULL" in found.evidence
    filtered = findings(RULES, NOT_IN.format(" WHERE id > 5"), with_nulls(ORDERS, "customer_id", 0.25), CUSTOMERS)
    assert [f.severity for f in filtered] == [Severity.MEDIUM]
    none = findings(RULES, NOT_IN.format(""), with_nulls(ORDERS, "customer_id", 0.0), CUSTOMERS)
    assert [f.severity for f in none] == [Severity.LOW]


@pytest.mark.parametrize(
    "where",
    [
        " WHERE customer_id IS NOT NULL",
        " WHERE (total > 1 AND customer_id > 0)",
        " o JOIN customers c ON c.id = o.customer_id",
        " WHERE customer_id NOT IN (1, 2)",
        " WHERE customer_id BETWEEN 1 AND 5",
    ],
)
def test_silent_where_a_condition_keeps_nulls_out(where: str) -> None:
    assert not_in(NOT_IN.format(where), ORDERS, CUSTOMERS) == []


def test_other_forms_and_what_is_never_null() -> None:
    assert not_in("SELECT id FROM customers WHERE id <> ALL (SELECT region FROM orders)", ORDERS, CUSTOMERS) == [
        "not-in-nullable"
    ]
    assert not_in("SELECT id FROM customers WHERE id NOT IN (1, 2, NULL)", ORDERS, CUSTOMERS) == ["not-in-nullable"]
    outer = "SELECT id FROM customers WHERE id NOT IN (SELECT o.id FROM customers c LEFT JOIN orders o ON o.id = c.id)"
    assert not_in(outer, ORDERS, CUSTOMERS) == ["not-in-nullable"]
    for sql in (
        "SELECT id FROM customers WHERE id NOT IN (SELECT id FROM orders)",
        "SELECT id FROM customers WHERE id IN (SELECT customer_id FROM orders)",
        "SELECT id FROM customers WHERE id NOT IN (SELECT MAX(customer_id) FROM orders)",
        "SELECT id FROM customers WHERE id NOT IN (SELECT customer_id FROM unknown)",
        "SELECT id FROM customers WHERE id NOT IN (1, 2) AND NOT EXISTS (SELECT customer_id FROM orders)",
        "SELECT id FROM customers WHERE id <> ANY (SELECT customer_id FROM orders)",
        "SELECT id FROM customers WHERE (id, region) NOT IN (SELECT customer_id, region FROM orders)",
    ):
        assert not_in(sql, ORDERS, CUSTOMERS) == [], sql


def test_small_tables_matter_where_nulls_are_known() -> None:
    sql = "SELECT id FROM small WHERE id NOT IN (SELECT parent FROM small)"
    assert not_in(sql, SMALL) == []
    [found] = findings(RULES, sql, with_nulls(SMALL, "parent", 0.5))
    assert found.severity is Severity.LOW


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM customers WHERE region NOT IN (SELECT customer_id FROM orders)",
        "SELECT id FROM customers WHERE id + 1 NOT IN (SELECT customer_id FROM orders)",
        "SELECT id FROM customers WHERE id NOT IN (SELECT customer_id FROM orders LIMIT 5)",
        "SELECT c.id FROM orders o LEFT JOIN customers c ON c.id = o.id "
        "WHERE c.id NOT IN (SELECT customer_id FROM orders)",
    ],
)
def test_not_in_without_a_rewrite(sql: str) -> None:
    [found] = findings(RULES, sql, ORDERS, CUSTOMERS)
    assert (found.code, found.remedy) == ("not-in-nullable", None)


SUM = "SELECT c.id, (SELECT SUM(o.total) FROM orders o WHERE o.customer_id = c.id) AS s FROM customers c"


def again(rows: float, loops: float) -> Plan:
    return plan(scan("c", 10_000), dependent(lookup("o", "customer_id", rows, loops=loops)))


def test_a_subquery_that_reads_its_table_again_and_again() -> None:
    [found] = findings(RULES, SUM, ORDERS, CUSTOMERS)
    assert (found.code, found.severity) == ("correlated-subquery", Severity.HIGH)
    assert found.finding == "The subquery on orders is run again for each row of customers, about 1,000 times."
    assert "reads about 100,000,000 rows (full scan of o), while orders has 100,000" in found.evidence
    assert "index on orders.customer_id" in found.advice
    assert isinstance(found.remedy, Rewrite)
    assert "LEFT JOIN (SELECT o.customer_id AS key_1_1, SUM(o.total) AS value" in found.remedy.sql


def test_a_subquery_that_cannot_be_grouped_once_is_found_all_the_same() -> None:
    [found] = findings(RULES, f"{SUM} LIMIT 5", ORDERS, CUSTOMERS)
    assert (found.code, found.remedy) == ("correlated-subquery", None)
    assert found.advice.startswith("Compute it once for all rows: group it by what ties it to them.")


def test_severity_by_what_is_read_and_silent_where_an_index_makes_it_short() -> None:
    assert codes(RULES, SUM, ORDERS, CUSTOMERS, plan=again(10, 10_000)) == []
    assert codes(RULES, SUM, ORDERS, CUSTOMERS, plan=again(10, 19_000)) == []
    assert codes(RULES, SUM, ORDERS, CUSTOMERS, plan=again(50, 1_000_000)) == []
    [found] = findings(RULES, SUM, ORDERS, CUSTOMERS, plan=again(500, 1_000))
    assert found.severity is Severity.MEDIUM
    tiny = replace(ORDERS, rows=500.0)
    assert codes(RULES, SUM, tiny, CUSTOMERS, plan=plan(scan("c", 100), dependent(scan("o", 500, loops=15)))) == []


def test_silent_where_the_plan_runs_it_once() -> None:
    sql = "SELECT id FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)"
    assert codes(RULES, sql, ORDERS, CUSTOMERS, plan=plan(scan("c"), scan("o"))) == []
    assert [f for rule in RULES for f in rule.check(evidence(sql, ORDERS, CUSTOMERS))] == []
    once = "SELECT id FROM customers WHERE score > (SELECT AVG(total) FROM orders)"
    assert codes(RULES, once, ORDERS, CUSTOMERS, plan=plan(scan("customers"), scan("orders"))) == []


def test_an_index_of_few_values_is_not_advised() -> None:
    few = replace(ORDERS, columns=tuple(replace(c, distinct=3) for c in ORDERS.columns))
    [found] = findings(RULES, SUM, few, CUSTOMERS)
    assert "index" not in found.advice


@pytest.mark.parametrize(
    ("code", "fires", "silent"),
    [
        (
            "not-in-nullable",
            "SELECT id FROM diag_customers WHERE id NOT IN (SELECT referrer_id FROM diag_customers)",
            "SELECT id FROM diag_customers WHERE id NOT IN (SELECT customer_id FROM diag_orders)",
        ),
        (
            "correlated-subquery",
            "SELECT c.id FROM diag_customers c WHERE c.id < "
            "(SELECT AVG(o.total) FROM diag_orders o WHERE o.status = c.city)",
            "SELECT c.id FROM diag_customers c WHERE c.id < "
            "(SELECT AVG(o.total) FROM diag_orders o WHERE o.customer_id = c.id)",
        ),
    ],
)
def test_on_real_servers(diag: Diagnosed, code: str, fires: str, silent: str) -> None:
    assert code in diag.findings(fires)
    assert code not in diag.findings(silent)
