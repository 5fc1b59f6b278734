"""Clients that hold on, let go in the middle, or send what is too much; databases that stop answering."""

import os
import signal
import struct
import time
from pathlib import Path

import pymysql
import pytest

from plugins import UpstreamError
from proxy.upstreams import prepared
from proxy.upstreams.named import NamedStatements
from proxy.upstreams.prepared import PreparedStatements
from proxy.wire.commands import Com
from tests.proxy.upstreams.served import connected, error, rows, served
from tests.support.postgres import PostgresServer, postgres_server

SECONDS = 30


def wait_until(found: "object", expected: object) -> None:
    """Until a callable gives the expected value."""
    until = time.monotonic() + SECONDS
    while (got := found()) != expected:  # type: ignore[operator]
        assert time.monotonic() < until, got
        time.sleep(0.05)


def running(server: PostgresServer) -> int:
    """Clients' statements that the database works on."""
    with server.administrator() as administrator:
        sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'askwire' AND state = 'active'"
        return int(administrator.execute(sql.encode()).fetchone()[0])  # type: ignore[index]


@pytest.mark.timeout(90)
def test_a_client_that_leaves_in_the_middle_leaves_nothing(postgres: PostgresServer, tmp_path: Path) -> None:
    def busy() -> int:
        with postgres.administrator() as administrator:
            sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'askwire' AND datname = 'scratch'"
            return int(administrator.execute(sql.encode()).fetchone()[0])  # type: ignore[index]

    others = busy()  # of tests that share the server
    with served(postgres.url(), tmp_path) as gateway:
        server = gateway.gateway._hub.server  # type: ignore[union-attr]
        assert server is not None
        for sql in (
            "/*raw*/SELECT repeat('x', 1000), generate_series(1, 100000000)",  # FROM it, all were made before the first
            "/*raw*/SELECT pg_sleep(600)",
            "/*raw*/SELECT COUNT(*) FROM generate_series(1, 100000000000)",
        ):
            client = connected(gateway.port, "app", "secret")
            client._execute_command(Com.QUERY, sql.encode())
            wait_until(lambda: running(postgres), 1)
            if "repeat" in sql:
                client._sock.recv(1)
            client._force_close()
            wait_until(lambda: running(postgres), 0)
        wait_until(busy, others)
        wait_until(lambda: len(server._threads), 0)
        assert not server._sessions
        wait_until(lambda: gateway.gateway.sessions, 0)


@pytest.mark.timeout(90)
def test_a_gateway_ends_although_its_database_does_not_answer(tmp_path: Path) -> None:
    with postgres_server() as own:
        try:
            with served(own.url(), tmp_path, drain_timeout_s=0.5) as gateway:
                clients = [connected(gateway.port, "app", "secret") for _ in range(8)]
                for client in clients:
                    client._execute_command(Com.QUERY, b"/*raw*/SELECT pg_sleep(600)")
                wait_until(lambda: running(own), len(clients))
                os.kill(own.pid, signal.SIGSTOP)  # nobody takes a cancel any more
        finally:
            os.kill(own.pid, signal.SIGCONT)


@pytest.mark.timeout(60)
def test_nobody_kills_another_s_session(postgres: PostgresServer, tmp_path: Path) -> None:
    with served(postgres.url(), tmp_path) as gateway:
        mine, other = connected(gateway.port, "app", "secret"), connected(gateway.port, "reader", "secret")
        for sql in (f"KILL {mine.thread_id()}", f"KILL QUERY {mine.thread_id()}"):
            assert error(other, sql) == 1095
        assert error(other, "KILL 999999") == 1094
        with pytest.raises(pymysql.MySQLError) as caught:
            other.kill(mine.thread_id())
        assert caught.value.args[0] == 1095
        assert rows(mine, "SELECT 1") == [(1,)]
        assert [row[1] for row in rows(other, "SHOW PROCESSLIST")] == ["reader"]
        mine.close()
        other.close()


def test_prepared_statements_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "MAX_LONG_DATA", 100)
    monkeypatch.setattr(prepared, "MAX_TEXT", 200_000)
    held = PreparedStatements()
    with pytest.raises(UpstreamError) as caught:
        held.add("SELECT " + "?," * 65536)
    assert caught.value.number == 1390
    one = held.add("SELECT ?")
    for index in range(1000):
        held.silent(Com.STMT_SEND_LONG_DATA, struct.pack("<IH", one.id, index))
    assert list(one.long_data) == [0]
    held.silent(Com.STMT_SEND_LONG_DATA, struct.pack("<IH", one.id, 0) + b"x" * 101)
    with pytest.raises(UpstreamError) as caught:
        one.bound(struct.pack("<IBIBBBB", one.id, 0, 1, 0, 1, 0xFC, 0), False, "utf-8")
    assert caught.value.number == 1153
    with pytest.raises(UpstreamError) as caught:
        list(map(held.add, ["SELECT '" + "x" * 90_000 + "'"] * 3))
    assert caught.value.number == 1461


def test_one_long_variable_is_not_named_many_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxy.upstreams.named.MAX_TEXT", 10_000)
    named = NamedStatements(lambda: {"a": "x" * 1000}, lambda text: None)
    named.take("PREPARE p FROM 'SELECT " + ",".join("?" * 20) + "'")
    with pytest.raises(UpstreamError) as caught:
        named.expanded("EXECUTE p USING " + ",".join(["@a"] * 20))
    assert caught.value.number == 1153


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_null(value: float) -> None:
    assert prepared.literal(value, "utf-8", blob=False) == "NULL"
