import pytest

from diagnose.advice.usage import usages
from diagnose.types import CreateIndex
from diagnose.workload.measuring import Share
from diagnose.workload.model import FETCH, Model
from tests.diagnose.samples import evidence, table

NATIONS = table("nations(id int pk, name char(25))", 25)
SELLERS = table("sellers(id int pk, nation_id int)", 10_000)
LINES = table("lines(id int pk, seller_id int, day date)", 6_000_000)
BUYERS = table("buyers(id int pk, seller_id int)", 300_000)
BY_SELLER, BY_NATION = CreateIndex("lines", ("seller_id",)), CreateIndex("sellers", ("nation_id",))
JOIN = (
    "SELECT COUNT(*) FROM nations n, sellers s, `lines` l "
    "WHERE n.name = 'PERU' AND s.nation_id = n.id AND l.seller_id = s.id"
)


def model(sql: str, **measured: Share) -> Model:
    asked = evidence(sql, NATIONS, SELLERS, LINES, BUYERS)
    return Model(asked, [measured.get(use.alias) for use in usages(asked)])


def test_an_index_by_which_a_small_table_leads_into_a_large_one() -> None:
    """Of six million rows it reads a twenty-fifth, although the other tables are read whole."""
    few = model(JOIN, n=Share(0.04))
    assert few.cost([]) > 6_000_000
    assert few.cost([BY_SELLER]) < few.cost([]) / 5


def test_one_for_another_table_changes_nothing() -> None:
    few = model(JOIN, n=Share(0.04))
    assert few.cost([CreateIndex("elsewhere", ("seller_id",))]) == few.cost([])


def test_an_outer_joins_inner_table_cannot_be_read_first() -> None:
    """Without an index each buyer's seller is found by key, each seller's buyers by reading them all."""
    inner = model("SELECT COUNT(*) FROM sellers s JOIN buyers b ON b.seller_id = s.id")
    outer = model("SELECT COUNT(*) FROM sellers s LEFT JOIN buyers b ON b.seller_id = s.id")
    wanted = CreateIndex("buyers", ("seller_id",))
    assert outer.cost([]) > 50 * inner.cost([])
    assert outer.cost([wanted]) < outer.cost([]) / 50


def test_a_subquery_costs_as_often_as_the_rows_around_it() -> None:
    asked = model("SELECT id FROM sellers s WHERE EXISTS (SELECT 1 FROM buyers WHERE seller_id = s.id)")
    assert asked.cost([]) == pytest.approx(10_000 + 10_000 * 300_000)
    assert asked.cost([CreateIndex("buyers", ("seller_id",))]) < asked.cost([]) / 1_000


def test_a_measured_share_counts_in_place_of_a_guess() -> None:
    wanted = CreateIndex("lines", ("day",))
    sql = "SELECT COUNT(*) FROM `lines` WHERE day >= '2026-01-01' AND day < '2026-02-01'"
    assert model(sql).cost([wanted]) < model(sql).cost([])
    most = model(sql, lines=Share(0.5, {"day": 0.5}))
    assert most.cost([wanted]) == most.cost([])
    rare = model(sql, lines=Share(0.001, {"day": 0.001}))
    assert rare.cost([wanted]) == pytest.approx(6_000 * FETCH, rel=0.01)


def test_an_index_also_tells_the_server_how_few_rows_there_are() -> None:
    """Only with it does the join begin at the few: what is not indexed is not known."""
    sql = "SELECT COUNT(*) FROM buyers b JOIN sellers s ON s.id = b.seller_id WHERE s.nation_id = 7"
    few = {"s": Share(0.0005, {"nation_id": 0.0005})}
    by_buyer = CreateIndex("buyers", ("seller_id",))
    assert model(sql, **few).cost([by_buyer, BY_NATION]) < model(sql, **few).cost([by_buyer]) / 5


def test_two_columns_that_are_another_tables_key_are_not_independent() -> None:
    stock = table("stock(part_id int, seller_id int, pk(part_id, seller_id))", 800_000)
    parts = table("parts(id int pk)", 200_000)
    sold = table("sold(id int pk, part_id int, seller_id int)", 6_000_000)
    sql = (
        "SELECT COUNT(*) FROM parts p, sellers s, stock k, sold l WHERE k.part_id = p.id AND k.seller_id = s.id "
        "AND l.part_id = k.part_id AND l.seller_id = k.seller_id AND l.part_id = p.id"
    )
    found = Model(evidence(sql, stock, parts, sold, SELLERS)).cost([CreateIndex("sold", ("part_id", "seller_id"))])
    assert found > 6_000_000  # seven or eight of each stock: all of them are read


@pytest.mark.parametrize(
    "sql", ["SELECT 1", "SELECT * FROM (SELECT 1 AS a) d", "DELETE FROM sellers WHERE id = 3", "SELECT a FROM unknown"]
)
def test_nothing_to_join(sql: str) -> None:
    assert model(sql).cost([BY_NATION]) == model(sql).cost([])
