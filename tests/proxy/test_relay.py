"""A session on real connections: pipelining, slow and vanishing peers."""

import asyncio
import resource
import socket
import struct
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pymysql
import pytest

from proxy import idle
from proxy.relay import Relay
from proxy.wire.actions import LoginResult
from proxy.wire.packets import packet
from tests.proxy.conftest import Connect, eventually
from tests.support import raw_client as raw
from tests.support.embedded import EmbeddedGateway, StatementsForTests, embedded
from tests.support.raw_client import RawClient
from tests.support.shop_server import ShopServer

FLAVOURS = {"classic": raw.CLASSIC, "deprecate_eof": raw.MYSQL, "mariadb": raw.MARIADB}


def query(sql: str) -> bytes:
    """A COM_QUERY packet."""
    data = b"\x03" + sql.encode()
    return len(data).to_bytes(3, "little") + b"\0" + data


def integer(client: RawClient, reply: list[bytes]) -> int:
    """The only value of the last row."""
    row = reply[-2]
    return int(row[1 : 1 + row[0]])


# --- pipelining


@pytest.mark.parametrize("capabilities", FLAVOURS.values(), ids=FLAVOURS)
def test_pipelined_statements_are_answered_in_order(test_gateway: EmbeddedGateway, capabilities: int) -> None:
    statements = [
        "SELECT 1",
        "SELECT REPEAT('x', 3000000)",
        "TEST ROWS 300",
        "SELECT 2",
        "TEST RUN SELECT 3",
        "TEST RUN SELECT seq FROM seq_1_to_5000",
        "SET @a = 4",
        "TEST ERROR",
        "SELECT @a",
        "SHOW WARNINGS",
        "TEST DONE 1",
        "TEST TABLE",
        "SHOW COUNT(*) WARNINGS",
        "SELECT 5",
    ]
    with RawClient(test_gateway.port, capabilities) as client:
        client.socket.sendall(b"".join(map(query, statements)))
        replies = [client.reply(raw.COM_QUERY) for _ in statements]
        assert [integer(client, replies[n]) for n in (0, 2, 3, 4, 5, 8, 12, 13)] == [1, 299, 2, 3, 5000, 4, 2, 5]
        assert len(replies[1][-2]) > 3_000_000
        assert replies[7][0][:3] == b"\xff" + struct.pack("<H", 57006)
        assert replies[9][0] in (b"\x03", b"\x04")  # of the upstream: SELECT @a came between
        assert replies[10][0][:2] == b"\0\1"


def test_pipelined_behind_a_large_result(test_gateway: EmbeddedGateway) -> None:
    """The upstream is not idle for long after the gateway statement arrived, and the probe is sent too."""
    with RawClient(test_gateway.port) as client:
        client.socket.sendall(
            query("SELECT seq, SLEEP(IF(seq = 1, 0.6, 0)) FROM seq_1_to_300000") + query("TEST TABLE")
        )
        assert len(client.reply(raw.COM_QUERY)) > 300_000
        assert client.reply(raw.COM_QUERY)[0] == b"\x03"
        assert integer(client, client.query("SELECT 9")) == 9


def test_pipelined_byte_by_byte(test_gateway: EmbeddedGateway) -> None:
    with RawClient(test_gateway.port) as client:
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in query("TEST ROWS 3") + query("SELECT 4") + query("TEST RUN SELECT 5"):
            client.socket.sendall(bytes([byte]))
        assert [integer(client, client.reply(raw.COM_QUERY)) for _ in range(3)] == [2, 4, 5]


def test_commands_wait_for_a_gateway_statement(
    test_gateway: EmbeddedGateway, connect: Connect, plugin: StatementsForTests
) -> None:
    plugin.sleeping.clear()
    with RawClient(test_gateway.port) as client:
        client.socket.sendall(query("TEST SLEEP"))
        assert plugin.sleeping.wait(10)
        client.socket.sendall(query("SELECT 1") + query("TEST ROWS 5") + b"\1\0\0\0\x0e")
        client.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.socket.recv(1)
        client.socket.settimeout(20)
        with connect().cursor() as cursor:
            cursor.execute(f"KILL QUERY {client.greeting.connection_id}")
        assert client.reply(raw.COM_QUERY)[0][:3] == b"\xff" + struct.pack("<H", 1317)
        assert integer(client, client.reply(raw.COM_QUERY)) == 1
        assert integer(client, client.reply(raw.COM_QUERY)) == 4
        assert client.reply(raw.COM_PING)[0][:1] == b"\0"


def test_a_client_that_sends_too_far_ahead_is_not_read(
    test_gateway: EmbeddedGateway, connect: Connect, plugin: StatementsForTests
) -> None:
    plugin.sleeping.clear()
    with RawClient(test_gateway.port) as client:
        client.socket.sendall(query("TEST SLEEP"))
        assert plugin.sleeping.wait(10)
        filler = query("SELECT '" + "x" * 100_000 + "'")
        client.socket.setblocking(False)
        sent = 0
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < 0.3:
            try:
                sent += client.socket.send(filler[sent % len(filler) :])
                quiet_since = time.monotonic()
            except BlockingIOError:
                time.sleep(0.01)
            assert sent < 64 << 20
        client.socket.setblocking(True)
        with connect().cursor() as cursor:
            cursor.execute(f"KILL QUERY {client.greeting.connection_id}")
        rest = threading.Thread(target=client.socket.sendall, args=(filler[sent % len(filler) :],))
        rest.start()
        assert client.reply(raw.COM_QUERY)[0][:1] == b"\xff"
        for _ in range(sent // len(filler) + 1):
            assert len(client.reply(raw.COM_QUERY)[-2]) > 100_000
        rest.join()


# --- peers that go away


def test_upstream_killed_while_idle(connect: Connect, mariadb: ShopServer) -> None:
    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute("TEST TABLE")
        mariadb.run_sql(f"KILL {connection.thread_id()}")
        with pytest.raises(pymysql.MySQLError) as error:
            cursor.execute("SELECT 1")
    assert error.value.args[0] in (1927, 2006, 2013)


@pytest.mark.parametrize("upstream_tls", ["off", "required"])
def test_half_closed_client_still_gets_its_reply(mariadb: ShopServer, tmp_path: Path, upstream_tls: str) -> None:
    with embedded(mariadb.url, tmp_path, tls={"upstream": upstream_tls}) as gateway:
        client = RawClient(gateway.port)
        client.socket.sendall(query("SELECT SLEEP(0.1)") + query("SELECT 2"))
        client.socket.shutdown(socket.SHUT_WR)
        assert integer(client, client.reply(raw.COM_QUERY)) == 0
        assert integer(client, client.reply(raw.COM_QUERY)) == 2
        assert client.socket.recv(1) == b""
        client.socket.close()
        eventually(lambda: gateway.gateway.sessions == 0)


class Transport:
    """One end of a session; notes what is written to it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        for name in ("set_write_buffer_limits", "set_protocol", "resume_reading", "close"):
            setattr(self, name, lambda *_words, **_named: None)

    def get_extra_info(self, _name: str) -> None:
        return None

    def is_closing(self) -> bool:
        return False

    def can_write_eof(self) -> bool:
        return True

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def write_eof(self) -> None:
        self.written.append(b"")


@pytest.mark.parametrize("says", ["quit", "eof"])
async def test_a_session_whose_client_has_said_its_last_is_not_lent(says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be missed: a warning about a lost database, for nothing but a client that leaves."""
    monkeypatch.setattr(idle, "SILENT_S", 0)
    hub: Any = SimpleNamespace(
        router=SimpleNamespace(may_take=lambda _data, _at: False),
        settings=SimpleNamespace(diagnose=SimpleNamespace(watch=False)),
        waiting=None,
        prepares=True,
        closed=lambda _relay: None,
    )
    login = LoginResult(
        capabilities=0,
        mariadb_capabilities=0,
        connection_id=1,
        server_version="",
        is_mariadb=True,
        user=b"app",
        database=b"shop",
        charset=45,
        nonce=b"",
        status=2,
        client_tls=False,
        upstream_tls=False,
    )
    upstream: Any = Transport()
    client: Any = Transport()
    relay = Relay(hub, client, upstream, login, "127.0.0.1:1")
    relay.start()
    if says == "quit":
        relay.client_leg.data_received(packet(0, b"\1"))
    else:
        assert relay.client_leg.eof_received()
    await asyncio.sleep(0.01)
    written = list(upstream.written)
    relay.client_lost()
    assert written == ([packet(0, b"\1")] if says == "quit" else [b""])


# --- many, slow


def test_sessions_do_not_affect_each_other(test_gateway: EmbeddedGateway, connect: Connect) -> None:
    wrong: list[object] = []

    def work(number: int) -> None:
        with RawClient(test_gateway.port) as client:
            client.query(f"SET @mine = {number}")
            for turn in range(15):
                client.socket.sendall(query("SELECT @mine") + query("TEST RUN SELECT @mine") + query("TEST ROWS 9"))
                got = [integer(client, client.reply(raw.COM_QUERY)) for _ in range(3)]
                if got != [number, number, 8]:
                    wrong.append((number, turn, got))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 21)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []


@pytest.mark.parametrize("prefix", ["", "TEST RUN "])
def test_a_slow_client_costs_no_memory(test_gateway: EmbeddedGateway, prefix: str) -> None:
    """A result of 200 MB that nobody reads stays in the database; the relay stops reading."""
    with RawClient(test_gateway.port) as client:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        client.send(b"\x03" + prefix.encode() + b"SELECT REPEAT('x', 100000) FROM seq_1_to_2000")
        time.sleep(1.0)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000
        total = sum(map(len, client.reply(raw.COM_QUERY)))
        assert total > 200_000_000
        assert integer(client, client.query("SELECT 1")) == 1


def test_a_slow_client_of_a_table_costs_no_memory(test_gateway: EmbeddedGateway) -> None:
    with RawClient(test_gateway.port) as client:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        client.send(b"\x03TEST ROWS 100000000000")
        assert client.read() == b"\x01"
        with RawClient(test_gateway.port) as other:
            for _ in range(100):
                assert integer(other, other.query("SELECT 1")) == 1
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000
        client.socket.close()
