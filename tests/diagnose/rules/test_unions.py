"""UNION: by the schema, on real servers below."""

import pytest

from diagnose.rules.unions import RULES
from diagnose.types import Rewrite
from tests.diagnose.rules.checking import codes, findings
from tests.diagnose.samples import table
from tests.diagnose.servers import Diagnosed

ORDERS = table(
    "orders(id int pk, state varchar(9) null, total int null, code varchar(9) unique, maybe int null unique)"
)
CUSTOMERS = table("customers(id int pk, name varchar(20))")
SMALL = table("small(id int pk, state int)", 100)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id, 'a' AS k FROM orders UNION SELECT id, 'b' FROM customers",
        "SELECT 1, id FROM orders UNION SELECT 2, id FROM customers UNION SELECT 3, id FROM orders",
        "SELECT code, state FROM orders WHERE state = 'open' UNION SELECT code, state FROM orders WHERE state = 'shut'",
        "SELECT id FROM orders WHERE state = 'open' UNION SELECT id FROM orders o WHERE 'shut' = o.state AND total > 1",
        "SELECT DISTINCT total, 1 FROM orders UNION SELECT total, 2 FROM orders GROUP BY total",
        "SELECT COUNT(*), 'a' FROM orders UNION SELECT COUNT(*), 'b' FROM customers ORDER BY 1",
        "SELECT * FROM customers WHERE id IN (SELECT id FROM orders WHERE total = 1 UNION "
        "SELECT id FROM orders WHERE total = 2)",
    ],
)
def test_no_duplicates_can_be_there(sql: str) -> None:
    [found] = findings(RULES, sql, ORDERS, CUSTOMERS)
    assert found.code == "union-instead-of-union-all"
    assert isinstance(found.remedy, Rewrite)
    assert found.remedy.sql.count("UNION ALL") == found.remedy.sql.count("UNION") == sql.count("UNION")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM orders UNION SELECT id FROM customers",
        "SELECT total, 1 FROM orders UNION SELECT total, 2 FROM orders",
        "SELECT maybe, 1 FROM orders UNION SELECT maybe, 2 FROM orders",
        "SELECT id, 'a' FROM orders UNION SELECT id, 'A' FROM customers",
        "SELECT id, 'a' FROM orders UNION SELECT id, 'a ' FROM customers",
        "SELECT id, 'e' FROM orders UNION SELECT id, 'é' FROM customers",
        "SELECT id, 1 FROM orders UNION SELECT id, '1a' FROM customers",
        "SELECT id, 1 FROM orders UNION SELECT id, 1.0 FROM customers",
        "SELECT id, 1 FROM orders UNION SELECT id, 2 FROM orders UNION SELECT id, 1 FROM customers",
        "SELECT id FROM orders WHERE state = 'open' UNION SELECT id FROM customers WHERE name = 'shut'",
        "SELECT total FROM orders WHERE state = 'open' UNION SELECT total FROM orders WHERE state = 'shut'",
        "SELECT id FROM orders WHERE total = 1 UNION SELECT id FROM orders WHERE total > 2",
        "SELECT id FROM orders WHERE state = 1 UNION SELECT id FROM orders WHERE state = 2",
        "SELECT o.id, 1 FROM orders o JOIN customers c UNION SELECT id, 2 FROM orders",
        "SELECT total, 1 FROM orders GROUP BY total, state UNION SELECT total, 2 FROM orders GROUP BY total",
        "SELECT total, 1 FROM orders GROUP BY total WITH ROLLUP UNION SELECT id, 2 FROM orders",
        "SELECT *, 1 FROM orders UNION SELECT *, 2 FROM orders",
        "SELECT id, 1 FROM orders UNION SELECT id, 2 FROM orders LIMIT 5",
        "SELECT id, 1 FROM orders UNION ALL SELECT id, 2 FROM orders",
        "SELECT id, 1 FROM orders UNION ALL SELECT id, 1 FROM orders UNION SELECT id, 2 FROM orders",
        "SELECT id, 1 FROM orders UNION SELECT id, 2 FROM unknown",
        "WITH RECURSIVE t AS (SELECT DISTINCT 1 AS n, 1 AS k FROM orders UNION SELECT DISTINCT n, 2 FROM t) "
        "SELECT * FROM t",
        "SELECT id, 1 FROM small UNION SELECT id, 2 FROM small",
    ],
)
def test_duplicates_may_be_there(sql: str) -> None:
    assert codes(RULES, sql, ORDERS, CUSTOMERS, SMALL) == []


def test_on_real_servers(diag: Diagnosed) -> None:
    one = "SELECT id, note FROM diag_orders WHERE status = '{}'"
    sql = f"{one} UNION {one}"
    assert "union-instead-of-union-all" in diag.findings(sql.format("open", "returned"))
    assert "union-instead-of-union-all" not in diag.findings(sql.format("open", "Open"))
