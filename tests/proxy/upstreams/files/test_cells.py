import datetime as dt
from typing import Any

import pytest

from proxy.upstreams.files.cells import column_type, find_grid

DAY = dt.date(2026, 1, 5)
NOON = dt.datetime(2026, 1, 5, 12)


@pytest.mark.parametrize(
    ("values", "kind", "read"),
    [
        ([1, None, 3], "BIGINT", [1, None, 3]),
        ([1, 2.5], "DECIMAL(18, 1)", ["1", "2.5"]),
        ([0.1 + 0.2, 1], "DOUBLE", [0.1 + 0.2, 1.0]),
        ([1e300, None], "DOUBLE", [1e300, None]),
        ([123456789012345, 0.5], "DECIMAL(18, 1)", ["123456789012345", "0.5"]),
        ([2**63 - 1, 0.5], "DOUBLE", [float(2**63), 0.5]),
        ([True, False, None], "BOOLEAN", [True, False, None]),
        ([DAY, None], "DATE", [DAY, None]),
        ([DAY, dt.datetime(2026, 1, 6)], "DATE", [DAY, dt.date(2026, 1, 6)]),
        ([DAY, NOON], "TIMESTAMP", [dt.datetime(2026, 1, 5), NOON]),
        ([dt.time(8, 15)], "TIME", [dt.time(8, 15)]),
        ([dt.timedelta(hours=30)], "INTERVAL", [dt.timedelta(hours=30)]),
        (["x", 1, 2.5, DAY, None, True], "VARCHAR", ["x", "1", "2.5", "2026-01-05", None, "True"]),
        ([True, 1], "VARCHAR", ["True", "1"]),
        (["007", "8"], "VARCHAR", ["007", "8"]),
        ([None], "VARCHAR", [None]),
    ],
)
def test_one_type_for_a_column(values: list[Any], kind: str, read: list[Any]) -> None:
    assert column_type(values) == (kind, read)


def test_titles_and_empty_rows_and_columns_are_left_out() -> None:
    rows: list[list[Any]] = [
        ["Budget", "", "", ""],
        ["", "", "", ""],
        ["Region", "", "Plan", ""],
        ["North", "", 1.0, ""],
        ["", "", "", ""],
        ["South ", "", float("nan"), ""],
    ]
    grid = find_grid(rows)
    assert grid is not None
    assert (grid.headings, grid.columns, grid.title_rows) == (
        ("Region", "Plan"),
        (["North", "South"], [1, None]),
        1,
    )


@pytest.mark.parametrize(
    ("rows", "headings"),
    [
        ([["a", "b"], [1, 2]], ("a", "b")),
        ([["a", 2025, 2026], ["x", 1.5, 2]], ("a", "2025", "2026")),
        ([["a", DAY, NOON], ["x", 1.5, 2]], ("a", "2026-01-05", "2026-01-05 12:00:00")),
        ([["a", "b"], ["x", "y"]], ("a", "b")),
        ([["a", "b", "extra"], ["x", 1]], ("a", "b", "extra")),
        ([["a", None, "c"], ["x", 1, 2]], ("a", "", "c")),
        ([["North", 2025], ["South", 2026]], ()),  # years all the way down
        ([["North", 1.5], ["South", 2.5]], ()),
        ([["x", "x"], ["y", "z"]], ()),
        ([[1, 2], [3, 4]], ()),
        ([[2024, 2025], [3, 4]], ()),
        ([["a", True], ["b", False]], ()),
        ([["only", "one"]], ()),
    ],
)
def test_headings(rows: list[list[Any]], headings: tuple[str, ...]) -> None:
    grid = find_grid(rows)
    assert grid is not None
    assert grid.headings == headings
    assert len(grid.columns[0]) == len(rows) - bool(headings)


def test_nothing_in_it() -> None:
    assert find_grid([]) is None
    assert find_grid([["", " "], [None]]) is None
