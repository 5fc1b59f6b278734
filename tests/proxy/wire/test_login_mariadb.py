"""Log-ins of real clients to a real MariaDB, through ``Login`` and ``ChangeUser``."""

import socket
import ssl
import subprocess
from pathlib import Path

import MySQLdb
import pymysql
import pytest

from conf.settings import TlsSettings
from proxy.tls import RsaKey, client_context, upstream_context
from proxy.wire.actions import LoggedIn, LoginResult, Refused, ToClient, ToUpstream, UserChanged
from proxy.wire.change_user import ChangeUser
from proxy.wire.login import Login, LoginPolicy
from tests.proxy.wire.peers import ATTRIBUTES, CLIENT_FLAGS, LEGS, NATIVE, frame, response, scramble
from tests.proxy.wire.relay import Relay, read_packet
from tests.support.shop_server import ShopServer

Contexts = tuple[ssl.SSLContext, ssl.SSLContext]


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> Contexts:
    server = client_context(TlsSettings(), Path(tmp_path_factory.mktemp("tls")))
    client = upstream_context(TlsSettings())
    assert server
    assert client
    return server, client


def relay(mariadb: ShopServer, rsa_key: RsaKey, contexts: Contexts, *, upstream_tls: bool) -> Relay:
    policy = LoginPolicy("on", "required" if upstream_tls else "off")
    return Relay((mariadb.host, mariadb.port), policy, rsa_key, contexts)


def connect(port: int, user: str, password: str, *, tls: bool) -> pymysql.connections.Connection:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return pymysql.connect(
        host="127.0.0.1",
        port=port,
        user=user,
        password=password,
        database="shop",
        ssl=context if tls else None,
        ssl_disabled=not tls,
    )


def outcome(port: int, user: str, password: str, *, tls: bool) -> tuple[object, ...]:
    """What the client learns: that it is in, or the error."""
    try:
        connect(port, user, password, tls=tls).close()
    except pymysql.err.OperationalError as error:
        return error.args
    return ("in",)


@pytest.mark.parametrize(("client_tls", "upstream_tls"), LEGS)
@pytest.mark.parametrize("user", ["app", "open"])
def test_pymysql(
    mariadb: ShopServer, rsa_key: RsaKey, contexts: Contexts, client_tls: bool, upstream_tls: bool, user: str
) -> None:
    password = "secret" if user == "app" else ""
    with (
        relay(mariadb, rsa_key, contexts, upstream_tls=upstream_tls) as through,
        connect(through.port, user, password, tls=client_tls) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT CURRENT_USER(), DATABASE(), CONNECTION_ID()")
        assert cursor.fetchone() == (f"{user}@%", "shop", connection.thread_id())
        cursor.execute("SHOW STATUS LIKE 'Ssl_version'")
        assert bool(cursor.fetchall()[0][1]) == upstream_tls
        assert connection._secure == client_tls
        ended = through.ended
        assert isinstance(ended, LoginResult)
        assert (ended.user, ended.database, ended.connection_id) == (user.encode(), b"shop", connection.thread_id())
        assert (ended.client_tls, ended.upstream_tls, ended.is_mariadb) == (client_tls, upstream_tls, True)
        assert ended.server_version[:2] in ("10", "11")


@pytest.mark.parametrize(("client_tls", "upstream_tls"), LEGS)
@pytest.mark.parametrize(("user", "password"), [("app", "wrong"), ("stranger", "secret"), ("app", ""), ("", "x")])
def test_wrong_credentials_end_as_at_the_server_itself(
    mariadb: ShopServer,
    rsa_key: RsaKey,
    contexts: Contexts,
    client_tls: bool,
    upstream_tls: bool,
    user: str,
    password: str,
) -> None:
    with relay(mariadb, rsa_key, contexts, upstream_tls=upstream_tls) as through:
        got = outcome(through.port, user, password, tls=client_tls)
    assert got == outcome(mariadb.port, user, password, tls=client_tls)
    assert got[0] == 1045
    assert isinstance(through.ended, Refused)


@pytest.mark.parametrize(("client_tls", "upstream_tls"), LEGS)
def test_ed25519_with_the_mariadb_client(
    mariadb: ShopServer, rsa_key: RsaKey, contexts: Contexts, client_tls: bool, upstream_tls: bool
) -> None:
    assert mariadb.has_ed25519
    for password, expected in (("secret", "keyed@%\tshop\n"), ("wrong", "")):
        with relay(mariadb, rsa_key, contexts, upstream_tls=upstream_tls) as through:
            command = ["mariadb", "--no-defaults", "-h127.0.0.1", f"-P{through.port}", "-ukeyed", f"-p{password}"]
            command += ["-BN", "--ssl" if client_tls else "--skip-ssl"]
            command += ["-e", "SELECT CURRENT_USER(), DATABASE()", "shop"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert done.stdout == expected
        assert ("ERROR 1045 (28000)" in done.stderr) == (password == "wrong")


@pytest.mark.parametrize("upstream_tls", [True, False])
def test_account_that_requires_tls_sees_the_gateways_leg(
    mariadb: ShopServer, rsa_key: RsaKey, contexts: Contexts, upstream_tls: bool
) -> None:
    with relay(mariadb, rsa_key, contexts, upstream_tls=upstream_tls) as through:
        got = outcome(through.port, "tls_only", "secret", tls=not upstream_tls)
    assert got[0] == ("in" if upstream_tls else 1045)


@pytest.mark.parametrize("password", ["secret", "wrong"])
def test_withdrawn_plugin_makes_mariadb_ask_for_its_own(
    mariadb: ShopServer, rsa_key: RsaKey, contexts: Contexts, password: str
) -> None:
    """libmariadb is told to send the password in clear, inside TLS; the upstream's leg has none."""
    with relay(mariadb, rsa_key, contexts, upstream_tls=False) as through:
        command = ["mariadb", "--no-defaults", "-h127.0.0.1", f"-P{through.port}", "-uapp", f"-p{password}", "-BN"]
        command += ["--ssl", "--default-auth=mysql_clear_password", "-e", "SELECT CURRENT_USER()"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout == ("app@%\n" if password == "secret" else "")
    assert isinstance(through.ended, LoginResult if password == "secret" else Refused)


def test_libmariadb_negotiates_extended_capabilities(mariadb: ShopServer, rsa_key: RsaKey, contexts: Contexts) -> None:
    with relay(mariadb, rsa_key, contexts, upstream_tls=True) as through:
        arguments = {"host": "127.0.0.1", "port": through.port, "user": "app", "passwd": "secret", "db": "shop"}
        connection = MySQLdb.connect(**arguments, compress=True)
        connection.query("SELECT COUNT(*) FROM regions")
        connection.store_result()
        connection.close()
    assert isinstance(through.ended, LoginResult)
    assert not through.ended.capabilities & pymysql.constants.CLIENT.COMPRESS
    assert not through.ended.capabilities & 1  # an extended client
    assert through.ended.mariadb_capabilities & ~0b101100 == 0


class Session:
    """A raw client over ``Login`` and ``ChangeUser``, straight on the server's socket."""

    def __init__(self, mariadb: ShopServer, rsa_key: RsaKey) -> None:
        self.upstream = socket.create_connection((mariadb.host, mariadb.port))
        login = Login(LoginPolicy("off", "off"), rsa_key)
        (shown,) = login.upstream_packet(*read_packet(self.upstream))
        assert isinstance(shown, ToClient)
        version_end = shown.data.index(b"\0", 5)
        rest = shown.data[version_end + 1 :]
        self.nonce = rest[4:12] + rest[31:43]
        auth = scramble(NATIVE, b"secret", self.nonce)
        (sent,) = login.client_packet(1, response(CLIENT_FLAGS, auth, plugin=NATIVE))
        assert isinstance(sent, ToUpstream)
        self.upstream.sendall(sent.data)
        _, logged_in = login.upstream_packet(*read_packet(self.upstream))
        assert isinstance(logged_in, LoggedIn)
        assert logged_in.result.nonce == self.nonce
        self.result = logged_in.result
        self.rsa_key = rsa_key

    def change_user(self, user: bytes, password: bytes) -> UserChanged | Refused:
        talk = ChangeUser(self.result, self.nonce, self.rsa_key)
        auth = scramble(NATIVE, password, self.nonce)
        command = (
            b"\x11" + user + b"\0" + bytes([len(auth)]) + auth + b"shop\0\x2d\0" + NATIVE.encode() + b"\0" + ATTRIBUTES
        )
        actions, seq = talk.client_packet(0, command), 0
        while True:
            for action in actions:
                if isinstance(action, ToUpstream):
                    self.upstream.sendall(action.data)
                elif isinstance(action, ToClient):
                    seq, payload = action.data[3], action.data[4:]
                elif isinstance(action, UserChanged | Refused):
                    return action
            if talk.reads_client:
                assert payload[0] == 0xFE
                self.nonce = payload.split(b"\0", 1)[1][:20]
                actions = talk.client_packet(seq + 1, scramble(NATIVE, password, self.nonce))
            else:
                actions = talk.upstream_packet(*read_packet(self.upstream))

    def current_user(self) -> bytes:
        self.upstream.sendall(frame(0, b"\x03SELECT CURRENT_USER()"))
        packets = [read_packet(self.upstream)[1] for _ in range(4)]  # count, column, row, OK
        return packets[2][1:]


def test_change_user(mariadb: ShopServer, rsa_key: RsaKey) -> None:
    session = Session(mariadb, rsa_key)
    assert session.current_user() == b"app@%"
    changed = session.change_user(b"reader", b"secret")
    assert isinstance(changed, UserChanged)
    assert (changed.user, changed.database, changed.nonce) == (b"reader", b"shop", session.nonce)
    assert session.current_user() == b"reader@%"
    assert isinstance(session.change_user(b"app", b"secret"), UserChanged)  # with the nonce of the last one
    assert session.current_user() == b"app@%"
    session.upstream.close()


def test_change_user_with_a_wrong_password(mariadb: ShopServer, rsa_key: RsaKey) -> None:
    session = Session(mariadb, rsa_key)
    refused = session.change_user(b"reader", b"wrong")
    assert isinstance(refused, Refused)
    assert refused.number == 1045
    session.upstream.close()
