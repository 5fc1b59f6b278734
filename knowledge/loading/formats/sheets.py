"""Spreadsheets (XLSX, XLSM, XLSB, XLS, ODS) by calamine: every visible sheet is a section with a table."""

import datetime
from typing import BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from knowledge.loading.draft import Draft, one_line
from knowledge.loading.formats.grid import add_grid
from knowledge.loading.types import LoadError


def read(file: BinaryIO, document: Draft) -> None:
    budget = [document.limits.cells]
    try:
        with CalamineWorkbook.from_filelike(file) as workbook:
            for sheet in workbook.sheets_metadata:
                if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
                    _add_sheet(workbook, sheet.name, document, budget)
    except PasswordError:
        raise LoadError("is protected by a password") from None
    except CalamineError as error:
        raise LoadError(f"cannot be read as a spreadsheet: {one_line(str(error))}") from None


def _add_sheet(workbook: CalamineWorkbook, name: str, document: Draft, budget: list[int]) -> None:
    sheet = workbook.get_sheet_by_name(name)
    if not sheet.height:
        return
    rows = ([cell_text(value) for value in row] for row in sheet.to_python(skip_empty_area=False))
    if sheet.height * sheet.width > budget[0]:
        raise LoadError(f"has more than {document.limits.cells:,} cells")
    add_grid(rows, document, f"sheet {one_line(name, 100)}, ", budget)


def cell_text(value: object) -> str:
    """Whole numbers without a point, moments without a time of midnight."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    return str(value).strip()
