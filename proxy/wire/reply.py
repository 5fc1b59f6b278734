"""Follows one reply of the upstream, packet by packet, to its end; decodes it where asked to.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response.html
https://mariadb.com/kb/en/result-set-packets/
"""

from dataclasses import dataclass, field
from enum import Enum, auto

from proxy.wire.capabilities import Dialect
from proxy.wire.definitions import Column, parse_column
from proxy.wire.ends import MORE_RESULTS, ends_rows, status_numbers
from proxy.wire.packets import MAX_CHUNK, ErrPacket, length_encoded, length_encoded_bytes, malformed, parse_err


@dataclass(slots=True)
class Summary:
    """What a finished reply said."""

    status: int = 0
    warnings: int = 0
    affected_rows: int = 0
    row_count: int = 0
    error: ErrPacket | None = None
    columns: list[Column] = field(default_factory=list)
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
            raise malformed()
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
            raise malformed()
        return self.done

    def _first(self, payload: bytes) -> None:
        head = payload[:1]
        if head == b"\x00":
            self._end(payload)
        elif head == b"\xff":
            self._error(payload)
        elif head in (b"", b"\xfb"):  # LOCAL INFILE: never in reply to what the gateway sends
            raise malformed()
        else:
            self._definitions = length_encoded(payload, 0)[0] or 0
            self._state = _State.DEFINITIONS

    def _after_definitions(self) -> _State:
        return _State.ROWS if self._dialect.deprecate_eof else _State.EOF_AFTER_DEFINITIONS

    def _definition(self, payload: bytes) -> None:
        if self._decode:
            self.summary.columns.append(parse_column(payload, self._dialect))
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
            raise malformed()
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
