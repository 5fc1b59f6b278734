"""A log-in that is refused ends the connection: nothing that a client sent before, with or after it is ever run."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pymysql
import pytest
import sqlalchemy as sa

from proxy.upstreams.accounts import Accounts
from proxy.upstreams.backends.duckdb import DuckDBBackend
from proxy.upstreams.passwords import hash_password
from proxy.wire.errors import ProtocolError
from proxy.wire.server_login import Credentials
from tests.proxy.upstreams.served import connected, duckdb_file, error, rows, served
from tests.support.embedded import EmbeddedGateway
from tests.support.postgres import PostgresServer
from tests.support.raw_client import (
    CLASSIC,
    COM_CHANGE_USER,
    COM_QUERY,
    CONNECT_WITH_DB,
    PLUGIN_AUTH,
    lenenc,
    parse_greeting,
)

if TYPE_CHECKING:
    from tests.proxy.upstreams.served import Client

SHA2, CLEAR = b"caching_sha2_password", b"mysql_clear_password"
SSL = 1 << 11
WRITE = b"CREATE TABLE broken_in (a INT)"


class Raw:
    """A connection on which nothing is right by itself."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.greeting = parse_greeting(self.read())

    def read(self) -> bytes:
        """One payload; empty when the connection is over."""
        head = self._take(4)
        return self._take(int.from_bytes(head[:3], "little")) if len(head) == 4 else b""

    def _take(self, size: int) -> bytes:
        taken = b""
        while len(taken) < size:
            try:
                part = self.socket.recv(size - len(taken))
            except ConnectionError:
                return b""
            if not part:
                return b""
            taken += part
        return taken

    def rest(self) -> bytes:
        """All that comes until the connection is over."""
        found = b""
        while part := self._take(1):
            found += part
        return found

    def send(self, *packets: bytes) -> None:
        with contextlib.suppress(ConnectionError):  # it may be over already
            self.socket.sendall(b"".join(packets))


def framed(sequence: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "little") + bytes([sequence]) + payload


def response(
    user: bytes = b"ann",
    data: bytes = b"",
    plugin: bytes = SHA2,
    database: bytes = b"",
    flags: int = CLASSIC | PLUGIN_AUTH,
) -> bytes:
    flags |= CONNECT_WITH_DB if database else 0
    payload = struct.pack("<IIB23x", flags, 1 << 24, 45) + user + b"\0" + lenenc(data)
    return payload + (database + b"\0" if database else b"") + plugin + b"\0"


def query(sql: bytes = WRITE) -> bytes:
    return framed(0, bytes([COM_QUERY]) + sql)


def error_number(payload: bytes) -> int:
    assert payload[:1] == b"\xff", payload
    return int(struct.unpack_from("<H", payload, 1)[0])


@pytest.fixture(scope="module")
def open_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedGateway]:
    """DuckDB without accounts: whoever is local."""
    folder = tmp_path_factory.mktemp("open")
    with served(duckdb_file(folder), folder / "data") as gateway:
        yield gateway


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedGateway]:
    """DuckDB with the account ann."""
    folder = tmp_path_factory.mktemp("listed")
    accounts = {"ann": hash_password("secret")}
    with served(duckdb_file(folder), folder / "data", accounts=accounts) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def witnesses(open_door: EmbeddedGateway, listed: EmbeddedGateway) -> "Iterator[tuple[Client, Client]]":
    """Logged in once: it takes a while on purpose."""
    with connected(open_door.port) as first, connected(listed.port, password="secret") as second:
        yield first, second


@pytest.fixture
def nothing_written(witnesses: "tuple[Client, Client]") -> Iterator[None]:
    yield
    for client in witnesses:
        assert error(client, "SELECT * FROM main.broken_in") == 1146


@pytest.mark.parametrize(
    ("sent", "number"),
    [
        (framed(1, response(database=b"nosuch")) + query(), 1049),
        (framed(1, response(data=b"")) + b"", 0),
        (framed(0, response()) + query(), 1156),
        (framed(2, response()) + query(), 1156),
        (framed(1, response()[:36]) + query(), 1043),
        (framed(1, response()[:31]) + query(), 1043),
        (framed(1, b"") + query(), 1043),
        (framed(1, response(flags=(CLASSIC | PLUGIN_AUTH) | SSL)) + query(), 1043),
        (framed(1, response(flags=CLASSIC & ~PLUGIN_AUTH)) + query(), 1251),
        (query(), 1156),
        (framed(1, bytes([COM_QUERY]) + WRITE + b" " * 40) + query(), 1251),
    ],
)
@pytest.mark.usefixtures("nothing_written")
def test_what_is_no_log_in_is_the_end(open_door: EmbeddedGateway, sent: bytes, number: int) -> None:
    raw = Raw(open_door.port)
    raw.send(sent)
    answer = raw.read()
    if not number:
        assert answer[:1] == b"\0"
        raw.socket.close()
        return
    assert error_number(answer) == number
    raw.send(query())
    assert raw.rest() == b""


@pytest.mark.parametrize("user", [b"ann", b"nobody", b"", b"\xff\xfe"])
@pytest.mark.usefixtures("nothing_written")
def test_a_wrong_password_ends_the_connection(listed: EmbeddedGateway, user: bytes) -> None:
    """mysql-mimic 3.0.5 goes on serving after it. Without a password, so that all is in one segment."""
    raw = Raw(listed.port)
    raw.send(framed(1, response(user)), query(), query())
    assert error_number(raw.read()) == 1045
    raw.send(query())
    assert raw.rest() == b""


@pytest.mark.parametrize(
    "then",
    [
        framed(3, b"secret\0"),
        framed(3, response(data=b"")),
        framed(3, bytes([COM_QUERY]) + WRITE),
        framed(3, b"x" * 256),
        framed(3, b"\x02") + framed(5, b"secret\0"),
        framed(3, b"\x02") + framed(5, b"\x02"),
        framed(7, b"\x02"),
        framed(3, struct.pack("<IIB23x", CLASSIC | PLUGIN_AUTH | SSL, 1 << 24, 45)),
        framed(3, b"\0"),
    ],
)
@pytest.mark.usefixtures("nothing_written")
def test_full_authentication_takes_no_clear_text_without_tls(listed: EmbeddedGateway, then: bytes) -> None:
    raw = Raw(listed.port)
    raw.send(framed(1, response(data=b"x" * 32)))
    assert raw.read() == b"\x01\x04"
    raw.send(then, query())
    answer = raw.read()
    if answer[:1] == b"\x01":  # the key
        answer = raw.read()
    assert error_number(answer) in (1043, 1045, 1156)
    raw.send(query())
    assert raw.rest() == b""


@pytest.mark.usefixtures("nothing_written")
def test_a_password_in_clear_in_the_response_is_not_taken_without_tls(listed: EmbeddedGateway) -> None:
    raw = Raw(listed.port)
    raw.send(framed(1, response(data=b"secret\0", plugin=CLEAR)))
    switch = raw.read()
    assert switch.startswith(b"\xfe" + SHA2)
    raw.send(framed(3, b"secret\0"), query())
    assert raw.read() == b"\x01\x04"
    assert error_number(raw.read()) in (1045, 1156)
    assert raw.rest() == b""


def test_clear_text_needs_tls(tmp_path: Path) -> None:
    accounts = {"ann": hash_password("secret")}
    upstream = duckdb_file(tmp_path)
    with served(upstream, tmp_path / "d", accounts=accounts, login_plugin="mysql_clear_password") as gateway:
        for data, plugin in ((b"secret\0", CLEAR), (b"x", SHA2)):
            raw = Raw(gateway.port)
            raw.send(framed(1, response(data=data, plugin=plugin)))
            answer = raw.read()
            if answer[:1] == b"\xfe":
                assert answer.startswith(b"\xfe" + CLEAR)
                raw.send(framed(3, b"secret\0"), query())
                answer = raw.read()
            assert error_number(answer) == 3159
            assert raw.rest() == b""


@pytest.mark.parametrize("body", [b"nobody\0\0\0", b"ann\0\x04abcd\0-\0" + SHA2 + b"\0", b"", b"ann", b"ann\0\xff"])
@pytest.mark.usefixtures("nothing_written")
def test_a_refused_change_of_user_ends_the_connection(listed: EmbeddedGateway, body: bytes) -> None:
    client = connected(listed.port, password="secret")
    assert rows(client, "SELECT 1") == [(1,)]
    plain = client._sock
    plain.sendall(framed(0, bytes([COM_CHANGE_USER]) + body) + query() + query())
    received = b""
    try:
        while part := plain.recv(1 << 16):
            received += part
            if received[4:6] == b"\x01\x04":  # full authentication: a wrong password
                received = b""
                plain.sendall(framed(3, b"wrong\0") + query())
            elif received[4:5] == b"\xfe":  # to the server's plugin: without a password
                received = b""
                plain.sendall(framed(3, b"") + query())
    except ConnectionError:
        pass
    assert received[4:5] == b"\xff"
    assert len(received) == 4 + int.from_bytes(received[:3], "little"), "one error, nothing behind it"
    plain.close()


def test_unknown_users_and_wrong_passwords_are_told_alike(listed: EmbeddedGateway) -> None:
    messages = set()
    for user, password in (("ann", "wrong"), ("nosuch", "wrong"), ("nosuch", "secret")):
        with pytest.raises(pymysql.err.OperationalError) as caught:
            connected(listed.port, user, password)
        messages.add((caught.value.args[0], caught.value.args[1].replace(user, "x")))
    assert len(messages) == 1, messages


@pytest.mark.parametrize("password", ["secret\0", "\0", "s" * 2000, "secret ", "SECRET"])
def test_almost_the_password(listed: EmbeddedGateway, password: str) -> None:
    with pytest.raises(pymysql.err.OperationalError) as caught:
        connected(listed.port, password=password)
    assert caught.value.args[0] == 1045


def test_without_accounts_only_who_is_local_comes_in() -> None:
    accounts = Accounts(DuckDBBackend(sa.make_url("duckdb://")), {})
    with pytest.raises(ProtocolError) as caught:
        accounts.open(Credentials("ann", "", None, None), "192.0.2.1", local=False)
    assert caught.value.number == 1045


def test_a_password_is_in_no_log(
    listed: EmbeddedGateway, postgres: PostgresServer, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with served(postgres.url(), tmp_path) as gateway:
        for port, user in (
            (listed.port, "ann"),
            (gateway.port, "app"),
            (gateway.port, "nosuch"),
            (gateway.port, "x' \"="),
        ):
            with pytest.raises(pymysql.err.OperationalError) as caught:
                connected(port, user, "Hunter-2-Hunter")
            assert "Hunter" not in str(caught.value)
        with connected(gateway.port, "app", "secret") as client:
            assert "secret" not in str(rows(client, "SHOW FULL PROCESSLIST"))
            assert "secret" not in str(rows(client, "SHOW VARIABLES"))
    assert "Hunter" not in "".join(capfd.readouterr())


def sessions() -> int:
    """Threads that serve one."""
    return sum(thread.name.startswith("session-") for thread in threading.enumerate())


def test_connections_that_only_read_the_greeting_go(tmp_path: Path) -> None:
    before = sessions()
    with served(duckdb_file(tmp_path), tmp_path / "d", login_timeout_s=2.0) as gateway:
        idle = [Raw(gateway.port) for _ in range(200)]
        slow = Raw(gateway.port)
        slow.send(framed(1, response())[:10])
        with connected(gateway.port) as client:
            assert rows(client, "SELECT 1") == [(1,)]
        for raw in (*idle, slow):
            raw.rest()
        assert not gateway.gateway.sessions
        server = gateway.gateway._hub.server  # type: ignore[union-attr]
        assert server is not None
        for thread in list(server._threads.values()):
            thread.join()
        assert not server._sessions
    assert sessions() <= before + 1


def test_a_gateway_that_is_full_says_so(tmp_path: Path) -> None:
    with served(duckdb_file(tmp_path), tmp_path / "d", max_connections=3) as gateway:
        held = [Raw(gateway.port) for _ in range(3)]
        with pytest.raises(pymysql.err.OperationalError) as caught:
            connected(gateway.port)
        assert caught.value.args[0] == 1040
        for raw in held:
            raw.socket.close()


def test_postgresql_that_trusts_the_gateway_trusts_no_client(postgres: PostgresServer, tmp_path: Path) -> None:
    hba = postgres.folder / "data" / "pg_hba.conf"
    before = hba.read_text()
    hba.write_text("host all all 127.0.0.1/32 trust\n" + before)
    postgres.run_sql("SELECT pg_reload_conf()")
    try:
        with served(postgres.url(), tmp_path) as gateway:
            for user, password in (("postgres", ""), ("postgres", "x"), ("app", "wrong"), ("app", "secret")):
                with pytest.raises(pymysql.err.OperationalError) as caught:
                    connected(gateway.port, user, password)
                assert caught.value.args[0] in (1045, 1158)
    finally:
        hba.write_text(before)
        postgres.run_sql("SELECT pg_reload_conf()")
