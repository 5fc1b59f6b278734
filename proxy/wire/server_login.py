"""The log-in seen from a server that needs the password itself, sans-IO: payloads in, what to send or who it is out.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html
https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_authentication_methods_clear_text_password.html

The gateway's own server stands behind the relay's log-in (``login.Login``), which ends TLS and RSA: what a client sends
encrypted arrives here in clear. So caching_sha2_password always does its full authentication, and the password goes on
to the database, which decides. A refusal is the caller's: it sends one ERR packet and closes.
"""

import secrets
from dataclasses import dataclass, field
from enum import Enum, auto

from mysql_mimic.charset import CharacterSet
from mysql_mimic.packets import make_auth_switch_request, make_handshake_v10
from mysql_mimic.types import Capabilities
from mysql_mimic.types import ServerStatus as Status

from proxy.wire import capabilities as caps
from proxy.wire.auth import FULL_AUTHENTICATION
from proxy.wire.errors import ProtocolError
from proxy.wire.greeting import NONCE_SIZE
from proxy.wire.packets import out_of_order
from proxy.wire.response import AuthField, parse_change_user, parse_response

CACHING_SHA2, CLEAR = b"caching_sha2_password", b"mysql_clear_password"
MAX_PASSWORD = 1024  # bytes
# What the gateway's own server can do. Not LOCAL_FILES: LOAD DATA is not translated. Not SESSION_TRACK: optional.
CAPABILITIES = (
    Capabilities.CLIENT_LONG_PASSWORD
    | Capabilities.CLIENT_FOUND_ROWS
    | Capabilities.CLIENT_LONG_FLAG
    | Capabilities.CLIENT_CONNECT_WITH_DB
    | Capabilities.CLIENT_ODBC
    | Capabilities.CLIENT_IGNORE_SPACE
    | Capabilities.CLIENT_PROTOCOL_41
    | Capabilities.CLIENT_INTERACTIVE
    | Capabilities.CLIENT_TRANSACTIONS
    | Capabilities.CLIENT_SECURE_CONNECTION
    | Capabilities.CLIENT_MULTI_STATEMENTS
    | Capabilities.CLIENT_MULTI_RESULTS
    | Capabilities.CLIENT_PS_MULTI_RESULTS
    | Capabilities.CLIENT_PLUGIN_AUTH
    | Capabilities.CLIENT_CONNECT_ATTRS
    | Capabilities.CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA
    | Capabilities.CLIENT_DEPRECATE_EOF
    | Capabilities.CLIENT_QUERY_ATTRIBUTES
)
_NONCE_BYTES = bytes(b for b in range(1, 128) if b != ord("$"))


@dataclass(frozen=True, slots=True)
class Ask:
    """Send this payload; the client's next packet answers it."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who the client says it is. Nothing of it is checked yet."""

    user: str
    password: str = field(repr=False)
    database: str | None
    charset: int | None  # a collation id; None: left as it is


class _State(Enum):
    RESPONSE = auto()
    SWITCHED = auto()
    PASSWORD = auto()
    OVER = auto()


class ServerLogin:
    """One log-in, then any number of COM_CHANGE_USER. Methods raise ``ProtocolError``; it is then of no further use.

    ``plugin``: CACHING_SHA2, or CLEAR for clients that know nothing newer; that one needs TLS on the client's leg.
    """

    def __init__(self, connection_id: int, version: str, plugin: bytes = CACHING_SHA2) -> None:
        self.capabilities = 0  # what both sides know; set by the response
        self._client_tls = False
        self._nonce = bytes(secrets.choice(_NONCE_BYTES) for _ in range(NONCE_SIZE))
        self._id = connection_id
        self._version = version
        self._plugin = plugin
        self._state = _State.RESPONSE
        self._user = b""
        self._database: bytes | None = None
        self._charset: int | None = None

    def greeting(self) -> bytes:
        """The first payload."""
        greeting: bytes = make_handshake_v10(
            capabilities=CAPABILITIES,
            server_charset=CharacterSet.utf8mb4,
            server_version=self._version,
            connection_id=self._id,
            auth_data=self._nonce + b"\0",
            status_flags=Status.SERVER_STATUS_AUTOCOMMIT,
            auth_plugin_name=CACHING_SHA2.decode(),
        )
        return greeting

    def receive(self, payload: bytes) -> Ask | Credentials:
        """The client's next payload."""
        match self._state:
            case _State.RESPONSE:
                return self._response(payload)
            case _State.SWITCHED:
                return self._data(payload)
            case _State.PASSWORD:
                return self._password(payload)
        raise out_of_order()

    def change_user(self, payload: bytes) -> Ask | Credentials:
        """A COM_CHANGE_USER payload, command byte included, begins the exchange anew."""
        if self._state is not _State.OVER:
            raise out_of_order()
        request = parse_change_user(payload, self.capabilities)
        self._user, self._database, self._charset = request.user, request.database, request.charset
        return self._authenticate(request.auth)

    def _response(self, payload: bytes) -> Ask | Credentials:
        response = parse_response(payload, int(CAPABILITIES))
        # The relay sets SSL exactly when the client's own leg has it.
        self._client_tls = bool(response.capabilities & caps.SSL)
        self.capabilities = caps.negotiated(response.capabilities, int(CAPABILITIES))
        self._user, self._database, self._charset = response.user, response.database, response.charset
        return self._authenticate(response.auth)

    def _authenticate(self, auth: AuthField) -> Ask | Credentials:
        if auth.plugin == self._plugin:
            return self._data(auth.data)
        if auth.plugin == CLEAR and self._client_tls:  # the client was configured so
            return self._password(auth.data)
        if not self.capabilities & caps.PLUGIN_AUTH:
            raise ProtocolError(
                1251,
                "08004",
                "Client does not support authentication protocol requested by server; consider upgrading MySQL client",
            )
        self._state = _State.SWITCHED
        return Ask(make_auth_switch_request(CharacterSet.utf8mb4, self._plugin.decode(), self._nonce + b"\0"))

    def _data(self, data: bytes) -> Ask | Credentials:
        if self._plugin == CLEAR:
            if not self._client_tls:
                raise ProtocolError(3159, "HY000", "Connections using insecure transport are prohibited: use TLS")
            return self._password(data)
        if data in (b"", b"\0"):  # no password
            return self._credentials(b"")
        self._state = _State.PASSWORD
        return Ask(FULL_AUTHENTICATION)

    def _password(self, data: bytes) -> Credentials:
        return self._credentials(data.removesuffix(b"\0"))

    def _credentials(self, password: bytes) -> Credentials:
        self._state = _State.OVER
        user = self._user.decode("utf-8", "replace")
        try:
            text = password.decode("utf-8")
        except UnicodeDecodeError:
            raise denied(user, password=True) from None
        if len(password) > MAX_PASSWORD or "\0" in text:
            raise denied(user, password=True)
        database = self._database.decode("utf-8", "replace") if self._database else None
        return Credentials(user, text, database, self._charset)


def denied(user: str, *, password: bool, host: str = "%") -> ProtocolError:
    """One answer to whatever was wrong."""
    given = "YES" if password else "NO"
    return ProtocolError(1045, "28000", f"Access denied for user '{user}'@'{host}' (using password: {given})")
