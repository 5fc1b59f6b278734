from collections.abc import Iterator
from dataclasses import replace

import pytest

from diagnose.evidence.plan import Operation, Plan, PlanNode
from diagnose.rules.results import CountStarLarge, MissingLimit, SelectStar
from diagnose.types import Severity
from tests.diagnose.samples import evidence, table
from tests.diagnose.servers import Diagnosed
from tests.support.postgres import PostgresServer

NOTES = table("notes(id int pk, author_id int key, body longtext, draft json null)", 50_000)
WIDE = table(f"wide({', '.join(f'c{i} int' for i in range(14))})", 50_000)
SLIM = table("slim(id int pk, name varchar(20))", 5_000_000)
HUGE = table("huge(id int pk, opened date null, closed date)", 30_000_000)


def plan(rows: float, operation: Operation = Operation.FULL_SCAN, table: str = "notes") -> Plan:
    return Plan(PlanNode(operation, table=table, alias=table, rows=rows, rows_read=rows))


@pytest.mark.parametrize(
    ("sql", "rows", "severity"),
    [
        ("SELECT * FROM notes", 50_000, Severity.LOW),
        ("SELECT n.*, n.id FROM notes n WHERE n.author_id > 7", 5_000, Severity.LOW),
        ("SELECT * FROM wide", 50_000, Severity.INFO),
        ("SELECT * FROM slim", 5_000_000, None),
        ("SELECT * FROM notes WHERE id = 5", 1, None),
        ("SELECT * FROM notes ORDER BY RAND() LIMIT 5", 50_000, None),
        ("SELECT * FROM notes ORDER BY id LIMIT 2000 OFFSET 10", 50_000, Severity.LOW),
        ("SELECT id FROM notes", 50_000, None),
        ("SELECT COUNT(*) FROM notes", 50_000, None),
        ("SELECT s.* FROM slim s JOIN notes n ON n.id = s.id", 50_000, None),
        ("SELECT s.id FROM slim s WHERE EXISTS (SELECT * FROM notes)", 50_000, None),
        ("SELECT x.id FROM (SELECT * FROM notes) x", 50_000, None),
        ("SELECT * FROM unseen", 50_000, None),
    ],
)
def test_select_star(sql: str, rows: float, severity: Severity | None) -> None:
    found = list(SelectStar().check(evidence(sql, NOTES, WIDE, SLIM, plan=plan(rows))))
    assert [f.severity for f in found] == ([severity] if severity else [])


def test_select_star_needs_a_plan_or_rows_that_were_seen() -> None:
    without = evidence("SELECT * FROM notes", NOTES)
    assert not list(SelectStar().check(without))
    (finding,) = SelectStar().check(replace(without, rows_sent=20_000))
    assert "body and draft" in finding.finding
    assert "about 20,000 rows are sent, one takes about 100 bytes" in finding.evidence


@pytest.mark.parametrize(
    ("sql", "severity"),
    [
        ("SELECT COUNT(*) FROM slim", Severity.LOW),
        ("SELECT COUNT(1) AS n FROM slim s", Severity.LOW),
        ("SELECT COUNT(id) FROM slim", Severity.LOW),
        ("SELECT COUNT(*) FROM huge", Severity.MEDIUM),
        ("SELECT name, (SELECT COUNT(*) FROM huge) FROM slim WHERE id = 4", Severity.MEDIUM),
        ("SELECT COUNT(opened) FROM huge", None),
        ("SELECT COUNT(DISTINCT closed) FROM huge", None),
        ("SELECT COUNT(*), MAX(id) FROM huge", None),
        ("SELECT COUNT(*) FROM huge WHERE closed > '2024-01-01'", None),
        ("SELECT closed, COUNT(*) FROM huge GROUP BY closed", None),
        ("SELECT COUNT(*) FROM huge h JOIN slim s ON s.id = h.id", None),
        ("SELECT COUNT(*) FROM notes", None),
        ("SELECT COUNT(*) FROM unseen", None),
    ],
)
def test_count_star_large(sql: str, severity: Severity | None) -> None:
    found = list(CountStarLarge().check(evidence(sql, NOTES, SLIM, HUGE)))
    assert [f.severity for f in found] == ([severity] if severity else [])


def test_engines_that_keep_a_count_are_quick() -> None:
    assert not list(CountStarLarge().check(evidence("SELECT COUNT(*) FROM slim", replace(SLIM, engine="Aria"))))
    assert not list(CountStarLarge().check(evidence("SELECT COUNT(*) FROM slim", replace(SLIM, view=True))))


@pytest.mark.parametrize(
    ("sql", "rows", "kind", "severity"),
    [
        ("SELECT id FROM slim", 5_000_000, "mariadb", Severity.LOW),
        ("SELECT id FROM slim WHERE id > 5", 20_000, "mariadb", Severity.INFO),
        ("SELECT id FROM slim UNION ALL SELECT id FROM notes", 500_000, "postgres", Severity.LOW),
        ("SELECT name, COUNT(*) FROM slim GROUP BY name", 500_000, "postgres", Severity.LOW),
        ("SELECT name, COUNT(*) FROM slim GROUP BY name", 500_000, "mariadb", None),
        ("SELECT DISTINCT name FROM slim", 500_000, "mysql", None),
        ("SELECT id FROM slim UNION SELECT id FROM notes", 500_000, "mariadb", None),
        ("SELECT id FROM slim LIMIT 500000", 500_000, "mariadb", None),
        ("SELECT id FROM slim", 9_000, "mariadb", None),
        ("SELECT MAX(id) FROM slim", 5_000_000, "mariadb", None),
        ("DELETE FROM slim WHERE name = 'x'", 5_000_000, "mariadb", None),
        ("INSERT INTO huge SELECT id, NULL, NOW() FROM slim", 5_000_000, "mariadb", None),
    ],
)
def test_missing_limit(sql: str, rows: float, kind: str, severity: Severity | None) -> None:
    found = list(MissingLimit().check(evidence(sql, NOTES, SLIM, HUGE, plan=plan(rows, table="slim"), kind=kind)))
    assert [f.severity for f in found] == ([severity] if severity else [])


def test_rows_that_were_seen_count_before_an_estimate() -> None:
    few = replace(evidence("SELECT id FROM slim", SLIM, plan=plan(5_000_000)), rows_sent=10)
    assert not list(MissingLimit().check(few))
    many = replace(evidence("SELECT name, COUNT(*) FROM slim GROUP BY name", SLIM), rows_sent=200_000)
    (finding,) = MissingLimit().check(many)
    assert finding.finding.startswith("The result has 200,000 rows")


@pytest.fixture
def visits(diag: Diagnosed) -> Diagnosed:
    """A table with a long text."""
    if not diag.rows("SHOW TABLES LIKE 'diag_visits'"):
        diag.rows("CREATE TABLE diag_visits (id INT NOT NULL PRIMARY KEY, page LONGTEXT)")
        diag.rows("INSERT INTO diag_visits SELECT seq, 'page' FROM diag_numbers")
        diag.rows("ANALYZE TABLE diag_visits")
    return diag


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT * FROM diag_visits", "select-star"),
        ("SELECT id, number FROM diag_orders", "missing-limit"),
    ],
)
def test_found_on_both_servers(sql: str, code: str, visits: Diagnosed) -> None:
    assert code in visits.findings(sql)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT * FROM diag_visits WHERE id = 7", "select-star"),
        ("SELECT id FROM diag_visits", "select-star"),
        ("SELECT id, number FROM diag_orders LIMIT 100", "missing-limit"),
        ("SELECT id, number FROM diag_orders WHERE customer_id = 7", "missing-limit"),
        ("SELECT COUNT(*) FROM diag_visits", "count-star-large"),
    ],
)
def test_not_found_on_both_servers(sql: str, code: str, visits: Diagnosed) -> None:
    assert code not in visits.findings(sql)


@pytest.fixture
def large(diag: Diagnosed, postgres: PostgresServer) -> Iterator[Diagnosed]:
    """A table of 1.3 million rows; on PostgreSQL one that the catalog takes for it, which is quicker to make."""
    diag.rows("CREATE TABLE diag_large (id INT NOT NULL)")
    if diag.kind == "mariadb":
        diag.rows("INSERT INTO diag_large SELECT a.seq FROM diag_numbers a JOIN diag_numbers b ON b.seq <= 65")
        diag.rows("ANALYZE TABLE diag_large")
    else:
        with postgres.administrator() as connection:
            connection.execute("UPDATE pg_class SET relpages = 9000, reltuples = 1300000 WHERE relname = 'diag_large'")
    yield diag
    diag.rows("DROP TABLE diag_large")


def test_a_large_table_is_counted(large: Diagnosed) -> None:
    assert large.findings("SELECT COUNT(*) FROM diag_large")["count-star-large"][0] == "low"
