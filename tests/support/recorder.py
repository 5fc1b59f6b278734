"""Recording TCP forwarders, and the comparison of what two of them saw before and behind the gateway.

client -> Recorder (outer) -> gateway -> Recorder (inner) -> MariaDB. Conversations of the two recorders belong together
when their greetings carry the same connection id. Both legs must be in clear (TLS off).
"""

import contextlib
import re
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from types import TracebackType
from typing import NamedTuple, Self

CHUNK = 1 << 20
OK, ERR = 0x00, 0xFF
SETTLE_TIMEOUT_S = 30.0


class Packet(NamedTuple):
    """One packet of the protocol as it stood on the wire (a payload of 2**24-1 bytes goes on in the next one)."""

    sequence: int
    payload: bytes

    def __repr__(self) -> str:
        more = f"… ({len(self.payload)} bytes)" if len(self.payload) > 80 else ""
        return f"<{self.sequence}: {self.payload[:80]!r}{more}>"


def split_packets(data: bytes | bytearray) -> list[Packet]:
    """Cut a byte stream into packets; an incomplete last one counts too, as it is."""
    packets, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 3], "little")
        sequence = data[at + 3] if len(data) > at + 3 else -1
        packets.append(Packet(sequence, bytes(data[at + 4 : at + 4 + size])))
        at += 4 + size
    return packets


@dataclass
class Conversation:
    """Both directions of one connection."""

    client: bytearray = field(default_factory=bytearray)
    server: bytearray = field(default_factory=bytearray)
    threads: list[threading.Thread] = field(default_factory=list)

    def wait_until_over(self) -> None:
        """Wait for both directions to end."""
        for thread in self.threads:
            thread.join(SETTLE_TIMEOUT_S)
            assert not thread.is_alive(), f"the conversation goes on: client {self.client[-200:]!r}"

    @property
    def connection_id(self) -> int | None:
        """Of the greeting; None when there was none."""
        packets = split_packets(self.server[:1000])
        if not packets or packets[0].payload[:1] != b"\x0a":
            return None
        after_version = packets[0].payload.index(b"\0") + 1
        return int(struct.unpack_from("<I", packets[0].payload, after_version)[0])

    @cached_property
    def phases(self) -> tuple[list[Packet], list[Packet], list[Packet], list[Packet]]:
        """(log-in packets of the server, of the client, later packets of the server, of the client); once it is over.

        The server's log-in ends with its first OK or ERR; the client's with its first packet of sequence id 0.
        """
        server, client = split_packets(self.server), split_packets(self.client)
        server_end = next((n for n, p in enumerate(server, 1) if p.payload[:1] in (b"\x00", b"\xff")), len(server))
        client_end = next((n for n, p in enumerate(client) if p.sequence == 0), len(client))
        return server[:server_end], client[:client_end], server[server_end:], client[client_end:]


class Recorder:
    """Forwards connections from ``port`` to ``target`` and keeps every byte. A context manager."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self.conversations: list[Conversation] = []
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._acceptor.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in self._sockets:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._acceptor.join(SETTLE_TIMEOUT_S)
        for end in self._sockets:
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            self._sockets += [client, server]
            conversation = Conversation()
            for source, sink, kept in (
                (client, server, conversation.client),
                (server, client, conversation.server),
            ):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                thread = threading.Thread(target=self._forward, args=(source, sink, kept), daemon=True)
                conversation.threads.append(thread)
            self.conversations.append(conversation)
            for thread in conversation.threads:
                thread.start()

    def _forward(self, source: socket.socket, sink: socket.socket, kept: bytearray) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                kept += data
                sink.sendall(self._altered(data, sink))
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def _altered(self, data: bytes, sink: socket.socket) -> bytes:
        """What is sent on; the test of the comparison itself overrides this."""
        return data


@dataclass(frozen=True)
class Pair:
    """One client connection as the client saw it (outer) and as the upstream saw it (inner)."""

    outer: Conversation
    inner: Conversation

    def differences(self, own_questions: int = 0) -> list[str]:
        """Packets after the log-in that differ, and log-in packets that differ by more than masked capabilities.

        ``own_questions``: as many questions of the gateway's own (``proxy.wire.marker``) stand in the upstream's side
        and are left out, with their answers.
        """
        outer, inner = self.outer.phases, self.inner.phases
        server, client, asked = without_own_questions(inner[2], inner[3])
        found = [] if asked == own_questions else [f"the gateway asked {asked} questions of its own"]
        compared = (
            ("upstream's log-in", unmasked(outer[0]), unmasked(inner[0])),
            ("client's log-in", unmasked(outer[1]), unmasked(inner[1])),
            ("upstream's", outer[2], server),
            ("client's", outer[3], client),
        )
        for name, seen_outside, seen_inside in compared:
            for number, (outside, inside) in enumerate(zip_longest(seen_outside, seen_inside)):
                if outside != inside:
                    found.append(f"{name} packet {number}: the client's side has {outside}, the upstream's {inside}")
        return found


OWN_QUESTION = re.compile(rb"\x03SELECT x'([0-9a-f]{32})' AS a,CAST\(CURRENT_USER\(\) AS BINARY\)")


def without_own_questions(server: list[Packet], client: list[Packet]) -> tuple[list[Packet], list[Packet], int]:
    """Leave the gateway's own questions out of the client's packets and their answers out of the server's."""
    questions = [found for packet in client if (found := OWN_QUESTION.match(packet.payload))]
    client = [packet for packet in client if not OWN_QUESTION.match(packet.payload)]
    for question in questions:
        nonce = b"\x10" + bytes.fromhex(question[1].decode())
        row = next(number for number, packet in enumerate(server) if packet.payload.startswith(nonce))
        start = max(number for number in range(row) if server[number].sequence == 1)
        server = server[:start] + server[row + 2 :]  # the row, and the OK or EOF after it
    return server, client, len(questions)


# What a gateway may take out of a greeting, and must then not answer with. Of MariaDB's: progress reports (bit 0),
# COM_MULTI (1), leaving out metadata that the client knows (4).
COMPRESS, SSL, OPTIONAL_METADATA, ZSTD_COMPRESS, EXTENSION = 1 << 5, 1 << 11, 1 << 25, 1 << 26, 1 << 29
MASKED = COMPRESS | SSL | OPTIONAL_METADATA | ZSTD_COMPRESS | EXTENSION
MASKED_MARIADB = 0b10011
LONG_PASSWORD = 1


def unmasked(login: list[Packet]) -> list[Packet]:
    """Log-in packets of one side with the capability bits that a gateway may change set to 0."""
    return [_clear(packet) if number == 0 else packet for number, packet in enumerate(login)]


def _clear(packet: Packet) -> Packet:
    payload = bytearray(packet.payload)
    if packet.sequence == 0 and payload[:1] == b"\x0a":
        low = payload.index(b"\0") + 1 + 4 + 8 + 1  # greeting: version, connection id, nonce, 0, lower half
        _clear_bits(payload, low, MASKED & 0xFFFF)
        _clear_bits(payload, low + 5, MASKED >> 16)
        mariadb_at = low + 2 + 1 + 2 + 2 + 1 + 6
        if not payload[low] & LONG_PASSWORD:
            _clear_bits(payload, mariadb_at, MASKED_MARIADB)
    elif packet.sequence == 1 and len(payload) >= 32:  # handshake response
        _clear_bits(payload, 0, MASKED & 0xFFFF)
        _clear_bits(payload, 2, MASKED >> 16)
        if not payload[0] & LONG_PASSWORD:
            _clear_bits(payload, 28, MASKED_MARIADB)
    return Packet(packet.sequence, bytes(payload))


def _clear_bits(payload: bytearray, at: int, bits: int) -> None:
    if len(payload) >= at + 2:
        struct.pack_into("<H", payload, at, struct.unpack_from("<H", payload, at)[0] & ~bits)


class Tap:
    """The two recorders around a gateway. Clients connect to ``port``."""

    def __init__(self, outer: Recorder, inner: Recorder) -> None:
        self._outer, self._inner = outer, inner
        self.host, self.port = "127.0.0.1", outer.port
        self._checked = 0

    def start_over(self) -> None:
        """Leave out the connections made so far, whatever became of them."""
        self._checked = len(self._outer.conversations)

    def pairs(self) -> Iterator[Pair]:
        """Connections since the last call, each after it is over."""
        fresh = self._outer.conversations[self._checked :]
        self._checked += len(fresh)
        for outer in fresh:
            outer.wait_until_over()
            same = [inner for inner in self._inner.conversations if inner.connection_id == outer.connection_id]
            assert len(same) == 1, f"connection {outer.connection_id} has {len(same)} counterparts upstream"
            same[0].wait_until_over()
            yield Pair(outer, same[0])

    def assert_identical(self, *, connections: int, commands: int, own_questions: int = 0) -> None:
        """Every connection since the last call was relayed byte for byte.

        ``own_questions``: how many questions of its own the gateway asked on each, as it must before COM_CHANGE_USER.

        ``connections`` must have been made since, and at least ``commands`` sent on them together: so that a client
        that did nothing does not pass.
        """
        pairs = list(self.pairs())
        assert len(pairs) == connections, f"{len(pairs)} connections were made"
        found = [difference for pair in pairs for difference in pair.differences(own_questions)]
        assert not found, "\n".join(found[:10])
        sent = sum(packet.sequence == 0 for pair in pairs for packet in pair.inner.phases[3])
        assert sent >= commands, f"only {sent} commands reached the upstream"
