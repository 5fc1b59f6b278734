"""The upstream's greeting: read, and patched in place.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html
https://mariadb.com/kb/en/connection/

Fields that the gateway need not change are never encoded anew: what the client gets is the same bytes.
"""

import struct
from dataclasses import dataclass

from proxy.wire import capabilities as caps
from proxy.wire.errors import ProtocolError
from proxy.wire.packets import PayloadReader

NATIVE = b"mysql_native_password"
NONCE_SIZE = 20


def bad_handshake() -> ProtocolError:
    return ProtocolError(1043, "08S01", "Bad handshake")


@dataclass(frozen=True, slots=True)
class Greeting:
    """A handshake packet, protocol version 10."""

    payload: bytes
    server_version: str  # without the "5.5.5-" that MariaDB puts before it for old replicas
    connection_id: int
    capabilities: int
    mariadb_capabilities: int  # bits 32 to 63, shifted down; 0 from MySQL
    nonce: bytes
    plugin: bytes
    _capabilities_at: int

    @property
    def is_mariadb(self) -> bool:
        return "mariadb" in self.server_version.lower() or not self.capabilities & caps.LONG_PASSWORD

    def offering(self, capabilities: int, mariadb_capabilities: int) -> bytes:
        """The same greeting with other capabilities."""
        patched, at = bytearray(self.payload), self._capabilities_at
        struct.pack_into("<H", patched, at, capabilities & 0xFFFF)
        struct.pack_into("<H", patched, at + 5, capabilities >> 16)
        if not self.capabilities & caps.LONG_PASSWORD:
            struct.pack_into("<I", patched, at + 14, mariadb_capabilities)
        return bytes(patched)


def parse_greeting(payload: bytes) -> Greeting:
    """Raises ``ProtocolError``: 1835 truncated, 1043 not version 10 or a server older than MySQL 4.1."""
    reader = PayloadReader(payload)
    if reader.uint(1) != 10:
        raise _unsupported()
    version = reader.str_null().decode("utf-8", "replace")
    connection_id = reader.uint(4)
    nonce = reader.take(8)
    reader.take(1)
    at = reader.position
    low, _charset, _status, high = reader.uint(2), reader.uint(1), reader.uint(2), reader.uint(2)
    capabilities = low | high << 16
    if not capabilities & caps.PROTOCOL_41 or not capabilities & caps.SECURE_CONNECTION:
        raise _unsupported()
    nonce_size = reader.uint(1)
    reader.take(6)
    extended = reader.uint(4)
    nonce += reader.take(max(13, nonce_size - 8)).removesuffix(b"\0")
    plugin = reader.rest().split(b"\0", 1)[0] if capabilities & caps.PLUGIN_AUTH else NATIVE
    return Greeting(
        payload=payload,
        server_version=version.removeprefix("5.5.5-") if "mariadb" in version.lower() else version,
        connection_id=connection_id,
        capabilities=capabilities,
        mariadb_capabilities=0 if capabilities & caps.LONG_PASSWORD else extended,
        nonce=nonce,
        plugin=plugin,
        _capabilities_at=at,
    )


def _unsupported() -> ProtocolError:
    return ProtocolError(1043, "08S01", "Bad handshake: the database speaks another protocol")
