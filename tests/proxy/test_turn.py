"""Whose turn it is: KILL, cancellation and peers that vanish while a gateway statement has the upstream."""

import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pymysql
import pytest

from proxy.hub import StatementAnswered
from tests.proxy.conftest import Connect, eventually
from tests.support.embedded import EmbeddedGateway, StatementsForTests
from tests.support.private_mariadb import PrivateMariaDBError
from tests.support.raw_client import RawClient
from tests.support.shop_server import ShopServer


def upstream_has(mariadb: ShopServer, connection: int) -> bool:
    return upstream_runs(mariadb, connection, "")


def upstream_runs(mariadb: ShopServer, connection: int, beginning: str) -> bool:
    """Whether the session's statement begins so."""
    runs = f"ID = {connection} AND COALESCE(INFO, '') LIKE '{beginning}%'"
    return mariadb.run_sql(f"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE {runs}").strip() == "1"


@contextmanager
def asleep(
    connect: Connect, plugin: StatementsForTests, statement: str = "TEST SLEEP", *, survives: bool = True
) -> Iterator[tuple[int, list[Exception]]]:
    """A session that is busy with ``statement``: (connection id, what its driver raised). Ends when it ended."""
    connection = connect()
    raised: list[Exception] = []
    plugin.sleeping.clear()
    plugin.cancelled.clear()

    def run() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        except pymysql.MySQLError as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert plugin.sleeping.wait(10)
    yield connection.thread_id(), raised
    thread.join(20)
    assert not thread.is_alive()
    if survives:
        with connection.cursor() as cursor:
            for sql in ("SELECT 41", "TEST RUN SELECT 41"):
                cursor.execute(sql)
                assert cursor.fetchall() == ((41,),)


# --- KILL


@pytest.mark.parametrize("statement", ["TEST SLEEP", "TEST SLOWQUERY"])
@pytest.mark.parametrize("kill", ["KILL QUERY {}", "kill /* now */ soft query {} ;"])
def test_kill_query(
    connect: Connect, plugin: StatementsForTests, mariadb: ShopServer, statement: str, kill: str
) -> None:
    with asleep(connect, plugin, statement) as (identity, raised), connect().cursor() as cursor:
        if statement == "TEST SLOWQUERY":  # a server forgets a KILL QUERY that comes before the query
            eventually(lambda: upstream_runs(mariadb, identity, "SELECT SLEEP"))
        cursor.execute(kill.format(identity))
    assert [error.args[0] for error in raised] == [1317]


def test_a_kill_of_what_has_failed_already(
    test_gateway: EmbeddedGateway, connect: Connect, plugin: StatementsForTests
) -> None:
    """Its client gets the error all the same, once the replies are read to their end."""

    async def interrupt(identity: int) -> bool:
        return test_gateway.gateway.hub.sessions[identity].turn.interrupt()

    with asleep(connect, plugin, "TEST GIVEUP") as (identity, raised):
        assert not test_gateway.call(interrupt(identity))
    assert "given up" in str(raised)


def test_kill_query_of_a_run(connect: Connect, plugin: StatementsForTests, mariadb: ShopServer) -> None:
    connection = connect()
    raised: list[Exception] = []

    def run() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("TEST RUN SELECT COUNT(*) FROM seq_1_to_1000000 a, seq_1_to_1000000 b")
        except pymysql.MySQLError as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    eventually(lambda: upstream_runs(mariadb, connection.thread_id(), "SELECT COUNT"))
    with connect().cursor() as cursor:
        cursor.execute(f"KILL QUERY {connection.thread_id()}")
    thread.join(20)
    assert [error.args[0] for error in raised] == [1317]
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@tx_read_only")
        assert cursor.fetchall() == ((0,),)


def test_kill_connection(connect: Connect, plugin: StatementsForTests, mariadb: ShopServer) -> None:
    with asleep(connect, plugin, survives=False) as (identity, raised), connect().cursor() as cursor:
        cursor.execute(f"KILL {identity}")
        eventually(lambda: not upstream_has(mariadb, identity))
    assert raised
    assert raised[0].args[0] in (1158, 1317, 2013)


def test_kill_without_the_right_does_nothing(connect: Connect, plugin: StatementsForTests) -> None:
    with asleep(connect, plugin) as (identity, raised):
        with connect(user="reader", database=None).cursor() as cursor:
            for sql in ("KILL QUERY {}", "KILL {}"):
                with pytest.raises(pymysql.MySQLError) as error:
                    cursor.execute(sql.format(identity))
                assert error.value.args[0] == 1095
        time.sleep(0.1)
        assert not plugin.cancelled.is_set()
        assert raised == []
        with connect().cursor() as cursor:
            cursor.execute(f"KILL QUERY {identity}")
    assert [e.args[0] for e in raised] == [1317]


def test_kill_of_nobody(connect: Connect) -> None:
    with connect().cursor() as cursor, pytest.raises(pymysql.MySQLError) as error:
        cursor.execute("KILL QUERY 999999999")
    assert error.value.args[0] == 1094


# --- peers that go away


def test_client_gone(test_gateway: EmbeddedGateway, plugin: StatementsForTests, mariadb: ShopServer) -> None:
    plugin.sleeping.clear()
    plugin.cancelled.clear()
    client = RawClient(test_gateway.port)
    client.send(b"\x03TEST SLEEP")
    assert plugin.sleeping.wait(10)
    identity = client.greeting.connection_id
    assert upstream_has(mariadb, identity)
    client.socket.close()
    assert plugin.cancelled.wait(10)
    eventually(lambda: not upstream_has(mariadb, identity))


def test_client_gone_while_the_upstream_works(
    test_gateway: EmbeddedGateway, plugin: StatementsForTests, mariadb: ShopServer
) -> None:
    plugin.sleeping.clear()
    client = RawClient(test_gateway.port)
    client.send(b"\x03TEST SLOWQUERY")
    assert plugin.sleeping.wait(10)
    client.socket.close()
    identity = client.greeting.connection_id
    eventually(lambda: test_gateway.call(_has(test_gateway, identity)) is False)
    answered = [e for e in test_gateway.events if isinstance(e, StatementAnswered) and e.connection_id == identity]
    assert len(answered) == 1
    with contextlib.suppress(PrivateMariaDBError):  # it may have noticed by itself
        mariadb.run_sql(f"KILL {identity}")


async def _has(gateway: EmbeddedGateway, identity: int) -> bool:
    hub = gateway.gateway._hub
    assert hub is not None
    return identity in hub.sessions


@pytest.mark.parametrize("statement", ["TEST SLEEP", "TEST SLOWQUERY"])
def test_upstream_killed_meanwhile(
    connect: Connect, plugin: StatementsForTests, mariadb: ShopServer, statement: str
) -> None:
    """The account's own administrator kills it, behind the gateway's back."""
    with asleep(connect, plugin, statement, survives=False) as (identity, raised):
        mariadb.run_sql(f"KILL {identity}")
    assert raised
    assert raised[0].args[0] in (1158, 1317, 1927)
