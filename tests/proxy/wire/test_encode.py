"""The gateway's own answers, decoded again by PyMySQL's protocol classes and by hand."""

import struct
from collections.abc import Iterable, Iterator, Sequence

import pytest
from pymysql.protocol import FieldDescriptorPacket, MysqlPacket, OKPacketWrapper

from proxy.wire import encode
from proxy.wire.capabilities import Dialect
from proxy.wire.charsets import UTF8MB4, Charset, charset
from proxy.wire.encode import Kind, Value
from proxy.wire.packets import MAX_CHUNK
from tests.proxy.wire.replies import DIALECTS
from tests.support.raw_client import read_lenenc

COLUMNS = [("text", Kind.TEXT), ("number", Kind.INTEGER), ("x", Kind.REAL)]


@pytest.fixture(params=DIALECTS.values(), ids=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return request.param


def payloads(stream: bytes, first: int = 1) -> list[bytes]:
    """Joined from packets whose sequence ids must follow each other."""
    found, at, sequence, payload = [], 0, first, b""
    while at < len(stream):
        size = int.from_bytes(stream[at : at + 3], "little")
        assert stream[at + 3] == sequence & 0xFF
        payload += stream[at + 4 : at + 4 + size]
        at, sequence = at + 4 + size, sequence + 1
        if size < MAX_CHUNK:
            found.append(payload)
            payload = b""
    assert payload == b""
    assert at == len(stream)
    return found


def encoded(
    rows: Iterable[Sequence[Value]],
    dialect: Dialect,
    *,
    columns: Sequence[tuple[str, Kind]] = COLUMNS,
    binary: bool = False,
    results: Charset = UTF8MB4,
    warnings: int = 0,
) -> tuple[list[bytes], list[bytes]]:
    """(definitions, rows)"""
    stream = b"".join(
        encode.result_set(columns, rows, dialect=dialect, charset=results, binary=binary, status=2, warnings=warnings)
    )
    found = payloads(stream)
    assert found[0] == bytes([len(columns)])
    assert_end(found[-1], dialect, warnings)
    middle = 1 + len(columns)
    if not dialect.deprecate_eof:
        assert found[middle][:1] == b"\xfe"
        return found[1:middle], found[middle + 1 : -1]
    return found[1:middle], found[middle:-1]


def assert_end(payload: bytes, dialect: Dialect, warnings: int) -> None:
    shape = "<BBBHH" if dialect.deprecate_eof else "<BHH"
    numbers = (0xFE, 0, 0, 2, warnings) if dialect.deprecate_eof else (0xFE, warnings, 2)
    assert payload == struct.pack(shape, *numbers)


def text_values(row: bytes) -> list[bytes | None]:
    values: list[bytes | None] = []
    at = 0
    while at < len(row):
        if row[at] == 0xFB:
            values.append(None)
            at += 1
            continue
        size, at = read_lenenc(row, at)
        values.append(row[at : at + size])
        at += size
    return values


def binary_values(row: bytes, kinds: Sequence[Kind]) -> list[object]:
    assert row[0] == 0
    size = (len(kinds) + 9) // 8
    nulls, at, values = int.from_bytes(row[1 : 1 + size], "little") >> 2, 1 + size, []
    for index, kind in enumerate(kinds):
        if nulls >> index & 1:
            values.append(None)
        elif kind is Kind.TEXT:
            length, at = read_lenenc(row, at)
            values.append(row[at : at + length])
            at += length
        else:
            values.append(struct.unpack_from("<q" if kind is Kind.INTEGER else "<d", row, at)[0])
            at += 8
    assert at == len(row)
    return values


ROWS: list[Sequence[Value]] = [
    ("ä", 1, 0.5),
    (None, None, None),
    ("", -(2**63), -1e300),
    (b"\xff\0", 2**63 - 1, 1e-300),
]


def test_text_rows(dialect: Dialect) -> None:
    _, rows = encoded(ROWS, dialect, warnings=3)
    assert [text_values(row) for row in rows[:2]] == [["ä".encode(), b"1", b"0.5"], [None, None, None]]
    assert [float(value or 0) for row in rows[2:] for value in text_values(row)[2:]] == [-1e300, 1e-300]
    assert [int(value or 0) for row in rows[2:] for value in text_values(row)[1:2]] == [-(2**63), 2**63 - 1]


def test_binary_rows(dialect: Dialect) -> None:
    _, rows = encoded(ROWS, dialect, binary=True)
    kinds = [kind for _, kind in COLUMNS]
    expected = [["ä".encode(), *ROWS[0][1:]], *map(list, ROWS[1:])]
    expected[2][0] = b""
    assert [binary_values(row, kinds) for row in rows] == expected


@pytest.mark.parametrize("columns", [1, 5, 6, 7, 13, 14, 15, 200])
def test_binary_nulls(columns: int) -> None:
    row = [None if n % 2 else n for n in range(columns)]
    heads = [(f"c{n}", Kind.INTEGER) for n in range(columns)]
    _, rows = encoded([row], DIALECTS["mariadb"], columns=heads, binary=True)
    assert binary_values(rows[0], [Kind.INTEGER] * columns) == row


def test_column_definitions(dialect: Dialect) -> None:
    definitions, _ = encoded([], dialect)
    if dialect.extended_metadata:  # which PyMySQL does not know: an empty string before the fixed part
        assert all(payload.count(b"\0\0\x0c") == 1 for payload in definitions)
        definitions = [payload.replace(b"\0\0\x0c", b"\0\x0c") for payload in definitions]
    fields = [FieldDescriptorPacket(payload, "utf-8") for payload in definitions]
    assert [(f.name, f.type_code, f.charsetnr, f.length, f.scale) for f in fields] == [
        ("text", 253, 45, 65535, 0),
        ("number", 8, 63, 21, 0),
        ("x", 5, 63, 23, 31),
    ]


@pytest.mark.parametrize(
    "size", [0, 250, 251, 252, 65535, 65536, MAX_CHUNK - 5, MAX_CHUNK - 4, MAX_CHUNK, 1 << 24, 2 * MAX_CHUNK]
)
@pytest.mark.parametrize("binary", [False, True])
def test_lengths(size: int, binary: bool) -> None:
    value = b"x" * size
    head = [("v", Kind.TEXT)]
    _, rows = encoded([(value,), (b"next",)], DIALECTS["mariadb"], columns=head, binary=binary)
    got = [binary_values(row, [Kind.TEXT]) if binary else text_values(row) for row in rows]
    assert got == [[value], [b"next"]]


def test_many_rows_come_in_pieces(dialect: Dialect) -> None:
    asked = 0

    def rows() -> Iterator[tuple[int]]:
        nonlocal asked
        for number in range(100_000):
            asked = number
            yield (number,)

    pieces = iter(
        encode.result_set(
            [("n", Kind.INTEGER)], rows(), dialect=dialect, charset=UTF8MB4, binary=False, status=2, warnings=0
        )
    )
    first = next(pieces)
    assert 1 << 16 <= len(first) < 1 << 17
    assert asked < 10_000  # no more rows were made than were asked for
    found = payloads(first + b"".join(pieces))
    assert [text_values(row) for row in found[-3:-1]] == [[b"99998"], [b"99999"]]


@pytest.mark.parametrize("name", ["latin1", "gbk", "utf16", "utf8mb4"])
def test_character_sets(name: str) -> None:
    results = charset(name)
    definitions, rows = encoded([("Größe 价",)], DIALECTS["classic"], results=results, columns=[("Spalte", Kind.TEXT)])
    expected = "Größe 价".encode(results.codec, "replace")
    assert text_values(rows[0])[0] == expected
    assert "Spalte".encode(results.codec) in definitions[0]
    assert struct.pack("<H", results.collation) in definitions[0]


def test_ok_says_the_length_of_its_info() -> None:
    assert encode.ok(1, 2, affected_rows=1, info="Rows matched: 1")[4:] == b"\0\1\0\2\0\0\0\x0fRows matched: 1"


def test_ok_and_error() -> None:
    packet = OKPacketWrapper(MysqlPacket(encode.ok(1, 3, affected_rows=70000, warnings=70000)[4:], "utf-8"))
    assert (packet.affected_rows, packet.server_status, packet.warning_count) == (70000, 3, 0xFFFF)
    assert (
        encode.error(1, 57001, "45000", "Größe")[4:]
        == b"\xff" + struct.pack("<H", 57001) + b"#45000" + "Größe".encode()
    )
    assert encode.error(0, 1040, None, "full")[3:] == b"\0\xff" + struct.pack("<H", 1040) + b"full"
    assert encode.error(1, 57001, "45000", "Größe", charset("latin1"))[13:] == b"Gr\xf6\xdfe"


@pytest.mark.parametrize("parameters", [0, 1, 300])
def test_prepare_ok(dialect: Dialect, parameters: int) -> None:
    found = payloads(encode.prepare_ok(0x40000000, parameters, dialect, 2))
    assert found[0] == struct.pack("<BIHHBH", 0, 0x40000000, 0, parameters, 0, 0)
    assert len(found) == 1 + parameters + (1 if parameters and not dialect.deprecate_eof else 0)
