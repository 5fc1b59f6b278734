"""A small client of the MySQL protocol, with chosen capability flags and no opinion on what it sends.

It reads replies only as far as needed to know where they end. Pages of the protocol: "Connection Phase", "Command
Phase" at dev.mysql.com/doc/dev/mysql-server and "Clients & Utilities / Connector protocol" at mariadb.com/kb.
"""

import hashlib
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

LONG_PASSWORD, FOUND_ROWS, LONG_FLAG, CONNECT_WITH_DB = 1 << 0, 1 << 1, 1 << 2, 1 << 3
LOCAL_FILES, IGNORE_SPACE, PROTOCOL_41, INTERACTIVE = 1 << 7, 1 << 8, 1 << 9, 1 << 10
TRANSACTIONS, SECURE_CONNECTION, MULTI_STATEMENTS, MULTI_RESULTS = 1 << 13, 1 << 15, 1 << 16, 1 << 17
PS_MULTI_RESULTS, PLUGIN_AUTH, CONNECT_ATTRS = 1 << 18, 1 << 19, 1 << 20
SESSION_TRACK, DEPRECATE_EOF = 1 << 23, 1 << 24
MARIADB_PROGRESS, MARIADB_BULK, MARIADB_METADATA, MARIADB_CACHE_METADATA = 1 << 32, 1 << 34, 1 << 35, 1 << 36

BASIC = (
    *(LONG_FLAG, LOCAL_FILES, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION),
    *(MULTI_STATEMENTS, MULTI_RESULTS, PS_MULTI_RESULTS, PLUGIN_AUTH),
)
CLASSIC = sum(BASIC) | LONG_PASSWORD  # as a client of MySQL 5.6 days
MYSQL = CLASSIC | DEPRECATE_EOF | SESSION_TRACK  # as MySQL's own clients do
MARIADB = sum(BASIC) | DEPRECATE_EOF | SESSION_TRACK | MARIADB_BULK | MARIADB_METADATA | MARIADB_CACHE_METADATA

COM_QUIT, COM_INIT_DB, COM_QUERY, COM_FIELD_LIST, COM_STATISTICS = 0x01, 0x02, 0x03, 0x04, 0x09
COM_PROCESS_INFO, COM_PROCESS_KILL, COM_DEBUG, COM_PING, COM_CHANGE_USER = 0x0A, 0x0C, 0x0D, 0x0E, 0x11
COM_STMT_PREPARE, COM_STMT_EXECUTE, COM_STMT_SEND_LONG_DATA, COM_STMT_CLOSE = 0x16, 0x17, 0x18, 0x19
COM_STMT_RESET, COM_SET_OPTION, COM_STMT_FETCH, COM_RESET_CONNECTION = 0x1A, 0x1B, 0x1C, 0x1F
COM_STMT_BULK_EXECUTE = 0xFA
NO_REPLY = {COM_STMT_SEND_LONG_DATA, COM_STMT_CLOSE, COM_QUIT}

MORE_RESULTS, CURSOR_EXISTS, LAST_ROW_SENT = 0x0008, 0x0040, 0x0080
BIGGEST = 0xFFFFFF


class ServerError(Exception):
    """An ERR packet during the log-in: (number, message)."""

    def __init__(self, payload: bytes) -> None:
        self.number = struct.unpack_from("<H", payload, 1)[0]
        super().__init__(self.number, payload[3:].decode(errors="replace"))


@dataclass(frozen=True)
class Greeting:
    version: str
    connection_id: int
    nonce: bytes
    capabilities: int
    plugin: str


def parse_greeting(payload: bytes) -> Greeting:
    """Protocol::HandshakeV10, with MariaDB's upper capabilities."""
    end = payload.index(b"\0")
    connection_id, nonce_1, low, _, _, high, size = struct.unpack_from("<I8sxHBHHB", payload, end + 1)
    rest = payload[end + 1 + 4 + 9 + 2 + 1 + 2 + 2 + 1 :]
    mariadb = struct.unpack_from("<I", rest, 6)[0] if not low & LONG_PASSWORD else 0
    second = max(13, size - 8)
    nonce = nonce_1 + rest[10 : 10 + second].rstrip(b"\0")
    plugin = rest[10 + second :].split(b"\0")[0].decode()
    return Greeting(payload[1:end].decode(), connection_id, nonce, low | high << 16 | mariadb << 32, plugin)


def native_password(password: str, nonce: bytes) -> bytes:
    """mysql_native_password: SHA1(password) XOR SHA1(nonce + SHA1(SHA1(password)))."""
    if not password:
        return b""
    once = hashlib.sha1(password.encode()).digest()
    mask = hashlib.sha1(nonce[:20] + hashlib.sha1(once).digest()).digest()
    return bytes(a ^ b for a, b in zip(once, mask, strict=True))


def lenenc(data: bytes) -> bytes:
    """A length-encoded string."""
    size = len(data)
    if size < 251:
        return bytes([size]) + data
    for first, width in ((0xFC, 2), (0xFD, 3), (0xFE, 8)):
        if size < 1 << 8 * width:
            return bytes([first]) + size.to_bytes(width, "little") + data
    raise ValueError(size)


def read_lenenc(data: bytes, at: int) -> tuple[int, int]:
    """(number, where it ends)."""
    first = data[at]
    width = {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(first, 0)
    return (int.from_bytes(data[at + 1 : at + 1 + width], "little") if width else first), at + 1 + width


class RawClient:
    """One connection, logged in. Use it as a context manager."""

    def __init__(
        self,
        port: int,
        capabilities: int = CLASSIC,
        *,
        user: str = "app",
        password: str = "secret",
        database: str = "scratch",
        wrap: Callable[[socket.socket], socket.socket] = lambda plain: plain,
    ) -> None:
        plain = socket.create_connection(("127.0.0.1", port), timeout=60)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = wrap(plain)
        self._buffer, self._at = b"", 0
        self.sequence = 0
        self.local_file = b""
        try:
            self._log_in(capabilities, user, password, database)
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Say COM_QUIT and wait for the server to close."""
        try:
            self.send(bytes([COM_QUIT]))
            while self.socket.recv(1 << 16):
                pass
        except OSError:
            pass
        self.socket.close()

    def _log_in(self, wanted: int, user: str, password: str, database: str) -> None:
        first = self.read()
        if first[:1] == b"\xff":
            raise ServerError(first)
        self.greeting = parse_greeting(first)
        self.capabilities = wanted & self.greeting.capabilities | (CONNECT_WITH_DB if database else 0)
        if wanted >> 32 and not wanted & LONG_PASSWORD:
            self.capabilities &= ~LONG_PASSWORD
        payload = struct.pack("<IIB19xI", self.capabilities & 0xFFFFFFFF, 1 << 26, 45, self.capabilities >> 32)
        payload += user.encode() + b"\0" + lenenc(native_password(password, self.greeting.nonce))
        payload += database.encode() + b"\0" if database else b""
        self.write(payload + b"mysql_native_password\0")
        self.finish_authentication(password)

    def finish_authentication(self, password: str) -> None:
        """Answer AuthSwitchRequests until OK, always as mysql_native_password. Raises ``ServerError``."""
        while (reply := self.read())[:1] != b"\x00":
            if reply[:1] == b"\xff":
                raise ServerError(reply)
            _, nonce = reply[1:].split(b"\0", 1)
            self.write(native_password(password, nonce))

    # packets

    def write(self, payload: bytes) -> None:
        """Send one payload, in as many packets as it needs, from the present sequence id on."""
        for at in range(0, len(payload) + 1, BIGGEST):
            part = payload[at : at + BIGGEST]
            self.socket.sendall(len(part).to_bytes(3, "little") + bytes([self.sequence]) + part)
            self.sequence = (self.sequence + 1) & 0xFF

    def read(self) -> bytes:
        """One payload, joined from its packets. Raises EOFError when the server has closed."""
        payload = bytearray()
        while True:
            head = self._take(4)
            self.sequence = (head[3] + 1) & 0xFF
            size = int.from_bytes(head[:3], "little")
            payload += self._take(size)
            if size < BIGGEST:
                return bytes(payload)

    def _take(self, size: int) -> bytes:
        parts, missing = [], size
        while missing:
            if self._at == len(self._buffer):
                self._buffer, self._at = self.socket.recv(1 << 20), 0
                if not self._buffer:
                    raise EOFError("the server closed the connection")
            part = self._buffer[self._at : self._at + missing]
            self._at += len(part)
            missing -= len(part)
            parts.append(part)
        return b"".join(parts)

    # commands

    def send(self, command: bytes) -> None:
        """Start a command."""
        self.sequence = 0
        self.write(command)

    def command(self, code: int, body: bytes = b"") -> list[bytes]:
        """Send a command and read its whole reply (payloads); an error is a reply like another."""
        self.send(bytes([code]) + body)
        return [] if code in NO_REPLY else self.reply(code)

    def query(self, sql: str | bytes) -> list[bytes]:
        """COM_QUERY."""
        return self.command(COM_QUERY, sql if isinstance(sql, bytes) else sql.encode())

    def reply(self, code: int) -> list[bytes]:
        """Read the whole reply to a command that was sent with ``send``."""
        first = self.read()
        if first[:1] == b"\xff":
            return [first]
        if code == COM_STMT_PREPARE:
            return [first, *self._prepared(first)]
        if code in (COM_FIELD_LIST, COM_STMT_FETCH):
            return [first, *([] if self._ends_rows(first) else self._rows())]
        if code in (COM_QUERY, COM_STMT_EXECUTE, COM_STMT_BULK_EXECUTE, COM_PROCESS_INFO):
            return self._results(first)
        return [first]

    def _results(self, first: bytes) -> list[bytes]:
        seen = [first]
        while True:
            if first[:1] == b"\xfb":
                seen += self._send_local_file()
            elif first[:1] not in (b"\x00", b"\xff"):
                seen += self._result_set(first)
            if seen[-1][:1] == b"\xff" or not self._status(seen[-1]) & MORE_RESULTS:
                return seen
            first = self.read()
            seen.append(first)

    def _result_set(self, first: bytes) -> list[bytes]:
        count, end = read_lenenc(first, 0)
        metadata_follows = first[end : end + 1] != b"\x00"  # only with MARIADB_CACHE_METADATA
        seen = [self.read() for _ in range(count if metadata_follows else 0)]
        if not self.capabilities & DEPRECATE_EOF:
            seen.append(self.read())
            if self._status(seen[-1]) & CURSOR_EXISTS:
                return seen
        return seen + self._rows()

    def _rows(self) -> list[bytes]:
        seen = [self.read()]
        while not self._ends_rows(seen[-1]):
            seen.append(self.read())
        return seen

    def _ends_rows(self, payload: bytes) -> bool:
        if payload[:1] == b"\xff":
            return True
        return payload[:1] == b"\xfe" and len(payload) < (BIGGEST if self.capabilities & DEPRECATE_EOF else 9)

    def _status(self, payload: bytes) -> int:
        """The status flags of an OK or EOF packet."""
        if payload[:1] == b"\xfe" and not self.capabilities & DEPRECATE_EOF:
            return int(struct.unpack_from("<H", payload, 3)[0])
        _, at = read_lenenc(payload, 1)
        _, at = read_lenenc(payload, at)
        return int(struct.unpack_from("<H", payload, at)[0])

    def _send_local_file(self) -> list[bytes]:
        """Answer a request for a file with ``local_file``, whatever its name."""
        for at in range(0, len(self.local_file), 1 << 20):
            self.write(self.local_file[at : at + (1 << 20)])
        self.write(b"")
        return [self.read()]

    def _prepared(self, first: bytes) -> list[bytes]:
        columns, parameters = struct.unpack_from("<HH", first, 5)
        seen: list[bytes] = []
        for count in (parameters, columns):
            if count:
                extra = 0 if self.capabilities & DEPRECATE_EOF else 1
                seen += [self.read() for _ in range(count + extra)]
        return seen

    # prepared statements

    def prepare(self, sql: str) -> int:
        """COM_STMT_PREPARE; returns the statement's id. Raises ``ServerError``."""
        reply = self.command(COM_STMT_PREPARE, sql.encode())
        if reply[0][:1] == b"\xff":
            raise ServerError(reply[0])
        return int(struct.unpack_from("<I", reply[0], 1)[0])

    def execute(
        self,
        statement: int,
        parameters: Sequence["Parameter"] = (),
        *,
        cursor: bool = False,
        long_data: Sequence[int] = (),
    ) -> list[bytes]:
        """COM_STMT_EXECUTE; ``long_data`` are the indexes whose values were sent before."""
        body = struct.pack("<IBI", statement, 1 if cursor else 0, 1)
        if parameters:
            nulls = sum(1 << n for n, p in enumerate(parameters) if p.value is None)
            body += nulls.to_bytes((len(parameters) + 7) // 8, "little") + b"\x01"
            body += b"".join(struct.pack("<BB", p.type, p.flag) for p in parameters)
            body += b"".join(p.value for n, p in enumerate(parameters) if p.value is not None and n not in long_data)
        return self.command(COM_STMT_EXECUTE, body)

    def fetch(self, statement: int, rows: int) -> list[bytes]:
        """COM_STMT_FETCH."""
        return self.command(COM_STMT_FETCH, struct.pack("<II", statement, rows))


@dataclass(frozen=True)
class Parameter:
    """A bound value in the binary protocol's form; None is NULL. ``flag`` 0x80 is unsigned."""

    type: int
    value: bytes | None
    flag: int = 0
