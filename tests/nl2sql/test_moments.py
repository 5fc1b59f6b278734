import pytest

from tests.nl2sql.club import mended


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        # Dates are no numbers.
        ("SELECT landed - started FROM flights", "SELECT TIMESTAMPDIFF(SECOND, started, landed) FROM flights"),
        ("SELECT CURDATE() - born FROM pilots", "SELECT DATEDIFF(CURRENT_DATE, born) FROM pilots"),
        ("SELECT NOW() - started FROM flights", "SELECT DATEDIFF(NOW(), started) FROM flights"),
        (
            "SELECT (sold_on + INTERVAL 1 DAY) - born FROM flights JOIN pilots ON pilot_id = pilots.id",
            "SELECT DATEDIFF((sold_on + INTERVAL '1' DAY), born) FROM flights JOIN pilots ON pilot_id = pilots.id",
        ),
        # A day is all of it.
        (
            "SELECT id FROM flights WHERE started = '2026-03-01'",
            "SELECT id FROM flights WHERE (started >= '2026-03-01' AND started < CAST('2026-03-01' AS DATE) +"
            " INTERVAL '1' DAY)",
        ),
        (
            "SELECT id FROM flights WHERE NOT started BETWEEN '2026-03-01' AND '2026-03-31'",
            "SELECT id FROM flights WHERE NOT (started >= '2026-03-01' AND started < CAST('2026-03-31' AS DATE) +"
            " INTERVAL '1' DAY)",
        ),
        (
            "SELECT id FROM flights WHERE started <= '2026-03-31'",
            "SELECT id FROM flights WHERE started < CAST('2026-03-31' AS DATE) + INTERVAL '1' DAY",
        ),
        ("SELECT id FROM flights WHERE sold_on <= '2026-03-31'", None),
        # A year is no date.
        (
            "SELECT id FROM pilots WHERE licence_year = CURDATE()",
            "SELECT id FROM pilots WHERE licence_year = YEAR(CURRENT_DATE)",
        ),
        ("SELECT 20240301 - 5 FROM flights", None),
        ("SELECT miles - born FROM flights JOIN pilots ON pilot_id = pilots.id", None),
        # A span that ends on the first of a month may mean the month before.
        ("SELECT id FROM flights WHERE started BETWEEN '2026-01-01' AND '2026-02-01'", None),
        (
            "SELECT id FROM flights WHERE started BETWEEN '2026-02-01' AND '2026-02-01'",
            "SELECT id FROM flights WHERE (started >= '2026-02-01' AND started < CAST('2026-02-01' AS DATE) +"
            " INTERVAL '1' DAY)",
        ),
        ("SELECT id FROM flights WHERE started = '2026-03-01 10:00:00'", None),
        ("SELECT id FROM flights WHERE started < '2026-03-31'", None),
        (
            "SELECT id FROM pilots WHERE born > licence_year",
            "SELECT id FROM pilots WHERE YEAR(born) > licence_year",
        ),
        ("SELECT id FROM pilots WHERE base = CURRENT_DATE", None),
    ],
)
def test_dates_and_moments_are_compared_as_they_are_meant(wrong: str, right: str | None) -> None:
    assert mended(wrong) == (right or wrong)
