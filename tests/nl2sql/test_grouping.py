import contextlib

import pytest
from sqlglot import exp

from nl2sql.catalog import Catalog, CatalogColumn, CatalogTable
from nl2sql.grouping import no_sums_of_text
from nl2sql.guard import check
from nl2sql.kinds import Kinds
from nl2sql.sources import Names
from plugins.readonly import Rejected, parse_one
from tests.nl2sql.club import CATALOG, mended


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (
            "SELECT pilot_id FROM flights WHERE SUM(miles) > 5 AND state = 'ok' GROUP BY pilot_id",
            "SELECT pilot_id FROM flights WHERE state = 'ok' GROUP BY pilot_id HAVING SUM(miles) > 5",
        ),
        ("SELECT state, COUNT(*) FROM flights", "SELECT state, COUNT(*) FROM flights GROUP BY state"),
        (
            "SELECT pilot_id, state, COUNT(*) FROM flights GROUP BY state",
            "SELECT pilot_id, state, COUNT(*) FROM flights GROUP BY state, pilot_id",
        ),
        # A condition that also names a row's own value is none on the group.
        ("SELECT id FROM flights WHERE miles = MAX(miles)", None),
        (
            "SELECT pilot_id FROM flights WHERE SUM(miles) > 5 GROUP BY pilot_id HAVING COUNT(*) > 1",
            "SELECT pilot_id FROM flights GROUP BY pilot_id HAVING COUNT(*) > 1 AND SUM(miles) > 5",
        ),
        ("SELECT id, SUM(miles) OVER (PARTITION BY state) FROM flights", None),
        ("SELECT pilot_id, state, COUNT(*) FROM flights GROUP BY state WITH ROLLUP", None),
        ("SELECT UPPER(state) AS s, COUNT(*) FROM flights GROUP BY s", None),
        ("SELECT state, COUNT(*) FROM flights GROUP BY 1", None),
        ("SELECT 'all' AS what, COUNT(*) FROM flights", None),
        (
            "SELECT model, JSON_ARRAYAGG(seats) FROM planes",
            "SELECT model, JSON_ARRAYAGG(seats) FROM planes GROUP BY model",
        ),
    ],
)
def test_aggregates_stand_in_having_beside_what_is_grouped_by(wrong: str, right: str | None) -> None:
    assert mended(wrong) == (right or wrong)


def test_every_mend_is_noted() -> None:
    assert check("SELECT state, COUNT(*) FROM flights", CATALOG, 9).notes == ("grouped by state too", "at most 9 rows")


def test_words_have_no_sum() -> None:
    with pytest.raises(Rejected, match="state is text"):
        mended("SELECT SUM(state) FROM flights")
    with pytest.raises(Rejected, match="state is text"):
        mended("SELECT AVG(f.state) FROM flights f")
    assert mended("SELECT SUM(model) FROM planes") == "SELECT SUM(model) FROM planes"  # nobody knows what it holds


@pytest.mark.parametrize(("values", "summed"), [(("12", "about 5"), True), (("-.5",), True), (("a", "b"), False)])
def test_text_that_may_hold_numbers_has_a_sum(values: tuple[str, ...], summed: bool) -> None:
    sizes = CatalogTable("sizes", (CatalogColumn("size", "varchar(9)", values=values),))
    tree = parse_one("SELECT SUM(size) FROM sizes")
    assert isinstance(tree, exp.Select)
    with contextlib.nullcontext() if summed else pytest.raises(Rejected):
        no_sums_of_text(tree, Kinds(tree, Names(Catalog("d", (sizes,)))))


@pytest.mark.parametrize(
    ("question", "sql", "counted"),
    [
        ("how many models are there?", "SELECT DISTINCT model FROM planes ORDER BY model", "COUNT(DISTINCT model)"),
        ("the number of pilots that flew", "SELECT DISTINCT pilot_id FROM flights", "COUNT(DISTINCT pilot_id)"),
        ("how many seats has each model", "SELECT DISTINCT seats FROM planes", ""),
        ("how many seats has the A12", "SELECT DISTINCT seats FROM planes", ""),
        ("which models are there?", "SELECT DISTINCT model FROM planes", ""),
    ],
)
def test_how_many_is_counted(question: str, sql: str, counted: str) -> None:
    assert mended(sql, question) == (f"SELECT {counted} FROM {sql.split(' ')[4]}" if counted else sql)
