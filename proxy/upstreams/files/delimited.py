"""CSV and TSV: the types by DuckDB's sniffer over the whole file, and numbers as people write them."""

import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, cast

import duckdb

from proxy.upstreams.files.csv_shape import Shape, find_fault, find_shape
from proxy.upstreams.files.raw import Column, RawTable
from proxy.upstreams.files.sources import Source
from proxy.upstreams.quoting import literal, quoted

STAGING = "delimited_staging"
# A column of plain decimal fractions is exact as long as it fits 64 bits; others are floating point.
MAX_DIGITS = 18
MAX_SCALE = 6
FRACTION = r"[+-]?\d*\.?\d+"


@dataclass(frozen=True, slots=True)
class Layout:
    """What the sniffer found. ``columns``: (heading, DuckDB's type)."""

    shape: Shape
    header: bool
    columns: tuple[tuple[str, str], ...]
    date_format: str | None
    timestamp_format: str | None
    decimal_comma: bool

    @property
    def texts(self) -> int:
        """Columns of text."""
        return sum(kind == "VARCHAR" for _, kind in self.columns)


def read_delimited(connection: duckdb.DuckDBPyConnection, source: Source, staged: Path) -> RawTable:
    """Load ``staged``, which is ``source`` in UTF-8, into a staging table.

    Raises ``FilesError``, ``duckdb.Error``, ``OSError``.
    """
    with _open(staged) as text:
        if not text.read(1):
            raise source.fault("is empty")
        shape = find_shape(text, "\t" if source.format == "tsv" else None)
        try:
            layout = _sniff(connection, staged, shape)
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {STAGING} AS FROM {_reader(layout, staged)}")
        except duckdb.Error as error:
            if fault := find_fault(text, shape):
                raise source.fault(fault) from error
            raise
    fractions = [heading for heading, kind in layout.columns if kind == "DOUBLE"]
    numbers = _numbers(connection, fractions, "," if layout.decimal_comma else ".")
    columns = tuple(
        # "column2" is what the sniffer calls an empty heading, counting from 0.
        Column(heading if layout.header and heading != f"column{index}" else "", numbers.get(heading, quoted(heading)))
        for index, (heading, _) in enumerate(layout.columns)
    )
    return RawTable(source.stem, f"temp.{STAGING}", columns, tuple(_notes(layout)))


@contextmanager
def _open(staged: Path) -> Iterator[TextIO]:
    opener = gzip.open if staged.suffix == ".gz" else open
    with cast(TextIO, opener(staged, "rt", encoding="utf-8-sig", newline="")) as text:
        yield text


def _sniff(connection: duckdb.DuckDBPyConnection, staged: Path, shape: Shape) -> Layout:
    layout = _sniffed(connection, staged, shape, decimal_comma=False)
    if shape.delimiter != "," and layout.texts:
        with_comma = _sniffed(connection, staged, shape, decimal_comma=True)
        if with_comma.texts < layout.texts:
            return with_comma
    return layout


def _sniffed(connection: duckdb.DuckDBPyConnection, staged: Path, shape: Shape, *, decimal_comma: bool) -> Layout:
    comma = ", decimal_separator=','" if decimal_comma else ""
    sql = f"""
        SELECT HasHeader, Columns, DateFormat, TimestampFormat
        FROM sniff_csv({literal(str(staged))}, sample_size=-1, {_options(shape)}{comma})
    """
    found: Any = connection.execute(sql).fetchone()
    header, columns, date_format, timestamp_format = found
    typed = tuple((column["name"], column["type"]) for column in columns)
    return Layout(shape, header, typed, date_format, timestamp_format, decimal_comma)


def _options(shape: Shape) -> str:
    """RFC 4180, strictly: what does not fit is an error, never left out or padded."""
    return (
        f"delim={literal(shape.delimiter)}, skip={shape.preamble}, quote='\"', escape='\"', comment='', "
        "strict_mode=true, null_padding=false"
    )


def _reader(layout: Layout, staged: Path) -> str:
    """``read_csv`` with all of it said; fractions come as text, so that none is rounded."""
    kinds = {heading: "VARCHAR" if kind == "DOUBLE" else kind for heading, kind in layout.columns}
    columns = ", ".join(f"{literal(heading)}: {literal(kind)}" for heading, kind in kinds.items())
    formats = "".join(
        f", {name}={literal(value)}"
        for name, value in (("dateformat", layout.date_format), ("timestampformat", layout.timestamp_format))
        if value
    )
    return (
        f"read_csv({literal(str(staged))}, auto_detect=false, {_options(layout.shape)}, header={layout.header}, "
        f"columns={{{columns}}}{formats})"
    )


def _numbers(connection: duckdb.DuckDBPyConnection, headings: Sequence[str], mark: str) -> dict[str, str]:
    """An expression for each column of fractions: DECIMAL where all of them are plain and short, else DOUBLE."""
    if not headings:
        return {}
    point = {heading: f"trim(replace({quoted(heading)}, {literal(mark)}, '.'))" for heading in headings}
    measures = ", ".join(
        f"""bool_and(regexp_full_match({text}, {literal(FRACTION)})),
            max(length(regexp_extract({text}, '^[+-]?0*(\\d*)', 1))),
            max(length(regexp_extract({text}, '\\.(\\d*)', 1)))"""
        for text in point.values()
    )
    found: Any = connection.execute(f"SELECT {measures} FROM temp.{STAGING}").fetchone()
    expressions = {}
    for number, (heading, text) in enumerate(point.items()):
        plain, whole, scale = found[3 * number : 3 * number + 3]
        exact = plain and scale <= MAX_SCALE and whole + scale <= MAX_DIGITS
        expressions[heading] = f"CAST({text} AS {f'DECIMAL({MAX_DIGITS}, {scale})' if exact else 'DOUBLE'})"
    return expressions


def _notes(layout: Layout) -> list[str]:
    notes = []
    if layout.shape.titles:
        notes.append(f"lines left out above the table: {layout.shape.titles}")
    if not layout.header:
        notes.append("no heading line")
    if layout.decimal_comma:
        notes.append("numbers with a decimal comma")
    if layout.date_format not in (None, "%Y-%m-%d") and any(kind == "DATE" for _, kind in layout.columns):
        notes.append(f"dates read as {layout.date_format}")
    return notes
