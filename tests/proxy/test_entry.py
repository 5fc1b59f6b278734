"""Log-ins through a whole gateway: TLS on both legs, and an upstream that slips bytes in before TLS."""

import contextlib
import socket
import ssl
import threading
from pathlib import Path

import pymysql
import pytest
from pymysql.constants import CLIENT

from tests.proxy.wire.peers import OK, SERVER, frame, greeting
from tests.proxy.wire.relay import read_packet
from tests.support.embedded import embedded
from tests.support.shop_server import ShopServer


def connect(port: int, password: str, *, tls: bool) -> pymysql.connections.Connection:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return pymysql.connect(
        host="127.0.0.1",
        port=port,
        user="app",
        password=password,
        ssl=context if tls else None,
        ssl_disabled=not tls,
    )


@pytest.mark.parametrize("upstream", ["off", "preferred", "required"])
def test_tls_on_both_legs(mariadb: ShopServer, tmp_path: Path, upstream: str) -> None:
    with embedded(mariadb.url, tmp_path, tls={"upstream": upstream}) as gateway:
        for tls in (False, True):
            with connect(gateway.port, "secret", tls=tls) as connection, connection.cursor() as cursor:
                cursor.execute("SHOW STATUS LIKE 'Ssl_version'")
                assert bool(cursor.fetchall()[0][1]) == (upstream != "off")
                assert connection._secure == tls
            with pytest.raises(pymysql.err.OperationalError) as denied:
                connect(gateway.port, "wrong", tls=tls)
            assert denied.value.args[0] == 1045


class InjectingUpstream:
    """Greets, and with the greeting or after the SSLRequest sends packets in clear; then waits for the end."""

    def __init__(self, ahead: bytes, *, at_once: bool) -> None:
        self.heard = b""
        self._ahead = ahead
        self._at_once = at_once
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> "InjectingUpstream":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._listener.close()
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        connection.settimeout(20)
        with connection, contextlib.suppress(ConnectionError):
            connection.sendall(frame(0, greeting(SERVER | CLIENT.SSL)) + (self._ahead if self._at_once else b""))
            assert len(read_packet(connection)[1]) == 32
            if not self._at_once:
                connection.sendall(self._ahead)
            while data := connection.recv(4096):
                self.heard += data


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("payload", [OK, b"\xfemysql_clear_password\0"])
def test_nothing_in_clear_passes_for_the_inside_of_tls(tmp_path: Path, at_once: bool, payload: bytes) -> None:
    with InjectingUpstream(frame(3 if not at_once else 1, payload), at_once=at_once) as upstream:
        address = f"mysql://127.0.0.1:{upstream.port}"
        # What the client sees depends on how far it was; it is never let in.
        with (
            embedded(address, tmp_path, tls={"upstream": "required"}) as gateway,
            pytest.raises(pymysql.err.MySQLError),
        ):
            connect(gateway.port, "secret", tls=True)
    assert upstream.heard[:1] in (b"", b"\x16")  # nothing, or a TLS handshake that led nowhere
    assert b"app" not in upstream.heard
