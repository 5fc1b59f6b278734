"""The client's byte stream, split where its commands begin.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html
A command is a packet with sequence id 0. Whatever else a client sends while the upstream works (the file of LOCAL
INFILE, the later parts of a command of 16 MiB and more) carries other sequence ids, and is no command even where the
id wraps from 255 to 0.
"""

from dataclasses import dataclass
from enum import IntEnum
from struct import Struct

from proxy.wire.packets import MAX_CHUNK, malformed, out_of_order, too_large

# The header of a whole packet with sequence id 0 read as one number is the length of its payload.
HEADER = Struct("<I").unpack_from
# A longer command is never askwire's: it is relayed as it arrives, without waiting for its end.
MAX_WATCHED = 1 << 20
# Where every command is watched, such as one with the values of a prepared statement.
MAX_EVERY = 16 * MAX_WATCHED - 2
# Of a command that passes its beginning is seen at once: its number, and that of a prepared statement.
TOLD = 5


class Com(IntEnum):
    """Command bytes that the gateway knows: the relay those of ``WATCHED``, its own server all of them."""

    QUIT = 0x01
    INIT_DB = 0x02
    QUERY = 0x03
    FIELD_LIST = 0x04
    STATISTICS = 0x09
    PROCESS_KILL = 0x0C
    PING = 0x0E
    CHANGE_USER = 0x11
    STMT_PREPARE = 0x16
    STMT_EXECUTE = 0x17
    STMT_SEND_LONG_DATA = 0x18
    STMT_CLOSE = 0x19
    STMT_RESET = 0x1A
    SET_OPTION = 0x1B
    STMT_FETCH = 0x1C
    RESET_CONNECTION = 0x1F
    STMT_BULK_EXECUTE = 0xFA


WATCHED = frozenset({Com.QUIT, Com.INIT_DB, Com.QUERY, Com.CHANGE_USER, Com.STMT_PREPARE, Com.RESET_CONNECTION})
WATCHED_STATEMENTS = WATCHED | {
    Com.STMT_EXECUTE,
    Com.STMT_SEND_LONG_DATA,
    Com.STMT_CLOSE,
    Com.STMT_RESET,
    Com.STMT_FETCH,
}
NO_REPLY = frozenset({Com.QUIT, Com.STMT_SEND_LONG_DATA, Com.STMT_CLOSE})


@dataclass(frozen=True, slots=True)
class Command:
    """One whole command packet, header included."""

    raw: bytes

    @property
    def code(self) -> int:
        return self.raw[4]

    @property
    def body(self) -> bytes:
        """What follows the command byte."""
        return self.raw[5:]


class Beginning(bytes):
    """A piece to relay as it is that begins a command: its header, its number, what it says first, if not all of it."""

    __slots__ = ()


class CommandReader:
    """Feed bytes; get back pieces to relay as they are (``bytes``) and watched commands (``Command``), in order."""

    __slots__ = ("_begins", "_buffer", "_continues", "_sequence", "_skip", "every")

    def __init__(self) -> None:
        self.every = False  # every command is watched; one that is too long to be is an error
        self._buffer = b""
        self._skip = 0  # bytes left of a packet that passes
        self._begins = False  # the piece that comes next begins a command
        self._sequence = 0
        self._continues = False  # the last packet belongs to something that goes on with sequence id + 1

    @property
    def at_boundary(self) -> bool:
        """The next byte begins a command."""
        return not (self._skip or self._buffer or self._continues)

    def feed(self, data: bytes) -> list[bytes | Command]:
        """Raises ``ProtocolError`` on a log-in packet that is too large to check."""
        if self._buffer:
            data, self._buffer = self._buffer + data, b""
        out: list[bytes | Command] = []
        position, end = 0, len(data)
        while position < end:
            if not self._skip:
                taken = self._packet(data, position)
                if taken < 0:
                    self._buffer = data[position:]
                    break
                if taken:
                    out.append(Command(data[position : position + taken]))
                    position += taken
                    continue
            size = min(self._skip, end - position)
            piece = data if size == end else data[position : position + size]
            out.append(Beginning(piece) if self._begins else piece)
            self._begins = False
            self._skip -= size
            position += size
        return out

    def _any(self, length: int, sequence: int, available: int) -> int:
        """As ``_packet``, where nothing passes."""
        if sequence:
            raise out_of_order()
        if length > MAX_EVERY:
            raise too_large()
        if length == 0:
            raise malformed()
        return 4 + length if available >= 4 + length else -1

    def _packet(self, data: bytes, at: int) -> int:
        """Look at the packet that begins at ``at``.

        Returns the size of a whole watched command, 0 after setting ``_skip`` and ``_begins`` for a packet that passes,
        -1 when more bytes are needed to tell.
        """
        available = len(data) - at
        if available < 4:
            return -1
        length = int.from_bytes(data[at : at + 3], "little")
        sequence = data[at + 3]
        if self.every:
            return self._any(length, sequence, available)
        if sequence or (self._continues and self._sequence == 255):
            self._continues, self._sequence, self._skip = length > 0, sequence, 4 + length
            return 0
        if available < 4 + min(length, TOLD):
            return -1
        code = data[at + 4] if length else None
        if code in WATCHED_STATEMENTS and length <= MAX_WATCHED:
            if available < 4 + length:
                return -1
            self._continues, self._sequence = False, 0
            return 4 + length
        if code == Com.CHANGE_USER:
            raise too_large()
        self._continues, self._sequence, self._skip = length == MAX_CHUNK, 0, 4 + length
        self._begins = length > 0
        return 0
