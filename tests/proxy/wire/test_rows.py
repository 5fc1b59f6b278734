"""Row payloads and their packets, decoded again by hand."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.wire.columns import ColumnDefinition, ColumnFlag, ColumnType
from proxy.wire.packets import MAX_CHUNK
from proxy.wire.rows import Framer, encoder, with_length
from tests.support.rows import as_value, binary_row, text_row

LENGTHS = [0, 1, 250, 251, 252, 65535, 65536, 65537, MAX_CHUNK - 5, MAX_CHUNK, MAX_CHUNK + 1]


def column(type: ColumnType, *, unsigned: bool = False, binary: bool = True) -> ColumnDefinition:
    return ColumnDefinition("c", type, 0, flags=ColumnFlag.UNSIGNED if unsigned else 0, binary=binary)


TEXT = column(ColumnType.VAR_STRING, binary=False)


def encoded(
    columns: Sequence[ColumnDefinition], rows: Sequence[Sequence[bytes | None]], *, binary: bool
) -> list[bytes]:
    return encoder(columns, binary=binary)(rows)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("binary", [False, True])
def test_lengths(length: int, binary: bool) -> None:
    rows = [[b"x" * length, b"after"], [None, b""]]
    decode = binary_row if binary else lambda payload, columns: text_row(payload, len(columns))
    assert [decode(row, [TEXT, TEXT]) for row in encoded([TEXT, TEXT], rows, binary=binary)] == rows


def test_the_length_of_a_length() -> None:
    starts = [with_length(b"x" * length)[: 1 + size] for length, size in ((250, 0), (251, 2), (65536, 3), (1 << 24, 8))]
    assert starts == [b"\xfa", b"\xfc\xfb\x00", b"\xfd\x00\x00\x01", b"\xfe\x00\x00\x00\x01\x00\x00\x00\x00"]


@pytest.mark.parametrize("count", [1, 5, 6, 7, 13, 14, 15, 70])
def test_null_bitmap(count: int) -> None:
    columns = [TEXT] * count
    rows = [
        [None if number >> at & 1 else b"v" for at in range(count)] for number in (0, 1, 0b101010, (1 << count) - 1)
    ]
    assert [binary_row(row, columns) for row in encoded(columns, rows, binary=True)] == rows
    assert [text_row(row, count) for row in encoded(columns, rows, binary=False)] == rows


@pytest.mark.parametrize(
    ("type", "bits"),
    [
        (ColumnType.TINY, 8),
        (ColumnType.SHORT, 16),
        (ColumnType.YEAR, 16),
        (ColumnType.INT24, 32),
        (ColumnType.LONG, 32),
        (ColumnType.LONGLONG, 64),
    ],
)
def test_integers(type: ColumnType, bits: int) -> None:
    signed, unsigned = column(type), column(type, unsigned=True)
    low, high, top = -(1 << bits - 1), (1 << bits - 1) - 1, (1 << bits) - 1
    rows = [[b"%d" % low, b"%d" % top], [b"%d" % high, b"0"], [None, None], [b"-1", b"7"]]
    decoded = [binary_row(row, [signed, unsigned]) for row in encoded([signed, unsigned], rows, binary=True)]
    assert decoded == [[low, top], [high, 0], [None, None], [-1, 7]]


@pytest.mark.parametrize(
    "cell", [b"0", b"-0.0", b"1.5", b"1e+300", b"2.2250738585072014e-308", b"Infinity", b"-Infinity"]
)
def test_doubles(cell: bytes) -> None:
    wanted = column(ColumnType.DOUBLE)
    (row,) = encoded([wanted], [[cell]], binary=True)
    assert binary_row(row, [wanted]) == [float(cell)]


def test_not_a_number() -> None:
    wanted = column(ColumnType.DOUBLE)
    (row,) = encoded([wanted], [[b"NaN"]], binary=True)
    (value,) = binary_row(row, [wanted])
    assert isinstance(value, float)
    assert math.isnan(value)


@pytest.mark.parametrize(
    ("type", "cell", "size"),
    [
        (ColumnType.DATE, b"2026-01-31", 4),
        (ColumnType.DATE, b"0001-01-01", 4),
        (ColumnType.DATE, b"9999-12-31", 4),
        (ColumnType.DATE, b"0000-00-00", 0),
        (ColumnType.DATETIME, b"2026-01-31 00:00:00", 4),
        (ColumnType.DATETIME, b"2026-01-31 23:59:59", 7),
        (ColumnType.TIMESTAMP, b"2026-01-31 23:59:59.5", 11),
        (ColumnType.TIMESTAMP, b"2026-01-31 00:00:00.000001", 11),
        (ColumnType.DATETIME, b"0000-00-00 00:00:00", 0),
        (ColumnType.TIME, b"00:00:00", 0),
        (ColumnType.TIME, b"12:34:56", 8),
        (ColumnType.TIME, b"-838:59:59", 8),
        (ColumnType.TIME, b"-00:00:00.5", 12),
        (ColumnType.TIME, b"24:00:00", 8),
    ],
)
def test_dates_and_times(type: ColumnType, cell: bytes, size: int) -> None:
    """In the shortest form that holds them."""
    wanted = column(type)
    (row,) = encoded([wanted], [[cell]], binary=True)
    assert row[2] == size
    assert binary_row(row, [wanted]) == [as_value(cell, wanted)]
    assert text_row(*encoded([wanted], [[cell]], binary=False), 1) == [cell]


@pytest.mark.parametrize("type", [ColumnType.LONG, ColumnType.DOUBLE, ColumnType.DATETIME, ColumnType.TIME])
def test_what_is_no_such_value_is_refused(type: ColumnType) -> None:
    with pytest.raises(ValueError):
        encoded([column(type)], [[b"nonsense"]], binary=True)


@pytest.mark.parametrize("codec", ["cp1252", "utf_16_be", "shift_jis"])
def test_character_sets(codec: str) -> None:
    """Character strings are recoded, binary ones are not; what the character set lacks becomes its question mark."""
    blob = column(ColumnType.BLOB)
    (row,) = encoder([TEXT, TEXT, blob], binary=False, codec=codec)([[b"plain", "é♥".encode(), b"\xff\x00"]])
    plain, other, bytes_ = text_row(row, 3)
    assert plain == "plain".encode(codec)
    assert other == "é♥".encode(codec, "replace")
    assert bytes_ == b"\xff\x00"


def test_values_are_converted() -> None:
    convert = [None, lambda value: None if value == 0 else b"%d" % value]
    encode = encoder([TEXT, column(ColumnType.LONG)], convert, binary=False)
    assert [text_row(row, 2) for row in encode([(b"a", 1), (None, None), (b"b", 0)])] == [
        [b"a", b"1"],
        [None, None],
        [b"b", None],
    ]


def test_no_rows() -> None:
    assert encoded([TEXT], [], binary=False) == encoded([TEXT], [], binary=True) == []


@given(st.lists(st.tuples(*[st.none() | st.binary(max_size=300)] * 3), max_size=20))
def test_any_strings(rows: list[tuple[bytes | None, ...]]) -> None:
    columns = [column(ColumnType.BLOB)] * 3
    assert [tuple(text_row(row, 3)) for row in encoded(columns, rows, binary=False)] == rows
    assert [tuple(binary_row(row, columns)) for row in encoded(columns, rows, binary=True)] == rows


def split(stream: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at < len(stream):
        size = int.from_bytes(stream[at : at + 3], "little")
        found.append((stream[at + 3], stream[at + 4 : at + 4 + size]))
        at += 4 + size
    assert at == len(stream)
    return found


def test_packets_are_numbered_from_any_number_on() -> None:
    framer = Framer(250)
    assert split(framer.frame([b"a"] * 10)) == [(number & 0xFF, b"a") for number in range(250, 260)]
    assert framer.sequence == 4
    assert split(framer.frame([b"", b"b"])) == [(4, b""), (5, b"b")]


@pytest.mark.parametrize(
    ("size", "packets"), [(MAX_CHUNK - 1, 1), (MAX_CHUNK, 2), (MAX_CHUNK + 1, 2), (2 * MAX_CHUNK, 3)]
)
def test_a_large_payload_takes_several_packets(size: int, packets: int) -> None:
    framer = Framer(255)
    found = split(framer.frame([b"x" * size, b"end"]))
    assert [number for number, _ in found] == [(255 + at) & 0xFF for at in range(packets + 1)]
    assert b"".join(payload for _, payload in found[:-1]) == b"x" * size
    assert found[-1][1] == b"end"
    assert framer.sequence == packets
