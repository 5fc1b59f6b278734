"""On a real PostgreSQL, where rewrites are compared without writing anything."""

from collections.abc import Iterator

import pytest

from conf.diagnose import DiagnoseSettings
from diagnose.evidence.gather import gather
from diagnose.types import Finding, Rewrite, Severity, Trial, Verdict
from diagnose.verification.verify import verify
from plugins import Session
from tests.diagnose.borrowing import Borrowing, borrowing
from tests.diagnose.servers import Diagnosed
from tests.support.postgres import PostgresServer

QUICK = DiagnoseSettings(sample_rows=2_000, verify_s=30)
ORDERS = "SELECT id, note FROM diag_orders"
JOINED = "SELECT o.id, c.name FROM diag_orders o JOIN diag_customers c ON c.id = o.customer_id"


@pytest.fixture(scope="module")
def lent(
    postgres: PostgresServer, diag_postgres: Diagnosed, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Borrowing]:
    with borrowing(postgres.url(), tmp_path_factory.mktemp("reading"), "diag") as lent:
        lent.rows("CREATE VIEW rd_seen AS SELECT * FROM diag_orders")
        lent.rows("CREATE TABLE rd_keyless (a INT)")
        yield lent
        lent.rows("DROP VIEW rd_seen")
        lent.rows("DROP TABLE rd_keyless")


def tried(lent: Borrowing, sql: str, rewrite: str) -> Trial:
    async def work(session: Session) -> Trial | None:
        finding = Finding("code", Severity.HIGH, "f", "e", remedy=Rewrite(rewrite))
        (done,) = await verify(session, await gather(session, sql), [finding], QUICK)
        return done.trial

    found = lent.run(work)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("sql", "rewrite", "verdict"),
    [
        (
            f"{ORDERS} WHERE YEAR(created_at) = 2021",
            f"{ORDERS} WHERE created_at >= '2021-01-01' AND created_at < '2022-01-01'",
            Verdict.VERIFIED,
        ),
        (
            f"{ORDERS} WHERE YEAR(created_at) = 2021",
            f"{ORDERS} WHERE created_at >= '2021-01-01' AND created_at < '2022-02-01'",
            Verdict.REFUTED,
        ),
        (f"{ORDERS} WHERE discount <> 1", f"{ORDERS} WHERE NOT discount <=> 1", Verdict.REFUTED),  # NULLs
        ("SELECT status FROM diag_orders", "SELECT DISTINCT status FROM diag_orders", Verdict.REFUTED),  # duplicates
        (f"{ORDERS} ORDER BY id", f"{ORDERS} ORDER BY id DESC", Verdict.REFUTED),
        (f"{ORDERS} ORDER BY status LIMIT 3", f"{ORDERS} ORDER BY status, id DESC LIMIT 3", Verdict.UNTRIED),
        (f"{ORDERS} WHERE note = 'nobody'", f"{ORDERS} WHERE note IN ('nobody')", Verdict.UNTRIED),
        (f"{JOINED} WHERE YEAR(o.created_at) = 2021", f"{JOINED} WHERE o.created_at >= '2021-01-01'", Verdict.REFUTED),
        (
            f"{JOINED} WHERE YEAR(o.created_at) = 2021",
            f"{JOINED} WHERE o.created_at >= '2021-01-01' AND o.created_at < '2022-01-01'",
            Verdict.VERIFIED,
        ),
        (  # equal, and no less work
            f"WITH w AS ({ORDERS}) SELECT COUNT(*) FROM w WHERE note LIKE 'note 1%'",
            f"WITH w AS ({ORDERS} WHERE note LIKE 'note 1%') SELECT COUNT(*) FROM w",
            Verdict.UNTRIED,
        ),
        (  # equal, but more work
            "SELECT id FROM diag_orders WHERE id < 50",
            "SELECT id FROM diag_orders WHERE id + 0 < 50",
            Verdict.REFUTED,
        ),
        ("SELECT id FROM rd_seen WHERE YEAR(created_at) = 2021", "SELECT id FROM rd_seen", Verdict.UNTRIED),
        ("SELECT a FROM rd_keyless WHERE a + 1 = 2", "SELECT a FROM rd_keyless WHERE a = 1", Verdict.UNTRIED),
        (f"{ORDERS} WHERE id < 50", "SELECT id, note FROM rd_keyless", Verdict.UNTRIED),
        (f"{ORDERS} WHERE id < 50", "SELECT PG_SLEEP(9), 1", Verdict.UNTRIED),
        (f"{ORDERS} WHERE id < 50", "not SQL", Verdict.UNTRIED),
    ],
)
def test_rewrites(lent: Borrowing, sql: str, rewrite: str, verdict: Verdict) -> None:
    trial = tried(lent, sql, rewrite)
    assert trial.verdict is verdict, trial.how
