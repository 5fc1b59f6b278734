import datetime
import io
from pathlib import Path

import openpyxl
import pytest

from knowledge.loading.draft import Draft
from knowledge.loading.formats.sheets import cell_text, read
from knowledge.loading.types import Limits, LoadError
from tests.knowledge.loading.files import fail_one, load_one, make_xlsx, text_of


async def test_xlsx_has_rows_of_visible_sheets(tmp_path: Path) -> None:
    loaded = await load_one(make_xlsx(tmp_path / "a.xlsx"))
    assert "| country | amount |\n| --- | --- |\n| Malta | 12 |\n| Chile | 3.5 |" in text_of(loaded)
    assert [chunk.place for chunk in loaded.chunks] == ["sheet Q1, row 1", "sheet Q1, rows 3-4"]
    assert "hidden" not in text_of(loaded)


def drafted(book: "openpyxl.Workbook", limits: Limits | None = None) -> Draft:
    buffer = io.BytesIO()
    book.save(buffer)
    buffer.seek(0)
    document = Draft(limits or Limits())
    read(buffer, document)
    return document


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (12.0, "12"),
        (-3.5, "-3.5"),
        (1e15, "1000000000000000.0"),
        (float("nan"), "nan"),
        (datetime.datetime(2026, 1, 31), "2026-01-31"),
        (datetime.datetime(2026, 1, 31, 9, 30), "2026-01-31 09:30:00"),
        (datetime.date(2026, 1, 31), "2026-01-31"),
        ("  words ", "words"),
        ("", ""),
    ],
)
def test_cells_as_people_read_them(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_cells_of_all_sheets_together_are_bounded() -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Second")
    for sheet in book:
        for row in range(10):
            sheet.append([f"a{row}", "b"])
    assert drafted(book, Limits(cells=40)).text
    with pytest.raises(LoadError, match="has more than 39 cells"):
        drafted(book, Limits(cells=39))


async def test_a_sheet_that_is_mostly_empty_is_refused(tmp_path: Path) -> None:
    """Unfolded it would take hundreds of gigabytes: the process that reads it ends."""
    book = openpyxl.Workbook()
    book.active["A1"] = "head"
    book.active["XFD1048576"] = "far away"
    book.save(tmp_path / "a.xlsx")
    assert "needs more memory than allowed" in await fail_one(tmp_path / "a.xlsx")


def test_what_is_no_spreadsheet() -> None:
    with pytest.raises(LoadError, match="cannot be read as a spreadsheet"):
        read(io.BytesIO(b"no archive"), Draft(Limits()))
