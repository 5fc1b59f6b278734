from pathlib import Path

import pytest

from diagnose.evidence.evidence import Evidence
from diagnose.evidence.gather import gather
from diagnose.evidence.plan import Operation
from plugins import AskwireError, Session
from tests.diagnose.borrowing import Borrowing, borrowing
from tests.support.shop_server import ShopServer

JOIN = "SELECT * FROM ev_child x JOIN ev_parent p ON p.id = x.parent_id WHERE x.a = 3 AND YEAR(p.id) = 2026 LIMIT 5"


@pytest.fixture(params=("maria_app", "postgres_app"))
def lender(request: pytest.FixtureRequest) -> Borrowing:
    """A session of each server."""
    found: Borrowing = request.getfixturevalue(request.param)
    return found


def evidence_of(lender: Borrowing, sql: str, *, analyze: bool = False) -> Evidence:
    return lender.run(lambda session: gather(session, sql, analyze=analyze))


def test_everything_that_is_known_of_a_join(maria_app: Borrowing) -> None:
    evidence = evidence_of(maria_app, JOIN)
    assert evidence.unplanned == ""
    assert [t.name for t in evidence.schema.tables] == ["ev_child", "ev_parent"]
    assert [s.alias for s in evidence.blocks[0].sources] == ["x", "p"]
    assert evidence.plan is not None
    access = evidence.plan.access("x")
    assert access is not None
    assert (access.table, access.operation) == ("ev_child", Operation.INDEX_LOOKUP)
    assert evidence.planned.startswith("SELECT * FROM ev_child AS x JOIN ev_parent AS p")


def test_postgres_plans_mysqls_sql(postgres_app: Borrowing) -> None:
    evidence = evidence_of(postgres_app, "SELECT * FROM ev_child x WHERE IFNULL(x.b, '') = 'b1' AND x.a + 0 = 2")
    assert evidence.plan is not None
    access = evidence.plan.access("x")
    assert access is not None
    assert (access.table, access.operation) == ("ev_child", Operation.FULL_SCAN)
    assert access.rows_read == 2000  # PostgreSQL does not tell how many rows a filter sees


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ev_child SET a = 9 WHERE id = 3",
        "UPDATE ev_child c JOIN ev_parent p ON p.id = c.parent_id SET c.a = 9 WHERE p.code = 'p3'",
        "DELETE FROM ev_child WHERE parent_id = 4 ORDER BY id LIMIT 2",
        "DELETE c FROM ev_child c JOIN ev_parent p ON p.id = c.parent_id WHERE p.code = 'p3'",
        "INSERT INTO ev_parent (id, code) SELECT id + 500, code FROM ev_parent",
        "REPLACE INTO ev_parent (id, code) SELECT id + 500, code FROM ev_parent",
        "WITH w AS (SELECT id FROM ev_parent) DELETE FROM ev_child WHERE parent_id IN (SELECT id FROM w)",
    ],
)
def test_what_changes_rows_is_planned_as_a_select(lender: Borrowing, sql: str) -> None:
    before = lender.rows("SELECT COUNT(*), SUM(a), SUM(id) FROM ev_child")
    evidence = evidence_of(lender, sql)
    assert evidence.plan is not None, evidence.unplanned
    assert evidence.plan.rows_read > 0
    assert "The plan is that of" in evidence.notes[0]
    assert lender.rows("SELECT COUNT(*), SUM(a), SUM(id) FROM ev_child") == before
    assert lender.rows("SELECT COUNT(*) FROM ev_parent") == [(100,)]


def test_analyze_runs_a_select_and_tells_what_happened(lender: Borrowing) -> None:
    evidence = evidence_of(lender, "SELECT COUNT(*) FROM ev_child x WHERE x.parent_id = 3", analyze=True)
    assert evidence.plan is not None, evidence.unplanned
    assert evidence.plan.analyzed
    access = evidence.plan.access("x")
    assert access is not None
    assert (access.actual_rows, access.actual_loops) == (20.0, 1.0)


def test_analyze_never_runs_what_changes_rows(lender: Borrowing) -> None:
    evidence = evidence_of(lender, "DELETE FROM ev_child WHERE id < 100", analyze=True)
    assert evidence.plan is not None
    assert not evidence.plan.analyzed
    assert lender.rows("SELECT COUNT(*) FROM ev_child") == [(2000,)]


def test_a_view_is_planned_as_what_stands_behind_it(lender: Borrowing) -> None:
    evidence = evidence_of(lender, "SELECT * FROM ev_view WHERE id = 3")
    assert evidence.plan is not None, evidence.unplanned
    assert {node.table for node in evidence.plan.accesses()} == {"ev_parent", "ev_child"}
    assert evidence.schema.tables[0].view


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT * FROM ev_child WHERE id = SLEEP(1)", "SLEEP()"),
        ("SELECT * FROM ev_child WHERE id = scratch.f(1)", "a stored function"),
        ("SELECT @x := id FROM ev_child", "an assignment"),
        ("INSERT INTO ev_parent VALUES (1, 'x')", "reads no table"),
        ("SELECT * FROM ev_missing", "ev_missing"),
        ("SELECT missing FROM ev_child", "missing"),
    ],
)
def test_without_a_plan_the_rest_stands_and_the_reason_is_told(lender: Borrowing, sql: str, why: str) -> None:
    evidence = evidence_of(lender, sql)
    assert evidence.plan is None
    assert why in evidence.unplanned
    assert evidence.planned == ""
    assert evidence.server.version


def test_a_table_that_has_become_a_view_since_it_was_looked_at(maria_app: Borrowing, ev_mariadb: ShopServer) -> None:
    """By a session that the gateway does not see."""
    ev_mariadb.run_sql("CREATE TABLE ev_turns (id INT)", database="scratch")
    sql = "SELECT * FROM ev_turns"
    try:
        assert evidence_of(maria_app, sql).plan is not None
        ev_mariadb.run_sql("DROP TABLE ev_turns; CREATE VIEW ev_turns AS SELECT SLEEP(0) AS id", database="scratch")
        assert "sleep()" in evidence_of(maria_app, sql).unplanned
    finally:
        ev_mariadb.run_sql("DROP VIEW IF EXISTS ev_turns; DROP TABLE IF EXISTS ev_turns", database="scratch")


@pytest.mark.parametrize("name", ["ev%s", "ev%(x)s %", "ev''\\", 'ev"x', "ev?"])
def test_odd_names(lender: Borrowing, name: str) -> None:
    quoted = "`" + name + "`"
    lender.rows(f"CREATE TABLE {quoted} (id INT)")
    try:
        evidence = evidence_of(lender, f"SELECT * FROM {quoted} WHERE id = 1")
    finally:
        lender.rows(f"DROP TABLE {quoted}")
    assert evidence.plan is not None, evidence.unplanned
    assert evidence.schema.tables[0].name == name


def test_what_is_no_statement_is_an_error(lender: Borrowing) -> None:
    async def refused(session: Session) -> str:
        with pytest.raises(AskwireError) as caught:
            await gather(session, "CALL p()")
        return caught.value.code.name

    assert lender.run(refused) == "CANNOT_DIAGNOSE"


def test_an_error_inside_of_an_open_transaction_leaves_it_open(lender: Borrowing) -> None:
    lender.rows("BEGIN")
    try:
        lender.rows("UPDATE ev_child SET a = 99 WHERE id = 1")
        assert evidence_of(lender, "SELECT * FROM ev_missing").plan is None
        assert evidence_of(lender, JOIN).plan is not None
        assert lender.rows("SELECT a FROM ev_child WHERE id = 1") == [(99,)]
    finally:
        lender.rows("ROLLBACK")
    assert lender.rows("SELECT COUNT(*) FROM ev_child WHERE a = 99") == [(0,)]


def test_a_session_with_another_sql_mode(maria_app: Borrowing) -> None:
    maria_app.rows("SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'")
    try:

        async def read(session: Session) -> Evidence:
            session.state.clear()
            return await gather(session, """SELECT "id" FROM "ev_child" WHERE "b" = 'it''s'""")

        evidence = maria_app.run(read)
    finally:
        maria_app.rows("SET sql_mode = DEFAULT")
    assert evidence.plan is not None, evidence.unplanned
    assert evidence.blocks[0].sources[0].table is not None


def test_the_servers_own_tables(maria_app: Borrowing) -> None:
    evidence = evidence_of(maria_app, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'scratch'")
    assert evidence.plan is not None, evidence.unplanned
    assert not evidence.schema.tables[0].view


def test_without_a_selected_database(ev_mariadb: ShopServer, tmp_path: Path) -> None:
    with borrowing(ev_mariadb.url, tmp_path, "") as lender:
        assert "No database selected" in evidence_of(lender, "SELECT * FROM ev_child").unplanned
        evidence = evidence_of(lender, "SELECT LOWER(b) FROM scratch.ev_child")
    assert evidence.plan is not None, evidence.unplanned
    assert evidence.blocks[0].sources[0].table is not None


def test_a_long_statement(lender: Borrowing) -> None:
    numbers = ", ".join(map(str, range(5_000)))
    evidence = evidence_of(lender, f"SELECT * FROM ev_child x WHERE x.id IN ({numbers})")
    assert evidence.plan is not None, evidence.unplanned
    assert evidence.plan.access("x") is not None


def test_values_that_are_not_known_are_samples(lender: Borrowing) -> None:
    sql = "SELECT * FROM ev_child x WHERE x.parent_id = ? AND x.b LIKE ? AND x.a IN (?, ?) LIMIT ?"
    evidence = evidence_of(lender, sql, analyze=True)
    assert evidence.plan is not None, evidence.unplanned
    assert not evidence.plan.analyzed
    assert "samples" in evidence.notes[-1]
    assert "x.parent_id = 1 AND x.b LIKE 'a%' AND x.a IN (1, 1) LIMIT 10" in evidence.planned
    assert evidence.tree.sql("mysql").count("?") == 5


def test_a_temporary_table_stands_before_another(maria_app: Borrowing) -> None:
    maria_app.rows("CREATE TEMPORARY TABLE ev_parent (id INT PRIMARY KEY, other VARCHAR(9), KEY k (other, id))")
    try:
        maria_app.rows("INSERT INTO ev_parent VALUES (1, 'a'), (2, 'b')")

        async def read(session: Session) -> Evidence:
            session.state.clear()
            return await gather(session, "SELECT * FROM ev_parent p JOIN ev_child c ON c.parent_id = p.id")

        evidence = maria_app.run(read)
    finally:
        maria_app.rows("DROP TEMPORARY TABLE ev_parent")
    own, child = evidence.schema.tables
    assert (own.temporary, own.engine, own.rows) == (True, "InnoDB", 2.0)
    assert [c.name for c in own.columns] == ["id", "other"]
    assert [(i.name, i.columns, i.unique) for i in own.indexes] == [
        ("PRIMARY", ("id",), True),
        ("k", ("other", "id"), False),
    ]
    assert not child.temporary
    assert evidence.plan is not None
