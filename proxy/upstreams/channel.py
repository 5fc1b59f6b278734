"""The server's end of the socket pair between the relay and one session's thread: packets in, replies out."""

import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from proxy.upstreams.types import Done, Rows
from proxy.wire import encode
from proxy.wire.capabilities import Dialect
from proxy.wire.charsets import Charset
from proxy.wire.ends import MORE_RESULTS
from proxy.wire.packets import PacketReader
from proxy.wire.rows import NULL, Framer

READ_SIZE = 1 << 16
# Bytes of a reply that are kept back for more to come, so that a small one takes one write, not three.
WRITE_SIZE = 1 << 16
# Bytes of one command, what @@max_allowed_packet says.
MAX_PACKET = 64 << 20


class Channel:
    """Blocking. ``OSError`` when the relay closed its end."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._reader = PacketReader(MAX_PACKET)

    def read(self) -> tuple[int, bytes] | None:
        """The next (sequence id, payload); None when the client is gone. Raises ``ProtocolError``."""
        while (found := self._reader.next_packet()) is None:
            data = self._socket.recv(READ_SIZE)
            if not data:
                return None
            self._reader.feed(data)
        return found

    def write(self, data: bytes | bytearray) -> None:
        """Waits while the client does not read."""
        self._socket.sendall(data)

    def close(self) -> None:
        self._socket.close()


@dataclass(slots=True)
class Replies:
    """The replies to one command: several when it holds several statements."""

    channel: Channel
    dialect: Dialect
    binary: bool = False
    framer: Framer = field(default_factory=Framer)
    _waiting: bytearray = field(default_factory=bytearray)

    def ok(self, done: Done, status: int, *, warnings: int, more: bool = False) -> None:
        self._write(
            encode.ok(
                self.framer.sequence,
                _flags(status, more),
                affected_rows=done.affected_rows,
                last_insert_id=done.last_insert_id,
                warnings=warnings,
                info=done.info,
            )
        )

    def error(self, number: int, sqlstate: str, message: str, charset: Charset) -> None:
        """Ends the replies, also in the middle of rows."""
        self._write(encode.error(self.framer.sequence, number, sqlstate, message, charset))

    def head(self, rows: Rows, status: int, charset: Charset) -> None:
        """The column definitions."""
        self._payloads(list(encode.result_set_head(rows.columns, self.dialect, charset, status)))

    def fields(self, rows: Rows, charset: Charset) -> None:
        """The reply to COM_FIELD_LIST, without its end: definitions with a default value, which is NULL."""
        self._payloads([encode.column_definition(column, self.dialect, charset) + NULL for column in rows.columns])

    def rows(self, batches: Iterable[Sequence[bytes]]) -> int:
        """Send row payloads as they come. Returns how many there were."""
        count = 0
        for batch in batches:
            count += len(batch)
            self._payloads(batch)
        return count

    def end_of_rows(self, status: int, *, warnings: int, more: bool = False) -> None:
        self._write(encode.end_of_rows(self.framer.sequence, self.dialect, _flags(status, more), warnings))

    def _payloads(self, payloads: Sequence[bytes]) -> None:
        self._waiting += self.framer.frame(payloads)
        if len(self._waiting) >= WRITE_SIZE:
            self._flush()

    def _write(self, data: bytes) -> None:
        self._waiting += data
        self._flush()
        self.framer.sequence = (self.framer.sequence + 1) & 0xFF

    def _flush(self) -> None:
        data, self._waiting = self._waiting, bytearray()
        self.channel.write(data)


def _flags(status: int, more: bool) -> int:
    return status | (MORE_RESULTS if more else 0)
