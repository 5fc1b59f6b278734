"""An upstream's replies, built by hand for tests of what reads them."""

import struct
from collections.abc import Sequence

from proxy.wire.capabilities import Dialect
from tests.proxy.wire.peers import frame
from tests.support.raw_client import DEPRECATE_EOF, lenenc

EXTENDED = 1 << 3
DIALECTS = {
    "classic": Dialect(0),
    "deprecate_eof": Dialect(DEPRECATE_EOF),
    "mariadb": Dialect(DEPRECATE_EOF, EXTENDED),
    "extended_classic": Dialect(0, EXTENDED),
}
Row = Sequence[bytes | None]


def ok(status: int = 2, *, affected: int = 0, inserted: int = 0, warnings: int = 0, head: bytes = b"\0") -> bytes:
    return head + integer(affected) + integer(inserted) + struct.pack("<HH", status, warnings)


def integer(value: int) -> bytes:
    """A length-encoded integer, written apart from the code under test."""
    if value < 251:
        return bytes([value])
    for head, size in ((0xFC, 2), (0xFD, 3), (0xFE, 8)):
        if value < 1 << 8 * size:
            return bytes([head]) + value.to_bytes(size, "little")
    raise ValueError(value)


def end(dialect: Dialect, status: int = 2, warnings: int = 0) -> bytes:
    if dialect.deprecate_eof:
        return ok(status, warnings=warnings, head=b"\xfe")
    return b"\xfe" + struct.pack("<HH", warnings, status)


def err(number: int = 1064, message: bytes = b"wrong") -> bytes:
    return b"\xff" + struct.pack("<H", number) + b"#42000" + message


def definition(dialect: Dialect, name: bytes, kind: int = 0xFD, charset: int = 45) -> bytes:
    names = b"".join(map(lenenc, (b"def", b"shop", b"o", b"orders", name, b"original")))
    extended = lenenc(b"\0\4uuid") if dialect.extended_metadata else b""
    return names + extended + b"\x0c" + struct.pack("<HIBHB", charset, 1020, kind, 0, 0) + b"\0\0"


def row(values: Row) -> bytes:
    return b"".join(b"\xfb" if value is None else lenenc(value) for value in values)


def result(
    dialect: Dialect, columns: Sequence[bytes], rows: Sequence[Row], last: bytes | None = None, *, status: int = 2
) -> list[bytes]:
    """The payloads of a text result set; ``last`` in place of its end."""
    head = [integer(len(columns)), *(definition(dialect, name) for name in columns)]
    middle = [] if dialect.deprecate_eof else [end(dialect, status)]
    return [*head, *middle, *map(row, rows), end(dialect, status) if last is None else last]


def packets(payloads: Sequence[bytes], first: int = 1) -> list[bytes]:
    return [frame((first + n) & 0xFF, payload) for n, payload in enumerate(payloads)]
