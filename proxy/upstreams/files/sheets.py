"""Spreadsheets (XLSX, XLSM, XLSB, XLS, ODS), read by calamine: every visible sheet with something in it is a table."""

import datetime as dt
import json
from collections.abc import Iterator

import duckdb
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from proxy.upstreams.files.cells import Grid, column_type, find_grid
from proxy.upstreams.files.raw import Column, RawTable
from proxy.upstreams.files.sources import Source
from proxy.upstreams.quoting import quoted

STAGING = "sheet_staging"
ROWS_PER_INSERT = 20_000


def read_sheets(connection: duckdb.DuckDBPyConnection, source: Source) -> Iterator[RawTable]:
    """Each table is in a staging table that the next one replaces. Raises ``FilesError``, ``duckdb.Error``."""
    try:
        with CalamineWorkbook.from_path(source.path) as workbook:
            shown = [
                sheet.name
                for sheet in workbook.sheets_metadata
                if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
            ]
            hidden = len(workbook.sheets_metadata) - len(shown)
            grids = [(name, find_grid(workbook.get_sheet_by_name(name).iter_rows())) for name in shown]
    except PasswordError:
        raise source.fault("is protected by a password") from None
    except CalamineError as error:
        raise source.fault(f"cannot be read as a spreadsheet: {error}") from None
    filled = [(name, grid) for name, grid in grids if grid is not None]
    if not filled:
        raise source.fault("has no visible sheet with anything in it")
    for name, grid in filled:
        _load(connection, grid)
        yield RawTable(
            name=source.stem if len(filled) == 1 else f"{source.stem}_{name}",
            relation=f"temp.{STAGING}",
            columns=_columns(grid),
            notes=tuple(_notes(grid, name, hidden)),
        )


def _columns(grid: Grid) -> tuple[Column, ...]:
    headings = grid.headings or ("",) * len(grid.columns)
    return tuple(Column(heading, quoted(f"c{number}")) for number, heading in enumerate(headings))


def _load(connection: duckdb.DuckDBPyConnection, grid: Grid) -> None:
    """One JSON array for each column: DuckDB asks Python for pandas at every value that it is given, 0.2 ms each."""
    typed = [column_type(values) for values in grid.columns]
    names = ", ".join(f"{quoted(f'c{number}')} {kind}" for number, (kind, _) in enumerate(typed))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {STAGING} ({names})")
    unnested = ", ".join(f"unnest(CAST(from_json(?, '[\"VARCHAR\"]') AS {kind}[]))" for kind, _ in typed)
    for start in range(0, len(grid.columns[0]), ROWS_PER_INSERT):
        chunk = [json.dumps(values[start : start + ROWS_PER_INSERT], default=_written) for _, values in typed]
        connection.execute(f"INSERT INTO temp.{STAGING} SELECT {unnested}", chunk)


def _written(value: dt.date | dt.time | dt.timedelta) -> str:
    if isinstance(value, dt.timedelta):
        return f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"
    return str(value)


def _notes(grid: Grid, sheet: str, hidden: int) -> Iterator[str]:
    yield f"sheet {sheet}"
    if grid.title_rows:
        yield f"rows left out above the table: {grid.title_rows}"
    if not grid.headings:
        yield "no heading row"
    if hidden:
        yield f"hidden sheets left out: {hidden}"
