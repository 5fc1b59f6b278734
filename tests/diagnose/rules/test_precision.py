"""Good statements on a good schema: nothing is found. Odd ones: no rule fails."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from diagnose.evidence.facts import Table
from diagnose.evidence.plan import Operation, Plan, PlanNode
from diagnose.rules import RULES
from tests.diagnose.samples import evidence, table
from tests.diagnose.servers import Diagnosed
from tests.support.tpch import QUERIES, TABLES

# Those of sysbench's oltp_*.lua.
SYSBENCH = (
    "SELECT c FROM diag_sbtest WHERE id = 501",
    "SELECT c FROM diag_sbtest WHERE id BETWEEN 501 AND 600",
    "SELECT SUM(k) FROM diag_sbtest WHERE id BETWEEN 501 AND 600",
    "SELECT c FROM diag_sbtest WHERE id BETWEEN 501 AND 600 ORDER BY c",
    "SELECT DISTINCT c FROM diag_sbtest WHERE id BETWEEN 501 AND 600 ORDER BY c",
    "SELECT id, k, c, pad FROM diag_sbtest WHERE k IN (5010, 6020, 7030, 8040)",
    "UPDATE diag_sbtest SET k = k + 1 WHERE id = 501",
    "UPDATE diag_sbtest SET c = 'abc' WHERE id = 501",
    "DELETE FROM diag_sbtest WHERE id = 501",
    "INSERT INTO diag_sbtest (id, k, c, pad) VALUES (501, 5, 'abc', 'def')",
)


@pytest.fixture
def sysbench(diag: Diagnosed) -> Iterator[Diagnosed]:
    """Sysbench's table with 20,000 rows."""
    diag.rows(
        "CREATE TABLE diag_sbtest (id INT NOT NULL PRIMARY KEY, k INT NOT NULL DEFAULT 0, c CHAR(120) "
        "NOT NULL DEFAULT '', "
        "pad CHAR(60) NOT NULL DEFAULT '', KEY diag_sbtest_k (k))"
    )
    diag.rows("INSERT INTO diag_sbtest SELECT seq, (seq * 7919) % 20000, CONCAT('c', seq), 'pad' FROM diag_numbers")
    diag.rows("ANALYZE TABLE diag_sbtest")
    yield diag
    diag.rows("DROP TABLE diag_sbtest")


def test_nothing_is_wrong_with_the_statements_of_sysbench(sysbench: Diagnosed) -> None:
    found = {sql: set(sysbench.findings(sql)) for sql in SYSBENCH}
    assert found == {sql: {"nothing-found"} for sql in SYSBENCH}


def tpch_table(name: str, columns: str) -> Table:
    """As the samples write it, of 100,000 rows."""
    head, _, key = columns.partition(", PRIMARY KEY ")
    parts = re.split(r", (?![^(]*\))", head)
    words = [p.replace(" NOT NULL", "") if "NOT NULL" in p else f"{p} null" for p in parts]
    return table(f"{name}({', '.join(word.lower() for word in words)}, pk{key})")


def test_what_the_trees_of_tpch_prove() -> None:
    """Without a plan: Q10 and Q18 group by a customer's key and all that it determines, nothing else is amiss."""
    tables = [tpch_table(name, columns) for name, columns in TABLES.items()]
    found = {(n, f.code) for n, sql in QUERIES.items() for rule in RULES for f in rule.check(evidence(sql, *tables))}
    assert {code for _, code in found} <= {"group-by-functional", "leading-wildcard"}
    assert {name for name, code in found if code == "group-by-functional"} == {"Q10", "Q18"}


ODD = """VALUES ROW(1, 2)
TABLE t
SELECT 1
SELECT * FROM t UNION SELECT * FROM u ORDER BY 1 LIMIT 5 OFFSET 5000
(SELECT id FROM t LIMIT 1) UNION ALL (SELECT id FROM u ORDER BY RAND())
WITH RECURSIVE c AS (SELECT 1 AS n UNION SELECT n + 1 FROM c) SELECT DISTINCT c.n FROM c JOIN t ON t.id = c.n
SELECT t.* FROM t, (SELECT * FROM u) d GROUP BY 9
SELECT t.a FROM t GROUP BY t.a, 1 + 1, (SELECT 1) WITH ROLLUP
SELECT DISTINCT (SELECT MAX(x) FROM u WHERE u.id = t.id) FROM t JOIN u ON u.a = t.a ORDER BY (SELECT 1)
SELECT id FROM t ORDER BY id DESC LIMIT 10 OFFSET 99999999999999999999999999
DELETE FROM t USING t JOIN u ON u.id = t.id WHERE u.a = 1
UPDATE t, u SET t.a = 1, u.a = (SELECT MAX(a) FROM u)
INSERT INTO t SELECT * FROM u ON DUPLICATE KEY UPDATE a = 1
SELECT DISTINCT * FROM t JOIN (t t2 JOIN u ON u.id = t2.id) ON t2.id = t.id
SELECT t.id FROM t t, t t WHERE t.id = 1
SELECT ? FROM t WHERE id = ? ORDER BY ? LIMIT ? OFFSET ?
SELECT ROW_NUMBER() OVER w, id FROM t WINDOW w AS (ORDER BY id)
SELECT DISTINCT t.id, u.x FROM t LEFT JOIN u ON u.id = t.id AND u.x = (SELECT MAX(x) FROM u) GROUP BY t.id
SELECT MAX(t.b), t.id FROM t, LATERAL (SELECT 1 AS q) l RIGHT JOIN u USING (id)""".splitlines()
SEEN = (table("t(id int pk, a int null key, b varchar(10), fk(a) t(id))"), table("u(id int pk, a int, x text null)"))
HUGE = PlanNode(Operation.FULL_SCAN, table="t", alias="t", rows=1e308, rows_read=1e308, loops=1e308, condition="x")
PLANS = (
    None,
    Plan(PlanNode(Operation.OTHER)),
    Plan(PlanNode(Operation.TEMPORARY, children=(PlanNode(Operation.SORT, children=(HUGE,)),)), analyzed=True),
    Plan(replace(HUGE, actual_rows=1e308, actual_loops=1e308), analyzed=True),
)


@pytest.mark.parametrize("kind", ["mariadb", "mysql", "postgres", "duckdb"])
def test_no_rule_fails_on_any_statement_or_plan(kind: str) -> None:
    for sql, tables, plan in product(ODD, (SEEN, ()), PLANS):
        seen = evidence(sql, *tables, plan=plan, kind=kind)
        for rule in RULES:
            for finding in rule.check(seen):
                assert finding.code == rule.code
                assert "\n" not in finding.finding + finding.evidence + finding.advice
