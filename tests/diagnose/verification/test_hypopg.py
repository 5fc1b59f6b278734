"""On a real PostgreSQL with HypoPG, over a real session."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pymysql
import pytest
import sqlglot

from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import POSTGRES, Schema, Server
from diagnose.evidence.plan import Operation, Plan, PlanNode
from diagnose.types import CreateIndex, Finding, Severity, Verdict
from diagnose.verification import hypopg
from diagnose.verification.verify import verify
from plugins import Session
from tests.diagnose.borrowing import Borrowing, borrowing
from tests.support.postgres import PostgresServer

ROWS = 20_000
SELECTIVE = CreateIndex("hypo orders", ("customer%",), schema="public")
USELESS = CreateIndex("hypo orders", ("sta\"te'",), schema="public")
LONGER = CreateIndex("hypo orders", ("customer%", "id"), schema="public")
SQL = "SELECT id FROM `hypo orders` WHERE `customer%` = 77"
OWN = 'SELECT indexrelid FROM hypopg_create_index(\'CREATE INDEX ON "hypo orders" (id, "customer%")\')'


@pytest.fixture(scope="module")
def lent(postgres: PostgresServer, with_hypopg: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Borrowing]:
    with postgres.connect() as connection:
        connection.execute('CREATE TABLE "hypo orders" (id int PRIMARY KEY, "customer%" int, "sta""te\'" int)')
        connection.execute(f'INSERT INTO "hypo orders" SELECT n, n % 1000, n % 2 FROM generate_series(1, {ROWS}) n')
        connection.execute('ANALYZE "hypo orders"')
    try:
        with borrowing(postgres.url(), tmp_path_factory.mktemp("hypopg"), "public") as lent:
            yield lent
    finally:
        postgres.run_sql('DROP TABLE "hypo orders"')


def tried(*remedies: CreateIndex, sql: str = SQL) -> tuple[Evidence, list[Finding]]:
    plan = Plan(PlanNode(Operation.FULL_SCAN, table="hypo orders"), cost=1.0)
    tree = sqlglot.parse_one(sql, dialect="mysql")
    seen = Evidence(sql, tree, Server(POSTGRES, hypopg=True), Schema("public"), plan, planned=sql)
    return seen, [Finding("missing-index", Severity.HIGH, "f", "e", remedy=remedy) for remedy in remedies]


def verdicts(lent: Borrowing, evidence: Evidence, findings: list[Finding]) -> list[tuple[Verdict, str]]:
    found = lent.run(lambda session: verify(session, evidence, findings))
    return [(f.trial.verdict, f.trial.how) for f in found if f.trial is not None]


def left(lent: Borrowing) -> int:
    return int(lent.rows("/*raw*/ SELECT COUNT(*) FROM hypopg()")[0][0])


def test_an_index_that_helps_is_verified_and_nothing_is_left(lent: Borrowing) -> None:
    (trial,) = verdicts(lent, *tried(SELECTIVE))
    assert trial[0] is Verdict.VERIFIED
    assert "cost goes from" in trial[1]
    assert "estimated size" in trial[1]
    assert left(lent) == 0


def test_the_databases_own_name_stands_for_public(lent: Borrowing) -> None:
    evidence, findings = tried(replace(SELECTIVE, schema="scratch"), replace(SELECTIVE, schema=""))
    evidence = replace(evidence, schema=Schema("scratch"))
    assert {verdict for verdict, _ in verdicts(lent, evidence, findings[:1])} == {Verdict.VERIFIED}
    assert {verdict for verdict, _ in verdicts(lent, evidence, findings[1:])} == {Verdict.VERIFIED}


def test_an_index_that_the_planner_does_not_want_is_refuted(lent: Borrowing) -> None:
    (trial,) = verdicts(lent, *tried(USELESS, sql="SELECT COUNT(`customer%`) FROM `hypo orders` WHERE `sta\"te'` = 1"))
    assert trial == (Verdict.REFUTED, "the planner would not use it (HypoPG)")


def test_of_two_that_do_the_same_one_stays(lent: Borrowing) -> None:
    found = verdicts(lent, *tried(LONGER, SELECTIVE))
    assert sorted(verdict.name for verdict, _ in found) == ["REFUTED", "VERIFIED"]


def test_two_that_help_together_are_both_verified(lent: Borrowing) -> None:
    sql = (
        "SELECT a.id FROM `hypo orders` a JOIN `hypo orders` b ON b.`customer%` = a.id "
        "WHERE a.`customer%` = 5 AND a.id < 900"
    )
    by_state = CreateIndex("hypo orders", ("customer%", "sta\"te'"), schema="public")
    found = verdicts(lent, *tried(SELECTIVE, by_state, sql=sql))
    assert Verdict.VERIFIED in {verdict for verdict, _ in found}
    assert left(lent) == 0


def test_what_postgresql_would_not_make_is_refuted(lent: Borrowing) -> None:
    (trial,) = verdicts(lent, *tried(CreateIndex("hypo orders", ("nothing",), schema="public")))
    assert trial[0] is Verdict.REFUTED
    assert "would not make it" in trial[1]
    assert left(lent) == 0


def test_the_callers_own_hypothetical_indexes_stay(lent: Borrowing) -> None:
    lent.rows(f"/*raw*/ {OWN}")
    try:
        verdicts(lent, *tried(SELECTIVE))
        assert left(lent) == 1
    finally:
        lent.rows("/*raw*/ SELECT hypopg_reset()")


def test_an_error_and_a_cancelled_trial_leave_nothing(lent: Borrowing) -> None:
    async def fails(session: Session) -> None:
        async with hypopg.trials(session) as trial:
            await trial.create(SELECTIVE, "public")
            raise RuntimeError("in the middle")

    async def cancelled(session: Session) -> bool:
        made = asyncio.Event()

        async def work() -> None:
            async with hypopg.trials(session) as trial:
                await trial.create(SELECTIVE, "public")
                made.set()
                await asyncio.sleep(60)

        task = asyncio.create_task(work())
        await made.wait()
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    with pytest.raises(pymysql.MySQLError):
        lent.run(fails)
    assert left(lent) == 0
    assert lent.run(cancelled) is True
    assert left(lent) == 0


def test_nothing_is_tried_without_a_plan_the_extension_or_inside_of_a_transaction(lent: Borrowing) -> None:
    seen, findings = tried(SELECTIVE)
    assert verdicts(lent, replace(seen, plan=None, unplanned="a function of yours"), findings) == [
        (Verdict.UNTRIED, "a function of yours")
    ]
    ((verdict, how),) = verdicts(lent, replace(seen, server=Server(POSTGRES)), findings)
    assert (verdict, "hypopg" in how) == (Verdict.UNTRIED, True)
    lent.rows("BEGIN")
    try:
        ((verdict, how),) = verdicts(lent, seen, findings)
        assert (verdict, "transaction" in how) == (Verdict.UNTRIED, True)
    finally:
        lent.rows("ROLLBACK")


@pytest.mark.parametrize("text", ["", "[]", "{}", '[{"Plan": {}}]', '[{"Plan": {"Total Cost": "x"}}]', "[1]", "null"])
def test_texts_that_are_no_plan(text: str) -> None:
    with pytest.raises(ValueError):
        hypopg.read_cost(text)


def test_a_plan_is_looked_at_to_a_depth_only() -> None:
    node = '{"Total Cost": 1, "Index Name": "i"'
    deep = "".join(f'{node}, "Plans": [' for _ in range(300)) + "]}" * 300
    assert hypopg.read_cost(f'[{{"Plan": {deep}}}]').total == 1
