"""Row payloads decoded again, by the protocol's pages and not by the gateway's own code.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html
"""

import struct
from collections.abc import Sequence

from proxy.upstreams.types import Rows
from proxy.wire.columns import ColumnDefinition, ColumnFlag, ColumnType

INTEGERS = {ColumnType.TINY: "b", ColumnType.SHORT: "h", ColumnType.LONG: "i", ColumnType.LONGLONG: "q"}
INTEGERS |= {ColumnType.INT24: "i", ColumnType.YEAR: "h"}
REALS = {ColumnType.FLOAT: "f", ColumnType.DOUBLE: "d"}
Value = bytes | int | float | None


class Reader:
    def __init__(self, payload: bytes) -> None:
        self.payload, self.at = payload, 0

    def take(self, size: int) -> bytes:
        taken = self.payload[self.at : self.at + size]
        assert len(taken) == size, "the row ends too early"
        self.at += size
        return taken

    def string(self) -> bytes | None:
        first = self.take(1)[0]
        if first == 0xFB:
            return None
        assert first != 0xFF
        return self.take(
            first if first < 0xFB else int.from_bytes(self.take({0xFC: 2, 0xFD: 3, 0xFE: 8}[first]), "little")
        )

    def end(self) -> None:
        assert self.at == len(self.payload), "the row has something after its last value"


def text_row(payload: bytes, columns: int) -> list[bytes | None]:
    reader = Reader(payload)
    row = [reader.string() for _ in range(columns)]
    reader.end()
    return row


def binary_row(payload: bytes, columns: Sequence[ColumnDefinition]) -> list[Value]:
    """Dates and times as text."""
    reader = Reader(payload)
    assert reader.take(1) == b"\0"
    nulls = int.from_bytes(reader.take((len(columns) + 9) // 8), "little")
    assert nulls & 3 == 0
    row = [None if nulls >> (index + 2) & 1 else _value(reader, column) for index, column in enumerate(columns)]
    assert nulls >> (len(columns) + 2) == 0
    reader.end()
    return row


def _value(reader: Reader, column: ColumnDefinition) -> Value:
    if letter := INTEGERS.get(column.type):
        shape = "<" + (letter.upper() if column.flags & ColumnFlag.UNSIGNED else letter)
        return int(struct.unpack(shape, reader.take(struct.calcsize(shape)))[0])
    if letter := REALS.get(column.type):
        return float(struct.unpack("<" + letter, reader.take(struct.calcsize(letter)))[0])
    if column.type in (ColumnType.DATE, ColumnType.DATETIME, ColumnType.TIMESTAMP):
        size = reader.take(1)[0]
        year, month, day, hour, minute, second, micros = struct.unpack("<HBBBBBI", reader.take(size).ljust(11, b"\0"))
        date = f"{year:04}-{month:02}-{day:02}"
        clock = "" if column.type is ColumnType.DATE else f" {hour:02}:{minute:02}:{second:02}"
        return (date + clock + (f".{micros:06}" if micros else "")).encode()
    if column.type is ColumnType.TIME:
        size = reader.take(1)[0]
        assert size in (0, 8, 12)
        sign, days, hour, minute, second, micros = struct.unpack("<BIBBBI", reader.take(size).ljust(12, b"\0"))
        text = f"{'-' if sign else ''}{days * 24 + hour:02}:{minute:02}:{second:02}"
        return (text + (f".{micros:06}" if micros else "")).encode()
    value = reader.string()
    assert value is not None
    return value


def as_value(cell: bytes | None, column: ColumnDefinition) -> Value:
    """What the binary protocol should say where the text protocol says this."""
    if cell is None:
        return None
    if column.type in INTEGERS:
        return int(cell)
    if column.type in REALS:
        return (
            float(struct.unpack("<f", struct.pack("<f", float(cell)))[0])
            if column.type is ColumnType.FLOAT
            else float(cell)
        )
    if column.type in (ColumnType.DATETIME, ColumnType.TIMESTAMP, ColumnType.TIME) and b"." in cell:
        clock, fraction = cell.split(b".")
        return clock + b"." + fraction.ljust(6, b"0") if fraction.strip(b"0") else clock
    return cell


def read_text(rows: Rows, codec: str = "utf-8") -> list[list[bytes | None]]:
    """All rows by the text protocol."""
    return [
        text_row(payload, len(rows.columns)) for batch in rows.batches(binary=False, codec=codec) for payload in batch
    ]


def read_binary(rows: Rows, codec: str = "utf-8") -> list[list[Value]]:
    """All rows by the binary protocol."""
    return [binary_row(payload, rows.columns) for batch in rows.batches(binary=True, codec=codec) for payload in batch]
