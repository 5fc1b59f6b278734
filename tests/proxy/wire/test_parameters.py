"""Bound values and query attributes, as clients send them."""

import struct

import pytest

from proxy.wire.errors import ProtocolError
from proxy.wire.parameters import Parameter, ParameterType, execute_parameters, text_position
from tests.support.raw_client import lenenc

TINY, SHORT, LONG, FLOAT, DOUBLE, NULL, TIMESTAMP, LONGLONG, INT24 = range(1, 10)
DATE, TIME, DATETIME, YEAR, VARCHAR, JSON, NEWDECIMAL, BLOB, VAR_STRING, STRING = (
    *(10, 11, 12, 13, 15, 245, 246, 252, 253, 254),
)
UNSIGNED = 0x80


def execute(*values: tuple[int, int, bytes | None], flags: int = 0, types: bool = True) -> bytes:
    """(type, flag, encoded value; None is NULL) -> a COM_STMT_EXECUTE body."""
    nulls = sum(1 << n for n, (_, _, value) in enumerate(values) if value is None)
    body = struct.pack("<IBI", 7, flags, 1)
    body += nulls.to_bytes((len(values) + 7) // 8, "little") + bytes([types])
    if types:
        body += b"".join(bytes([kind, flag]) for kind, flag, _ in values)
    return body + b"".join(value for _, _, value in values if value is not None)


def read(body: bytes, count: int, **options: object) -> list[Parameter]:
    defaults = {"attributes": False, "known": [], "long_data": {}}
    return execute_parameters(body, count, **{**defaults, **options})[0]  # type: ignore[arg-type]


CASES: list[tuple[int, int, bytes, Parameter]] = [
    (TINY, 0, b"\xff", -1),
    (TINY, UNSIGNED, b"\xff", 255),
    (SHORT, 0, b"\xff\xff", -1),
    (SHORT, UNSIGNED, b"\xff\xff", 65535),
    (YEAR, 0, struct.pack("<h", 2024), 2024),
    (YEAR, UNSIGNED, struct.pack("<H", 2155), 2155),
    (LONG, 0, b"\xff" * 4, -1),
    (LONG, UNSIGNED, b"\xff" * 4, 2**32 - 1),
    (INT24, 0, struct.pack("<i", -8388608), -8388608),
    (INT24, UNSIGNED, struct.pack("<I", 16777215), 16777215),
    (LONGLONG, 0, struct.pack("<q", -(2**63)), -(2**63)),
    (LONGLONG, UNSIGNED, b"\xff" * 8, 2**64 - 1),
    (FLOAT, 0, struct.pack("<f", 0.5), 0.5),
    (FLOAT, UNSIGNED, struct.pack("<f", 0.5), 0.5),
    (DOUBLE, 0, struct.pack("<d", -1e300), -1e300),
    *((kind, 0, lenenc(b"x\xff\0'"), b"x\xff\0'") for kind in (VARCHAR, JSON, BLOB, VAR_STRING, STRING, 249, 250, 251)),
    (NEWDECIMAL, 0, lenenc(b"-1.50"), b"-1.50"),
    (0, 0, lenenc(b"7"), b"7"),
    (VAR_STRING, 0, lenenc(b"x" * 70000), b"x" * 70000),
    (DATE, 0, b"\0", "0000-00-00"),
    (DATE, 0, b"\4" + struct.pack("<HBB", 2024, 2, 29), "2024-02-29"),
    (DATETIME, 0, b"\7" + struct.pack("<HBBBBB", 2024, 2, 29, 1, 2, 3), "2024-02-29 01:02:03"),
    (TIMESTAMP, 0, b"\x0b" + struct.pack("<HBBBBBI", 9999, 12, 31, 23, 59, 59, 1), "9999-12-31 23:59:59.000001"),
    (TIME, 0, b"\0", "00:00:00"),
    (TIME, 0, b"\x08" + struct.pack("<BIBBB", 1, 34, 22, 59, 59), "-838:59:59"),
    (TIME, 0, b"\x0c" + struct.pack("<BIBBBI", 0, 0, 1, 2, 3, 999999), "01:02:03.999999"),
    (NULL, 0, b"", None),
]


@pytest.mark.parametrize(("kind", "flag", "encoded", "expected"), CASES)
def test_every_type(kind: int, flag: int, encoded: bytes, expected: Parameter) -> None:
    assert read(execute((kind, flag, encoded)), 1) == [expected]
    assert read(execute((kind, flag, encoded), (TINY, 0, b"\5")), 2) == [expected, 5]


@pytest.mark.parametrize(("kind", "flag", "encoded", "expected"), CASES)
def test_cut_off_values(kind: int, flag: int, encoded: bytes, expected: Parameter) -> None:
    body = execute((kind, flag, encoded), (TINY, 0, b"\5"))
    for size in range(len(body) if len(body) < 100 else 40):
        with pytest.raises(ProtocolError):
            read(body[:size], 2)


@pytest.mark.parametrize("encoded", [b"\5" + bytes(5), b"\xff", b"\xfb", b"\x0a" + bytes(10), b"\xfe" + b"\xff" * 8])
@pytest.mark.parametrize("kind", [DATE, TIME, DATETIME])
def test_dates_of_no_known_length(kind: int, encoded: bytes) -> None:
    with pytest.raises(ProtocolError):
        read(execute((kind, 0, encoded)), 1)


@pytest.mark.parametrize("count", [1, 7, 8, 9, 300])
def test_nulls(count: int) -> None:
    values = [(TINY, 0, None if n % 3 == 0 else bytes([n % 100])) for n in range(count)]
    assert read(execute(*values), count) == [None if n % 3 == 0 else n % 100 for n in range(count)]


def test_types_are_kept_for_the_next_execution() -> None:
    values, types = execute_parameters(execute((TINY, UNSIGNED, b"\xff")), 1, False, [], {})
    assert (values, types) == ([255], [ParameterType(TINY, True)])
    again = execute((TINY, 0, b"\xfe"), types=False)
    assert read(again, 1, known=types) == [254]
    with pytest.raises(ProtocolError):
        read(again, 1)


def test_long_data_takes_the_place_of_a_value() -> None:
    body = execute((BLOB, 0, b""), (TINY, 0, b"\7"))
    assert read(body, 2, long_data={0: b"long"}) == [b"long", 7]


def test_no_parameters() -> None:
    assert read(struct.pack("<IBI", 7, 0, 1), 0) == []
    assert read(struct.pack("<IBI", 7, 0, 1), 0, attributes=True) == []
    for size in range(9):
        with pytest.raises(ProtocolError):
            read(struct.pack("<IBI", 7, 0, 1)[:size], 0)


def named(*values: tuple[bytes, int, bytes]) -> bytes:
    nulls = bytes((len(values) + 7) // 8)
    types = b"".join(bytes([kind, 0]) + lenenc(name) for name, kind, _ in values)
    return nulls + b"\1" + types + b"".join(value for _, _, value in values)


def test_attributes_of_an_execution_follow_its_parameters() -> None:
    parameters = named((b"", TINY, b"\5"), (b"trace", VAR_STRING, lenenc(b"abc")))
    body = struct.pack("<IBI", 7, 0x08, 1) + b"\2" + parameters
    assert read(body, 1, attributes=True) == [5]
    assert read(body, 0, attributes=True) == []
    with pytest.raises(ProtocolError):
        read(body, 3, attributes=True)
    for size in range(len(body)):
        with pytest.raises(ProtocolError):
            read(body[:size], 1, attributes=True)


# --- COM_QUERY


def test_text_without_attributes() -> None:
    assert text_position(b"SELECT 1", attributes=False) == 0
    assert text_position(b"\0\1SELECT 1", attributes=True) == 2


def test_text_behind_attributes() -> None:
    block = b"\2\1" + named((b"one", LONGLONG, bytes(8)), (b"name", VAR_STRING, lenenc(b"SELECT 'no'")))
    assert text_position(block + b"SELECT 1", attributes=True) == len(block)
    for size in range(len(block)):
        with pytest.raises(ProtocolError):
            text_position(block[:size], attributes=True)


@pytest.mark.parametrize(
    "body",
    [b"", b"\0", b"\xff\1", b"\xfe" + b"\xff" * 8 + b"\1" + bytes(100), b"\xfd\xff\xff\xff\1" + bytes(3_000_000)],
)
def test_attributes_that_cannot_be(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        text_position(body, attributes=True)
