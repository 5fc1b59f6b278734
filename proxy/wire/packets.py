"""Packets: framing, bounds-checked reading, and the OK, EOF and ERR payloads.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html
https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_response_packets.html
mysql_mimic's readers take whatever is left of a truncated field, so the reading here is our own.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from proxy.wire.errors import ProtocolError

MAX_CHUNK = 0xFFFFFF  # a payload of this size or more goes on in the next packet
# The largest packet of a log-in, in bytes: connection attributes take up to 64 KiB, tokens some more.
MAX_LOGIN_PACKET = 1 << 17
MAX_ERROR = 4096  # bytes of an error message
SERVER_SESSION_STATE_CHANGED = 0x4000


def malformed() -> ProtocolError:
    return ProtocolError(1835, "HY000", "Malformed communication packet")


def out_of_order() -> ProtocolError:
    return ProtocolError(1156, "08S01", "Got packets out of order")


def too_large() -> ProtocolError:
    return ProtocolError(1153, "08S01", "Got a packet bigger than 'max_allowed_packet' bytes")


def packet(seq: int, payload: bytes) -> bytes:
    """Frame a payload, in as many packets as it needs; ``seq`` is the first one's sequence id."""
    parts = []
    for number, start in enumerate(range(0, len(payload) + 1, MAX_CHUNK)):
        chunk = payload[start : start + MAX_CHUNK]
        parts += [len(chunk).to_bytes(3, "little"), bytes([(seq + number) & 0xFF]), chunk]
    return b"".join(parts)


class PacketReader:
    """Bytes in, ``(seq, payload)`` out; ``seq`` is that of a payload's last packet.

    With ``expected_seq`` every packet must carry the next sequence id; with None only the parts of one payload must.
    Raises ``ProtocolError``: 1153 as soon as a header announces a payload over ``max_size`` bytes, 1156 out of order.
    It is then of no further use.
    """

    def __init__(self, max_size: int = MAX_LOGIN_PACKET, expected_seq: int | None = None) -> None:
        self._max_size = max_size
        self._expected = expected_seq
        self._in_order = expected_seq is not None
        self._buffer = bytearray()
        self._payload = b""

    @property
    def buffered(self) -> int:
        """Bytes fed that belong to no finished payload."""
        return len(self._buffer) + len(self._payload)

    @property
    def missing(self) -> int:
        """How many bytes complete the header or packet under way: reading no more than these never reads past it."""
        if len(self._buffer) < 4:
            return 4 - len(self._buffer)
        return max(4 + self._length() - len(self._buffer), 0)

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        while (found := self.next_packet()) is not None:
            yield found

    def next_packet(self) -> tuple[int, bytes] | None:
        """The next whole payload, or None until more bytes are fed."""
        while len(self._buffer) >= 4:
            length, seq = self._length(), self._buffer[3]
            if len(self._payload) + length > self._max_size:
                raise too_large()
            if self._expected not in (None, seq):
                raise out_of_order()
            if len(self._buffer) < 4 + length:
                return None
            part = bytes(self._buffer[4 : 4 + length])
            del self._buffer[: 4 + length]
            more = length == MAX_CHUNK
            self._expected = (seq + 1) & 0xFF if more or self._in_order else None
            self._payload += part
            if not more:
                payload, self._payload = self._payload, b""
                return seq, payload
        return None

    def _length(self) -> int:
        return int.from_bytes(self._buffer[:3], "little")


class Frames:
    """Splits bytes into packets (header included). Bounded by what the upstream announces per packet."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()  # grows in place: a packet of 16 MiB may come in a thousand pieces

    def feed(self, data: bytes) -> list[bytes]:
        """The whole packets that ``data`` completes."""
        if self._buffer:
            self._buffer += data
            if len(self._buffer) < 4 or len(self._buffer) < 4 + int.from_bytes(self._buffer[:3], "little"):
                return []
            data, self._buffer = bytes(self._buffer), bytearray()
        frames, position, end = [], 0, len(data)
        while end - position >= 4:
            after = position + 4 + int.from_bytes(data[position : position + 3], "little")
            if after > end:
                break
            frames.append(data[position:after])
            position = after
        self._buffer += data[position:]
        return frames


def length_encoded(data: bytes, at: int) -> tuple[int | None, int]:
    """A length-encoded integer at ``at`` -> (value or None for NULL, position after it).

    Raises ``ProtocolError`` when it is cut off.
    https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_dt_integers.html
    """
    if at >= len(data):
        raise malformed()
    first = data[at]
    if first < 0xFB:
        return first, at + 1
    if first == 0xFB:
        return None, at + 1
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(first, 0)
    if not size or at + 1 + size > len(data):
        raise malformed()
    return int.from_bytes(data[at + 1 : at + 1 + size], "little"), at + 1 + size


def length_encoded_bytes(data: bytes, at: int) -> tuple[bytes | None, int]:
    """A length-encoded string at ``at`` -> (bytes or None for NULL, position after it). Raises ``ProtocolError``."""
    size, at = length_encoded(data, at)
    if size is None:
        return None, at
    if at + size > len(data):
        raise malformed()
    return data[at : at + size], at + size


class PayloadReader:
    """Reads the fields of one payload. Every method raises ``ProtocolError`` (1835) where it ends too early."""

    def __init__(self, payload: bytes, position: int = 0) -> None:
        self._payload = payload
        self.position = position

    @property
    def at_end(self) -> bool:
        return self.position >= len(self._payload)

    def take(self, size: int) -> bytes:
        end = self.position + size
        if end > len(self._payload):
            raise malformed()
        taken, self.position = self._payload[self.position : end], end
        return taken

    def uint(self, size: int) -> int:
        """An unsigned integer of ``size`` bytes."""
        return int.from_bytes(self.take(size), "little")

    def uint_len(self) -> int:
        """A length-encoded integer; NULL (0xFB) and 0xFF are malformed here."""
        value, self.position = length_encoded(self._payload, self.position)
        if value is None:
            raise malformed()
        return value

    def str_len(self) -> bytes:
        """A string after its length-encoded length."""
        return self.take(self.uint_len())

    def str_null(self) -> bytes:
        """A string up to its NUL, which is taken too."""
        end = self._payload.find(b"\0", self.position)
        if end < 0:
            raise malformed()
        taken, self.position = self._payload[self.position : end], end + 1
        return taken

    def rest(self) -> bytes:
        return self.take(len(self._payload) - self.position)


@dataclass(frozen=True, slots=True)
class OkPacket:
    affected_rows: int
    last_insert_id: int
    status: int  # SERVER_STATUS_* flags
    warnings: int


@dataclass(frozen=True, slots=True)
class EofPacket:
    warnings: int
    status: int


@dataclass(frozen=True, slots=True)
class ErrPacket:
    number: int
    sqlstate: str | None
    message: bytes


def parse_ok(payload: bytes) -> OkPacket:
    """An OK payload (0x00, or 0xFE in place of an EOF). Raises ``ProtocolError``."""
    reader = PayloadReader(payload)
    if reader.uint(1) not in (0x00, 0xFE):
        raise malformed()
    return OkPacket(reader.uint_len(), reader.uint_len(), reader.uint(2), reader.uint(2))


def parse_eof(payload: bytes) -> EofPacket:
    """An old EOF payload. Raises ``ProtocolError``."""
    reader = PayloadReader(payload)
    if reader.uint(1) != 0xFE:
        raise malformed()
    return EofPacket(reader.uint(2), reader.uint(2))


def parse_err(payload: bytes) -> ErrPacket:
    """An ERR payload, with or without SQLSTATE. Raises ``ProtocolError``."""
    reader = PayloadReader(payload)
    if reader.uint(1) != 0xFF:
        raise malformed()
    number, rest = reader.uint(2), reader.rest()
    if rest[:1] == b"#" and len(rest) >= 6:
        return ErrPacket(number, rest[1:6].decode("ascii", "replace"), rest[6:])
    return ErrPacket(number, None, rest)


def err_packet_payload(number: int, sqlstate: str | None, message: str, codec: str = "utf-8") -> bytes:
    """An ERR payload. Before the client said that it speaks protocol 4.1 there is no SQLSTATE: None."""
    state = b"" if sqlstate is None else b"#" + sqlstate.encode("ascii")
    return b"\xff" + number.to_bytes(2, "little") + state + message.encode(codec, "replace")[:MAX_ERROR]
