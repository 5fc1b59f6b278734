"""Follows one reply of the upstream, packet by packet, to its end; decodes it where asked to.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response.html
https://mariadb.com/kb/en/result-set-packets/
"""

from dataclasses import dataclass, field
from enum import Enum, auto

from mysql_mimic.types import Capabilities

from proxy.wire.capabilities import MARIADB_EXTENDED_METADATA
from proxy.wire.errors import ProtocolError
from proxy.wire.packets import MAX_CHUNK, ErrPacket, parse_err

IN_TRANSACTION = 0x0001
AUTOCOMMIT = 0x0002
MORE_RESULTS = 0x0008
IN_READ_ONLY_TRANSACTION = 0x2000


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
        raise _malformed()
    first = data[at]
    if first < 0xFB:
        return first, at + 1
    if first == 0xFB:
        return None, at + 1
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(first, 0)
    if not size or at + 1 + size > len(data):
        raise _malformed()
    return int.from_bytes(data[at + 1 : at + 1 + size], "little"), at + 1 + size


def length_encoded_bytes(data: bytes, at: int) -> tuple[bytes | None, int]:
    """A length-encoded string at ``at`` -> (bytes or None for NULL, position after it). Raises ``ProtocolError``."""
    size, at = length_encoded(data, at)
    if size is None:
        return None, at
    if at + size > len(data):
        raise _malformed()
    return data[at : at + size], at + size


def _malformed() -> ProtocolError:
    return ProtocolError(1835, "HY000", "Malformed communication packet from the upstream")


@dataclass(frozen=True, slots=True)
class Dialect:
    """What was negotiated that changes how replies look; the same on both legs."""

    capabilities: int
    mariadb_capabilities: int = 0

    @property
    def deprecate_eof(self) -> bool:
        return bool(self.capabilities & Capabilities.CLIENT_DEPRECATE_EOF)

    @property
    def extended_metadata(self) -> bool:
        return bool(self.mariadb_capabilities & MARIADB_EXTENDED_METADATA)

    @property
    def query_attributes(self) -> bool:
        return bool(self.capabilities & Capabilities.CLIENT_QUERY_ATTRIBUTES)


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """A column definition packet; names are in the session's result character set.

    https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_column_definition.html
    """

    schema: bytes
    table: bytes  # the original table's name
    name: bytes
    character_set: int
    type: int


@dataclass(slots=True)
class Summary:
    """What a finished reply said."""

    status: int = 0
    warnings: int = 0
    affected_rows: int = 0
    row_count: int = 0
    error: ErrPacket | None = None
    columns: list[ColumnDefinition] = field(default_factory=list)
    rows: list[tuple[bytes | None, ...]] = field(default_factory=list)


class PrepareReply:
    """The reply to COM_STMT_PREPARE: ``statement_id`` once ``done``, or ``error``.

    https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_prepare.html
    """

    def __init__(self, dialect: Dialect) -> None:
        self.statement_id = 0
        self.error: ErrPacket | None = None
        self.done = False
        self._dialect = dialect
        self._left = -1

    def feed(self, packet: bytes) -> bool:
        """One packet, header included -> whether the reply ended with it. Raises ``ProtocolError``."""
        payload = packet[4:]
        if self._left > 0:
            self._left -= 1
        elif payload[:1] == b"\xff":
            self.error, self._left = parse_err(payload), 0
        elif len(payload) >= 9 and payload[0] == 0:
            self.statement_id = int.from_bytes(payload[1:5], "little")
            counts = (int.from_bytes(payload[5:7], "little"), int.from_bytes(payload[7:9], "little"))
            self._left = sum(n + (0 if self._dialect.deprecate_eof else 1) for n in counts if n)
        else:
            raise _malformed()
        self.done = self._left == 0
        return self.done


class _State(Enum):
    FIRST = auto()
    DEFINITIONS = auto()
    EOF_AFTER_DEFINITIONS = auto()
    ROWS = auto()
    DONE = auto()


class Reply:
    """One reply: feed packets until ``done``; then ``summary`` tells what it said.

    ``decode`` > 0 keeps the column definitions and so many rows of a text result set. The last packet of a
    reply, the one to which ``feed`` returns True, is its OK, EOF or ERR.
    """

    def __init__(self, dialect: Dialect, *, decode: int = 0) -> None:
        self.summary = Summary()
        self._dialect = dialect
        self._decode = decode
        self._state = _State.FIRST
        self._definitions = 0
        self._continued = False
        self._row = b""

    @property
    def done(self) -> bool:
        return self._state is _State.DONE

    def feed(self, packet: bytes) -> bool:
        """One packet, header included -> whether the reply ended with it. Raises ``ProtocolError``."""
        payload = packet[4:]
        continued, self._continued = self._continued, len(payload) == MAX_CHUNK
        if continued or self._continued:
            self._large_row(payload)
            return False
        if self._state is _State.FIRST:
            self._first(payload)
        elif self._state is _State.DEFINITIONS:
            self._definition(payload)
        elif self._state is _State.EOF_AFTER_DEFINITIONS:
            self._state = _State.ROWS
        elif self._state is _State.ROWS:
            self._row_or_end(payload)
        else:
            raise _malformed()
        return self.done

    def _first(self, payload: bytes) -> None:
        head = payload[:1]
        if head == b"\x00":
            self._end(payload)
        elif head == b"\xff":
            self._error(payload)
        elif head in (b"", b"\xfb"):  # LOCAL INFILE: never in reply to what the gateway sends
            raise _malformed()
        else:
            self._definitions = length_encoded(payload, 0)[0] or 0
            self._state = _State.DEFINITIONS

    def _after_definitions(self) -> _State:
        return _State.ROWS if self._dialect.deprecate_eof else _State.EOF_AFTER_DEFINITIONS

    def _definition(self, payload: bytes) -> None:
        if self._decode:
            self.summary.columns.append(parse_column_definition(payload, self._dialect))
        self._definitions -= 1
        if not self._definitions:
            self._state = self._after_definitions()

    def _row_or_end(self, payload: bytes) -> None:
        if payload[:1] == b"\xff":
            self._error(payload)
        elif ends_rows(payload, self._dialect):
            self._end(payload)
        else:
            self._keep(payload)

    def _large_row(self, payload: bytes) -> None:
        """Part of a packet of 16 MiB and more; only rows are that large."""
        if self._state is not _State.ROWS:
            raise _malformed()
        if self._decode > len(self.summary.rows):
            self._row += payload
        if not self._continued:
            row, self._row = self._row, b""
            self._keep(row)

    def _keep(self, payload: bytes) -> None:
        self.summary.row_count += 1
        if len(self.summary.rows) < self._decode:
            row, at = [], 0
            for _ in self.summary.columns:
                value, at = length_encoded_bytes(payload, at)
                row.append(value)
            self.summary.rows.append(tuple(row))

    def _end(self, payload: bytes) -> None:
        self.summary.affected_rows = (length_encoded(payload, 1)[0] or 0) if payload[0] == 0 else 0
        self.summary.status, self.summary.warnings = status_numbers(payload, self._dialect)
        if self.summary.status & MORE_RESULTS:
            self._state = _State.FIRST
        else:
            self._state = _State.DONE

    def _error(self, payload: bytes) -> None:
        self.summary.error = parse_err(payload)
        self._state = _State.DONE


def status_position(payload: bytes, dialect: Dialect) -> int:
    """Where the two 16-bit numbers, status flags and warnings, stand in an OK or EOF payload."""
    if payload[0] == 0xFE and not dialect.deprecate_eof:
        at = 1
    else:
        _, at = length_encoded(payload, 1)
        _, at = length_encoded(payload, at)
    if at + 4 > len(payload):
        raise _malformed()
    return at


def ends_rows(payload: bytes, dialect: Dialect) -> bool:
    """Whether this packet, where a row may stand, is the one that ends the rows (EOF, or OK in its place)."""
    return payload[:1] == b"\xfe" and len(payload) < (MAX_CHUNK if dialect.deprecate_eof else 9)


def status_numbers(payload: bytes, dialect: Dialect) -> tuple[int, int]:
    """(status flags, number of warnings) of an OK or EOF payload. Raises ``ProtocolError``."""
    at = status_position(payload, dialect)
    first, second = (int.from_bytes(payload[i : i + 2], "little") for i in (at, at + 2))
    return (second, first) if payload[0] == 0xFE and not dialect.deprecate_eof else (first, second)  # warnings first


def rewrite_end(packet: bytes, dialect: Dialect, *, clear: int, warnings: int) -> bytes:
    """The last packet of a result set with status bits ``clear`` taken away and the number of warnings replaced."""
    payload = packet[4:]
    at = status_position(payload, dialect)
    old_eof = payload[0] == 0xFE and not dialect.deprecate_eof
    status_at, warnings_at = (at + 2, at) if old_eof else (at, at + 2)
    out = bytearray(packet)
    status = int.from_bytes(payload[status_at : status_at + 2], "little") & ~clear
    out[4 + status_at : 6 + status_at] = status.to_bytes(2, "little")
    out[4 + warnings_at : 6 + warnings_at] = min(warnings, 0xFFFF).to_bytes(2, "little")
    return bytes(out)


def parse_column_definition(payload: bytes, dialect: Dialect) -> ColumnDefinition:
    """Raises ``ProtocolError``."""
    parts, at = [], 0
    for _ in range(6):  # catalog, schema, table alias, table, column alias, column
        part, at = length_encoded_bytes(payload, at)
        parts.append(part or b"")
    if dialect.extended_metadata:
        _, at = length_encoded_bytes(payload, at)
    if at + 8 > len(payload):
        raise _malformed()
    return ColumnDefinition(
        schema=parts[1],
        table=parts[3],
        name=parts[4],
        character_set=int.from_bytes(payload[at + 1 : at + 3], "little"),
        type=payload[at + 7],
    )
