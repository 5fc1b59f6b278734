"""Masked results on the wire: every protocol that a client may speak, and every way that a command may come."""

import struct
from typing import Any

import MySQLdb
import pymysql
import pytest

from tests.support.gateway import GatewayProcess
from tests.support.masked import MASKED, connect, everything, number_of
from tests.support.raw_client import CLASSIC, MARIADB, MYSQL, Parameter, RawClient, ServerError, lenenc

PROTOCOLS = pytest.mark.parametrize("capabilities", [CLASSIC, MYSQL, MARIADB], ids=["classic", "mysql", "mariadb"])
FIRST = b"samuel.petrov"


def raw(gateway: GatewayProcess, capabilities: int = MYSQL) -> RawClient:
    return RawClient(gateway.port, capabilities, database="shop")


def number(reply: list[bytes]) -> int:
    assert reply[-1][:1] == b"\xff", reply
    return int(struct.unpack_from("<H", reply[-1], 1)[0])


@PROTOCOLS
def test_text(masking: GatewayProcess, capabilities: int) -> None:
    with raw(masking, capabilities) as client:
        reply = client.query(
            "SELECT id, email, name FROM customers WHERE id = 1; SELECT email FROM customers; SELECT 2"
        )
        assert b"\x011\x19s" + b"*" * 24 + b"\x0dSamuel Petrov" in b"".join(reply)
        assert FIRST not in b"".join(reply)
        assert b"\x012" in reply


@PROTOCOLS
def test_prepared(masking: GatewayProcess, capabilities: int) -> None:
    with raw(masking, capabilities) as client:
        statement = client.prepare("SELECT id, email, name FROM customers WHERE id = ?")
        for _ in range(2):
            reply = b"".join(client.execute(statement, [Parameter(3, struct.pack("<i", 1))]))
            assert b"\x01\0\0\0\x19s" + b"*" * 24 + b"\x0dSamuel Petrov" in reply
            assert FIRST not in reply
        with pytest.raises(ServerError):
            client.prepare("SELECT id FROM customers WHERE email = ?")
        assert number(client.execute(0xFFFFFFFF)) == 1243  # the one prepared last is none
        assert client.query("SELECT 1")


def test_a_prepared_statement_means_what_it_meant(masking: GatewayProcess) -> None:
    """Another database, with a table of the same name that is not masked, is selected in between."""
    with raw(masking) as client:
        statement = client.prepare("SELECT UPPER(email) FROM customers WHERE id = 1")
        assert client.query("CREATE TABLE scratch.customers (id INT, email VARCHAR(9))")
        try:
            assert client.command(0x02, b"scratch")
            assert FIRST.upper() not in b"".join(client.execute(statement))
        finally:
            client.query("DROP TABLE scratch.customers")


@PROTOCOLS
def test_cursor(masking: GatewayProcess, capabilities: int) -> None:
    with raw(masking, capabilities) as client:
        statement = client.prepare("SELECT email, id FROM customers ORDER BY id")
        seen = client.execute(statement, cursor=True)
        seen += [row for _ in range(3) for row in client.fetch(statement, 5)]
        assert b"\0\0\x19s" + b"*" * 24 + b"\x01\0\0\0" in seen
        assert FIRST not in b"".join(seen)
        assert b"@example" not in b"".join(seen)


@PROTOCOLS
def test_types_of_the_binary_protocol(masking: GatewayProcess, capabilities: int) -> None:
    with raw(masking, capabilities) as client:
        text = client.query("SELECT id, salary, boss, iban FROM scratch.mask_people ORDER BY id")
        statement = client.prepare("SELECT id, salary, boss, iban FROM scratch.mask_people ORDER BY id")
        binary = client.execute(statement)
        shown = next(row for row in text if row.startswith(b"\x012"))
        salary = shown[3 : 3 + shown[2]]
        assert any(salary in row and b"(secret)" in row for row in binary)
        assert b"SECRET" not in b"".join(text + binary)


@pytest.mark.parametrize("code", [0x12, 0x13, 0x15, 0x1E, 0x20, 0x0D, 0x05, 0x7F])
def test_commands_that_nobody_looked_at(masking: GatewayProcess, code: int) -> None:
    """Binlog and table dumps, clones: what they would send is never asked for."""
    with raw(masking) as client:
        client.send(bytes([code]) + b"x" * 20)
        assert client.read()[:3] == b"\xff\x17\x04"  # 1047
        assert client.query("SELECT 1")


def test_commands_of_other_kinds(masking: GatewayProcess) -> None:
    with raw(masking) as client:
        for code, body in (
            (0x0E, b""),
            (0x09, b""),
            (0x02, b"shop"),
            (0x1B, b"\0\0"),
            (0x04, b"customers\0%"),
            (0x1F, b""),
        ):
            assert client.command(code, body)
        assert FIRST not in b"".join(client.query("SELECT email FROM shop.customers"))


def test_a_pipeline_of_commands(masking: GatewayProcess) -> None:
    with raw(masking) as client:
        for sql in (
            b"SELECT 1",
            b"SELECT email FROM customers",
            b"SELECT id FROM customers WHERE email > 'm'",
            b"SELECT 2",
        ):
            client.send(b"\x03" + sql)
        replies = [client.reply(3) for _ in range(4)]
        assert number(replies[2]) == MASKED
        assert FIRST not in b"".join(replies[1])
        assert b"\x012" in replies[3]


def test_in_pieces_and_too_long(masking: GatewayProcess) -> None:
    with raw(masking) as client:
        sql = b"\x03SELECT email FROM customers LIMIT 1"
        for byte in len(sql).to_bytes(3, "little") + b"\0" + sql:
            client.socket.sendall(bytes([byte]))
        assert b"****" in b"".join(client.reply(3))
        assert number(client.query("SELECT 1 /*" + "x" * 70_000 + "*/")) == MASKED
        client.socket.sendall(b"\xff\xff\xff\0\x03")
        assert client.read()[1:3] == (1153).to_bytes(2, "little")
        with pytest.raises((EOFError, OSError)):
            client.read()


def test_large_rows(masking: GatewayProcess, session: Any) -> None:
    """The row before the masked cell has several packets, and what follows it moves from one to another."""
    size = (1 << 24) + 5
    (row,) = everything(
        session, f"SELECT REPEAT('a', {size}), email, REPEAT('b', {size}), id FROM customers WHERE id = 1"
    )
    assert (row[0], row[1], row[2], row[3]) == ("a" * size, "s" + "*" * 24, "b" * size, 1)


def test_another_user(masking: GatewayProcess) -> None:
    """Whom a rule concerns is asked again; a command that was sent with the change waits for that."""
    connection = MySQLdb.connect(host=masking.host, port=masking.port, user="open", database="shop")
    for user, password, begins in (("app", "secret", "s***"), ("open", "", "samuel"), ("app", "secret", "s***")):
        connection.change_user(user, password, "shop")
        connection.query("SELECT email FROM customers WHERE id = 1")
        assert connection.store_result().fetch_row()[0][0].startswith(begins)
    connection.close()


def test_what_comes_along_with_another_user(masking: GatewayProcess) -> None:
    """A command of a kind that passes unseen for others, sent before it is known whom it is from."""
    processes = b"\x0a"
    change = b"\x11app\0" + lenenc(b"") + b"shop\0" + struct.pack("<H", 45) + b"mysql_native_password\0"
    with RawClient(masking.port, MYSQL, user="open", password="", database="shop") as client:
        client.socket.sendall(b"".join(len(p).to_bytes(3, "little") + b"\0" + p for p in (change, processes)))
        client.finish_authentication("secret")
        assert client.read()[1:3] == (1156).to_bytes(2, "little")
        with pytest.raises((EOFError, OSError)):
            client.read()


def test_killing(masking: GatewayProcess) -> None:
    """The session stays in step when the upstream breaks a statement off."""
    victim, other = connect(masking), connect(masking)
    everything(other, f"KILL QUERY {victim.thread_id()}")
    victim.ping(reconnect=False)
    everything(other, f"KILL {victim.thread_id()}")
    with pytest.raises(pymysql.MySQLError) as killed:
        everything(victim, "SELECT COUNT(email) FROM customers")
    assert number_of(killed.value) in (1053, 1158, 1927, 2006, 2013)
    victim = connect(masking)
    assert everything(victim, "SELECT email FROM customers WHERE id = 1")[0][0].startswith("s***")
    victim.close()
    other.close()


def test_rules_that_name_what_nobody_has_are_counted(masking: GatewayProcess, session: Any) -> None:
    """The tag stands in comments alone, which nobody knows when the gateway starts; all columns are there."""
    everything(session, "SELECT id FROM customers")
    assert ("mask.doubts", "1") in everything(session, "SHOW AI STATUS")
    assert '"event": "mask_tag_not_listed"' in masking.log_text()
    assert '"event": "mask_column_unknown"' not in masking.log_text()
