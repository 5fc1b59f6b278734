"""Spreadsheets."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from proxy.upstreams.files import FilesDatabase, FilesError
from tests.proxy.upstreams.files.conftest import Write, load
from tests.support.spreadsheets import write_ods, write_xlsx

SHEETS: dict[str, Sequence[Sequence[Any]]] = {
    "Plan 2026": [["Budget"], [], ["Region", 2025, "Since"], ["North", 1.5, dt.date(2026, 1, 5)], ["South"]],
    "Actual": [["Region", "Paid", "At"], ["North", True, dt.time(8, 15)]],
    "Empty": [],
    "Secret": [["salary"], [1]],
}


def test_each_visible_sheet_is_a_table(tmp_path: Path) -> None:
    file = write_xlsx(tmp_path / "Budget.xlsx", SHEETS, hidden=["Secret"])
    with FilesDatabase([str(file)]) as database, duckdb.connect(database.path) as connection:
        plan, actual = database.tables
        assert (plan.name, plan.rows, actual.name, actual.rows) == ("budget_plan_2026", 2, "budget_actual", 1)
        assert plan.notes == ("sheet Plan 2026", "rows left out above the table: 1", "hidden sheets left out: 1")
        assert connection.execute("FROM files.budget_plan_2026").fetchall() == [
            ("North", Decimal("1.5"), dt.date(2026, 1, 5)),
            ("South", None, None),
        ]
        assert connection.execute("FROM files.budget_actual").fetchall() == [("North", True, dt.time(8, 15))]
        comments = "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'budget_plan_2026'"
        described = [("region", "Region"), ("c_2025", "2025"), ("since", "Since")]
        assert connection.execute(comments).fetchall() == described
        comments = "SELECT comment FROM duckdb_tables() WHERE table_name = 'budget_actual'"
        assert connection.execute(comments).fetchall() == [("Budget.xlsx; sheet Actual; hidden sheets left out: 1",)]


def test_a_single_sheet_is_called_like_its_file(tmp_path: Path) -> None:
    rows = [["name", "on"], ["x", dt.date(2026, 1, 5)]]
    for file in (write_xlsx(tmp_path / "one.xlsx", {"Sheet1": rows}), write_ods(tmp_path / "one.ods", {"Blatt": rows})):
        assert load(str(file), table="one") == ([("name", "VARCHAR"), ("on_", "DATE")], [("x", dt.date(2026, 1, 5))])


def test_an_old_workbook() -> None:
    """``budget.xls`` was written by xlwt 1.3."""
    columns, rows = load(str(Path(__file__).parent / "data/budget.xls"))
    assert columns == [("region", "VARCHAR"), ("plan", "DECIMAL(18,1)"), ("since", "DATE")]
    assert rows == [("Nörd", Decimal("1.5"), dt.date(2026, 1, 5)), ("South", Decimal("2.0"), dt.date(2026, 1, 6))]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (['"quoted" \\ and\nbroken', "null", "[1, 2]", "1e5", "Grüße ☃ 😀", "'); DROP TABLE t; --"], "VARCHAR"),
        ([2**53, -(2**53), 0], "BIGINT"),
        ([Decimal("0.125"), Decimal("-12345.5"), Decimal(7)], "DECIMAL(18,3)"),
        ([1e-9, 1.7976931348623157e308, -0.1], "DOUBLE"),
        ([True, False], "BOOLEAN"),
        ([dt.time(0, 0, 1), dt.time(23, 59, 59)], "TIME"),
        ([dt.datetime(2026, 1, 5, 6, 7, 8), dt.datetime(1999, 12, 31)], "TIMESTAMP"),
        ([dt.timedelta(hours=30, seconds=1), dt.timedelta(days=400), dt.timedelta(minutes=1)], "INTERVAL"),
    ],
)
def test_values_are_those_of_the_sheet(tmp_path: Path, values: list[Any], kind: str) -> None:
    cells = [float(value) if isinstance(value, Decimal) else value for value in values]
    file = write_xlsx(tmp_path / "all.xlsx", {"s": [["v", "n"], *([v, n] for n, v in enumerate([*cells, None]))]})
    columns, rows = load(str(file))
    assert columns == [("v", kind), ("n", "BIGINT")]
    assert [value for value, _ in rows] == [*values, None]


def test_many_rows_of_a_sheet(tmp_path: Path) -> None:
    file = write_xlsx(tmp_path / "many.xlsx", {"s": [["n"], *([n] for n in range(45_000))]})
    with FilesDatabase([str(file)]) as database, duckdb.connect(database.path) as connection:
        counted = connection.execute("SELECT COUNT(*), SUM(n) FROM files.many").fetchall()
        assert counted == [(45_000, 45_000 * 44_999 // 2)]


def test_a_workbook_without_anything(tmp_path: Path) -> None:
    file = write_xlsx(tmp_path / "void.xlsx", {"a": [], "b": [[1]]}, hidden=["b"])
    with pytest.raises(FilesError, match=r"void\.xlsx: has no visible sheet"), FilesDatabase([str(file)]):
        pass


def test_what_is_no_spreadsheet(write: Write) -> None:
    with pytest.raises(FilesError, match="cannot be read as a spreadsheet"):
        load(write("a.xlsx", b"PK\x03\x04 not a zip"))
