"""Writes small spreadsheets for tests: just the parts of the formats that a reader needs."""

import datetime as dt
import zipfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

Rows = Sequence[Sequence[Any]]

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
# Styles by number: plain, date, date and time, time, duration.
STYLES = (
    f"<styleSheet {MAIN}><cellXfs count='5'>"
    "<xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='22'/><xf numFmtId='21'/><xf numFmtId='46'/>"
    "</cellXfs></styleSheet>"
)
EPOCH = dt.datetime(1899, 12, 30)


def write_xlsx(path: Path, sheets: Mapping[str, Rows], hidden: Collection[str] = ()) -> Path:
    """A workbook; None is an empty cell, ``"#N/A"`` and its like are failed formulas."""
    names = list(sheets)
    state = {name: "hidden" if name in hidden else "visible" for name in names}
    listed = "".join(
        f"<sheet name={quoteattr(name)} sheetId='{n}' r:id='r{n}' state='{state[name]}'/>"
        for n, name in enumerate(names, 1)
    )
    related = "".join(
        f"<Relationship Id='r{n}' Type='{OFFICE}/worksheet' Target='worksheets/sheet{n}.xml'/>"
        for n in range(1, len(names) + 1)
    )
    styles = f"<Relationship Id='s' Type='{OFFICE}/styles' Target='styles.xml'/>"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        document = f"<Relationship Id='d' Type='{OFFICE}/officeDocument' Target='xl/workbook.xml'/>"
        archive.writestr("_rels/.rels", f"<Relationships xmlns='{PACKAGE}'>{document}</Relationships>")
        archive.writestr("xl/workbook.xml", f"<workbook {MAIN} xmlns:r='{OFFICE}'><sheets>{listed}</sheets></workbook>")
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f"<Relationships xmlns='{PACKAGE}'>{related}{styles}</Relationships>"
        )
        archive.writestr("xl/styles.xml", STYLES)
        for number, rows in enumerate(sheets.values(), 1):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", _sheet(rows))
    return path


def _sheet(rows: Rows) -> str:
    body = "".join(
        f"<row r='{r}'>{''.join(_cell(f'{_letters(c)}{r}', value) for c, value in enumerate(row))}</row>"
        for r, row in enumerate(rows, 1)
    )
    return f"<worksheet {MAIN}><sheetData>{body}</sheetData></worksheet>"


def _letters(column: int) -> str:
    return (_letters(column // 26 - 1) if column >= 26 else "") + chr(ord("A") + column % 26)


def _cell(at: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return f"<c r='{at}' t='b'><v>{int(value)}</v></c>"
    if isinstance(value, str) and value.startswith("#"):
        return f"<c r='{at}' t='e'><v>{value}</v></c>"
    if isinstance(value, str):
        return f"<c r='{at}' t='inlineStr'><is><t>{escape(value)}</t></is></c>"
    if isinstance(value, dt.datetime):
        return f"<c r='{at}' s='2'><v>{(value - EPOCH) / dt.timedelta(days=1)!r}</v></c>"
    if isinstance(value, dt.date):
        return f"<c r='{at}' s='1'><v>{(dt.datetime.combine(value, dt.time()) - EPOCH).days}</v></c>"
    if isinstance(value, dt.time):
        return f"<c r='{at}' s='3'><v>{(value.hour * 3600 + value.minute * 60 + value.second) / 86400!r}</v></c>"
    if isinstance(value, dt.timedelta):
        return f"<c r='{at}' s='4'><v>{value / dt.timedelta(days=1)!r}</v></c>"
    return f"<c r='{at}'><v>{value!r}</v></c>"


def write_ods(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """A document with texts, numbers and dates."""
    office = "urn:oasis:names:tc:opendocument:xmlns"
    names = f"xmlns:office='{office}:office:1.0' xmlns:table='{office}:table:1.0' xmlns:text='{office}:text:1.0'"
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>{''.join(map(_ods_row, rows))}</table:table>"
        for name, rows in sheets.items()
    )
    content = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", f"<office:document-content {names}>{content}</office:document-content>")
    return path


def _ods_row(row: Sequence[Any]) -> str:
    cells = ""
    for value in row:
        if isinstance(value, str):
            cells += f"<table:table-cell office:value-type='string'><text:p>{escape(value)}</text:p></table:table-cell>"
        elif isinstance(value, dt.date):
            cells += f"<table:table-cell office:value-type='date' office:date-value='{value.isoformat()}'/>"
        else:
            cells += f"<table:table-cell office:value-type='float' office:value='{value}'/>"
    return f"<table:table-row>{cells}</table:table-row>"
