"""The shape of a delimited file: its delimiter, lines above the table, and where it breaks its own rule.

DuckDB's sniffer would guess these too, but rather leaves out rows, or takes all for one column, than complains.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TextIO

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_RECORDS = 200
MAX_PREAMBLE_RECORDS = 20
MAX_FIELD_CHARS = 16 << 20


@dataclass(frozen=True, slots=True)
class Shape:
    """``preamble``: physical lines above the table, blank or with a single field, of which ``titles`` hold text."""

    delimiter: str
    preamble: int = 0
    titles: int = 0


def find_shape(text: TextIO, delimiter: str | None = None) -> Shape:
    """Look at the first records; ``delimiter`` where it is known."""
    best, best_score = Shape(delimiter or DELIMITERS[0]), (0.0, 1)
    for candidate in [delimiter] if delimiter else DELIMITERS:
        text.seek(0)
        try:
            records = list(islice(_records(text, candidate), SAMPLE_RECORDS))
        except csv.Error:  # one field goes on and on
            continue
        widths = Counter(len(fields) for fields, _ in records if len(fields) > 1)
        if not widths:
            continue
        [(width, count)] = widths.most_common(1)
        score = (count / len(records), width)
        if score > best_score:
            best, best_score = _shape(candidate, records), score
    return best


def find_fault(text: TextIO, shape: Shape) -> str:
    """The first line that does not fit the shape, in words; "" where all do."""
    text.seek(0)
    width = 0
    last = 0
    try:
        for fields, line in _records(text, shape.delimiter, strict=True):
            start, last = last + 1, line
            if line <= shape.preamble or not fields:
                continue
            width = width or len(fields)
            if len(fields) != width:
                return f"line {start} has {len(fields)} fields where the first has {width}"
    except csv.Error as error:
        return f"line {last + 1}: {'a quote is not closed' if 'end of data' in str(error) else error}"
    return ""


def _shape(delimiter: str, records: list[tuple[list[str], int]]) -> Shape:
    preamble = titles = 0
    for fields, line in records[:MAX_PREAMBLE_RECORDS]:
        if len(fields) > 1:
            break
        preamble, titles = line, titles + any(field.strip() for field in fields)
    return Shape(delimiter, preamble, titles)


def _records(text: TextIO, delimiter: str, *, strict: bool = False) -> Iterator[tuple[list[str], int]]:
    """Each record with the number of its last physical line."""
    before = csv.field_size_limit(MAX_FIELD_CHARS)
    try:
        reader = csv.reader(text, delimiter=delimiter, strict=strict)
        for fields in reader:
            yield fields, reader.line_num
    finally:
        csv.field_size_limit(before)
