"""HAVING: on made plans, on real servers below."""

import pytest

from diagnose.evidence.facts import MARIADB, MYSQL, POSTGRES
from diagnose.rules.having import RULES
from diagnose.types import Rewrite, Severity
from tests.diagnose.rules.checking import codes, findings
from tests.diagnose.samples import table
from tests.diagnose.servers import Diagnosed

ORDERS = table(
    "orders(id int pk, customer_id int null, day date null, state varchar(9) null, total int null, rate float)"
)
SMALL = table("small(id int pk, state int)", 100)


@pytest.mark.parametrize(
    ("sql", "where", "having"),
    [
        ("SELECT customer_id, COUNT(*) FROM orders GROUP BY customer_id HAVING customer_id > 5", "customer_id > 5", ""),
        (
            "SELECT YEAR(day) AS y, SUM(total) AS s FROM orders GROUP BY y HAVING y = 2026 AND s > 5",
            "YEAR(day) = 2026",
            "s > 5",
        ),
        (
            "SELECT state FROM orders WHERE id > 1 OR id < 0 GROUP BY state HAVING state = 'a'",
            "(id > 1 OR id < 0) AND state = 'a'",
            "",
        ),
        ("SELECT total AS t FROM orders GROUP BY 1 HAVING MOD(t, 2) = 0", "total % 2 = 0", ""),
        ("SELECT id, total AS t FROM orders HAVING t > 5 AND id > 7", "total > 5 AND id > 7", ""),
        ("SELECT total + 1 AS t FROM orders HAVING t > 5", "(total + 1) > 5", ""),
    ],
)
def test_conditions_on_single_rows(sql: str, where: str, having: str) -> None:
    [found] = findings(RULES, sql, ORDERS, kind=MYSQL)
    assert (found.code, found.severity) == ("having-without-aggregate", Severity.MEDIUM)
    assert isinstance(found.remedy, Rewrite)
    assert f"WHERE {where}" in found.remedy.sql
    assert ("HAVING" in found.remedy.sql) == bool(having)
    assert found.remedy.sql.endswith(having)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT customer_id, COUNT(*) AS n FROM orders GROUP BY customer_id HAVING n > 5",
        "SELECT customer_id FROM orders GROUP BY customer_id HAVING COUNT(*) > 5 OR customer_id = 3",
        "SELECT customer_id, total FROM orders GROUP BY customer_id HAVING total > 5",
        "SELECT customer_id FROM orders GROUP BY customer_id WITH ROLLUP HAVING customer_id = 5",
        "SELECT state FROM orders GROUP BY state HAVING LENGTH(state) = 3",
        "SELECT state FROM orders GROUP BY state HAVING state LIKE 'a%'",
        "SELECT rate FROM orders GROUP BY rate HAVING rate + 1 = 3",
        "SELECT COUNT(*) AS n FROM orders HAVING n > 5",
        "SELECT COUNT(*), total FROM orders HAVING total > 5",
        "SELECT id, SUM(total) OVER () AS s FROM orders HAVING id > 5",
        "SELECT RAND() AS r FROM orders HAVING r > 0.5",
        "SELECT total AS id FROM orders HAVING id > 5",
        "SELECT id AS total, SUM(id) FROM orders GROUP BY total HAVING total > 5",
        "SELECT (SELECT MAX(id) FROM small) AS m, id FROM orders HAVING m > 5",
        "SELECT 1 AS k FROM orders HAVING k = 1",
        "SELECT id FROM orders WHERE total > 5 GROUP BY id",
    ],
)
def test_conditions_on_groups_or_of_unsure_meaning(sql: str) -> None:
    assert codes(RULES, sql, ORDERS, SMALL, kind=MYSQL) == []


def test_silent_where_the_server_does_it_by_itself() -> None:
    plain = "SELECT customer_id, COUNT(*) FROM orders GROUP BY customer_id HAVING customer_id > 5"
    assert codes(RULES, plain, ORDERS, kind=MARIADB) == []
    switched = findings(RULES, plain, ORDERS, optimizer_switch="a=on,condition_pushdown_from_having=off")
    assert [f.code for f in switched] == ["having-without-aggregate"]
    computed = "SELECT YEAR(day) AS y FROM orders GROUP BY y HAVING y = 2026"
    assert codes(RULES, computed, ORDERS, kind=MARIADB) == ["having-without-aggregate"]
    assert codes(RULES, computed, ORDERS, kind=POSTGRES) == []
    assert codes(RULES, "SELECT id, state FROM small HAVING state = 1", SMALL, kind=MYSQL) == []


def test_on_real_servers(diag: Diagnosed) -> None:
    by_year = "SELECT YEAR(created_at) AS y, COUNT(*) AS n FROM diag_orders GROUP BY y HAVING {}"
    moves_itself = diag.kind == "postgres"
    assert ("having-without-aggregate" in diag.findings(by_year.format("y = 2021"))) is not moves_itself
    assert "having-without-aggregate" not in diag.findings(by_year.format("n > 5"))
