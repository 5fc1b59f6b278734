"""What a client answers to the greeting, and COM_CHANGE_USER: read, and patched in place.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_response.html
https://mariadb.com/kb/en/connection/

As in the greeting, what need not change is passed on as the same bytes, connection attributes for one.
"""

import struct
from dataclasses import dataclass, field

from proxy.wire import capabilities as caps
from proxy.wire.errors import ProtocolError
from proxy.wire.greeting import NATIVE, bad_handshake
from proxy.wire.packets import PayloadReader

SSL_REQUEST_SIZE = 32
_MARIADB_CAPABILITIES_AT = 28  # the last 4 of the 23 filler bytes
# No plugin has this name, so an upstream that reads it asks for its own with an AuthSwitchRequest.
_NO_PLUGIN = b"askwire_asks_to_switch"


@dataclass(frozen=True, slots=True)
class AuthField:
    """Where a packet carries the authentication plugin and its first data, so that they can be replaced."""

    plugin: bytes
    data: bytes = field(repr=False)
    data_at: tuple[int, int]  # start and end of the data with its length
    plugin_at: tuple[int, int] | None  # of the name with its NUL; None where the packet names none

    def withdrawn(self, payload: bytes) -> bytes:
        """The packet without the data and with a plugin that nobody has: the upstream asks for its own plugin."""
        if self.plugin_at is None:
            return payload
        (start, end), (name_start, name_end) = self.data_at, self.plugin_at
        return payload[:start] + b"\0" + payload[end:name_start] + _NO_PLUGIN + b"\0" + payload[name_end:]


@dataclass(frozen=True, slots=True)
class HandshakeResponse:
    """A HandshakeResponse41, read with the capabilities that were offered to the client."""

    payload: bytes = field(repr=False)  # may hold a password
    capabilities: int  # as the client sent them
    mariadb_capabilities: int
    charset: int
    user: bytes
    database: bytes | None
    auth: AuthField

    def asking(self, capabilities: int, mariadb_capabilities: int, *, withdraw_auth: bool) -> bytes:
        """The same response with other capabilities, and perhaps without its authentication data."""
        payload = self.auth.withdrawn(self.payload) if withdraw_auth else self.payload
        patched = bytearray(payload)
        struct.pack_into("<I", patched, 0, capabilities)
        if not capabilities & caps.LONG_PASSWORD:
            struct.pack_into("<I", patched, _MARIADB_CAPABILITIES_AT, mariadb_capabilities)
        return bytes(patched)


def is_ssl_request(payload: bytes) -> bool:
    """The client asks for TLS. Raises ``ProtocolError`` (1043, 1251) as ``client_capabilities`` does."""
    return bool(client_capabilities(payload) & caps.SSL) and len(payload) == SSL_REQUEST_SIZE


def client_capabilities(payload: bytes) -> int:
    """What the client takes. Raises ``ProtocolError``: 1043, or 1251 for a client older than MySQL 4.1."""
    if len(payload) < SSL_REQUEST_SIZE:
        raise bad_handshake()
    capabilities = int.from_bytes(payload[:4], "little")
    if not capabilities & caps.PROTOCOL_41:
        raise bad_handshake()
    if not capabilities & caps.SECURE_CONNECTION:
        raise ProtocolError(
            1251,
            "08004",
            "Client does not support authentication protocol requested by server; consider upgrading MySQL client",
        )
    return capabilities


def parse_response(payload: bytes, offer: int) -> HandshakeResponse:
    """Read the client's answer to a greeting with the capabilities ``offer``. Raises ``ProtocolError`` (1043, 1251)."""
    capabilities = client_capabilities(payload)
    both = capabilities & offer
    reader = PayloadReader(payload, SSL_REQUEST_SIZE)
    try:
        user = reader.str_null()
        start = reader.position
        data = reader.str_len() if both & caps.LENENC_AUTH else reader.take(reader.uint(1))
        end = reader.position
        database = reader.str_null() if both & caps.CONNECT_WITH_DB and not reader.at_end else b""
        plugin, plugin_at = _plugin(payload, reader) if both & caps.PLUGIN_AUTH else (NATIVE, None)
    except ProtocolError as error:
        raise bad_handshake() from error
    extended = int.from_bytes(payload[_MARIADB_CAPABILITIES_AT:SSL_REQUEST_SIZE], "little")
    return HandshakeResponse(
        payload=payload,
        capabilities=capabilities,
        mariadb_capabilities=0 if capabilities & caps.LONG_PASSWORD else extended,
        charset=payload[8],
        user=user,
        database=database or None,
        auth=AuthField(plugin, data, (start, end), plugin_at),
    )


@dataclass(frozen=True, slots=True)
class ChangeUserRequest:
    """A COM_CHANGE_USER payload.

    https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_change_user.html
    """

    payload: bytes = field(repr=False)  # may hold a password
    user: bytes
    database: bytes | None
    charset: int | None  # None: left as it is
    auth: AuthField


def parse_change_user(payload: bytes, capabilities: int) -> ChangeUserRequest:
    """Read a COM_CHANGE_USER with the negotiated ``capabilities``. Raises ``ProtocolError`` (1047)."""
    reader = PayloadReader(payload, 1)
    try:
        user = reader.str_null()
        start = reader.position
        data = reader.take(reader.uint(1))
        end = reader.position
        database = reader.str_null()
        charset = None if reader.at_end else reader.uint(2)
        named = charset is not None and capabilities & caps.PLUGIN_AUTH
        plugin, plugin_at = _plugin(payload, reader) if named else (NATIVE, None)
    except ProtocolError as error:
        raise ProtocolError(1047, "08S01", "Unknown command") from error
    return ChangeUserRequest(payload, user, database or None, charset, AuthField(plugin, data, (start, end), plugin_at))


def _plugin(payload: bytes, reader: PayloadReader) -> tuple[bytes, tuple[int, int] | None]:
    """A plugin name; some clients leave it or its NUL out at the end of the packet, which servers accept."""
    if reader.at_end:
        return NATIVE, None
    start = reader.position
    name = reader.str_null() if b"\0" in payload[start:] else reader.rest()
    return name or NATIVE, (start, reader.position)
