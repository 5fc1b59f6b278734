from dataclasses import replace

import pytest

from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import Server
from diagnose.evidence.plan import Operation, Plan, PlanNode
from diagnose.rules.changes import DeleteWithoutWhere, LockHeavyStatement, UpdateWithoutWhere
from diagnose.types import Severity
from tests.diagnose.samples import evidence, table
from tests.diagnose.servers import Diagnosed

JOBS = table("jobs(id int pk, state varchar(10), owner_id int key)", 200_000)
TINY = table("tiny(id int pk, state varchar(10))", 20)
SCRATCH = replace(table("scratch(id int pk)"), temporary=True)
TABLES = (JOBS, TINY, SCRATCH)


@pytest.mark.parametrize(
    ("sql", "severity"),
    [
        ("UPDATE jobs SET state = 'x'", Severity.HIGH),
        ("UPDATE jobs SET state = 'x' WHERE 1", Severity.HIGH),
        ("UPDATE jobs SET state = 'x' WHERE 1 = 1", Severity.HIGH),
        ("UPDATE jobs SET state = 'x' WHERE TRUE", Severity.HIGH),
        ("UPDATE jobs SET state = 'x' ORDER BY id", Severity.HIGH),
        ("UPDATE tiny SET state = 'x'", Severity.LOW),
        ("UPDATE unseen SET state = 'x'", Severity.MEDIUM),
        ("UPDATE jobs SET state = 'x' WHERE id = 5", None),
        ("UPDATE jobs SET state = 'x' WHERE 0", None),
        ("UPDATE jobs SET state = 'x' WHERE 1 = 2", None),
        ("UPDATE jobs SET state = 'x' WHERE state", None),
        ("UPDATE jobs SET state = 'x' LIMIT 5", None),
        ("UPDATE jobs j JOIN tiny t ON t.id = j.id SET j.state = 'x'", None),
        ("UPDATE scratch SET id = 5", None),
        ("DELETE FROM jobs", None),
        ("SELECT id FROM jobs", None),
    ],
)
def test_update_without_where(sql: str, severity: Severity | None) -> None:
    found = list(UpdateWithoutWhere().check(evidence(sql, *TABLES)))
    assert [f.severity for f in found] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("sql", "severity"),
    [
        ("DELETE FROM jobs", Severity.HIGH),
        ("DELETE FROM jobs WHERE 1", Severity.HIGH),
        ("DELETE FROM tiny", Severity.LOW),
        ("DELETE FROM jobs WHERE id < 5", None),
        ("DELETE FROM jobs ORDER BY id LIMIT 100", None),
        ("DELETE j FROM jobs j LEFT JOIN tiny t ON t.id = j.id", None),
        ("DELETE FROM scratch", None),
        ("UPDATE jobs SET id = 5", None),
    ],
)
def test_delete_without_where(sql: str, severity: Severity | None) -> None:
    found = list(DeleteWithoutWhere().check(evidence(sql, *TABLES)))
    assert [f.severity for f in found] == ([severity] if severity else [])


def planned(sql: str, node: PlanNode, kind: str = "mariadb", **settings: str) -> Evidence:
    found = evidence(sql, *TABLES, plan=Plan(node), kind=kind)
    return replace(found, server=Server(kind, settings=settings))


def scan(rows: float = 200_000, operation: Operation = Operation.FULL_SCAN, given: float | None = None) -> PlanNode:
    condition = "jobs.state = 'x'" if given is not None else ""
    return PlanNode(
        operation, "ALL", table="jobs", alias="jobs", rows=given or rows, rows_read=rows, condition=condition
    )


UPDATE = "UPDATE jobs SET owner_id = 1 WHERE state = 'x'"


@pytest.mark.parametrize(
    ("sql", "node", "severity"),
    [
        (UPDATE, scan(), Severity.HIGH),
        (UPDATE, scan(20_000), Severity.MEDIUM),
        (UPDATE, scan(given=20_000), Severity.HIGH),
        (UPDATE, scan(operation=Operation.INDEX_SCAN), Severity.HIGH),
        ("DELETE FROM jobs WHERE state = 'x'", scan(), Severity.HIGH),
        ("SELECT id FROM jobs WHERE state = 'x' FOR UPDATE", scan(), Severity.HIGH),
        ("SELECT id FROM jobs WHERE state = 'x' LOCK IN SHARE MODE", scan(), Severity.HIGH),
        ("INSERT INTO tiny SELECT id, state FROM jobs", scan(), Severity.MEDIUM),
        (
            "INSERT INTO tiny SELECT id, state FROM jobs WHERE owner_id = 5",
            scan(2_000, Operation.INDEX_LOOKUP),
            Severity.LOW,
        ),
        (UPDATE, scan(900), None),
        (UPDATE, scan(given=150_000), None),
        (UPDATE, scan(operation=Operation.INDEX_LOOKUP), None),
        ("UPDATE jobs SET owner_id = 1", scan(), None),
        ("SELECT id FROM jobs WHERE state = 'x'", scan(), None),
        ("INSERT INTO tiny SELECT id, state FROM jobs WHERE id = 5", scan(1, Operation.UNIQUE_LOOKUP), None),
        ("INSERT INTO tiny VALUES (1, 'x')", PlanNode(Operation.MODIFY), None),
    ],
)
def test_lock_heavy_statement(sql: str, node: PlanNode, severity: Severity | None) -> None:
    found = list(LockHeavyStatement().check(planned(sql, node)))
    assert [f.severity for f in found] == ([severity] if severity else [])


def test_with_limit_locking_ends_there() -> None:
    (whole,) = LockHeavyStatement().check(planned("DELETE FROM jobs WHERE state = 'x'", scan()))
    (part,) = LockHeavyStatement().check(planned("DELETE FROM jobs WHERE state = 'x' LIMIT 50", scan()))
    assert "until LIMIT is reached" in part.finding
    assert "up to" in part.evidence
    assert (whole.severity, part.severity) == (Severity.HIGH, Severity.MEDIUM)


def test_read_committed_lets_go_of_what_does_not_match() -> None:
    settings = {"tx_isolation": "READ-COMMITTED"}
    (finding,) = LockHeavyStatement().check(planned(UPDATE, scan(), **settings))
    assert finding.severity is Severity.LOW
    assert not list(
        LockHeavyStatement().check(planned("INSERT INTO tiny SELECT id, state FROM jobs", scan(), **settings))
    )


def test_other_servers_and_engines_lock_what_they_change() -> None:
    assert not list(LockHeavyStatement().check(planned(UPDATE, scan(), "postgres")))
    aria = evidence(UPDATE, replace(JOBS, engine="Aria"), plan=Plan(scan()))
    assert not list(LockHeavyStatement().check(aria))
    assert not list(LockHeavyStatement().check(evidence(UPDATE, JOBS)))


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("UPDATE diag_orders SET note = 'x'", "update-without-where"),
        ("DELETE FROM diag_orders WHERE 1 = 1", "delete-without-where"),
    ],
)
def test_found_on_both_servers(sql: str, code: str, diag: Diagnosed) -> None:
    assert diag.findings(sql)[code][0] == "high"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE diag_orders SET note = 'x' WHERE status = 'open'",
        "DELETE FROM diag_orders WHERE status = 'open'",
        "SELECT id FROM diag_orders WHERE status = 'open' FOR UPDATE",
        "INSERT INTO diag_products SELECT id, number, 1 FROM diag_orders WHERE total > 700",
    ],
)
def test_innodb_locks_what_it_reads(sql: str, diag_mariadb: Diagnosed, diag_postgres: Diagnosed) -> None:
    assert "lock-heavy-statement" in diag_mariadb.findings(sql)
    assert "lock-heavy-statement" not in diag_postgres.findings(sql)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("UPDATE diag_orders SET note = 'x' WHERE id = 5", "update-without-where"),
        ("UPDATE diag_orders SET note = 'x' WHERE id = 5", "lock-heavy-statement"),
        ("DELETE FROM diag_orders WHERE customer_id = 17", "delete-without-where"),
        ("DELETE FROM diag_orders WHERE customer_id = 17", "lock-heavy-statement"),
    ],
)
def test_not_found_on_both_servers(sql: str, code: str, diag: Diagnosed) -> None:
    assert code not in diag.findings(sql)
