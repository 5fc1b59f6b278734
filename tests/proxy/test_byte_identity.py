"""What the upstream sends is what the client receives, and the other way round, packet by packet."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from tests.support import corpus
from tests.support import raw_client as raw
from tests.support.raw_client import Parameter, RawClient, ServerError, lenenc
from tests.support.recorder import Tap
from tests.support.shop_server import ShopServer

FLAVOURS = {"classic": raw.CLASSIC, "deprecate_eof": raw.MYSQL, "mariadb": raw.MARIADB}
EVERYTHING = [*corpus.REPLIES, *corpus.ERRORS, *corpus.GARBAGE, *corpus.MULTI, *corpus.NOT_OURS]
NOTHING = ("", "   ", "/* only a comment */")


@pytest.fixture(params=FLAVOURS)
def client(tap: Tap, request: pytest.FixtureRequest) -> Iterator[RawClient]:
    with RawClient(tap.port, FLAVOURS[request.param]) as made:
        yield made


def is_error(reply: list[bytes]) -> bool:
    return reply[-1][:1] == b"\xff"


@pytest.mark.parametrize("group", ["REPLIES", "ERRORS", "GARBAGE", "MULTI", "NOT_OURS"])
def test_statements(tap: Tap, client: RawClient, group: str) -> None:
    statements = getattr(corpus, group)
    replies = [client.query(statement) for statement in statements]
    client.close()
    tap.assert_identical(connections=1, commands=len(statements) + 1)
    if group == "REPLIES":
        expected = {
            "INSERT INTO identity_parent VALUES (4)",
            "SELECT * FROM identity_child",
            "SELECT c_varchar, c_latin",
        }
        failed = {s for s, reply in zip(statements, replies, strict=True) if is_error(reply)}
        assert {s for s in failed if not any(s.startswith(e) for e in expected)} <= {"XA RECOVER", "FLUSH STATUS"}
    if group == "ERRORS":
        assert sum(map(is_error, replies)) > 20


def test_whole_corpus_in_one_write(tap: Tap, client: RawClient) -> None:
    """Pipelined: every command is sent before any reply is read."""
    statements = [s if isinstance(s, bytes) else s.encode() for s in EVERYTHING]
    stream = b"".join((len(s) + 1).to_bytes(3, "little") + b"\0\x03" + s for s in statements)
    sender = threading.Thread(target=client.socket.sendall, args=(stream,))
    sender.start()
    for _ in statements:
        client.reply(raw.COM_QUERY)
    sender.join()
    client.close()
    tap.assert_identical(connections=1, commands=len(statements) + 1)


def test_byte_by_byte(tap: Tap, client: RawClient) -> None:
    statements = [
        "SELECT 1",
        "askew",
        "/* x */ EXPLAIN ai",
        "SELECT c_text, c_blob FROM identity_types",
        "SELECT ai chat",
    ]
    for statement in statements:
        packet = b"\x03" + statement.encode()
        for byte in len(packet).to_bytes(3, "little") + b"\0" + packet:
            client.socket.sendall(bytes([byte]))
            time.sleep(0.0005)
        client.reply(raw.COM_QUERY)
    client.close()
    tap.assert_identical(connections=1, commands=len(statements) + 1)


def datetime_value(*parts: int) -> bytes:
    """Binary DATE/DATETIME: year, month, day[, hour, minute, second[, microsecond]]; nothing is the zero date."""
    layouts = {0: "", 3: "<HBB", 6: "<HBBBBB", 7: "<HBBBBBI"}
    return lenenc(struct.pack(layouts[len(parts)], *parts))


PARAMETERS = {
    "tiny": Parameter(0x01, struct.pack("<b", -128)),
    "tiny unsigned": Parameter(0x01, b"\xff", 0x80),
    "short": Parameter(0x02, struct.pack("<h", -32768)),
    "short unsigned": Parameter(0x02, b"\xff\xff", 0x80),
    "int24": Parameter(0x09, struct.pack("<i", -8388608)),
    "long": Parameter(0x03, struct.pack("<i", -(2**31))),
    "long unsigned": Parameter(0x03, b"\xff" * 4, 0x80),
    "longlong": Parameter(0x08, struct.pack("<q", -(2**63))),
    "longlong unsigned": Parameter(0x08, b"\xff" * 8, 0x80),
    "float": Parameter(0x04, struct.pack("<f", 1.5)),
    "double": Parameter(0x05, struct.pack("<d", -1e300)),
    "year": Parameter(0x0D, struct.pack("<h", 2026)),
    "decimal": Parameter(0x00, lenenc(b"123.450")),
    "newdecimal": Parameter(0xF6, lenenc(b"-99999999999999999999.5")),
    "null type": Parameter(0x06, None),
    "null string": Parameter(0xFD, None),
    "varchar": Parameter(0x0F, lenenc("ünï".encode())),
    "var_string": Parameter(0xFD, lenenc(b"x" * 300)),
    "string": Parameter(0xFE, lenenc(b"")),
    "enum": Parameter(0xF7, lenenc(b"a")),
    "set": Parameter(0xF8, lenenc(b"x,z")),
    "bit": Parameter(0x10, lenenc(b"\x01\x02")),
    "tiny_blob": Parameter(0xF9, lenenc(b"\x00\xff")),
    "medium_blob": Parameter(0xFA, lenenc(b"\xfe" * 70000)),
    "long_blob": Parameter(0xFB, lenenc(b"\xfb" * 251)),
    "blob": Parameter(0xFC, lenenc(bytes(range(256)))),
    "date zero": Parameter(0x0A, datetime_value()),
    "date": Parameter(0x0A, datetime_value(2026, 10, 31)),
    "datetime": Parameter(0x0C, datetime_value(2026, 10, 31, 23, 59, 58)),
    "datetime fraction": Parameter(0x0C, datetime_value(2026, 10, 31, 23, 59, 58, 999999)),
    "timestamp": Parameter(0x07, datetime_value(2026, 10, 31, 1, 2, 3)),
    "time zero": Parameter(0x0B, lenenc(b"")),
    "time": Parameter(0x0B, lenenc(struct.pack("<BIBBB", 1, 34, 22, 59, 59))),
    "time fraction": Parameter(0x0B, lenenc(struct.pack("<BIBBBI", 0, 1, 2, 3, 4, 5))),
}
REFUSED_PARAMETERS = {
    "json": Parameter(0xF5, lenenc(b'{"a": 1}')),
    "unknown type": Parameter(0x7E, lenenc(b"?")),
}


def test_prepared_with_every_parameter_type(tap: Tap, client: RawClient) -> None:
    statement = client.prepare("SELECT ? AS value, CONCAT(?, '') AS text, ? IS NULL AS missing")
    for parameter in PARAMETERS.values():
        assert not is_error(client.execute(statement, [parameter] * 3))
    for parameter in REFUSED_PARAMETERS.values():
        assert is_error(client.execute(statement, [parameter] * 3))
    client.command(raw.COM_STMT_CLOSE, struct.pack("<I", statement))
    wide = client.prepare(f"SELECT {', '.join('?' * len(PARAMETERS))}")
    assert not is_error(client.execute(wide, list(PARAMETERS.values())))
    client.close()
    tap.assert_identical(connections=1, commands=len(PARAMETERS) + len(REFUSED_PARAMETERS) + 5)


def test_prepared_replies(tap: Tap, client: RawClient) -> None:
    """The binary form of every column type, twice (MariaDB leaves out unchanged metadata the second time)."""
    statements = [
        *corpus.REPLIES,
        *corpus.ERRORS,
        *corpus.NOT_OURS,
        "CALL identity_results(3)",
        "CALL identity_out(1, ?, ?)",
    ]
    prepared = 0
    for sql in statements:
        try:
            statement = client.prepare(sql)
        except ServerError:
            continue
        prepared += 1
        client.execute(statement, [PARAMETERS["varchar"]] * sql.count("?"))
        client.execute(statement, [PARAMETERS["null string"]] * sql.count("?"))
        client.command(raw.COM_STMT_CLOSE, struct.pack("<I", statement))
    client.query("ROLLBACK; UNLOCK TABLES; SET autocommit = 1; USE scratch")
    client.close()
    assert prepared > 60
    tap.assert_identical(connections=1, commands=len(statements) + 3 * prepared + 2)


def test_cursors(tap: Tap, client: RawClient) -> None:
    for sql in (
        "SELECT * FROM identity_types",
        "SELECT * FROM identity_empty",
        "SELECT seq FROM seq_1_to_1000",
        "DO 1",
    ):
        statement = client.prepare(sql)
        client.execute(statement, cursor=True)
        for rows in (1, 0, 2, 1000, 1):
            client.fetch(statement, rows)
        client.execute(statement, cursor=True)
        client.command(raw.COM_STMT_RESET, struct.pack("<I", statement))
        client.fetch(statement, 1)
        client.command(raw.COM_STMT_CLOSE, struct.pack("<I", statement))
    client.fetch(987654321, 1)
    client.close()
    tap.assert_identical(connections=1, commands=4 * 11 + 2)


def test_long_data(tap: Tap, client: RawClient) -> None:
    statement = client.prepare("SELECT LENGTH(?), MD5(?), ?")
    blob = Parameter(0xFC, b"")
    for chunk in (b"a" * 100, b"", b"b" * 70_000, b"ASK 'q'"):
        for index in (0, 1):
            client.command(raw.COM_STMT_SEND_LONG_DATA, struct.pack("<IH", statement, index) + chunk)
    reply = client.execute(statement, [blob, blob, PARAMETERS["long"]], long_data=(0, 1))
    assert not is_error(reply)
    client.command(raw.COM_STMT_SEND_LONG_DATA, struct.pack("<IH", statement, 0) + b"dropped by the reset")
    client.command(raw.COM_STMT_RESET, struct.pack("<I", statement))
    client.command(raw.COM_STMT_SEND_LONG_DATA, struct.pack("<IH", statement, 99) + b"no such parameter")
    client.execute(statement, [PARAMETERS["varchar"]] * 3)
    client.command(raw.COM_STMT_SEND_LONG_DATA, struct.pack("<IH", 987654321, 0) + b"no such statement")
    client.query("SELECT 'still in step'")
    client.close()
    tap.assert_identical(connections=1, commands=16)


BIG = 33 << 20  # two packets that are full, and a third


@pytest.mark.timeout(300)
@pytest.mark.parametrize("flavour", ["classic", "mariadb"])
def test_big_blobs(tap: Tap, flavour: str) -> None:
    """33 MiB both ways, and as long data."""
    with RawClient(tap.port, FLAVOURS[flavour]) as client:
        statement = client.prepare("SELECT ?")
        [_, *_, row, _] = client.execute(statement, [Parameter(0xFB, lenenc(bytes(range(256)) * (BIG // 256)))])
        assert len(row) > BIG
        client.command(raw.COM_STMT_SEND_LONG_DATA, struct.pack("<IH", statement, 0) + b"x" * (17 << 20))
        client.execute(statement, [Parameter(0xFB, b"")], long_data=[0])
        client.query("SELECT 'ends in step'")
    tap.assert_identical(connections=1, commands=6)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("size", [raw.BIGGEST - 1, raw.BIGGEST, 2 * raw.BIGGEST])
def test_packets_that_are_just_full(tap: Tap, size: int) -> None:
    """Payloads around the size at which a packet is split: up, and down."""
    with RawClient(tap.port, raw.MYSQL) as client:
        head, tail = b"SELECT LENGTH('", b"')"
        client.query(head + b"y" * (size - 1 - len(head) - len(tail)) + tail)
        [_, _, row, _] = client.query(f"SELECT REPEAT('z', {size - 4})")
        assert len(row) in (size, size + 5)  # MariaDB may announce the length in 8 bytes
        client.query("SELECT 'ends in step'")
    tap.assert_identical(connections=1, commands=4)


def test_beyond_max_allowed_packet(tap: Tap) -> None:
    """The server closes in the middle of the packet; the client must see just that."""
    client = RawClient(tap.port, raw.MYSQL)
    with contextlib.suppress(OSError, EOFError):
        client.query(b"SELECT '" + b"x" * (65 << 20) + b"'")
    client.close()
    [pair] = tap.pairs()
    assert pair.outer.phases[2] == pair.inner.phases[2]


def test_local_infile(tap: Tap, client: RawClient) -> None:
    client.query("CREATE OR REPLACE TABLE identity_infile (a INT, b TEXT)")
    load = "LOAD DATA LOCAL INFILE 'a file' INTO TABLE identity_infile FIELDS TERMINATED BY ','"
    for content in (b"1,one\n2,two\n", b"", b"3,ASK 'q'\n" * 100_000, b"no number,x\n", b"\x03SELECT 1"):
        client.local_file = content
        assert not is_error(client.query(load))
        client.query("SHOW WARNINGS LIMIT 3")
    client.query(f"{load}; SELECT COUNT(*) FROM identity_infile; {load}")
    client.query("LOAD DATA LOCAL INFILE 'a file' INTO TABLE no_such_table")
    client.query("DROP TABLE identity_infile")
    client.close()
    tap.assert_identical(connections=1, commands=15)


def change_user(client: RawClient, user: str, password: str, database: str = "scratch") -> None:
    """COM_CHANGE_USER. Raises ``ServerError``."""
    body = user.encode() + b"\0" + lenenc(raw.native_password(password, client.greeting.nonce))
    body += database.encode() + b"\0" + struct.pack("<H", 45) + b"mysql_native_password\0"
    client.send(bytes([raw.COM_CHANGE_USER]) + body)
    client.finish_authentication(password)


def test_other_commands(tap: Tap, client: RawClient) -> None:
    commands = [
        (raw.COM_PING, b""),
        (raw.COM_STATISTICS, b""),
        (raw.COM_INIT_DB, b"shop"),
        (raw.COM_INIT_DB, b"no_such_database"),
        (raw.COM_INIT_DB, b"scratch"),
        (raw.COM_PROCESS_INFO, b""),
        (raw.COM_FIELD_LIST, b"identity_types\0%"),
        (raw.COM_FIELD_LIST, b"identity_types\0"),
        (raw.COM_FIELD_LIST, b"identity_types\0c_t%"),
        (raw.COM_FIELD_LIST, b"no_such_table\0"),
        (raw.COM_DEBUG, b""),
        (raw.COM_SET_OPTION, b"\x01\x00"),
        (raw.COM_QUERY, b"SELECT 1; SELECT 2"),
        (raw.COM_SET_OPTION, b"\x00\x00"),
        (raw.COM_QUERY, b"SELECT 1; SELECT 2"),
        (raw.COM_SET_OPTION, b"\x07\x00"),
        (raw.COM_PROCESS_KILL, struct.pack("<I", 0xFFFFFFFE)),
        (raw.COM_QUERY, b"SET @before = 1"),
        (raw.COM_RESET_CONNECTION, b""),
        (raw.COM_QUERY, b"SELECT @before"),
        *(
            (code, b"x")
            for code in (0x00, 0x05, 0x06, 0x07, 0x08, 0x0B, 0x0F, 0x10, 0x13, 0x14, 0x1D, 0x30, 0x7F, 0xFE)
        ),
        (raw.COM_PING, b"with a body"),
        (raw.COM_STMT_EXECUTE, struct.pack("<IBI", 4242, 0, 1)),
        (raw.COM_STMT_EXECUTE, b"short"),
        (raw.COM_STMT_RESET, struct.pack("<I", 4242)),
        (raw.COM_QUERY, b"SELECT 'still in step'"),
    ]
    for code, body in commands:
        client.command(code, body)
    client.close()
    tap.assert_identical(connections=1, commands=len(commands) + 1)


def test_change_user(tap: Tap, client: RawClient) -> None:
    change_user(client, "reader", "secret", "shop")
    client.query("SELECT CURRENT_USER(), DATABASE()")
    client.query("SELECT * FROM orders")
    change_user(client, "open", "", "")
    client.query("SELECT CURRENT_USER(), DATABASE()")
    change_user(client, "app", "secret")
    client.query("SELECT * FROM identity_types")
    with pytest.raises(ServerError, match="Access denied"):
        change_user(client, "app", "wrong")
    with pytest.raises(EOFError):
        client.read()
    client.socket.close()
    tap.assert_identical(connections=1, commands=8, own_questions=4)


def test_kill(tap: Tap, mariadb: ShopServer) -> None:
    with RawClient(tap.port) as killer, RawClient(tap.port) as query_victim, RawClient(tap.port) as victim:
        for client, kill in ((query_victim, "KILL QUERY"), (victim, "KILL")):
            client.send(bytes([raw.COM_QUERY]) + b"SELECT SLEEP(300)")
            number = client.greeting.connection_id
            asleep = f"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = {number} AND STATE = 'User sleep'"
            while mariadb.run_sql(asleep) == "0\n":
                time.sleep(0.02)
            killer.query(f"{kill} {number}")
            if client is query_victim:
                assert is_error(client.reply(raw.COM_QUERY))
                client.query("SELECT 'still there'")
        with contextlib.suppress(OSError):
            while victim.socket.recv(1000):  # an error packet or none, as the server likes; then the end
                pass
        victim.socket.close()
    tap.assert_identical(connections=3, commands=6)


def test_server_closes_idle_connection(tap: Tap) -> None:
    client = RawClient(tap.port, raw.MYSQL)
    client.query("SET wait_timeout = 1")
    with contextlib.suppress(EOFError, OSError):
        while True:
            client.read()
    client.socket.close()
    tap.assert_identical(connections=1, commands=1)


def test_client_that_leaves_without_quit(tap: Tap, client: RawClient) -> None:
    client.query("SELECT 1")
    client.socket.shutdown(socket.SHUT_WR)
    with pytest.raises(EOFError):
        client.read()
    tap.assert_identical(connections=1, commands=1)


def test_bulk_execute(tap: Tap) -> None:
    """MariaDB's COM_STMT_BULK_EXECUTE: rows of (indicator, value) pairs."""
    with RawClient(tap.port, raw.MARIADB) as client:
        client.query("CREATE OR REPLACE TABLE identity_bulk (a INT PRIMARY KEY, b VARCHAR(20) DEFAULT 'd')")
        statement = client.prepare("INSERT INTO identity_bulk VALUES (?, ?)")
        head = struct.pack("<IH", statement, 128) + b"\x03\0\xfd\0"  # 128: parameter types follow
        rows = [(struct.pack("<i", n), b"\0" + lenenc(f"row {n}".encode())) for n in range(1000)]
        rows += [(struct.pack("<i", 1000), b"\x01"), (struct.pack("<i", 1001), b"\x02")]  # NULL, DEFAULT
        body = head + b"".join(b"\0" + number + text for number, text in rows)
        assert not is_error(client.command(raw.COM_STMT_BULK_EXECUTE, body))
        assert is_error(client.command(raw.COM_STMT_BULK_EXECUTE, body)), "the keys are taken"
        client.command(raw.COM_STMT_BULK_EXECUTE, head + b"\0")
        [_, *_, row, _] = client.query("SELECT COUNT(*), SUM(b IS NULL), SUM(b = 'd') FROM identity_bulk")
        assert row == lenenc(b"1002") + lenenc(b"1") + lenenc(b"1")
        client.query("DROP TABLE identity_bulk")
    tap.assert_identical(connections=1, commands=8)


def test_pipelined_prepare_and_execute(tap: Tap, client: RawClient) -> None:
    """As MariaDB's connectors do it: the EXECUTE names statement -1, the one just prepared."""
    commands = [
        (raw.COM_STMT_PREPARE, b"SELECT * FROM identity_types WHERE id > 0"),
        (raw.COM_STMT_EXECUTE, struct.pack("<IBI", 0xFFFFFFFF, 0, 1)),
        (raw.COM_STMT_CLOSE, struct.pack("<I", 0xFFFFFFFF)),
        (raw.COM_STMT_PREPARE, b"SELEC"),
        (raw.COM_STMT_EXECUTE, struct.pack("<IBI", 0xFFFFFFFF, 0, 1)),
        (raw.COM_PING, b""),
    ]
    client.socket.sendall(
        b"".join((len(body) + 1).to_bytes(3, "little") + bytes([0, code]) + body for code, body in commands)
    )
    for code, _ in commands:
        if code not in raw.NO_REPLY:
            client.reply(code)
    client.close()
    tap.assert_identical(connections=1, commands=len(commands) + 1)


@pytest.mark.parametrize(
    ("user", "password", "database", "accepted"),
    [
        ("app", "secret", "scratch", True),
        ("app", "secret", "", True),
        ("open", "", "shop", True),
        ("app", "wrong", "scratch", False),
        ("app", "", "scratch", False),
        ("no_such_user", "secret", "scratch", False),
        ("", "", "", False),
        ("app", "secret", "no_such_database", False),
        ("nobody", "secret", "shop", False),
        ("ünï" * 20, "secret", "scratch", False),
        ("tls_only", "secret", "shop", False),
    ],
)
def test_log_in(tap: Tap, user: str, password: str, database: str, accepted: bool) -> None:
    """Equal but for the capabilities that a gateway may take out; a refusal is the upstream's own."""
    for flags in FLAVOURS.values():
        outcome = contextlib.nullcontext() if accepted else pytest.raises(ServerError)
        with outcome, RawClient(tap.port, flags, user=user, password=password, database=database) as client:
            client.query("SELECT CURRENT_USER()")
    tap.assert_identical(connections=len(FLAVOURS), commands=2 * len(FLAVOURS) if accepted else 0)
