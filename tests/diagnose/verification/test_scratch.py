"""On a real MariaDB, over a real session: what is tried, what is not, and what is left."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from conf.diagnose import DiagnoseSettings
from diagnose.evidence.gather import gather
from diagnose.types import CreateIndex, Finding, Remedy, Rewrite, Severity, Trial, Verdict
from diagnose.verification.scratch import try_remedies
from diagnose.verification.verify import verify
from plugins import Session
from tests.diagnose.borrowing import Borrowing, borrowing
from tests.diagnose.servers import Diagnosed
from tests.support.shop_server import ShopServer

QUICK = DiagnoseSettings(sample_rows=2_000, verify_s=30)
ORDERS = "SELECT id, note FROM diag_orders"
TABLES = ("diag_orders", "diag_customers", "diag_lines")


@pytest.fixture(scope="module")
def lent(mariadb: ShopServer, diag_mariadb: Diagnosed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Borrowing]:
    mariadb.run_sql("CREATE VIEW diag_seen AS SELECT * FROM diag_orders", database="scratch")
    before = checksums(mariadb)
    with borrowing(mariadb.url, tmp_path_factory.mktemp("scratch"), "scratch") as lent:
        yield lent
        assert mariadb.run_sql("SHOW TABLES LIKE 'askwire%'", database="scratch") == ""
        shown = "SELECT COUNT(*) FROM information_schema.INNODB_SYS_TABLES WHERE NAME LIKE '%askwire%'"
        assert mariadb.run_sql(shown).strip() == "0"
    assert checksums(mariadb) == before
    mariadb.run_sql("DROP VIEW diag_seen", database="scratch")


def checksums(mariadb: ShopServer) -> str:
    return mariadb.run_sql(f"CHECKSUM TABLE {', '.join(TABLES)}", database="scratch")


def tried(lent: Borrowing, sql: str, *remedies: Remedy, settings: DiagnoseSettings = QUICK) -> list[Trial]:
    async def work(session: Session) -> list[Trial]:
        found = [Finding("code", Severity.HIGH, "f", "e", remedy=remedy) for remedy in remedies]
        done = await verify(session, await gather(session, sql), found, settings)
        return [f.trial for f in done if f.trial is not None]

    return lent.run(work)


def index(*columns: str, table: str = "diag_orders") -> CreateIndex:
    return CreateIndex(table, columns, schema="scratch")


def test_an_index_that_leads_to_few_rows_is_verified(lent: Borrowing) -> None:
    (trial,) = tried(lent, f"{ORDERS} WHERE note = 'note 77'", index("note"))
    assert trial.verdict is Verdict.VERIFIED
    assert "rows read 2,0" in trial.how
    assert "on a sample of rows (diag_orders: 2,000)" in trial.how
    assert trial.gain is not None
    assert trial.gain < 0.01


def test_an_index_on_what_most_rows_have_is_refuted(lent: Borrowing) -> None:
    (trial,) = tried(lent, f"{ORDERS} WHERE status = 'closed'", index("status"))
    assert trial.verdict is Verdict.REFUTED


def test_several_are_tried_one_at_a_time(lent: Borrowing) -> None:
    sql = f"{ORDERS} WHERE note = 'note 77' AND status = 'closed'"
    found = tried(lent, sql, index("status"), index("note"), index("note", "status"))
    assert [t.verdict.name for t in found] == ["REFUTED", "VERIFIED", "VERIFIED"]


def test_an_index_for_a_join_also_with_itself(lent: Borrowing) -> None:
    sql = "SELECT a.id, b.id FROM diag_customers a JOIN diag_customers b ON b.referrer_id = a.id WHERE a.id < 500"
    (trial,) = tried(lent, sql, index("referrer_id", table="diag_customers"))
    assert trial.verdict is Verdict.VERIFIED, trial.how


def test_where_nothing_joins_the_sample_the_rows_are_any(lent: Borrowing) -> None:
    sql = "SELECT c.id, o.id FROM diag_customers c JOIN diag_orders o ON o.note = c.email WHERE c.id < 500"
    (trial,) = tried(lent, sql, index("note"))
    assert "diag_customers: 2,000" in trial.how


def test_beside_an_index_that_leads_there_another_one_is_refuted(lent: Borrowing) -> None:
    async def work(session: Session) -> list[Verdict]:
        evidence = await gather(session, f"{ORDERS} WHERE note = 'note 77' AND status = 'closed'")
        wanted = [index("note", "status")]
        found = [
            await try_remedies(session, evidence, wanted, rows=2_000, seconds=30, given=given)
            for given in ([], [index("note"), index("name", table="diag_customers")])
        ]
        return [trials[wanted[0]].verdict for trials in found]

    assert lent.run(work) == [Verdict.VERIFIED, Verdict.UNTRIED]  # so few rows are left that nothing can be told


def test_an_update_is_tried_as_the_select_of_its_rows(lent: Borrowing) -> None:
    (trial,) = tried(lent, "UPDATE diag_orders SET total = 0 WHERE note = 'note 77'", index("note"))
    assert trial.verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("sql", "rewrite", "verdict"),
    [
        (
            f"{ORDERS} WHERE created_at + INTERVAL 1 DAY >= '2021-06-02' AND created_at < '2021-08-01'",
            f"{ORDERS} WHERE created_at >= '2021-06-01' AND created_at < '2021-08-01'",
            Verdict.VERIFIED,
        ),
        (  # equal, and no less work: most rows are of that year
            f"{ORDERS} WHERE YEAR(created_at) IN (2020, 2021, 2022, 2023, 2024)",
            f"{ORDERS} WHERE created_at >= '2020-01-01' AND created_at < '2025-01-01'",
            Verdict.UNTRIED,
        ),
        (
            f"{ORDERS} WHERE YEAR(created_at) = 2021",
            f"{ORDERS} WHERE created_at >= '2021-01-01' AND created_at < '2022-02-01'",
            Verdict.REFUTED,
        ),
        (f"{ORDERS} WHERE discount <> 1", f"{ORDERS} WHERE NOT discount <=> 1", Verdict.REFUTED),  # NULLs
        ("SELECT status FROM diag_orders", "SELECT DISTINCT status FROM diag_orders", Verdict.REFUTED),  # duplicates
        (f"{ORDERS} ORDER BY id", f"{ORDERS} ORDER BY id DESC", Verdict.REFUTED),
        (f"{ORDERS} ORDER BY status LIMIT 3", f"{ORDERS} ORDER BY status, id DESC LIMIT 3", Verdict.UNTRIED),  # ties
        (f"{ORDERS} WHERE note = 'nobody'", f"{ORDERS} WHERE note IN ('nobody')", Verdict.UNTRIED),  # proves nothing
        (  # equal, but more work
            "SELECT id FROM diag_orders WHERE id < 50",
            "SELECT id FROM diag_orders WHERE id + 0 < 50",
            Verdict.REFUTED,
        ),
    ],
)
def test_rewrites(lent: Borrowing, sql: str, rewrite: str, verdict: Verdict) -> None:
    (trial,) = tried(lent, sql, Rewrite(rewrite))
    assert trial.verdict is verdict, trial.how


def test_rows_that_join_are_sampled_together(lent: Borrowing) -> None:
    sql = "SELECT o.id, l.quantity FROM diag_orders o JOIN diag_lines l ON l.order_id = o.id"
    (trial,) = tried(lent, sql, Rewrite(sql.replace("JOIN diag_lines l ON", "STRAIGHT_JOIN diag_lines l ON")))
    assert "finds no rows" not in trial.how
    assert "equal results" in trial.how


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT id FROM diag_seen WHERE note = 'a'", "a view"),
        ("SELECT id FROM diag_events WHERE kind = 1", "partitioned"),
        ("SELECT id, SLEEP(5) FROM diag_orders", "EXPLAIN was not sent"),
    ],
)
def test_what_cannot_be_copied_is_not_tried(lent: Borrowing, sql: str, why: str) -> None:
    (trial,) = tried(lent, sql, index("note"))
    assert (trial.verdict, why in trial.how) == (Verdict.UNTRIED, True), trial.how


@pytest.mark.parametrize("sql_mode", ["", "ANSI", "NO_TABLE_OPTIONS"])
def test_rows_never_go_where_a_copy_would_put_them(mariadb: ShopServer, lent: Borrowing, sql_mode: str) -> None:
    """A temporary copy of a MERGE table has the same tables behind it, and inserts into them."""
    mariadb.run_sql(
        "CREATE OR REPLACE TABLE diag_real (id INT, n INT) ENGINE=MyISAM; INSERT INTO diag_real SELECT seq, seq FROM"
        " seq_1_to_2000; CREATE OR REPLACE TABLE diag_merge (id INT, n INT COMMENT ') ENGINE=InnoDB') ENGINE=MERGE"
        " UNION=(diag_real) INSERT_METHOD=LAST",
        database="scratch",
    )
    try:
        lent.rows(f"SET sql_mode = '{sql_mode}'")
        (trial,) = tried(lent, "SELECT id FROM diag_merge WHERE n = 3", index("n", table="diag_merge"))
        assert trial.verdict is Verdict.UNTRIED
        assert mariadb.run_sql("SELECT COUNT(*) FROM diag_real", database="scratch").strip() == "2000"
    finally:
        lent.rows("SET sql_mode = DEFAULT")
        mariadb.run_sql("DROP TABLE diag_merge, diag_real", database="scratch")


@pytest.mark.parametrize("rewrite", ["SELECT id FROM mysql.user", "SELECT SLEEP(9)", "DELETE FROM diag_orders", "x y"])
def test_a_rewrite_that_reaches_elsewhere_is_not_run(lent: Borrowing, rewrite: str) -> None:
    (trial,) = tried(lent, f"{ORDERS} WHERE id < 5", Rewrite(rewrite))
    assert trial.verdict in (Verdict.UNTRIED, Verdict.REFUTED)
    assert trial.verdict is Verdict.UNTRIED or rewrite.startswith("DELETE")


def test_an_index_that_cannot_be_made_leaves_the_others(lent: Borrowing) -> None:
    found = tried(lent, f"{ORDERS} WHERE note = 'note 77'", index("nothing"), index("note"))
    assert [t.verdict for t in found] == [Verdict.UNTRIED, Verdict.VERIFIED]


def test_time_ends(lent: Borrowing) -> None:
    hurried = DiagnoseSettings(sample_rows=2_000, verify_s=0.001)
    found = tried(lent, f"{ORDERS} WHERE note = 'note 77'", index("note"), settings=hurried)
    assert found[0].verdict is Verdict.UNTRIED


def test_off_and_inside_of_a_transaction_nothing_is_tried(lent: Borrowing) -> None:
    off = DiagnoseSettings(verify=False)
    assert (
        tried(lent, f"{ORDERS} WHERE note = 'a'", index("note"), settings=off)[0].how == "trying advice is switched off"
    )
    lent.rows("BEGIN")
    try:
        assert "transaction" in tried(lent, f"{ORDERS} WHERE note = 'a'", index("note"))[0].how
    finally:
        lent.rows("ROLLBACK")


def test_an_account_that_may_make_no_temporary_table(mariadb: ShopServer, tmp_path: Path) -> None:
    with borrowing(mariadb.url, tmp_path, "shop", user="reader") as lent:
        (trial,) = tried(lent, "SELECT name FROM products WHERE name = 'x'", index("name", table="products"))
    assert (trial.verdict, "could not be tried" in trial.how) == (Verdict.UNTRIED, True), trial.how
