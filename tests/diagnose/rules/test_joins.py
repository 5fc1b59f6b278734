from dataclasses import replace

import pytest

from diagnose.evidence.plan import Operation, Plan, PlanNode
from diagnose.rules.joins import CartesianJoin, DistinctHidesJoin, UnusedJoin
from diagnose.types import Finding, Rewrite, Rule, Severity
from tests.diagnose.samples import evidence, table
from tests.diagnose.servers import Diagnosed

ORDERS = table(
    "orders(id int pk, customer_id int key, payer_id int null key, day date, status varchar(10), note "
    "varchar(50) null, "
    "fk(customer_id) customers(id), fk(payer_id) customers(id))",
    200_000,
)
CUSTOMERS = table(
    "customers(id int pk, email varchar(50) unique, nick varchar(20) null unique, name varchar(40), day date)", 5_000
)
LINES = table("order_lines(order_id int, line int, amount int, pk(order_id, line), fk(order_id) orders(id))", 800_000)
LOGINS = table("logins(customer_id int key, at datetime)", 100_000)
COLOURS = table("colours(id int pk, name varchar(10))", 12)
TABLES = (ORDERS, CUSTOMERS, LINES, LOGINS, COLOURS)


def found(rule: Rule, sql: str, plan: Plan | None = None) -> list[Finding]:
    return list(rule.check(evidence(sql, *TABLES, plan=plan)))


def severities(rule: Rule, sql: str) -> list[Severity]:
    return [finding.severity for finding in found(rule, sql)]


@pytest.mark.parametrize(
    ("sql", "severity"),
    [
        ("SELECT o.id FROM orders o, customers c WHERE o.day = '2024-01-01'", Severity.HIGH),
        ("SELECT o.id FROM orders o JOIN customers c ON TRUE", Severity.HIGH),
        ("SELECT o.id FROM orders o JOIN customers c ON o.status = 'open'", Severity.HIGH),
        ("SELECT o.id FROM orders o LEFT JOIN customers c ON c.name = 'x'", Severity.HIGH),
        ("SELECT o.id FROM orders o, customers c, order_lines l WHERE l.order_id = o.id", Severity.HIGH),
        ("SELECT o.id FROM orders o JOIN colours k ON k.name = 'red'", Severity.MEDIUM),
        ("SELECT o.id FROM orders o CROSS JOIN customers c", Severity.LOW),
        ("SELECT 1 FROM colours a WHERE a.id IN (SELECT o.id FROM orders o, customers c)", Severity.HIGH),
        ("UPDATE orders o, customers c SET o.note = 'x' WHERE c.name = 'y'", Severity.HIGH),
        ("DELETE o FROM orders o, customers c WHERE c.name = 'y'", Severity.HIGH),
        ("SELECT 1 FROM orders o, customers c WHERE o.id IN (SELECT l.order_id FROM order_lines l)", Severity.HIGH),
    ],
)
def test_sources_that_nothing_connects(sql: str, severity: Severity) -> None:
    assert severities(CartesianJoin(), sql) == [severity]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT o.id FROM orders o, customers c WHERE c.id = o.customer_id",
        "SELECT o.id FROM orders o, customers c WHERE c.id < o.customer_id",
        "SELECT o.id FROM orders o JOIN customers c USING (day)",
        "SELECT o.id FROM orders o NATURAL JOIN customers c",
        "SELECT o.id FROM orders o, customers c WHERE (c.id = o.customer_id AND c.name = 'x') OR (c.id = o.payer_id)",
        "SELECT o.id FROM orders o, customers c WHERE c.id = 5",
        "SELECT o.id FROM orders o, customers c WHERE c.email = 'x@y'",
        "SELECT o.id FROM orders o, customers c WHERE o.day = '2024-01-01' AND c.day = '2024-01-01'",
        "SELECT o.id FROM orders o, (SELECT MAX(id) AS m FROM customers) m",
        "SELECT o.id FROM orders o CROSS JOIN (SELECT 1 AS n) x",
        "SELECT o.id FROM orders o, (SELECT id FROM customers ORDER BY id LIMIT 1) c",
        "SELECT o.id FROM orders o, LATERAL (SELECT id FROM customers c WHERE c.id = o.customer_id) x",
        "SELECT o.id FROM orders o, JSON_TABLE(o.note, '$[*]' COLUMNS (x INT PATH '$')) j",
        "SELECT 1 FROM orders o, customers c WHERE (o.customer_id, c.id) IN (SELECT a.id, a.id FROM customers a)",
        "SELECT 1 FROM orders o, customers c WHERE EXISTS (SELECT 1 FROM logins l WHERE l.customer_id = "
        "c.id AND o.id = l.at)",
        "SELECT o.id FROM orders o, unseen u WHERE u.x = mystery",
        "SELECT a.id FROM colours a, colours b",
        "SELECT c.id FROM orders o, customers c, order_lines l WHERE l.order_id = o.id AND c.id = o.customer_id",
        "SELECT o.id FROM orders o",
        "SELECT 1",
    ],
)
def test_sources_that_something_connects(sql: str) -> None:
    assert severities(CartesianJoin(), sql) == []


def test_a_product_names_the_condition_of_the_foreign_key() -> None:
    (finding,) = found(CartesianJoin(), "SELECT o.id FROM orders o, customers c")
    assert "o.customer_id = c.id" in finding.advice
    assert "200,000 x 5,000 rows make 1,000,000,000" in finding.evidence


def test_what_the_plan_reads_counts_before_the_size_of_the_table() -> None:
    few = PlanNode(Operation.INDEX_LOOKUP, table="orders", alias="o", rows=3)
    more = PlanNode(Operation.FULL_SCAN, table="customers", alias="c", rows=5_000)
    plan = Plan(PlanNode(Operation.NESTED_LOOP, children=(few, more)))
    sql = "SELECT o.id FROM orders o, customers c WHERE o.payer_id = 7"
    assert [f.severity for f in found(CartesianJoin(), sql, plan)] == [Severity.MEDIUM]
    fewer = PlanNode(Operation.FULL_SCAN, table="customers", alias="c", rows=100)
    assert not found(CartesianJoin(), sql, Plan(PlanNode(Operation.NESTED_LOOP, children=(few, fewer))))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT o.id, c.name FROM orders o LEFT JOIN customers c ON c.id = o.customer_id",
        "SELECT * FROM orders o LEFT JOIN customers c ON c.id = o.customer_id",
        "SELECT c.* FROM orders o LEFT JOIN customers c ON c.id = o.customer_id",
        "SELECT o.id, name FROM orders o LEFT JOIN customers c ON c.id = o.customer_id",
        "SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id WHERE c.name IS NULL",
        "SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id ORDER BY c.name",
        "SELECT o.status, COUNT(*) FROM orders o LEFT JOIN customers c ON c.id = o.customer_id GROUP BY "
        "o.status, c.name",
        "SELECT o.id FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id",
        "SELECT o.id FROM orders o LEFT JOIN customers c ON c.name = o.status",
        "SELECT o.id FROM orders o LEFT JOIN customers c ON c.nick <=> o.note",
        "SELECT o.id FROM orders o LEFT JOIN customers c ON c.email = 5",
        "SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.status",
        "SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = RAND() * 5",
        "SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id OR c.id = o.payer_id",
        "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id AND c.name = 'x'",
        "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.name = 'x'",
        "SELECT o.id FROM orders o JOIN customers c ON c.id = o.id",
        "SELECT c.id FROM orders o JOIN customers c ON c.id = o.customer_id",
        "SELECT l.line FROM order_lines l LEFT JOIN orders o ON o.id = l.order_id JOIN customers c ON "
        "c.id = o.customer_id",
        "SELECT o.id FROM orders o RIGHT JOIN customers c ON c.id = o.customer_id",
        "SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id FOR UPDATE",
        "SELECT o.id, (SELECT MAX(l.at) FROM logins l WHERE l.customer_id = c.id) FROM orders o "
        "LEFT JOIN customers c ON c.id = o.customer_id",
        "SELECT o.id, mystery FROM orders o LEFT JOIN customers c ON c.id = o.customer_id LEFT JOIN "
        "unseen u ON u.x = o.id",
        "SELECT a.id FROM colours a LEFT JOIN colours b ON b.id = a.id",
        "SELECT 1 FROM customers c",
        "DELETE o FROM orders o LEFT JOIN customers c ON c.id = o.customer_id",
    ],
)
def test_joins_that_do_something(sql: str) -> None:
    assert found(UnusedJoin(), sql) == []


def test_a_foreign_key_to_a_table_of_the_same_name_elsewhere_proves_nothing() -> None:
    key = replace(ORDERS.foreign_keys[0], to_table="crm.customers")
    away = replace(ORDERS, foreign_keys=(key,))
    sql = "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id"
    assert not list(UnusedJoin().check(evidence(sql, away, CUSTOMERS)))
    there = sql.replace("customers", "crm.customers")
    assert list(UnusedJoin().check(evidence(there, away, replace(CUSTOMERS, schema="crm"))))


def test_an_inner_join_says_what_the_foreign_key_must_hold() -> None:
    (finding,) = found(UnusedJoin(), "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id")
    assert isinstance(finding.remedy, Rewrite)
    assert "every o.customer_id exists in customers" in finding.remedy.needs
    (left,) = found(UnusedJoin(), "SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id")
    assert isinstance(left.remedy, Rewrite)
    assert left.remedy.needs == ""


def test_a_join_that_distinct_undoes() -> None:
    sql = "SELECT DISTINCT c.id FROM customers c JOIN orders o ON o.customer_id = c.id"
    (finding,) = found(DistinctHidesJoin(), sql)
    assert (finding.severity, finding.names) == (Severity.MEDIUM, ("o", "orders"))
    assert isinstance(finding.remedy, Rewrite)
    assert "EXISTS" in finding.remedy.sql
    (open_rows,) = found(DistinctHidesJoin(), f"{sql} LIMIT 5")
    assert open_rows.remedy is None


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT DISTINCT o.day FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.name = 'x'",
        "SELECT DISTINCT c.id, o.day FROM customers c JOIN orders o ON o.customer_id = c.id",
        "SELECT DISTINCT c.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id",
        "SELECT DISTINCT * FROM customers c JOIN orders o ON o.customer_id = c.id",
        "SELECT c.id FROM customers c JOIN orders o ON o.customer_id = c.id",
        "SELECT DISTINCT o.day FROM orders o JOIN order_lines l ON l.order_id = o.id AND l.line = 1",
        "SELECT DISTINCT COUNT(*) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.id",
        "SELECT DISTINCT c.id FROM customers c JOIN unseen u ON u.x = c.id",
        "SELECT DISTINCT a.id FROM colours a JOIN colours b ON b.name = a.name",
        "SELECT DISTINCT c.id FROM customers c JOIN orders o USING (day)",
    ],
)
def test_distinct_that_hides_no_join(sql: str) -> None:
    assert found(DistinctHidesJoin(), sql) == []


def test_more_sources_than_mysql_joins_are_not_looked_at() -> None:
    joins = " ".join(f"LEFT JOIN orders o{n} ON o{n}.id = o{n - 1}.id" for n in range(1, 70))
    many = f"SELECT o0.id FROM orders o0 {joins}, customers c"
    assert not found(UnusedJoin(), many)
    assert not found(CartesianJoin(), many)
    assert found(UnusedJoin(), many.replace(joins, joins.split(" LEFT")[0]))


def test_a_join_that_the_server_leaves_out_is_not_named() -> None:
    sql = "SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id"
    orders = PlanNode(Operation.FULL_SCAN, table="orders", alias="o", rows=200_000)
    assert not found(UnusedJoin(), sql, Plan(orders))
    customers = PlanNode(Operation.UNIQUE_LOOKUP, table="customers", alias="c", rows=1, loops=200_000)
    assert found(UnusedJoin(), sql, Plan(PlanNode(Operation.NESTED_LOOP, children=(orders, customers))))


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT o.id FROM diag_orders o, diag_customers c WHERE o.total > 5", "cartesian-join"),
        ("SELECT o.id FROM diag_orders o JOIN diag_customers c ON c.id = o.customer_id", "unused-join"),
        (
            "SELECT DISTINCT c.id, c.city FROM diag_customers c JOIN diag_orders o ON o.customer_id = "
            "c.id WHERE o.total > 3",
            "distinct-hides-join",
        ),
    ],
)
def test_found_on_both_servers(sql: str, code: str, diag: Diagnosed) -> None:
    assert code in diag.findings(sql)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT o.id FROM diag_orders o, diag_customers c WHERE o.customer_id = c.id", "cartesian-join"),
        ("SELECT o.id, c.city FROM diag_orders o JOIN diag_customers c ON c.id = o.customer_id", "unused-join"),
        ("SELECT o.id FROM diag_orders o LEFT JOIN diag_customers c ON c.id = o.customer_id", "unused-join"),
        (
            ("SELECT DISTINCT o.status FROM diag_orders o JOIN diag_customers c ON c.id = o.customer_id"),
            "distinct-hides-join",
        ),
    ],
)
def test_not_found_on_both_servers(sql: str, code: str, diag: Diagnosed) -> None:
    assert code not in diag.findings(sql)
