"""A result set that is encoded while it is read."""

import struct
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from proxy.upstreams.backends.errors import mysql_error
from proxy.wire.columns import ColumnDefinition
from proxy.wire.rows import Convert, encoder


class Cursor(Protocol):
    """Where a database's rows come from."""

    def chunk(self) -> Sequence[Sequence[Any]]:
        """The next rows, none at the end. Raises ``UpstreamError``."""

    def close(self) -> None:
        """Stop what still runs; harmless when all was read or it is closed already."""


class Stream:
    """``Rows`` of a cursor; ``convert`` makes each column's values cells (see ``proxy.wire.rows``)."""

    def __init__(self, columns: Sequence[ColumnDefinition], convert: Sequence[Convert | None], cursor: Cursor) -> None:
        self._columns = tuple(columns)
        self._convert = convert
        self.cursor = cursor

    @property
    def columns(self) -> tuple[ColumnDefinition, ...]:
        return self._columns

    def batches(self, *, binary: bool, codec: str) -> Iterator[Sequence[bytes]]:
        """Raises ``UpstreamError``; 1366 where a value does not fit the column's MySQL type."""
        encode = encoder(self._columns, self._convert, binary=binary, codec=codec)
        try:
            while rows := self.cursor.chunk():
                yield encode(rows)
        except (ValueError, struct.error) as error:
            raise mysql_error(1366, f"A value cannot be sent as its column's type: {error}") from error
        finally:
            self.close()

    def close(self) -> None:
        self.cursor.close()
