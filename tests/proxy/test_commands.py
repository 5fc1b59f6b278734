"""What each watched command means to the gateway: prepared statements, resets, character sets, attributes."""

import struct

import pymysql
import pytest

from proxy.prepared import FIRST_ID, LAST_PREPARED, MAX_STATEMENTS
from proxy.wire.commands import MAX_WATCHED
from tests.proxy.conftest import Connect
from tests.support import raw_client as raw
from tests.support.embedded import EmbeddedGateway, StatementsForTests
from tests.support.raw_client import Parameter, RawClient, lenenc


def number(reply: list[bytes]) -> int:
    assert reply[-1][:1] == b"\xff", reply
    return int(struct.unpack_from("<H", reply[-1], 1)[0])


def text(value: str) -> Parameter:
    return Parameter(0xFD, lenenc(value.encode()))


# --- prepared statements


def test_bound_values_become_literals(raw_connection: RawClient, plugin: StatementsForTests) -> None:
    statement = raw_connection.prepare("TEST ECHO ? , '?' , ? -- ?")
    assert statement >= FIRST_ID
    raw_connection.execute(statement, [text("it's \\ a\nquestion?"), Parameter(8, struct.pack("<q", -5))])
    assert plugin.texts[-1] == "TEST ECHO 'it''s \\\\ a\nquestion?' , '?' , -5 -- ?"
    raw_connection.execute(statement, [Parameter(6, None), Parameter(5, struct.pack("<d", 0.5))])
    assert plugin.texts[-1] == "TEST ECHO NULL , '?' , 0.5 -- ?"


def test_placeholder_count_is_announced(raw_connection: RawClient) -> None:
    reply = raw_connection.command(raw.COM_STMT_PREPARE, b"TEST ECHO ?, ?, '?'")
    assert struct.unpack_from("<BIHH", reply[0]) == (0, struct.unpack_from("<I", reply[0], 1)[0], 0, 2)
    assert raw_connection.query("SELECT 1")[0] == b"\x01"


def test_prepared_beside_the_upstreams_own(raw_connection: RawClient) -> None:
    theirs = raw_connection.prepare("SELECT ? + 1")
    ours = raw_connection.prepare("TEST ECHO ?")
    for _ in range(2):
        assert raw_connection.execute(theirs, [Parameter(8, struct.pack("<q", 41))])[-2][2:] in (
            struct.pack("<q", 42),
            struct.pack("<d", 42.0),
        )
        assert b"TEST ECHO 'x'" in raw_connection.execute(ours, [text("x")])[-2]
    raw_connection.command(raw.COM_STMT_CLOSE, struct.pack("<I", ours))
    assert number(raw_connection.execute(ours, [text("x")])) == 1243
    assert raw_connection.execute(theirs, [Parameter(8, struct.pack("<q", 1))])[0] == b"\x01"


def test_long_data(raw_connection: RawClient, plugin: StatementsForTests) -> None:
    statement = raw_connection.prepare("TEST ECHO ?")
    for part in (b"lo", b"ng", b""):
        raw_connection.command(raw.COM_STMT_SEND_LONG_DATA, struct.pack("<IH", statement, 0) + part)
    raw_connection.execute(statement, [text("ignored")], long_data=[0])
    assert plugin.texts[-1] == "TEST ECHO 'long'"
    raw_connection.execute(statement, [text("short")])
    assert plugin.texts[-1] == "TEST ECHO 'short'"


def test_reset_of_a_statement_drops_long_data(raw_connection: RawClient, plugin: StatementsForTests) -> None:
    statement = raw_connection.prepare("TEST ECHO ?")
    raw_connection.command(raw.COM_STMT_SEND_LONG_DATA, struct.pack("<IH", statement, 0) + b"gone")
    assert raw_connection.command(raw.COM_STMT_RESET, struct.pack("<I", statement))[0][:1] == b"\0"
    raw_connection.execute(statement, [text("stays")])
    assert plugin.texts[-1] == "TEST ECHO 'stays'"


def test_too_long_data_is_refused(raw_connection: RawClient) -> None:
    statement = raw_connection.prepare("TEST ECHO ?")
    for _ in range(4):
        raw_connection.command(
            raw.COM_STMT_SEND_LONG_DATA, struct.pack("<IH", statement, 0) + b"x" * (MAX_WATCHED // 2)
        )
    assert number(raw_connection.execute(statement, [text("")], long_data=[0])) == 57015
    assert raw_connection.query("SELECT 1")[0] == b"\x01"


def test_nothing_to_fetch(raw_connection: RawClient) -> None:
    statement = raw_connection.prepare("TEST TABLE")
    raw_connection.execute(statement, cursor=True)
    assert number(raw_connection.fetch(statement, 5)) == 1421


def test_statement_prepared_last(test_gateway: EmbeddedGateway) -> None:
    """MariaDB's id -1, sent without waiting for the reply to the preparing."""
    with RawClient(test_gateway.port, raw.MARIADB) as client:
        for sql, expected in (("TEST ROWS 5", b"\x04"), ("SELECT 7", b"\x07"), ("TEST ROWS 2", b"\x01")):
            prepare = b"\x16" + sql.encode()
            execute = struct.pack("<BIBI", 0x17, LAST_PREPARED, 0, 1)
            client.socket.sendall(b"".join(len(p).to_bytes(3, "little") + b"\0" + p for p in (prepare, execute)))
            client.reply(raw.COM_STMT_PREPARE)
            assert client.reply(raw.COM_STMT_EXECUTE)[-2][2:3] == expected


def test_too_many_prepared(test_gateway: EmbeddedGateway) -> None:
    with RawClient(test_gateway.port) as client:
        statements = [client.prepare("TEST TABLE") for _ in range(MAX_STATEMENTS)]
        assert number(client.command(raw.COM_STMT_PREPARE, b"TEST TABLE")) == 57015
        client.command(raw.COM_STMT_CLOSE, struct.pack("<I", statements[0]))
        assert client.prepare("TEST TABLE") not in statements


@pytest.mark.parametrize("body", [b"", b"\0", struct.pack("<IBI", FIRST_ID, 0, 1)[:8]])
def test_cut_off_execute_of_nobody_is_the_upstreams(raw_connection: RawClient, body: bytes) -> None:
    raw_connection.prepare("TEST ECHO ?")
    assert raw_connection.command(raw.COM_STMT_EXECUTE, body)[0][:1] == b"\xff"


@pytest.mark.parametrize("rest", [b"", b"\0", b"\0\1", b"\0\1\xfd\0", b"\0\1\xfd\0\xfe"])
def test_malformed_execute(raw_connection: RawClient, rest: bytes) -> None:
    statement = raw_connection.prepare("TEST ECHO ?")
    reply = raw_connection.command(raw.COM_STMT_EXECUTE, struct.pack("<IBI", statement, 0, 1) + rest)
    assert number(reply) == 1835
    assert raw_connection.query("SELECT 1")[0] == b"\x01"


# --- COM_RESET_CONNECTION, COM_CHANGE_USER


def test_reset_forgets(raw_connection: RawClient, plugin: StatementsForTests) -> None:
    statement = raw_connection.prepare("TEST TABLE")
    raw_connection.query("TEST STATE first")
    assert b"TEST STATE first" in raw_connection.query("TEST STATE second")[-2]
    raw_connection.query("TEST TABLE")
    assert raw_connection.command(raw.COM_RESET_CONNECTION)[0][:1] == b"\0"
    assert raw_connection.query("SHOW COUNT(*) WARNINGS")[-2] == b"\x010"
    assert raw_connection.query("TEST STATE third")[-2] == b"\xfb"
    assert number(raw_connection.execute(statement)) == 1243
    assert plugin.texts[-1] == "TEST STATE third"


def test_state_is_the_sessions(connect: Connect) -> None:
    first, second = connect().cursor(), connect().cursor()
    first.execute("TEST STATE of the first")
    second.execute("TEST STATE of the second")
    assert second.fetchall() == ((None,),)


# --- texts


@pytest.mark.parametrize("capabilities", [raw.CLASSIC, raw.MYSQL, raw.MARIADB])
@pytest.mark.parametrize(
    ("charset", "codec"), [("utf8mb4", "utf-8"), ("latin1", "cp1252"), ("gbk", "gbk"), ("cp1251", "cp1251")]
)
def test_character_sets(
    test_gateway: EmbeddedGateway, plugin: StatementsForTests, capabilities: int, charset: str, codec: str
) -> None:
    word = {"latin1": "Größe", "gbk": "价格誠", "cp1251": "Цена", "utf8mb4": "Größe 价格 😀"}[charset]
    with RawClient(test_gateway.port, capabilities) as client:
        client.query(f"SET NAMES {charset}")
        question = f"TEST ECHO '{word}'"
        reply = client.query(question.encode(codec))
        assert plugin.texts[-1] == question
        assert reply[-2] == lenenc(question.encode(codec))
        assert lenenc(question.encode(codec)) in reply[1]
        assert question.encode(codec) in client.query("SHOW WARNINGS")[-2]
        assert client.query(f"TEST RUN SELECT '{word}'".encode(codec))[-2] == lenenc(word.encode(codec))
        statement = client.command(raw.COM_STMT_PREPARE, f"TEST ECHO '{word}', ?".encode(codec))
        identity = struct.unpack_from("<I", statement[0], 1)[0]
        client.execute(identity, [Parameter(0xFD, lenenc(word.encode(codec)))])
        assert plugin.texts[-1] == f"TEST ECHO '{word}', '{word}'"


@pytest.mark.parametrize(
    ("results", "codec"), [("utf16", "utf-16-be"), ("ucs2", "utf-16-be"), ("NULL", "utf-8"), ("utf32", "utf-32-be")]
)
def test_character_set_of_results(test_gateway: EmbeddedGateway, results: str, codec: str) -> None:
    with RawClient(test_gateway.port) as client:
        client.query("SET NAMES utf8mb4")
        client.query(f"SET character_set_results = {results}")
        question = "TEST ECHO 'Größe'"
        assert client.query(question)[-2] == lenenc(question.encode(codec))
        assert client.query("TEST QUERY SELECT 'Größe'")[-2] == lenenc("'Größe'".encode(codec))
        assert client.query("TEST RUN SELECT 'Größe'")[-2] == lenenc("Größe".encode(codec))


def test_sql_that_the_character_set_lacks(test_gateway: EmbeddedGateway) -> None:
    with RawClient(test_gateway.port) as client:
        client.query("SET NAMES latin1")
        assert client.query("TEST QUERY SELECT 'ü'".encode("cp1252"))[-2] == lenenc("'ü'".encode("cp1252"))


@pytest.mark.parametrize(
    "sql",
    [
        "test  table",
        "  \t\n TEST\nTABLE ; ",
        "/* ApplicationName=DBeaver 24 */ TEST /* x */ TABLE",
        "-- first\nTEST TABLE",
        "# first\n/**/TEST TABLE;;\0",
    ],
)
def test_how_a_statement_may_be_written(raw_connection: RawClient, sql: str) -> None:
    assert raw_connection.query(sql)[0] == b"\x03"


def test_marker_and_function(raw_connection: RawClient) -> None:
    for sql in (
        "/*test*/ anything goes",
        "SELECT * FROM testf ('x') AS t",
        "WITH a AS (SELECT 1) SELECT * FROM a, TESTF('x')",
    ):
        assert raw_connection.query(sql)[-2] == lenenc(sql.encode())
    for sql in ("SELECT 'FROM testf(1)'", "SELECT testf FROM (SELECT 1 AS testf) AS x"):
        assert raw_connection.query(sql)[-2] != lenenc(sql.encode())
        assert raw_connection.query(sql)[0] == b"\x01"


def test_long_statements_are_relayed(connect: Connect) -> None:
    with connect().cursor() as cursor, pytest.raises(pymysql.MySQLError) as error:
        cursor.execute("TEST ECHO '" + "x" * MAX_WATCHED + "'")
    assert error.value.args[0] == 1064


def test_what_is_nobodys_reaches_the_upstream(connect: Connect) -> None:
    with connect().cursor() as cursor:
        for sql in ("TEST", "TEST NOTHING", "TESTTABLE", "ASKING", "TEST TABLES"):
            with pytest.raises(pymysql.MySQLError) as error:
                cursor.execute(sql)
            assert error.value.args[0] == 1064


# --- what the gateway notices


def session_of(client: RawClient) -> dict[bytes, bytes]:
    rows = client.query("TEST SESSION")[3:]
    found = {}
    for row in rows:
        if row[:1] not in (b"\xfe",):
            name = row[1 : 1 + row[0]]
            value = row[1 + row[0] :]
            found[name] = value[1 : 1 + value[0]]
    return found


def test_session_as_plugins_see_it(raw_connection: RawClient, test_gateway: EmbeddedGateway) -> None:
    seen = session_of(raw_connection)
    assert seen[b"id"] == str(raw_connection.greeting.connection_id).encode()
    assert (seen[b"account"], seen[b"database"], seen[b"dialect"]) == (b"app@%", b"scratch", b"mysql")
    assert seen[b"upstream"].startswith(b"mysql://127.0.0.1:")
    assert seen[b"server_version"].decode() == raw_connection.greeting.version.removeprefix("5.5.5-")
    raw_connection.query("USE shop")
    assert session_of(raw_connection)[b"database"] == b"shop"
    raw_connection.command(raw.COM_INIT_DB, b"scratch")
    assert session_of(raw_connection)[b"database"] == b"scratch"


@pytest.mark.parametrize(
    "ddl", ["CREATE TABLE epoch_t (n INT)", "/* x */ drop table if exists epoch_t", "GRANT SELECT ON x.y TO z"]
)
def test_ddl_raises_the_schema_epoch(raw_connection: RawClient, ddl: str) -> None:
    """Whether or not it succeeds."""
    raw_connection.query("DROP TABLE IF EXISTS epoch_t")
    before = int(session_of(raw_connection)[b"schema_epoch"])
    raw_connection.query(ddl)
    after = int(session_of(raw_connection)[b"schema_epoch"])
    assert after > before
    raw_connection.query("SELECT 1")
    assert int(session_of(raw_connection)[b"schema_epoch"]) == after
    raw_connection.query("DROP TABLE IF EXISTS epoch_t")


def test_show_ai_status(connect: Connect, test_gateway: EmbeddedGateway) -> None:
    with connect().cursor() as cursor:
        cursor.execute("SHOW AI STATUS")
        rows = dict(cursor.fetchall())

    assert rows["gateway.statements_running"] == "1"
    assert int(rows["gateway.sessions"]) >= 1
    assert rows["test.texts"].isdigit()
