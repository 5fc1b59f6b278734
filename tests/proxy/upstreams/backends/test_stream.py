"""A result set that is encoded while it is read."""

from collections.abc import Sequence
from typing import Any

import pytest

from plugins import UpstreamError
from proxy.upstreams.backends.stream import Stream
from proxy.upstreams.mysql_types import mysql_type
from tests.support.rows import read_binary, read_text


class Chunks:
    """A cursor over rows that are there already."""

    def __init__(self, *chunks: Sequence[Sequence[Any]] | Exception) -> None:
        self.left = list(chunks)
        self.closed = 0

    def chunk(self) -> Sequence[Sequence[Any]]:
        found = self.left.pop(0) if self.left else []
        if isinstance(found, Exception):
            raise found
        return found

    def close(self) -> None:
        self.closed += 1


def stream(*chunks: Sequence[Sequence[Any]] | Exception) -> tuple[Stream, Chunks]:
    cursor = Chunks(*chunks)
    return Stream([mysql_type("integer").column("n")], [None], cursor), cursor


def test_rows_and_the_end() -> None:
    rows, cursor = stream([[b"1"], [None]], [[b"3"]])
    assert rows.columns[0].name == "n"
    assert read_text(rows) == [[b"1"], [None], [b"3"]]
    assert cursor.closed == 1


def test_binary_rows() -> None:
    rows, _ = stream([[b"-7"]])
    assert read_binary(rows) == [[-7]]


def test_no_more_is_read_than_is_asked_for() -> None:
    rows, cursor = stream([[b"1"]], [[b"2"]])
    batches = rows.batches(binary=False, codec="utf-8")
    next(iter(batches))
    assert len(cursor.left) == 1


@pytest.mark.parametrize("cell", [b"x", b"99999999999"])
def test_a_value_that_does_not_fit_its_column(cell: bytes) -> None:
    rows, cursor = stream([[cell]])
    with pytest.raises(UpstreamError) as caught:
        read_binary(rows)
    assert caught.value.number == 1366
    assert cursor.closed == 1


def test_an_error_of_the_database_passes_and_the_cursor_is_closed() -> None:
    rows, cursor = stream([[b"1"]], UpstreamError(1317, "70100", "stopped"))
    with pytest.raises(UpstreamError, match="stopped"):
        read_text(rows)
    assert cursor.closed == 1
