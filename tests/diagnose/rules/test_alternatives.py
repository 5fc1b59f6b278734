"""OR over different columns: on made plans, on real servers below."""

from dataclasses import replace

import pytest

from diagnose.rules.alternatives import RULES
from diagnose.types import Rewrite, Severity
from tests.diagnose.plans import lookup, plan
from tests.diagnose.rules.checking import codes, findings
from tests.diagnose.samples import evidence, table
from tests.diagnose.servers import Diagnosed

ORDERS = table(
    "orders(id int pk, customer_id int key, number varchar(20) null key, total int null, state char(1) key, "
    "kind enum('b','a') key)"
)
CUSTOMERS = table("customers(id int pk, email varchar(40) unique, city varchar(20))")
JOINED = "SELECT o.id, c.city FROM orders o JOIN customers c ON c.id = o.customer_id WHERE "


def test_alternatives_of_two_tables() -> None:
    [found] = findings(RULES, f"{JOINED} o.number = 'a' OR c.email = 'b'", ORDERS, CUSTOMERS)
    assert (found.code, found.severity) == ("or-prevents-index", Severity.HIGH)
    assert found.names == ("orders", "number", "customers", "email")
    assert isinstance(found.remedy, Rewrite)
    assert found.remedy.needs == ""
    assert found.remedy.sql.endswith("WHERE c.email = 'b' AND NOT (o.number = 'a') IS TRUE")


def test_a_column_that_is_never_null_is_excluded_in_plain_words() -> None:
    [found] = findings(RULES, "SELECT id FROM orders WHERE customer_id = 5 OR number = 'a'", ORDERS)
    assert isinstance(found.remedy, Rewrite)
    assert found.remedy.sql.endswith("WHERE number = 'a' AND customer_id <> 5")


@pytest.mark.parametrize(
    "condition",
    [
        "o.number = 'a' OR o.number = 'b'",
        "o.number = 'a' OR o.total = 3",
        "o.number = 'a' OR c.city = 'b'",
        "o.number = 'a' OR o.id = c.id",
        "o.number LIKE '%a' OR c.email = 'b'",
        "o.number = 'a' OR c.email = (SELECT MAX(email) FROM customers)",
        "o.number = 'a' AND c.email = 'b'",
        "NOT (o.number = 'a' OR c.email = 'b')",
    ],
)
def test_other_alternatives(condition: str) -> None:
    assert codes(RULES, JOINED + condition, ORDERS, CUSTOMERS) == []


def test_silent_where_indexes_are_used_or_an_alternative_is_no_small_part() -> None:
    sql = "SELECT id FROM orders WHERE customer_id = 5 OR number = 'a'"
    assert codes(RULES, sql, ORDERS, plan=plan(lookup("orders", "customer_id"))) == []
    assert codes(RULES, "SELECT id FROM orders WHERE customer_id > 5 OR number = 'a'", ORDERS) == []
    common = replace(ORDERS, columns=tuple(replace(c, distinct=3) if c.name == "state" else c for c in ORDERS.columns))
    assert codes(RULES, "SELECT id FROM orders WHERE state = 'o' OR number = 'a'", common) == []
    assert [f for rule in RULES for f in rule.check(evidence(sql, ORDERS))] == []


def test_no_rewrite_where_a_union_could_give_other_rows() -> None:
    [found] = findings(RULES, "SELECT id FROM orders WHERE customer_id = 5 OR number = 'a' LIMIT 5", ORDERS)
    assert found.remedy is None


def test_on_real_servers(diag: Diagnosed) -> None:
    joined = "SELECT o.id, c.name FROM diag_orders o JOIN diag_customers c ON c.id = o.customer_id WHERE "
    fires = f"{joined} o.total = 3.7 OR c.email = 'c5@example.com'"
    found = diag.findings(fires)["or-prevents-index"]
    assert sorted(diag.rows(str(found[5]))) == sorted(diag.rows(fires))
    assert "or-prevents-index" not in diag.findings(f"{joined} o.total = 3.7 AND c.email = 'c5@example.com'")
    merged = "SELECT id, note FROM diag_orders WHERE customer_id = 5 OR total = 3.7"
    assert "or-prevents-index" not in diag.findings(merged)
