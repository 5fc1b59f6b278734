import pytest

from nl2sql.asked import Asked
from nl2sql.unasked import stated
from nl2sql.values import FoundValue
from plugins.readonly import parse_one
from tests.nl2sql.club import mended


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("list the flights of the A12", "SELECT id FROM flights WHERE miles > 3"),
        ("list the flights sold right now", None),
        ("which flights are due", None),
        ("Flüge", None),
    ],
)
def test_the_day_of_which_nobody_spoke_is_left_out(question: str, left: str | None) -> None:
    sql = "SELECT id FROM flights WHERE miles > 3 AND sold_on = CURRENT_DATE"
    assert mended(sql, question) == (left or sql)


def test_a_where_of_nothing_else_goes_whole() -> None:
    sql = "SELECT id FROM flights WHERE sold_on = CURRENT_DATE"
    assert mended(sql, "list the flights of the A12") == "SELECT id FROM flights"
    assert mended(sql) == sql  # nothing was asked
    kept = "SELECT id FROM flights WHERE sold_on > CURRENT_DATE"
    assert mended(kept, "list the flights of the A12") == kept


@pytest.mark.parametrize(
    ("condition", "share"),
    [
        ("state = 'late'", 1.0),
        ("state = 'ok'", 0.0),
        ("LEFT(model, 2) = UPPER('ok')", 1.0),  # what is computed is no text of a condition
        ("model LIKE '%flights%'", 1.0),
        ("model = 'Lisboa'", 1.0),  # found in the data
        ("sold_on > '2026-01-01'", 1.0),  # dates are looked at elsewhere
        ("sold_on > CURRENT_DATE - INTERVAL '7' DAY", 1.0),
        ("miles > 3", 1.0),
        ("late = TRUE", 1.0),
        ("deleted = FALSE", 0.0),
    ],
)
def test_what_of_the_conditions_was_said(condition: str, share: float) -> None:
    asked = Asked("which flights were late in Lisbon", (FoundValue("cities", "name", "Lisboa"),))
    assert stated(parse_one(f"SELECT 1 FROM flights WHERE {condition}"), asked) == share


def test_without_conditions_nothing_is_unsaid() -> None:
    assert stated(parse_one("SELECT 'ok' FROM flights"), Asked("flights")) == 1.0
