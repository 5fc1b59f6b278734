"""Connections that do not become a session: what the client is told, and that nothing else happens."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pymysql
import pytest

from plugins import hookimpl
from proxy.hub import SessionClosed, SessionOpened
from tests.proxy.conftest import Connect, eventually
from tests.proxy.wire import peers
from tests.support.embedded import EmbeddedGateway, embedded
from tests.support.raw_client import RawClient, ServerError
from tests.support.shop_server import ShopServer

Serve = Callable[[socket.socket], None]


@contextmanager
def scripted_upstream(serve: Serve) -> Iterator[str]:
    """Listens and hands every connection to ``serve``; gives its address."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        held: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    held.append(listener.accept()[0])
                    serve(held[-1])
                except OSError:
                    return

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"mysql://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in held:
                connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def everything(port: int, *sent: bytes) -> bytes:
    """What a client that sends this gets until the connection is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for data in sent:
            connection.sendall(data)
        received = bytearray()
        with suppress(ConnectionResetError):  # how a close looks to who still sends
            while piece := connection.recv(65536):
                received += piece
        return bytes(received)


def error_of(data: bytes) -> int:
    """The number in the last packet, which is an ERR packet."""
    at = 0
    while at + 4 + int.from_bytes(data[at : at + 3], "little") < len(data):
        at += 4 + int.from_bytes(data[at : at + 3], "little")
    assert data[at + 4] == 0xFF
    return int(struct.unpack_from("<H", data, at + 5)[0])


def test_session_events(test_gateway: EmbeddedGateway, connect: Connect) -> None:
    connection = connect()
    identity = connection.thread_id()
    opened = [e for e in test_gateway.events if isinstance(e, SessionOpened) and e.connection_id == identity]
    assert [(e.user, e.database) for e in opened] == [("app", "scratch")]
    assert opened[0].peer.startswith("127.0.0.1:")
    connection.close()
    eventually(lambda: SessionClosed(identity) in test_gateway.events)


@pytest.mark.parametrize(
    ("user", "password", "database", "number"),
    [
        ("app", "wrong", "", 1045),
        ("app", "", "", 1045),
        ("unknown", "secret", "", 1045),
        ("", "", "", 1045),
        ("app", "secret", "no_such_database", 1044),
        ("nobody", "secret", "shop", 1044),
    ],
)
def test_refused_log_ins_are_closed(
    test_gateway: EmbeddedGateway, user: str, password: str, database: str, number: int
) -> None:
    before = test_gateway.gateway.sessions
    with pytest.raises(ServerError) as refused:
        RawClient(test_gateway.port, user=user, password=password, database=database)
    assert refused.value.number == number
    assert test_gateway.gateway.sessions == before


def test_a_refused_client_is_served_no_statement(mariadb: ShopServer, test_gateway: EmbeddedGateway) -> None:
    """Commands sent right behind a wrong password go nowhere."""
    mariadb.run_sql("CREATE TABLE refused_client (n INT)", database="scratch")
    head = struct.pack("<IIB23x", peers.CLIENT_FLAGS & ~(1 << 20), 1 << 24, 45)
    wrong = head + b"app\0" + b"\x14" + b"x" * 20 + b"scratch\0" + b"mysql_native_password\0"
    insert = peers.frame(0, b"\x03INSERT INTO refused_client VALUES (1)")
    ask = peers.frame(0, b"\x03TEST RUN SELECT 1")
    received = everything(test_gateway.port, peers.frame(1, wrong) + insert + ask)
    assert error_of(received) == 1045
    assert mariadb.run_sql("SELECT COUNT(*) FROM refused_client", database="scratch").strip() == "0"


def test_upstream_down(tmp_path: Path) -> None:
    with embedded(f"mysql://127.0.0.1:{free_port()}", tmp_path) as gateway:
        assert error_of(everything(gateway.port)) == 1429
        assert gateway.gateway.sessions == 0


def test_silent_upstream(tmp_path: Path) -> None:
    with (
        scripted_upstream(lambda _connection: None) as url,
        embedded(url, tmp_path, login_timeout_s=0.3) as gateway,
    ):
        assert error_of(everything(gateway.port)) == 1159


def test_silent_client(mariadb: ShopServer, tmp_path: Path) -> None:
    with embedded(mariadb.url, tmp_path, login_timeout_s=0.3) as gateway:
        assert error_of(everything(gateway.port)) == 1159


@pytest.mark.parametrize("sent", [b"\0\0\0\1", b"\xff\xff\xff\1", b"GET / HTTP/1.1\r\n\r\n" * 9, peers.frame(1, b"x")])
def test_garbage_instead_of_a_log_in(test_gateway: EmbeddedGateway, sent: bytes) -> None:
    assert error_of(everything(test_gateway.port, sent)) in (1043, 1153, 1156, 1835)


def test_upstream_that_closes_at_once(tmp_path: Path) -> None:
    with scripted_upstream(lambda connection: connection.close()) as url, embedded(url, tmp_path) as gateway:
        assert error_of(everything(gateway.port)) == 1158


def test_upstream_that_is_full(tmp_path: Path) -> None:
    """Its own refusal in place of a greeting is passed on."""
    full = peers.frame(0, b"\xff" + struct.pack("<H", 1040) + b"Too many connections")
    with scripted_upstream(lambda connection: connection.sendall(full)) as url, embedded(url, tmp_path) as gateway:
        assert error_of(everything(gateway.port)) == 1040


@pytest.mark.parametrize("early", [b"\x07\0", peers.frame(2, peers.OK)])
def test_bytes_in_clear_before_tls_are_refused(tmp_path: Path, early: bytes) -> None:
    """Someone between gateway and database must not be able to put bytes before those that come inside TLS."""
    greeting = peers.frame(0, peers.greeting(peers.SERVER | (1 << 11)))
    head = struct.pack("<IIB23x", peers.CLIENT_FLAGS & ~(1 << 20), 1 << 24, 45)
    response = peers.frame(1, head + b"app\0" + b"\0" + b"scratch\0" + b"mysql_native_password\0")

    def serve(connection: socket.socket) -> None:
        connection.sendall(greeting + early)

    with scripted_upstream(serve) as url, embedded(url, tmp_path, tls={"upstream": "preferred"}) as gateway:
        number = error_of(everything(gateway.port, response))
        assert number in (1043, 1156, 2026)  # by whether it was seen before or after the client spoke


def test_too_many_connections(mariadb: ShopServer, tmp_path: Path) -> None:
    with embedded(mariadb.url, tmp_path, max_connections=2) as gateway:
        with RawClient(gateway.port), RawClient(gateway.port):
            assert error_of(everything(gateway.port)) == 1040
        eventually(lambda: gateway.gateway.sessions == 0)
        with RawClient(gateway.port) as again:
            assert again.query("SELECT 1")[0] == b"\x01"


class Protects:
    """A plugin that may change results."""

    @hookimpl
    def askwire_result_transform(self) -> None:
        pass


def test_without_a_plugin_that_protects_data_nobody_logs_in(
    mariadb: ShopServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    plugin = Protects()
    with embedded(mariadb.url, tmp_path_factory.mktemp("protects"), plugin) as made:
        where: dict[str, Any] = {"host": "127.0.0.1", "port": made.port, "password": "secret"}
        with pymysql.connect(**where, user="app"):
            pass
        next(each for each in made.gateway.hub.plugins.all if each.implementation is plugin).switch_off("a fault")
        with pytest.raises(
            pymysql.MySQLError, match=r"'Protects', which protects data, is off.*log says why"
        ) as caught:
            pymysql.connect(**where, user="app")
        assert caught.value.args[0] & 0xFFFF == 57071
