"""On a real MariaDB, over a real session: indexes for a join, for an order, and none that is of no use."""

import time
from collections.abc import Iterator, Sequence

import pytest

from conf.diagnose import DiagnoseSettings
from diagnose.evidence.gather import gather
from diagnose.workload.advisor import Asked
from diagnose.workload.choosing import BY_SIZES, BySizes
from plugins import Session
from tests.diagnose.borrowing import Borrowing, borrowing
from tests.diagnose.servers import Diagnosed
from tests.support.shop_server import ShopServer

MAKE = """
CREATE TABLE ch_towns (id INT NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL);
CREATE TABLE ch_sellers (id INT NOT NULL PRIMARY KEY, town_id INT NOT NULL);
CREATE TABLE ch_sales (id INT NOT NULL PRIMARY KEY, seller_id INT NOT NULL, kind INT NOT NULL, paid INT NOT NULL);
INSERT INTO ch_towns SELECT seq, CONCAT('Town ', seq) FROM diag_numbers WHERE seq <= 50;
INSERT INTO ch_sellers SELECT seq, seq % 50 + 1 FROM diag_numbers WHERE seq <= 1000;
INSERT INTO ch_sales SELECT a.seq * 5 + b.seq, (a.seq * 5 + b.seq) % 1000 + 1, a.seq % 3, (a.seq * 7919) % 100000
  FROM diag_numbers a, diag_numbers b WHERE b.seq <= 5;
ANALYZE TABLE ch_towns, ch_sellers, ch_sales
"""
JOIN = (
    "SELECT SUM(f.paid) FROM ch_towns t JOIN ch_sellers s ON s.town_id = t.id JOIN ch_sales f ON f.seller_id = s.id "
    "WHERE t.name = 'Town 7'"
)


@pytest.fixture(scope="module")
def lent(mariadb: ShopServer, diag_mariadb: Diagnosed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Borrowing]:
    del diag_mariadb  # its numbers are needed
    mariadb.run_sql(MAKE, database="scratch")
    with borrowing(mariadb.url, tmp_path_factory.mktemp("choosing"), "scratch") as lent:
        yield lent
    mariadb.run_sql("DROP TABLE ch_towns, ch_sellers, ch_sales", database="scratch")


def chosen(lent: Borrowing, *statements: str, tries: bool = True, rows: int = 2_000) -> dict[tuple[str, ...], str]:
    """The columns of each index, and what is said of its being verified."""

    async def work(session: Session) -> dict[tuple[str, ...], str]:
        asked: Sequence[Asked] = [Asked(await gather(session, sql), 1, 1.0) for sql in statements]
        settings = DiagnoseSettings(sample_rows=rows, verify_s=30)
        choosing = BySizes(session, asked, settings, time.monotonic() + 60, tries=tries)
        return {each.remedy.columns: choosing.verified(each.remedy) for each in await choosing.choose()}

    return lent.run(work)


def test_an_index_by_which_a_small_table_leads_into_a_large_one(lent: Borrowing) -> None:
    assert ("seller_id",) in chosen(lent, JOIN)


def test_what_was_only_computed_is_not_called_verified(lent: Borrowing) -> None:
    assert chosen(lent, JOIN, tries=False)[("seller_id",)] == "not verified"
    of_few = chosen(lent, JOIN, rows=100)  # a hundred rows of sales: samples show nothing
    assert of_few[("seller_id",)] == BY_SIZES


def test_an_index_on_a_condition_is_verified(lent: Borrowing) -> None:
    found = chosen(lent, "SELECT SUM(paid) FROM ch_sales WHERE paid = 4711")
    assert found[("paid",)].startswith("yes: rows read 2,0")


def test_none_for_a_condition_that_most_rows_fulfil(lent: Borrowing) -> None:
    """Nothing tells how many there are of a kind but counting some."""
    assert chosen(lent, "SELECT SUM(paid) FROM ch_sales WHERE kind = 1") == {}


def test_none_for_what_a_key_does_already(lent: Borrowing) -> None:
    assert chosen(lent, "SELECT * FROM ch_sales WHERE id = 3", "SELECT * FROM ch_sales WHERE id BETWEEN 3 AND 9") == {}


def test_an_index_for_an_order_that_a_limit_ends(lent: Borrowing) -> None:
    found = chosen(lent, "SELECT id FROM ch_sales ORDER BY paid LIMIT 10")
    assert found[("paid",)].startswith("yes")
