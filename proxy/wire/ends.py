"""The packet that ends a reply or its rows, OK or the older EOF: its status flags and number of warnings.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_response_packets.html
"""

from proxy.wire.capabilities import Dialect
from proxy.wire.packets import MAX_CHUNK, length_encoded, malformed

IN_TRANSACTION = 0x0001
AUTOCOMMIT = 0x0002
MORE_RESULTS = 0x0008
IN_READ_ONLY_TRANSACTION = 0x2000


def ends_rows(payload: bytes, dialect: Dialect) -> bool:
    """Whether this packet, where a row may stand, is the one that ends the rows (EOF, or OK in its place)."""
    return payload[:1] == b"\xfe" and len(payload) < (MAX_CHUNK if dialect.deprecate_eof else 9)


def status_numbers(payload: bytes, dialect: Dialect) -> tuple[int, int]:
    """(status flags, number of warnings) of an OK or EOF payload. Raises ``ProtocolError``."""
    status_at, warnings_at = _positions(payload, dialect)
    status = int.from_bytes(payload[status_at : status_at + 2], "little")
    return status, int.from_bytes(payload[warnings_at : warnings_at + 2], "little")


def rewrite_end(packet: bytes, dialect: Dialect, *, clear: int, warnings: int) -> bytes:
    """The last packet of a result set with status bits ``clear`` taken away and the number of warnings replaced."""
    payload = packet[4:]
    status_at, warnings_at = _positions(payload, dialect)
    out = bytearray(packet)
    status = int.from_bytes(payload[status_at : status_at + 2], "little") & ~clear
    out[4 + status_at : 6 + status_at] = status.to_bytes(2, "little")
    out[4 + warnings_at : 6 + warnings_at] = min(warnings, 0xFFFF).to_bytes(2, "little")
    return bytes(out)


def _positions(payload: bytes, dialect: Dialect) -> tuple[int, int]:
    """Where the status flags and the number of warnings stand, two bytes each."""
    if payload[0] == 0xFE and not dialect.deprecate_eof:
        status_at, warnings_at = 3, 1
    else:
        _, at = length_encoded(payload, 1)
        _, status_at = length_encoded(payload, at)
        warnings_at = status_at + 2
    if max(status_at, warnings_at) + 2 > len(payload):
        raise malformed()
    return status_at, warnings_at
