"""What runs and cannot be meant: mended. Of dates: test_moments; of aggregates: test_grouping."""

import pytest

from tests.nl2sql.club import mended


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        # Own keys of two tables that a foreign key joins otherwise.
        (
            "SELECT name FROM pilots p JOIN flights f ON p.id = f.id",
            "SELECT name FROM pilots AS p JOIN flights AS f ON p.id = f.pilot_id",
        ),
        # NOT IN with NULLs is never true.
        (
            "SELECT name FROM pilots WHERE id NOT IN (SELECT pilot_id FROM flights)",
            "SELECT name FROM pilots WHERE NOT id IN (SELECT pilot_id FROM flights WHERE NOT pilot_id IS NULL)",
        ),
        # Values of one column belong together, before what else is said.
        (
            "SELECT id FROM planes WHERE model LIKE '%A%' OR model LIKE '%B%' AND seats > 9",
            "SELECT id FROM planes WHERE (model LIKE '%A%' OR model LIKE '%B%') AND seats > 9",
        ),
    ],
)
def test_mended(wrong: str, right: str | None) -> None:
    assert mended(wrong) == (right or wrong)
