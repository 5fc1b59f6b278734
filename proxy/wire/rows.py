"""Rows as payloads of the text and the binary protocol, and their packets.

A cell comes as the bytes that MySQL would send as text (``b"42"``, ``b"2026-01-31 12:00:00"``; character strings in
UTF-8, binary strings as they are) or None for NULL. A batch is encoded column by column, not cell by cell: the loops
are list comprehensions without a test of the type (10 columns: two million rows a second, twice what a loop by rows
with one call per cell gives).

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_row.html
https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache, partial
from struct import Struct, calcsize, pack
from typing import Any

from proxy.wire.columns import ColumnDefinition, ColumnFlag, ColumnType
from proxy.wire.packets import MAX_CHUNK, packet

Cell = bytes | None
Encoder = Callable[[Sequence[Sequence[Any]]], list[bytes]]
Convert = Callable[[Any], Cell]  # of what a database gave and is not NULL

NULL = b"\xfb"
_LENGTHS = [bytes([length]) for length in range(251)]
_INTEGERS = {ColumnType.TINY: "b", ColumnType.SHORT: "h", ColumnType.LONG: "i", ColumnType.LONGLONG: "q"}
_INTEGERS |= {ColumnType.INT24: "i", ColumnType.YEAR: "h"}
_REALS = {ColumnType.FLOAT: "f", ColumnType.DOUBLE: "d"}
_MOMENTS = (ColumnType.DATETIME, ColumnType.TIMESTAMP)
_WITH_DAY, _WITH_TIME, _WITH_MICROS = Struct("<BHBB").pack, Struct("<BHBBBBB").pack, Struct("<BHBBBBBI").pack


def encoder(
    columns: Sequence[ColumnDefinition],
    convert: Sequence[Convert | None] | None = None,
    *,
    binary: bool,
    codec: str = "utf-8",
) -> Encoder:
    """What makes row payloads of a batch of rows; character strings are sent in ``codec`` (Python's name).

    ``convert``: per column what makes cells of the database's own values, None where they are cells already.
    """
    before = list(convert or [None] * len(columns))
    if codec not in ("utf-8", "utf8"):
        before = [
            each if column.binary else _recoded(each, codec) for each, column in zip(before, columns, strict=True)
        ]
    if not binary:
        return lambda rows: _text(_columns(rows, before))
    packers = [_packer(column) for column in columns]
    return lambda rows: _binary(_columns(rows, before), packers)


class Framer:
    """Puts payloads into packets and counts the sequence id; ``sequence`` is the next packet's."""

    def __init__(self, sequence: int = 1) -> None:
        self.sequence = sequence

    def frame(self, payloads: Sequence[bytes]) -> bytes:
        """Their packets, in one piece."""
        sequence, parts = self.sequence, []
        for payload in payloads:
            size = len(payload)
            if size < MAX_CHUNK:
                parts.append((size | (sequence & 0xFF) << 24).to_bytes(4, "little"))
                parts.append(payload)
            else:
                parts.append(packet(sequence, payload))
                sequence += size // MAX_CHUNK
            sequence += 1
        self.sequence = sequence & 0xFF
        return b"".join(parts)


def with_length(cell: bytes) -> bytes:
    """A string after its length."""
    return _prefix(len(cell)) + cell


def _prefix(size: int) -> bytes:
    if size < 251:
        return _LENGTHS[size]
    if size < 1 << 16:
        return b"\xfc" + size.to_bytes(2, "little")
    if size < 1 << 24:
        return b"\xfd" + size.to_bytes(3, "little")
    return b"\xfe" + size.to_bytes(8, "little")


def _recoded(convert: Convert | None, codec: str) -> Convert:
    ascii_stays = "a".encode(codec) == b"a"

    def change(value: Any) -> Cell:
        cell = convert(value) if convert else value
        if cell is None or (ascii_stays and cell.isascii()):
            return cell
        return cell.decode("utf-8", "replace").encode(codec, "replace")

    return change


def _columns(rows: Sequence[Sequence[Any]], convert: Sequence[Convert | None]) -> list[Sequence[Cell]]:
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for index, change in enumerate(convert):
        if change and columns:
            columns[index] = [None if value is None else change(value) for value in columns[index]]
    return columns


def _text(columns: list[Sequence[Cell]]) -> list[bytes]:
    parts: list[Sequence[bytes]] = []
    for column in columns:
        try:  # the usual column: no NULL, nothing long
            parts.append([_LENGTHS[len(cell)] for cell in column])  # type: ignore[arg-type]
            parts.append(column)  # type: ignore[arg-type]
        except (TypeError, IndexError):
            parts.append([NULL if cell is None else with_length(cell) for cell in column])
    return list(map(b"".join, zip(*parts, strict=True)))


def _binary(columns: list[Sequence[Cell]], packers: Sequence["_Packer"]) -> list[bytes]:
    parts: list[Sequence[bytes]] = [_heads(columns)]
    for packer, column in zip(packers, columns, strict=False):
        if None in column:
            full = iter(packer([cell for cell in column if cell is not None]))
            parts.append([b"" if cell is None else next(full) for cell in column])
        else:
            parts.append(packer(column))  # type: ignore[arg-type]
    return list(map(b"".join, zip(*parts, strict=True)))


def _heads(columns: list[Sequence[Cell]]) -> Sequence[bytes]:
    """The leading zero and the NULL bitmap of every row."""
    if not columns:
        return []
    size = (len(columns) + 7 + 2) // 8
    bits = [0] * len(columns[0])
    for number, column in enumerate(columns):
        if None in column:
            flag = 1 << (number + 2)
            bits = [old | flag if cell is None else old for old, cell in zip(bits, column, strict=True)]
    return [b"\0" + row.to_bytes(size, "little") for row in bits]


def cell_packer(column: ColumnDefinition) -> Callable[[bytes], bytes]:
    """What makes of a cell (not NULL) the bytes of the binary protocol. Raises ``ValueError`` where it is none."""
    many = _packer(column)
    return lambda cell: many([cell])[0]


_Packer = Callable[[Sequence[bytes]], Sequence[bytes]]  # of a column without its NULLs


def _packer(column: ColumnDefinition) -> _Packer:
    if letter := _INTEGERS.get(column.type):
        return partial(_fixed, int, letter.upper() if column.flags & ColumnFlag.UNSIGNED else letter)
    if letter := _REALS.get(column.type):
        return partial(_fixed, float, letter)
    each = {ColumnType.DATE: _date, ColumnType.TIME: _time}.get(column.type, with_length)
    if column.type in _MOMENTS:
        each = _moment
    return lambda cells: [each(cell) for cell in cells]


def _fixed(number: Callable[[bytes], float], letter: str, cells: Sequence[bytes]) -> Sequence[bytes]:
    """Numbers of one size: packed in one call, and cut again."""
    packed = pack(f"<{len(cells)}{letter}", *map(number, cells))
    size = calcsize("<" + letter)
    return [packed[at : at + size] for at in range(0, len(packed), size)]


def _moment(cell: bytes) -> bytes:
    """``YYYY-MM-DD[ hh:mm:ss[.ffffff]]``."""
    try:
        at = datetime.fromisoformat(cell.decode("ascii"))
    except ValueError:
        return _odd_moment(cell)
    if at.microsecond:
        return _WITH_MICROS(11, at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond)
    if at.hour or at.minute or at.second:
        return _WITH_TIME(7, at.year, at.month, at.day, at.hour, at.minute, at.second)
    return _WITH_DAY(4, at.year, at.month, at.day)


_date = lru_cache(1 << 12)(_moment)  # days come again and again


def _odd_moment(cell: bytes) -> bytes:
    """What Python has no datetime for: ``0000-00-00``, the 30th of February. Raises ``ValueError`` for no date."""
    day, _, time = cell.partition(b" ")
    year, month, date = (int(part) for part in day.split(b"-"))
    (hours, minutes, seconds), micros = _clock(time) if time else ((0, 0, 0), 0)
    if not (year or month or date or hours or minutes or seconds or micros):
        return b"\0"
    return _WITH_MICROS(11, year, month, date, hours, minutes, seconds, micros)


@lru_cache(1 << 12)
def _time(cell: bytes) -> bytes:
    """``[-]hhh:mm:ss[.ffffff]``."""
    (hours, minutes, seconds), micros = _clock(cell.lstrip(b"-"))
    if not (hours or minutes or seconds or micros):
        return b"\0"
    days, hours = divmod(hours, 24)
    packed = bytes((cell[:1] == b"-",)) + days.to_bytes(4, "little") + bytes((hours, minutes, seconds))
    return b"\x0c" + packed + micros.to_bytes(4, "little") if micros else b"\x08" + packed


def _clock(text: bytes) -> tuple[tuple[int, int, int], int]:
    clock, _, fraction = text.partition(b".")
    hours, minutes, seconds = map(int, clock.split(b":"))
    return (hours, minutes, seconds), int(fraction[:6].ljust(6, b"0"))
