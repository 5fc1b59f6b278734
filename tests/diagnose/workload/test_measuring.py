"""Counted on a real MariaDB, over a real session."""

from collections.abc import Iterator

import pytest

from diagnose.advice.usage import usages
from diagnose.evidence.gather import gather
from diagnose.workload.measuring import Share, measure
from plugins import Session
from tests.diagnose.borrowing import Borrowing, borrowing
from tests.diagnose.servers import Diagnosed
from tests.support.shop_server import ShopServer


@pytest.fixture(scope="module")
def lent(mariadb: ShopServer, diag_mariadb: Diagnosed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Borrowing]:
    del diag_mariadb  # its tables are needed
    with borrowing(mariadb.url, tmp_path_factory.mktemp("measuring"), "scratch") as lent:
        yield lent


def measured(lent: Borrowing, sql: str) -> dict[str, Share | None]:
    async def work(session: Session) -> dict[str, Share | None]:
        evidence = await gather(session, sql)
        shares = await measure(session, evidence)
        return {use.alias: share for use, share in zip(usages(evidence), shares, strict=True)}

    return lent.run(work)


def test_the_share_of_each_column_and_of_all(lent: Borrowing) -> None:
    """Returned are a seventh; two thirds are without a discount."""
    sql = "SELECT id FROM diag_orders o WHERE status = 'returned' AND discount IS NULL AND total < discount + id"
    share = measured(lent, sql)["o"]
    assert share is not None
    assert share.columns["status"] == pytest.approx(0.14, abs=0.03)
    assert share.columns["discount"] == pytest.approx(0.67, abs=0.03)
    assert share.together < 0.001  # NULL + id is not known


def test_what_is_not_in_the_sample_is_still_somewhere(lent: Borrowing) -> None:
    share = measured(lent, "SELECT id FROM diag_orders WHERE note = 'nobody wrote this'")["diag_orders"]
    assert share is not None
    assert 0 < share.together < 0.001


def test_of_an_or_what_each_side_says_of_the_table(lent: Borrowing) -> None:
    sql = (
        "SELECT COUNT(*) FROM diag_orders o JOIN diag_products p ON p.id = o.id "
        "WHERE (o.status = 'open' AND p.price > 3) OR (o.status = 'returned' AND p.price > 4)"
    )
    share = measured(lent, sql)["o"]
    assert share is not None
    assert share.together == pytest.approx(0.15, abs=0.03)


def test_a_join_and_a_subquery_tell_nothing_of_one_table(lent: Borrowing) -> None:
    sql = (
        "SELECT o.id FROM diag_orders o JOIN diag_customers c ON c.id = o.customer_id "
        "WHERE o.total > (SELECT AVG(price) FROM diag_products) AND c.city = 'City 7'"
    )
    found = measured(lent, sql)
    assert found["o"] is None
    assert found["c"] is not None
    assert found["c"].together < 0.02


def test_a_table_of_another_engine_is_not_read(lent: Borrowing, mariadb: ShopServer) -> None:
    """Its rows may be anywhere, and a few of them as dear as all."""
    mariadb.run_sql("CREATE TABLE me_elsewhere (a INT NOT NULL) ENGINE=CSV", database="scratch")
    try:
        assert measured(lent, "SELECT a FROM me_elsewhere WHERE a = 1") == {"me_elsewhere": None}
    finally:
        mariadb.run_sql("DROP TABLE me_elsewhere", database="scratch")
