"""Good statements on a good schema: nothing is found."""

import re
from collections.abc import Iterator

import pytest

from diagnose.evidence.facts import Table
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
