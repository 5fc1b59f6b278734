"""Rows that are in memory already."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from proxy.upstreams.metadata.rows import columns
from proxy.upstreams.table_rows import BATCH, TableRows, first_value
from proxy.upstreams.types import Done
from tests.support.rows import read_binary, read_text

TEXT = columns("A")


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, None),
        ("é", "é".encode()),
        ("\ud800", b"?"),
        (b"\x00\xff", b"\x00\xff"),
        (True, b"1"),
        (False, b"0"),
        (12, b"12"),
        (Decimal("1.50"), b"1.50"),
        (dt.date(2026, 1, 31), b"2026-01-31"),
        (dt.datetime(2026, 1, 31, 10, tzinfo=dt.UTC), b"2026-01-31 10:00:00"),
    ],
)
def test_values(value: Any, cell: bytes | None) -> None:
    assert read_text(TableRows(TEXT, [(value,)])) == [[cell]]


def test_binary_numbers() -> None:
    assert read_binary(TableRows(columns("N: bigint"), [(-5,), (None,)])) == [[-5], [None]]


def test_rows_come_in_batches() -> None:
    rows = TableRows(TEXT, [(n,) for n in range(2 * BATCH + 1)])
    assert [len(batch) for batch in rows.batches(binary=False, codec="utf-8")] == [BATCH, BATCH, 1]


@pytest.mark.parametrize(
    ("rows", "value"), [([], None), ([(None,)], None), ([("é",), ("x",)], "é"), ([("x" * 300,)], "x" * 300)]
)
def test_the_first_value(rows: list[tuple[Any, ...]], value: str | None) -> None:
    assert first_value(TableRows(TEXT, rows)) == value


def test_what_gave_no_rows_has_no_first_value() -> None:
    assert first_value(Done(3)) is None
