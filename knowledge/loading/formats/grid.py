"""Rows of cells as Markdown: what stands above the table as text, then the table, its rows numbered in the mark."""

from collections.abc import Iterable, Iterator

from knowledge.loading.draft import Draft, table
from knowledge.loading.types import LoadError

_ROWS_AT_ONCE = 2_000


def add_grid(rows: Iterable[list[str]], document: Draft, place: str, budget: list[int]) -> bool:
    """Add ``rows`` (the first is row 1 of the file); ``place``: ``sheet Q1, `` or nothing. True: there was something.

    ``budget`` holds the number of cells that may still be read. The head is the first row with two filled cells.
    """
    numbered = _filled(rows, document, budget)
    head: list[str] = []
    for number, row in numbered:
        if sum(bool(entry) for entry in row) > 1:
            head = row
            break
        document.mark(f"{place}row {number}")
        document.add(next(entry for entry in row if entry))
    else:
        return not document.is_empty
    _add_table(head, number, numbered, document, place)
    return True


def _add_table(
    head: list[str], number: int, rows: Iterator[tuple[int, list[str]]], document: Draft, place: str
) -> None:
    """The table in parts of rows that follow each other, so that a row's number can be told from its line."""
    part: list[list[str]] = []
    first = previous = number
    started = False
    for current, row in rows:
        if part and (current != previous + 1 or len(part) >= _ROWS_AT_ONCE):
            _add_part(head, part, first, document, place)
            part, started = [], True
        if not part:
            first = current
        part.append(row)
        previous = current
    if part or not started:
        _add_part(head, part, first, document, place)


def _add_part(head: list[str], part: list[list[str]], first: int, document: Draft, place: str) -> None:
    last = first + max(len(part), 1) - 1
    document.mark(f"{place}rows {first}-{last}" if last > first else f"{place}row {first}")
    document.add(table([head, *part]))


def _filled(rows: Iterable[list[str]], document: Draft, budget: list[int]) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty, with their numbers, without empty cells at their end."""
    for number, row in enumerate(rows, start=1):
        while row and not row[-1]:
            row.pop()
        if not row:
            continue
        budget[0] -= len(row)
        if budget[0] < 0:
            raise LoadError(f"has more than {document.limits.cells:,} cells")
        yield number, row
