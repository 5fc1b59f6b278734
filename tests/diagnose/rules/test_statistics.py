from collections.abc import Iterator
from dataclasses import replace

import pytest

from diagnose.evidence.evidence import Evidence
from diagnose.evidence.plan import Operation, Plan, PlanNode
from diagnose.rules.statistics import BadEstimate, StaleStatistics
from diagnose.types import Command
from tests.diagnose.samples import evidence, table
from tests.diagnose.servers import Diagnosed
from tests.support.shop_server import ShopServer

VISITS = table("visits(id int pk, page varchar(20), day date)", 100_000)
SQL = "SELECT day FROM visits WHERE page = 'a'"


def node(operation: Operation, rows: float, actual: float, loops: float = 1, **more: object) -> PlanNode:
    found = PlanNode(operation, "ALL", table="visits", alias="visits", rows=rows)
    return replace(found, actual_rows=actual, actual_loops=loops, **more)  # type: ignore[arg-type]


def analyzed(root: PlanNode, sql: str = SQL, **facts: object) -> Evidence:
    return evidence(sql, replace(VISITS, **facts), plan=Plan(root, analyzed=True))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "stale"),
    [
        ({"analyzed_rows": 30_000.0}, True),
        ({"analyzed_rows": 30_000.0, "analyzed_s": 900_000.0}, True),
        ({"analyzed_rows": 5_000.0}, False),
        ({"analyzed_rows": 900.0, "rows": 100.0}, False),
        ({"analyzed_rows": 2_000.0, "rows": 100.0}, True),
        ({"analyzed_s": 90_000_000.0}, False),  # old, but nothing says that the table changed
        ({"analyzed_rows": 30_000.0, "view": True}, False),
        ({}, False),
    ],
)
def test_stale_statistics_by_the_servers_own_counts(facts: dict[str, object], stale: bool) -> None:
    found = list(StaleStatistics().check(evidence(SQL, replace(VISITS, **facts))))  # type: ignore[arg-type]
    assert bool(found) is stale
    assert all(f.remedy == Command("ANALYZE TABLE `visits`") for f in found)


def test_what_postgres_counted_late_is_no_proof() -> None:
    changed = replace(VISITS, analyzed_rows=50_000.0, analyzed_s=5.0)
    assert not list(StaleStatistics().check(evidence(SQL, changed, kind="postgres")))
    assert list(StaleStatistics().check(evidence(SQL, replace(changed, analyzed_s=500.0), kind="postgres")))


def test_stale_statistics_by_a_scan_that_was_run() -> None:
    whole = "SELECT day FROM visits"
    scan = node(Operation.FULL_SCAN, 100_000, 400_000)
    (finding,) = StaleStatistics().check(analyzed(scan, whole))
    assert finding.evidence == "they speak of 100,000 rows, 400,000 were read"
    assert not list(StaleStatistics().check(analyzed(node(Operation.FULL_SCAN, 100_000, 130_000), whole)))
    assert not list(StaleStatistics().check(analyzed(replace(scan, condition="page = 'a'"), whole)))
    limited = node(Operation.FULL_SCAN, 100_000, 10)
    assert not list(StaleStatistics().check(analyzed(limited, "SELECT day FROM visits LIMIT 10")))
    merged = PlanNode(Operation.MERGE_JOIN, children=(limited,))
    assert not list(StaleStatistics().check(analyzed(merged, whole)))


def test_a_table_of_another_database_is_named_with_it() -> None:
    other = replace(VISITS, schema="web`log", analyzed_rows=50_000.0)
    (finding,) = StaleStatistics().check(evidence(SQL, other))
    assert finding.remedy == Command("ANALYZE TABLE `web``log`.`visits`")


@pytest.mark.parametrize(
    ("root", "bad"),
    [
        (node(Operation.FULL_SCAN, 10, 50_000), True),
        (node(Operation.FULL_SCAN, 50_000, 10), True),
        (node(Operation.INDEX_LOOKUP, 1, 40, loops=500), True),
        (node(Operation.FULL_SCAN, 10_000, 50_000), False),
        (node(Operation.FULL_SCAN, 1, 200), False),
        (node(Operation.FULL_SCAN, 50_000, 0, loops=0), False),  # never executed
        (node(Operation.INDEX_LOOKUP, 50_000, 1, loops=7), False),  # each may have been stopped
        (PlanNode(Operation.LIMIT, rows=10, children=(node(Operation.FULL_SCAN, 50_000, 10),)), False),
        (PlanNode(Operation.RESULT), False),
    ],
)
def test_bad_estimate(root: PlanNode, bad: bool) -> None:
    assert bool(list(BadEstimate().check(analyzed(root)))) is bad


def test_the_innermost_wrong_step_is_named_once() -> None:
    inner = node(Operation.FULL_SCAN, 10, 50_000, condition="page = 'a'\n\x1b[31m")
    join = replace(node(Operation.HASH_JOIN, 20, 90_000), children=(inner, node(Operation.FULL_SCAN, 5, 5)))
    (finding,) = BadEstimate().check(analyzed(join))
    assert "50,000" in finding.finding
    assert finding.evidence.endswith("condition page = 'a' [31m")


def test_rows_that_the_client_saw_show_it_too() -> None:
    plan = Plan(PlanNode(Operation.FULL_SCAN, table="visits", alias="visits", rows=100))
    seen = replace(evidence(SQL, VISITS, plan=plan), rows_sent=20_000)
    (finding,) = BadEstimate().check(seen)
    assert "as the client saw it" in finding.evidence
    assert not list(BadEstimate().check(replace(seen, rows_sent=500)))
    many = Plan(PlanNode(Operation.FULL_SCAN, table="visits", alias="visits", rows=100_000))
    limited = replace(evidence(f"{SQL} LIMIT 5", VISITS, plan=many), rows_sent=5)
    assert not list(BadEstimate().check(limited))
    counted = replace(evidence("SELECT COUNT(*) FROM visits", VISITS, plan=many), rows_sent=1)
    assert not list(BadEstimate().check(counted))  # MariaDB's plan speaks of the rows that are counted
    assert not list(BadEstimate().check(evidence(SQL, VISITS)))


@pytest.fixture
def grown(diag: Diagnosed, mariadb: ShopServer) -> Iterator[Diagnosed]:
    """A table that had ten rows when its statistics were made, and has 20,000 now."""
    kept = ("mysql.innodb_table_stats", "mysql.innodb_index_stats")
    options = " STATS_AUTO_RECALC = 0" if diag.kind == "mariadb" else ""
    mariadb.run_sql(";".join(f"GRANT SELECT ON {name} TO app" for name in kept))
    diag.rows(f"CREATE TABLE diag_grown (id INT NOT NULL PRIMARY KEY){options}")
    diag.rows("INSERT INTO diag_grown SELECT seq FROM diag_numbers WHERE seq <= 10")
    diag.rows("ANALYZE TABLE diag_grown")
    diag.rows("INSERT INTO diag_grown SELECT seq FROM diag_numbers WHERE seq > 10")
    yield diag
    diag.rows("DROP TABLE diag_grown")
    mariadb.run_sql(";".join(f"REVOKE SELECT ON {name} FROM app" for name in kept))


def test_statistics_made_before_the_table_grew(grown: Diagnosed) -> None:
    found = grown.findings("ANALYZE SELECT id FROM diag_grown")
    assert found["stale-statistics"][5] == "ANALYZE TABLE `diag_grown`"
    assert "stale-statistics" not in grown.findings("ANALYZE SELECT id FROM diag_customers")


def test_an_estimate_that_was_far_off(diag: Diagnosed) -> None:
    wrong = "ANALYZE SELECT o.id FROM diag_orders o WHERE o.id % 100 = 0 AND o.status = 'open'"
    if diag.kind == "postgres":  # 200 rows are too few to matter there
        wrong = "ANALYZE SELECT o.id FROM diag_orders o WHERE o.id % 7 = 0 AND o.status = 'returned'"
    assert "bad-estimate" in diag.findings(wrong)
    assert "bad-estimate" not in diag.findings("ANALYZE SELECT o.id FROM diag_orders o WHERE o.customer_id = 17")
