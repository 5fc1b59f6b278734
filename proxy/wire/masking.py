"""Follows the replies to one command and changes cells on the way: packets in, packets out, sans-IO.

Nothing reaches the client before it is known what it is. The rows of a masked column are cut into cells; memory is
bounded by one row (``MAX_ROW``) and the column definitions of one result.
"""

from collections.abc import Callable, Sequence
from enum import Enum, auto
from struct import error as StructError

from proxy.wire.capabilities import Dialect
from proxy.wire.columns import ColumnDefinition, ColumnType
from proxy.wire.definitions import Definition, parse_definition
from proxy.wire.ends import MORE_RESULTS, ends_rows, rewrite_end, status_numbers
from proxy.wire.packets import MAX_CHUNK, err_packet_payload, length_encoded, malformed, parse_err
from proxy.wire.parameters import binary_cell, skip_binary_cell
from proxy.wire.rows import NULL, Framer, cell_packer, with_length

CURSOR_EXISTS = 0x0040
MAX_ROW = 64 << 20
MAX_DEFINITIONS = 8 << 20
Mask = Callable[[bytes | None], bytes | None]
Masks = Sequence[Mask | None]
# (number of the result, its columns) -> what becomes of each, or the payload of an ERR that takes the rows' place.
Choose = Callable[[int, Sequence[Definition]], Masks | bytes]
Message = Callable[[int], str | None]


class _State(Enum):
    FIRST = auto()
    DEFINITIONS = auto()
    EOF_AFTER_DEFINITIONS = auto()
    ROWS = auto()
    DONE = auto()


class MaskedReply:
    """Feed packets, header included, until ``feed`` returns True; ``take`` is what the client gets.

    ``binary``: of a prepared statement. ``results``: the codec of the session's results. ``cursor``: the masks of a
    result whose rows are fetched later; None where no cursor was opened.
    """

    def __init__(
        self, dialect: Dialect, choose: Choose, *, binary: bool = False, message: Message | None = None, results: str
    ) -> None:
        self._dialect = dialect
        self._choose = choose
        self._binary = binary
        self._message = message
        self._results = results
        self._state = _State.FIRST
        self._number = 0
        self._left = 0
        self._definitions: list[Definition] = []
        self._size = 0
        self._row: RowMask | None = None
        self._pending = bytearray()
        self._continued = False
        self._muted = False
        self._framer = Framer()
        self._out: list[bytes] = []
        self.cursor: RowMask | None = None

    def take(self) -> bytes:
        out, self._out = b"".join(self._out), []
        return out

    def feed(self, packet: bytes) -> bool:
        """Raises ``ProtocolError`` when the upstream breaks the protocol."""
        payload = packet[4:]
        continued, self._continued = self._continued, len(payload) == MAX_CHUNK
        if continued or self._continued:
            self._large(payload)
        elif self._state is _State.FIRST:
            self._first(payload)
        elif self._state is _State.DEFINITIONS:
            self._definition(payload)
        elif self._state is _State.EOF_AFTER_DEFINITIONS:
            self._after_definitions(payload)
        elif self._state is _State.ROWS:
            self._row_or_end(payload)
        else:
            raise malformed()
        return self._state is _State.DONE

    def _large(self, payload: bytes) -> None:
        """A row of 16 MiB and more comes in pieces."""
        if self._state is not _State.ROWS:
            raise malformed()
        if len(self._pending) + len(payload) > MAX_ROW:
            self._instead(err_packet_payload(1301, "HY000", "A row with masked columns is too large to be changed"))
        if self._muted:
            self._pending.clear()
            return
        self._pending += payload
        if not self._continued:
            row, self._pending = bytes(self._pending), bytearray()
            self._change(row)

    # --- one result ---------------------------------------------------------------------------------------------

    def _first(self, payload: bytes) -> None:
        head = payload[:1]
        if head == b"\x00":
            self._end(payload)
        elif head == b"\xff":
            self._error(payload)
        elif head in (b"", b"\xfb"):  # LOCAL INFILE: no such statement went up
            raise malformed()
        else:
            self._left = length_encoded(payload, 0)[0] or 0
            self._definitions, self._size = [], 0
            self._state = _State.DEFINITIONS

    def _definition(self, payload: bytes) -> None:
        self._size += len(payload)
        if self._size > MAX_DEFINITIONS:
            raise malformed()
        self._definitions.append(parse_definition(payload, self._dialect, self._results))
        self._left -= 1
        if self._left:
            return
        self._state = _State.ROWS if self._dialect.deprecate_eof else _State.EOF_AFTER_DEFINITIONS
        if self._muted:
            return
        chosen = self._choose(self._number, self._definitions)
        if isinstance(chosen, bytes):
            self._instead(chosen)
            return
        self._row = RowMask(self._definitions, chosen, binary=self._binary)
        self._send(_count(len(self._definitions)))
        for definition, mask in zip(self._definitions, chosen, strict=True):
            self._send(definition.payload if mask is None else definition.changed())

    def _after_definitions(self, payload: bytes) -> None:
        if status_numbers(payload, self._dialect)[0] & CURSOR_EXISTS:
            self._end(payload)
        else:
            self._send(self._quiet(payload))
            self._state = _State.ROWS

    def _quiet(self, payload: bytes) -> bytes:
        """The end of rows without the number of warnings, where messages are hidden: it depends on values."""
        if self._message is None or payload[:1] != b"\xfe":
            return payload
        return rewrite_end(b"\0\0\0\0" + payload, self._dialect, clear=0, warnings=0)[4:]

    def _row_or_end(self, payload: bytes) -> None:
        if payload[:1] == b"\xff":
            self._error(payload)
        elif ends_rows(payload, self._dialect):
            self._end(payload)
        else:
            self._change(payload)

    def _change(self, row: bytes) -> None:
        if not self._muted:
            assert self._row is not None
            self._send(self._row.change(row))

    def _end(self, payload: bytes) -> None:
        status, _ = status_numbers(payload, self._dialect)
        self._send(self._quiet(payload))
        if status & CURSOR_EXISTS and not self._muted:
            self.cursor = self._row  # its rows come when they are fetched
        self._number += 1
        self._state = _State.FIRST if status & MORE_RESULTS else _State.DONE

    def _error(self, payload: bytes) -> None:
        error = parse_err(payload)
        other = self._message(error.number) if self._message is not None else None
        if other is not None:
            payload = err_packet_payload(error.number, error.sqlstate or "HY000", other)
        self._send(payload)
        self._state = _State.DONE

    def _instead(self, error: bytes) -> None:
        """The client gets an error; what still comes is read to its end."""
        self._send(error)
        self._muted = True

    def _send(self, payload: bytes) -> None:
        if not self._muted:
            self._out.append(self._framer.frame([payload]))


class MaskedFetch:
    """The reply to COM_STMT_FETCH: rows of a cursor, then an EOF."""

    def __init__(self, dialect: Dialect, row: "RowMask", *, message: Message | None) -> None:
        self._inner = MaskedReply(dialect, lambda _number, _columns: (), message=message, results="utf-8")
        self._inner._row, self._inner._state = row, _State.ROWS

    def take(self) -> bytes:
        return self._inner.take()

    def feed(self, packet: bytes) -> bool:
        return self._inner.feed(packet)


class RowMask:
    """Changes the rows of one result."""

    def __init__(self, columns: Sequence[Definition], masks: Masks, *, binary: bool) -> None:
        self._masks = list(masks)
        while self._masks and self._masks[-1] is None:
            self._masks.pop()  # what follows the last masked cell is not looked at
        self._columns = list(columns[: len(self._masks)])
        self._nulls = (len(columns) + 9) // 8
        self._binary = binary
        self._packers = [
            cell_packer(_as_column(c)) if mask else None for c, mask in zip(columns, self._masks, strict=False)
        ]

    def change(self, row: bytes) -> bytes:
        """A row's payload -> what the client gets. Raises ``ProtocolError``."""
        if not self._masks:
            return row
        return self._change_binary(row) if self._binary else self._change_text(row)

    def _change_text(self, row: bytes) -> bytes:
        parts, at, kept = [], 0, 0
        for mask in self._masks:
            size, begin = length_encoded(row, at)
            after = begin + (size or 0)
            if after > len(row):
                raise malformed()
            if mask is not None:
                shown = _shown(mask, None if size is None else row[begin:after])
                parts += [row[kept:at], NULL if shown is None else with_length(shown)]
                kept = after
            at = after
        return b"".join(parts) + row[kept:]

    def _change_binary(self, row: bytes) -> bytes:
        head = bytearray(row[: 1 + self._nulls])
        if len(head) != 1 + self._nulls:
            raise malformed()
        parts, at, kept = [], len(head), len(head)
        for number, (mask, column) in enumerate(zip(self._masks, self._columns, strict=True), 2):
            byte, bit = 1 + number // 8, 1 << number % 8
            null = bool(head[byte] & bit)
            after = at if null else skip_binary_cell(row, at, column.type)
            if mask is not None:
                cell = None if null else binary_cell(row, at, column.type, unsigned=column.unsigned)
                shown = _packed(_shown(mask, cell), self._packers[number - 2])
                parts.append(row[kept:at])
                kept = after
                head[byte] = head[byte] | bit if shown is None else head[byte] & ~bit
                parts.append(shown or b"")
            at = after
        return bytes(head) + b"".join(parts) + row[kept:]


def _shown(mask: Mask, cell: bytes | None) -> bytes | None:
    """A mask that fails shows nothing."""
    try:
        return mask(cell)
    except Exception:
        return None


def _packed(cell: bytes | None, packer: Callable[[bytes], bytes] | None) -> bytes | None:
    """A value that the column's type does not hold is none."""
    if cell is None or packer is None:
        return None
    try:
        return packer(cell)
    except (ValueError, StructError):
        return None


def _as_column(column: Definition) -> ColumnDefinition:
    try:
        kind = ColumnType(column.type)
    except ValueError:
        kind = ColumnType.VAR_STRING
    return ColumnDefinition(column.name, kind, 0, flags=column.flags)


def _count(number: int) -> bytes:
    return bytes([number]) if number < 251 else b"\xfc" + number.to_bytes(2, "little")
