"""The authentication exchange between a client and the upstream, relayed; in a log-in and in COM_CHANGE_USER.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html
https://mariadb.com/kb/en/connection/

Nearly every plugin proves the password with the upstream's nonce, so its packets pass as they are. Two send the
password itself, clear inside TLS and else encrypted with the server's RSA key: caching_sha2_password in its full
authentication, and sha256_password. Where only one of the two legs has TLS the gateway has to translate: it takes the
password as the client's leg has it and hands it on as the upstream's leg requires. It never writes a password in
clear to a leg without TLS, and lets no plugin that might do so pass from a client inside TLS to an upstream without.

What this means to whoever runs the gateway:

- A client that was given the upstream's RSA key beforehand uses it instead of the gateway's; that fails (1045) where
  the gateway has to translate. Give it the gateway's key, or TLS.
- The upstream sees its own leg only: an account with REQUIRE SSL logs in when that leg has TLS, so a client without
  TLS is a matter of ``tls.client``. REQUIRE X509 cannot succeed, as the gateway has no client certificate.
- MariaDB clients from 11.4 on that are given no CA trust a self-made certificate when the OK packet proves that the
  server knows the password *and* presents this certificate (a hash over the password's hash, the nonce and the
  certificate's fingerprint). The upstream's proof names the certificate of its own leg and is passed on as it is, so
  such a client ends with a certificate error. It logs in when the gateway is configured with the upstream's
  certificate and key, when the client trusts the gateway's certificate (``--ssl-ca``), or with
  ``--disable-ssl-verify-server-cert``.
"""

from enum import Enum, auto

from proxy.wire import capabilities as caps
from proxy.wire.actions import Action, Legs, Rsa
from proxy.wire.errors import ProtocolError
from proxy.wire.greeting import NONCE_SIZE
from proxy.wire.packets import OkPacket, PayloadReader, malformed, out_of_order, parse_ok
from proxy.wire.response import AuthField

OK, MORE_DATA, NEXT_FACTOR, SWITCH = 0x00, 0x01, 0x02, 0xFE
FAST_OK, FULL_AUTHENTICATION = b"\x01\x03", b"\x01\x04"
# How a client asks for the RSA key, by plugin.
KEY_REQUEST = {b"caching_sha2_password": b"\x02", b"sha256_password": b"\x01"}
# Plugins whose packets hold no password in clear. Of the two above the gateway takes care.
SAFE_WITHOUT_TLS = frozenset(
    {
        b"mysql_native_password",
        b"caching_sha2_password",
        b"sha256_password",
        b"client_ed25519",
        b"parsec",
        b"auth_gssapi_client",
        b"authentication_kerberos_client",
        b"authentication_ldap_sasl_client",
        b"authentication_windows_client",
        b"authentication_fido_client",
        b"authentication_webauthn_client",
    }
)


class Turn(Enum):
    """Whose packet comes next."""

    UPSTREAM = auto()
    CLIENT = auto()
    PASSWORD = auto()  # the client's, and the gateway has to translate it
    UPSTREAM_KEY = auto()  # the upstream's, with its RSA key
    OVER = auto()


def must_withdraw(auth: AuthField, legs: Legs) -> bool:
    """The first authentication data cannot be passed on: it holds a password, or the other leg's kind of secret.

    The upstream is then made to ask with an AuthSwitchRequest, which leads to an exchange that can be translated.
    """
    plugin = auth.plugin.lower()
    if legs.client.tls == legs.upstream.tls:
        return False
    return plugin == b"sha256_password" or (legs.client.tls and plugin not in SAFE_WITHOUT_TLS)


class AuthExchange:
    """From the first authentication data, which is on its way to the upstream, to the upstream's OK, which sets ``ok``.

    An ERR is the caller's to relay. The methods raise ``ProtocolError``: the caller answers it with an ERR packet.
    """

    def __init__(self, legs: Legs, rsa: Rsa, auth: AuthField, *, user: bytes, nonce: bytes, capabilities: int) -> None:
        self.nonce = nonce
        self.turn = Turn.UPSTREAM
        self.ok: OkPacket | None = None
        self._legs = legs
        self._rsa = rsa
        self._plugin = auth.plugin.lower()  # servers compare the names without case
        self._user = user
        self._capabilities = capabilities
        self._key_given = False
        self._password = b""

    def upstream_packet(self, payload: bytes) -> list[Action]:
        head = payload[0] if payload else -1
        if self.turn is Turn.OVER:
            raise out_of_order()
        if self.turn is Turn.UPSTREAM_KEY:
            return self._upstream_key(payload)
        if self.turn is not Turn.UPSTREAM:
            raise out_of_order()
        if head == OK:
            self.ok = parse_ok(payload)
            self.turn = Turn.OVER
        elif head == SWITCH or (head == NEXT_FACTOR and self._capabilities & caps.MULTI_FACTOR):
            self._switch(payload)
        elif self._translates:
            self._translated_data(payload)
        elif self._plugin != b"caching_sha2_password" or payload != FAST_OK:
            self.turn = Turn.CLIENT
        return [self._legs.to_client(payload)]

    def client_packet(self, payload: bytes) -> list[Action]:
        if self.turn is Turn.PASSWORD:
            return self._password_from_client(payload)
        if self.turn is not Turn.CLIENT:
            raise out_of_order()
        self.turn = Turn.UPSTREAM
        return [self._legs.to_upstream(payload)]

    @property
    def _translates(self) -> bool:
        return self._legs.client.tls != self._legs.upstream.tls and self._plugin in KEY_REQUEST

    def _switch(self, payload: bytes) -> None:
        if len(payload) == 1:
            raise ProtocolError(1251, "08004", "Connection using old (pre-4.1.1) authentication protocol refused")
        reader = PayloadReader(payload, 1)
        plugin = reader.str_null()
        self._plugin = plugin.lower()
        self.nonce = reader.rest().removesuffix(b"\0")
        self._key_given = False
        if self._legs.client.tls and not self._legs.upstream.tls and self._plugin not in SAFE_WITHOUT_TLS:
            raise ProtocolError(
                1251,
                "08004",
                f"Authentication plugin '{plugin.decode('utf-8', 'replace')}' reported error: "
                "it may send the password in clear, and the gateway has no TLS to the database",
            )
        at_once = self._translates and self._plugin == b"sha256_password"
        self.turn = Turn.PASSWORD if at_once else Turn.CLIENT

    def _translated_data(self, payload: bytes) -> None:
        if self._plugin != b"caching_sha2_password" or payload not in (FAST_OK, FULL_AUTHENTICATION):
            raise malformed()
        if payload == FULL_AUTHENTICATION:
            self.turn = Turn.PASSWORD

    def _password_from_client(self, payload: bytes) -> list[Action]:
        if payload in (b"", b"\0"):  # no password
            self.turn = Turn.UPSTREAM
            return [self._legs.to_upstream(payload)]
        if payload == KEY_REQUEST[self._plugin] and not self._key_given:
            self._key_given = True
            return [self._legs.to_client(bytes([MORE_DATA]) + self._rsa.public_pem)]
        clear = self._legs.client.tls and not self._key_given
        password = payload if clear else self._decrypt(payload)
        if not password.endswith(b"\0"):
            raise self._denied()
        if self._legs.upstream.tls:
            self.turn = Turn.UPSTREAM
            return [self._legs.to_upstream(password)]
        self._password = password
        self.turn = Turn.UPSTREAM_KEY
        return [self._legs.to_upstream(KEY_REQUEST[self._plugin])]

    def _upstream_key(self, payload: bytes) -> list[Action]:
        if payload[:1] != bytes([MORE_DATA]):
            raise malformed()
        password, self._password = self._password, b""
        try:
            blob = self._rsa.encrypt(payload[1:], self._xor(password))
        except ValueError:
            raise self._denied() from None
        self.turn = Turn.UPSTREAM
        return [self._legs.to_upstream(blob)]

    def _decrypt(self, blob: bytes) -> bytes:
        try:
            return self._xor(self._rsa.decrypt(blob))
        except ValueError:
            raise self._denied() from None

    def _xor(self, data: bytes) -> bytes:
        """With the nonce, repeated: how the password and its NUL are hidden before they are encrypted."""
        nonce = self.nonce[:NONCE_SIZE]
        if not nonce:
            raise malformed()
        return bytes(byte ^ nonce[i % len(nonce)] for i, byte in enumerate(data))

    def _denied(self) -> ProtocolError:
        """One answer to whatever was wrong, so that nobody can use the gateway to test a ciphertext."""
        user = self._user.decode("utf-8", "replace")
        return ProtocolError(1045, "28000", f"Access denied for user '{user}' (using password: YES)")
