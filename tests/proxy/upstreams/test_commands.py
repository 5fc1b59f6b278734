"""Commands of the protocol other than a plain query, on every kind of upstream."""

import struct
from collections.abc import Callable, Iterator
from typing import Any

import mysql.connector
import pymysql
import pytest

from tests.proxy.upstreams.conftest import ShopGateway, rows
from tests.support.raw_client import (
    COM_FIELD_LIST,
    COM_RESET_CONNECTION,
    COM_SET_OPTION,
    COM_STATISTICS,
    COM_STMT_EXECUTE,
    COM_STMT_FETCH,
    COM_STMT_PREPARE,
    COM_STMT_RESET,
)

TWO = "SELECT 1; SELECT 2"


@pytest.fixture
def connection(shop_gateways: Callable[[str], ShopGateway]) -> "Iterator[pymysql.Connection[Any]]":
    with shop_gateways("duckdb").connect() as made:
        yield made


def reply(connection: "pymysql.Connection[Any]", code: int, body: bytes = b"") -> bytes:
    """The first packet of the reply to a command; an ERR is raised."""
    connection._execute_command(code, body)
    return bytes(connection._read_packet().get_all_data())


def refusal(connection: "pymysql.Connection[Any]", code: int, body: bytes = b"") -> tuple[int, str]:
    with pytest.raises(pymysql.err.MySQLError) as caught:
        reply(connection, code, body)
    assert rows(connection, "SELECT 1") == [(1,)], "the session goes on"
    return caught.value.args


def test_an_unknown_command(connection: "pymysql.Connection[Any]") -> None:
    assert refusal(connection, COM_STMT_FETCH, bytes(8)) == (1047, "Unknown command")


def test_statistics(connection: "pymysql.Connection[Any]") -> None:
    assert reply(connection, COM_STATISTICS).startswith(b"Threads: ")


def test_columns_of_a_table(connection: "pymysql.Connection[Any]") -> None:
    packets = [reply(connection, COM_FIELD_LIST, b"regions\0")]
    while packets[-1][0] != 0xFE:
        packets.append(bytes(connection._read_packet().get_all_data()))
    assert [name in packet for name, packet in zip((b"id", b"name", b"manager"), packets, strict=False)] == [True] * 3
    assert len(packets) == 4
    assert refusal(connection, COM_FIELD_LIST, b"no`where\0")[0] == 1146


def test_several_statements_where_the_client_wants_them(connection: "pymysql.Connection[Any]") -> None:
    for option, several in ((None, False), (0, True), (1, False)):
        if option is not None:
            assert reply(connection, COM_SET_OPTION, struct.pack("<H", option))[0] == 0xFE
        if not several:
            with pytest.raises(pymysql.err.ProgrammingError) as caught:
                rows(connection, TWO)
            assert caught.value.args[0] == 1064
            continue
        with connection.cursor() as cursor:
            cursor.execute(TWO)
            assert cursor.fetchall() == ((1,),)
            assert cursor.nextset()
            assert cursor.fetchall() == ((2,),)


@pytest.mark.parametrize(
    ("code", "name"), [(COM_STMT_EXECUTE, "mysqld_stmt_execute"), (COM_STMT_RESET, "mysqld_stmt_reset")]
)
def test_a_statement_that_nobody_prepared(connection: "pymysql.Connection[Any]", code: int, name: str) -> None:
    number, message = refusal(connection, code, struct.pack("<IBI", 99, 0, 1))
    assert (number, message) == (1243, f"Unknown prepared statement handler (99) given to {name}")


def test_a_reset_session_has_no_prepared_statements(connection: "pymysql.Connection[Any]") -> None:
    prepared = reply(connection, COM_STMT_PREPARE, b"SELECT 7")
    (number,) = struct.unpack_from("<I", prepared, 1)
    assert reply(connection, COM_RESET_CONNECTION)[0] == 0
    assert refusal(connection, COM_STMT_EXECUTE, struct.pack("<IBI", number, 0, 1))[0] == 1243


def test_kill(shop_gateways: Callable[[str], ShopGateway], connection: "pymysql.Connection[Any]") -> None:
    other = shop_gateways("duckdb").connect()
    connection.kill(other.thread_id())
    with pytest.raises(pymysql.err.Error):
        rows(other, "SELECT 1")
    with pytest.raises(pymysql.err.Error) as caught:
        connection.kill(99999999)
    assert caught.value.args[0] == 1094


def test_prepared_statements(shop: ShopGateway) -> None:
    where = {"host": shop.gateway.host, "port": shop.gateway.port}
    with (
        mysql.connector.connect(
            **where, user=shop.user, password=shop.password, database=shop.schema, use_pure=True
        ) as connection,
        connection.cursor(prepared=True) as cursor,
    ):
        for name in ("North", "South", 'It\'s \\ "x"'):
            cursor.execute("SELECT id, name FROM regions WHERE name = ?", (name,))
            assert [row[1] for row in cursor.fetchall()] == ([name] if "'" not in name else [])
        cursor.execute("SELECT ?, ?, ?", (None, 12, "ä€"))
        assert [str(v) for v in cursor.fetchall()[0]] == ["None", "12", "ä€"]


def test_multi_statements(shop: ShopGateway) -> None:
    flag = pymysql.constants.CLIENT.MULTI_STATEMENTS
    with shop.connect(client_flag=flag) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1; SELECT ';'; SELECT 3")
        found = [cursor.fetchall()]
        while cursor.nextset():
            found.append(cursor.fetchall())
        assert found == [((1,),), ((";",),), ((3,),)]


def test_reset_connection(shop: ShopGateway) -> None:
    with mysql.connector.connect(
        host=shop.gateway.host, port=shop.gateway.port, user=shop.user, password=shop.password, database=shop.schema
    ) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SET @a = 5")
        connection.cmd_reset_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT @a")
            assert cursor.fetchall() == [(None,)]
