"""Rows that are in memory already, as a result set."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from proxy.upstreams.types import Done, Result
from proxy.wire.columns import ColumnDefinition
from proxy.wire.packets import length_encoded_bytes
from proxy.wire.rows import NULL, Cell, encoder

BATCH = 1000


@dataclass(frozen=True, slots=True)
class TableRows:
    """A ``types.Rows``; ``rows`` hold str, bytes, numbers, dates, times and None."""

    columns: tuple[ColumnDefinition, ...]
    rows: Sequence[tuple[Any, ...]]

    def batches(self, *, binary: bool, codec: str) -> Iterator[Sequence[bytes]]:
        encode = encoder(self.columns, [_cell] * len(self.columns), binary=binary, codec=codec)
        for start in range(0, len(self.rows), BATCH):
            yield encode(self.rows[start : start + BATCH])

    def close(self) -> None:
        """Nothing is open."""


def _cell(value: Any) -> Cell:
    if isinstance(value, bytes):
        return value
    if isinstance(value, bool):
        return b"1" if value else b"0"
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None).isoformat(" ").encode()
    return str(value).encode("utf-8", "replace")


def first_value(result: Result) -> str | None:
    """The first value of the first row as text; None for NULL and for no row."""
    if isinstance(result, Done):
        return None
    try:
        payload = next((row for batch in result.batches(binary=False, codec="utf-8") for row in batch), NULL)
    finally:
        result.close()
    value, _ = length_encoded_bytes(payload, 0)
    return None if value is None else value.decode("utf-8", "replace")
