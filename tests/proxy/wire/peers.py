"""A MySQL server and a client for tests of the log-in, written apart from the code under test.

Both are generators: they yield the payloads that they send and are sent the payload that arrives next. ``TLS`` among
them stands for the TLS handshake. Scrambles and RSA come from PyMySQL and cryptography.
"""

import itertools
import struct
from collections.abc import Generator
from dataclasses import dataclass, field
from functools import cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from pymysql import _auth
from pymysql.constants import CLIENT

from proxy.wire.actions import Action, LoggedIn, Refused, StartClientTls, StartUpstreamTls, ToClient, ToUpstream
from proxy.wire.login import Login, LoginPolicy

TLS = b"<TLS>"
NONCE = b"abcdefghijklmnopqrst"
SWITCH_NONCE = b"ABCDEFGHIJKLMNOPQRST"
NATIVE, CACHING, SHA256, CLEAR = (
    "mysql_native_password",
    "caching_sha2_password",
    "sha256_password",
    "mysql_clear_password",
)
OK = bytes.fromhex("00 00 00 02 00 00 00")
DENIED = b"\xff\x15\x04#28000Access denied for user 'app'@'localhost' (using password: YES)"
COMPRESS, ZSTD, OPTIONAL_METADATA, EXTENSION = 1 << 5, 1 << 26, 1 << 25, 1 << 29
SERVER = 0xFFFFFFFF & ~CLIENT.SSL
CLIENT_FLAGS = (
    CLIENT.LONG_PASSWORD
    | CLIENT.PROTOCOL_41
    | CLIENT.SECURE_CONNECTION
    | CLIENT.PLUGIN_AUTH
    | CLIENT.PLUGIN_AUTH_LENENC_CLIENT_DATA
    | CLIENT.CONNECT_ATTRS
    | CLIENT.CONNECT_WITH_DB
    | CLIENT.MULTI_STATEMENTS
    | CLIENT.TRANSACTIONS
    | (1 << 24)  # DEPRECATE_EOF
)
LEGS = list(itertools.product([False, True], [False, True]))
ANY = LoginPolicy("on", "preferred")
PLAIN = LoginPolicy("off", "off")
PASSWORD = b"correct horse battery staple"
MASKED = COMPRESS | ZSTD | OPTIONAL_METADATA | EXTENSION
ATTRIBUTES = b"\x15\x0c_client_name\x07scripts"

Payloads = Generator[list[bytes], bytes, None]


def frame(seq: int, payload: bytes) -> bytes:
    return struct.pack("<I", len(payload))[:3] + bytes([seq]) + payload


def err(data: bytes) -> tuple[int, bytes]:
    """(number, the rest) of a framed ERR packet."""
    assert data[4] == 0xFF
    return struct.unpack("<H", data[5:7])[0], data[7:]


def greeting(
    capabilities: int,
    *,
    plugin: str = CACHING,
    nonce: bytes = NONCE,
    version: bytes = b"8.4.3",
    extended: int = 0,
    connection_id: int = 77,
) -> bytes:
    return (
        b"\x0a"
        + version
        + b"\0"
        + struct.pack("<I", connection_id)
        + nonce[:8]
        + b"\0"
        + struct.pack("<HBHH", capabilities & 0xFFFF, 255, 2, capabilities >> 16)
        + bytes([len(nonce) + 1])
        + bytes(6)
        + struct.pack("<I", extended)
        + nonce[8:]
        + b"\0"
        + plugin.encode()
        + b"\0"
    )


def head(capabilities: int, extended: int = 0) -> bytes:
    return struct.pack("<IIB", capabilities, 1 << 24, 45) + bytes(19) + struct.pack("<I", extended)


def response(
    capabilities: int,
    auth: bytes,
    *,
    plugin: str = CACHING,
    user: bytes = b"app",
    database: bytes = b"shop",
    extended: int = 0,
    attributes: bytes = ATTRIBUTES,
) -> bytes:
    return (
        head(capabilities, extended)
        + user
        + b"\0"
        + bytes([len(auth)])
        + auth
        + (database + b"\0" if capabilities & CLIENT.CONNECT_WITH_DB else b"")
        + (plugin.encode() + b"\0" if capabilities & CLIENT.PLUGIN_AUTH else b"")
        + attributes
    )


def switch(plugin: str, nonce: bytes = SWITCH_NONCE) -> bytes:
    return b"\xfe" + plugin.encode() + b"\0" + nonce + b"\0"


def scramble(plugin: str, password: bytes, nonce: bytes) -> bytes:
    if plugin == NATIVE:
        return bytes(_auth.scramble_native_password(password, nonce))
    return bytes(_auth.scramble_caching_sha2(password, nonce))


@cache
def server_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def server_pem() -> bytes:
    return (
        server_key()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def server_decrypt(blob: bytes, nonce: bytes) -> bytes:
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)
    data = server_key().decrypt(blob, oaep)
    return bytes(byte ^ nonce[i % 20] for i, byte in enumerate(data))


@dataclass
class Server:
    """An account ``app`` with one plugin. It notes what it got and whether it let the client in."""

    password: bytes
    plugin: str = CACHING
    default_plugin: str = CACHING
    cached: bool = False
    offers_tls: bool = False
    capabilities: int = SERVER
    tls: bool = False
    response: bytes = b""
    let_in: bool = False

    def talk(self) -> Payloads:
        capabilities = self.capabilities | (CLIENT.SSL if self.offers_tls else 0)
        got = yield [greeting(capabilities, plugin=self.default_plugin)]
        if len(got) == 32:
            assert struct.unpack("<I", got[:4])[0] & CLIENT.SSL
            got = yield [TLS]
        self.response = got
        user, auth, _database, plugin = self._read(got)
        assert user == b"app"
        nonce = NONCE
        if plugin != self.plugin.encode():
            nonce = SWITCH_NONCE
            auth = yield [switch(self.plugin)]
        self.let_in = yield from self._check(auth, nonce)
        yield [OK if self.let_in else DENIED]

    def _read(self, got: bytes) -> tuple[bytes, bytes, bytes, bytes]:
        user, rest = got[32:].split(b"\0", 1)
        size = rest[0]
        auth, rest = rest[1 : 1 + size], rest[1 + size :]
        database, plugin, attributes = rest.split(b"\0", 2)
        assert attributes == ATTRIBUTES
        return user, auth, database, plugin

    def _check(self, auth: bytes, nonce: bytes) -> Generator[list[bytes], bytes, bool]:
        if self.plugin == NATIVE:
            return auth == scramble(NATIVE, self.password, nonce)
        if self.plugin == CLEAR:
            return auth == self.password + b"\0"
        if self.plugin == SHA256:
            return (yield from self._rsa(auth, nonce, b"\x01"))
        if auth in (b"", b"\0"):
            return not self.password
        if self.cached:
            if auth == scramble(CACHING, self.password, nonce):
                self.let_in = True
                yield [b"\x01\x03", OK]
            return False
        return (yield from self._rsa((yield [b"\x01\x04"]), nonce, b"\x02"))

    def _rsa(self, got: bytes, nonce: bytes, request: bytes) -> Generator[list[bytes], bytes, bool]:
        if got in (b"", b"\0"):
            return not self.password
        if self.tls:
            return got == self.password + b"\0"
        if got == request:
            got = yield [b"\x01" + server_pem()]
        return server_decrypt(got, nonce) == self.password + b"\0"


@dataclass
class Client:
    """Logs in as libmysqlclient does: it proves the password by whatever plugin it is asked for."""

    password: bytes
    wants_tls: bool = False
    plugin: str = ""  # its own choice; else what the greeting names
    capabilities: int = CLIENT_FLAGS
    tls: bool = False
    outcome: bytes = b""
    offered: bytes = b""

    def talk(self) -> Payloads:
        self.offered = yield []
        plugin = self.plugin or self.offered.rstrip(b"\0").rsplit(b"\0", 1)[1].decode()
        flags = self.capabilities
        if self.wants_tls:
            flags |= CLIENT.SSL
            yield [head(flags)]
        got = yield [response(flags, self._first(plugin, NONCE), plugin=plugin)]
        nonce = NONCE
        while got[0] not in (0x00, 0xFF):
            if got[0] == 0xFE:
                name, nonce = got[1:].split(b"\0", 1)
                plugin, nonce = name.decode(), nonce[:20]
                got = yield [self._first(plugin, nonce)]
            elif got == b"\x01\x03":
                got = yield []
            elif got == b"\x01\x04" and self.tls:
                got = yield [self.password + b"\0"]
            elif got == b"\x01\x04":
                got = yield [b"\x02"]
            else:
                got = yield [bytes(_auth.sha2_rsa_encrypt(self.password, nonce, got[1:]))]
        self.outcome = got
        yield []

    def _first(self, plugin: str, nonce: bytes) -> bytes:
        if plugin == CLEAR or (plugin == SHA256 and self.tls):
            return self.password + b"\0"
        if plugin == SHA256:
            return b"\x01" if self.password else b"\0"
        return scramble(plugin, self.password, nonce)


@dataclass
class Meeting:
    """Runs a client against a server through a ``Login``, checking every sequence id on both legs."""

    login: Login
    client: Client
    server: Server
    plain: bytes = b""  # everything that travelled outside TLS
    done: list[Action] = field(default_factory=list)

    def run(self) -> "Meeting":
        self._seq = {"client": 0, "server": 0}
        self._talks = {"client": self.client.talk(), "server": self.server.talk()}
        next(self._talks["client"])
        self._say("server", next(self._talks["server"]))
        return self

    def _say(self, who: str, payloads: list[bytes]) -> None:
        peer = self.client if who == "client" else self.server
        for payload in payloads:
            if self.done:
                return
            if payload == TLS:
                continue
            seq = self._step(who)
            if not peer.tls:
                self.plain += payload
            feed = self.login.client_packet if who == "client" else self.login.upstream_packet
            self._do(feed(seq, payload))

    def _do(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case ToClient(data):
                    self._hear("client", data)
                case ToUpstream(data):
                    self._hear("server", data)
                case StartClientTls():
                    self.client.tls = True
                    self._do(self.login.client_tls_started())
                    self._say("client", self._talks["client"].send(b""))
                case StartUpstreamTls():
                    self.server.tls = True
                    self._do(self.login.upstream_tls_started())
                case LoggedIn() | Refused():
                    self.done.append(action)

    def _hear(self, who: str, data: bytes) -> None:
        peer = self.client if who == "client" else self.server
        size, seq, payload = int.from_bytes(data[:3], "little"), data[3], data[4:]
        assert size == len(payload)
        assert seq == self._step(who)
        if not peer.tls:
            self.plain += payload
        self._say(who, self._talks[who].send(payload))

    def _step(self, who: str) -> int:
        seq, self._seq[who] = self._seq[who], self._seq[who] + 1
        return seq
