"""What a log-in asks its caller to do, and the sequence ids of the two legs."""

from dataclasses import dataclass, field
from typing import Protocol

from proxy.wire.packets import out_of_order, packet


@dataclass(frozen=True, slots=True)
class ToClient:
    """Send these bytes, framed, to the client."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ToUpstream:
    """Send these bytes, framed, to the upstream. They may hold a password, so they are not shown."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StartClientTls:
    """Do the TLS handshake as a server, then call ``client_tls_started``."""


@dataclass(frozen=True, slots=True)
class StartUpstreamTls:
    """Send what was asked for before, do the TLS handshake as a client, then call ``upstream_tls_started``."""


@dataclass(frozen=True, slots=True)
class LoginResult:
    """What both legs agreed on."""

    capabilities: int  # without SSL
    mariadb_capabilities: int  # bits 32 to 63, shifted down
    connection_id: int
    server_version: str
    is_mariadb: bool
    user: bytes
    database: bytes | None
    charset: int
    nonce: bytes
    status: int  # SERVER_STATUS_* flags of the final OK
    client_tls: bool
    upstream_tls: bool


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The upstream said OK; statements may follow."""

    result: LoginResult


@dataclass(frozen=True, slots=True)
class UserChanged:
    """The upstream said OK to COM_CHANGE_USER; ``nonce`` and ``charset`` (None: unchanged) are the new ones."""

    user: bytes
    database: bytes | None
    charset: int | None
    nonce: bytes
    status: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Close both legs once everything before was sent. Nothing may be sent after it."""

    number: int
    reason: str  # for the log; holds no secret


Action = ToClient | ToUpstream | StartClientTls | StartUpstreamTls | LoggedIn | UserChanged | Refused


class Rsa(Protocol):
    """RSA with OAEP (SHA-1), as caching_sha2_password and sha256_password use it."""

    @property
    def public_pem(self) -> bytes:
        """The gateway's own public key."""

    def decrypt(self, blob: bytes) -> bytes:
        """Decrypt with the gateway's private key. Raises ValueError, without saying why."""

    def encrypt(self, public_pem: bytes, data: bytes) -> bytes:
        """Encrypt for the owner of ``public_pem``. Raises ValueError when key or data do not fit."""


class Leg:
    """One connection: sequence ids count up over both directions of it."""

    def __init__(self, next_seq: int, *, tls: bool) -> None:
        self._next_seq = next_seq
        self.tls = tls

    def received(self, seq: int) -> None:
        """Raises ``ProtocolError`` (1156) when it is not this packet's turn."""
        if seq != self._next_seq:
            raise out_of_order()
        self._next_seq = (seq + 1) & 0xFF

    def frame(self, payload: bytes) -> bytes:
        seq, self._next_seq = self._next_seq, (self._next_seq + 1) & 0xFF
        return packet(seq, payload)


class Legs:
    """The client's connection and the upstream's."""

    def __init__(self, next_seq: int = 0, *, client_tls: bool = False, upstream_tls: bool = False) -> None:
        self.client = Leg(next_seq, tls=client_tls)
        self.upstream = Leg(next_seq, tls=upstream_tls)

    def to_client(self, payload: bytes) -> ToClient:
        return ToClient(self.client.frame(payload))

    def to_upstream(self, payload: bytes) -> ToUpstream:
        return ToUpstream(self.upstream.frame(payload))
