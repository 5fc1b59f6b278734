"""CSV and TSV: the separator is found out; the first row is the head."""

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from knowledge.loading.draft import Draft, one_line
from knowledge.loading.encodings import decode
from knowledge.loading.formats.grid import add_grid
from knowledge.loading.types import LoadError

_SEPARATORS = ",;\t|"
_SAMPLE = 64_000


def read(file: BinaryIO, document: Draft) -> None:
    text = decode(file.read())
    csv.field_size_limit(document.limits.text_chars)
    try:
        add_grid(_rows(text), document, "", [document.limits.cells])
    except csv.Error as error:
        raise LoadError(f"is broken: {one_line(str(error))}") from None


def _rows(text: str) -> Iterator[list[str]]:
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator(text[:_SAMPLE])):
        yield [entry.strip() for entry in row]


def separator(sample: str) -> str:
    """The one that parts the first rows into most columns, all rows into as many."""
    return max(_SEPARATORS, key=lambda each: _evidence(sample, each))


def _evidence(sample: str, candidate: str) -> tuple[float, int]:
    try:
        # The last row may be cut by the end of the sample.
        rows = [len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=candidate) if row][:50]
    except csv.Error:
        return 0.0, 0
    rows = rows[:-1] or rows
    usual = max(set(rows), key=rows.count, default=0)
    return (rows.count(usual) / len(rows) if usual > 1 else 0.0), usual
