"""The server's end of the socket pair between the relay and one session's thread: packets in, replies out."""

import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mysql_mimic.types import uint_len

from proxy.upstreams.types import Done, Rows
from proxy.wire import encode
from proxy.wire.charsets import Charset
from proxy.wire.packets import PacketReader
from proxy.wire.reply import MORE_RESULTS, Dialect

READ_SIZE = 1 << 16
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

    def write(self, data: bytes) -> None:
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
    sequence: int = 1

    def ok(self, done: Done, status: int, *, warnings: int, more: bool = False) -> None:
        self._write(
            encode.ok(
                self.sequence,
                _flags(status, more),
                affected_rows=done.affected_rows,
                last_insert_id=done.last_insert_id,
                warnings=warnings,
                info=done.info,
            )
        )

    def error(self, number: int, sqlstate: str, message: str, charset: Charset) -> None:
        """Ends the replies, also in the middle of rows."""
        self._write(encode.error(self.sequence, number, sqlstate, message, charset))

    def head(self, rows: Rows, status: int, charset: Charset) -> None:
        """The column definitions."""
        definitions = [encode.column_definition(column, self.dialect, charset) for column in rows.columns]
        eof = [] if self.dialect.deprecate_eof else [b"\xfe\0\0" + status.to_bytes(2, "little")]
        self._payloads([uint_len(len(definitions)), *definitions, *eof])

    def rows(self, batches: Iterable[Sequence[bytes]]) -> int:
        """Send row payloads as they come. Returns how many there were."""
        count = 0
        for batch in batches:
            count += len(batch)
            self._payloads(batch)
        return count

    def end_of_rows(self, status: int, *, warnings: int, more: bool = False) -> None:
        self._write(encode.end_of_rows(self.sequence, self.dialect, _flags(status, more), warnings))

    def _payloads(self, payloads: Sequence[bytes]) -> None:
        for piece, after in encode.framed(payloads, self.sequence):
            self.channel.write(piece)
            self.sequence = after

    def _write(self, data: bytes) -> None:
        self.channel.write(data)
        self.sequence += 1


def _flags(status: int, more: bool) -> int:
    return status | (MORE_RESULTS if more else 0)
