"""What plugins are told of relayed statements: over real connections, with every set of capabilities."""

import struct
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from conf.settings import Settings
from plugins import Answer, Column, Done, Run, SeenStatement, Services, Session, Statement, Table, hookimpl
from proxy.observed import QUIET
from tests.proxy.conftest import eventually
from tests.support import raw_client as raw
from tests.support.embedded import EmbeddedGateway, embedded
from tests.support.raw_client import Parameter, RawClient, lenenc
from tests.support.shop_server import ShopServer

ROWS = 20_000


class Watching:
    """``WATCH LAST`` answers what the session's statement before was; ``WATCH RUN <sql>`` runs as an ASK does."""

    def __init__(self) -> None:
        self.seen: list[SeenStatement] = []
        self.previous: SeenStatement | None = None
        self.wanted: set[int] = set()
        self.idle: list[tuple[int, bool]] = []
        self.busy = threading.Event()

    @hookimpl
    def askwire_statements(self, settings: Settings, services: Services) -> list[Statement]:
        del settings, services
        return [Statement("last", self._last, ("WATCH", "LAST")), Statement("run", self._run, ("WATCH", "RUN"))]

    @hookimpl
    def askwire_statements_seen(self, statements: Sequence[SeenStatement]) -> Collection[int]:
        self.seen += statements
        return {s.session for s in statements} & self.wanted

    @hookimpl
    async def askwire_session_idle(self, session: Session) -> None:
        self.idle.append((session.id, session.in_transaction))
        self.busy.set()
        await session.query("SELECT SLEEP(0.3)")

    async def _last(self, session: Session, _text: str) -> Answer:
        self.previous = session.previous
        return Table((Column("user"), Column("kind")), [(session.user, session.database_kind)])

    async def _run(self, _session: Session, text: str) -> Answer:
        return Run(text.split(None, 2)[2]) if text.split(None, 2)[2:] else Done()

    def last(self, client: RawClient) -> SeenStatement:
        """What the gateway says was the last statement; there must be one."""
        assert client.query("WATCH LAST")[0] != b"\xff"
        assert self.previous is not None
        return self.previous

    def told(self, text: str) -> SeenStatement:
        """Wait until it was told of this statement."""
        eventually(lambda: any(s.text == text for s in self.seen))
        return next(s for s in self.seen if s.text == text)


@pytest.fixture(scope="module")
def watching() -> Watching:
    return Watching()


@pytest.fixture(scope="module")
def gateway(
    mariadb: ShopServer, watching: Watching, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmbeddedGateway]:
    mariadb.run_sql(
        "USE scratch; CREATE TABLE watched (id INT PRIMARY KEY, name VARCHAR(60)) CHARACTER SET utf8mb4;"
        f"INSERT INTO watched SELECT seq, REPEAT('n', 40) FROM seq_1_to_{ROWS}"
    )
    with embedded(mariadb.url, tmp_path_factory.mktemp("watching"), watching) as made:
        yield made
    mariadb.run_sql("DROP TABLE scratch.watched")


@pytest.fixture(autouse=True)
def at_rest(gateway: EmbeddedGateway) -> None:
    """Under load statements are sampled: what the test before sent is no load of this one's."""
    waiting = gateway.gateway.hub.waiting
    eventually(lambda: not waiting.loaded and len(waiting.queue) < QUIET)


@pytest.fixture(params={"classic": raw.CLASSIC, "deprecate_eof": raw.MYSQL, "mariadb": raw.MARIADB}.items(), ids=str)
def client(gateway: EmbeddedGateway, request: pytest.FixtureRequest) -> Iterator[RawClient]:
    with RawClient(gateway.port, request.param[1]) as made:
        yield made


def test_a_statement(client: RawClient, watching: Watching, gateway: EmbeddedGateway) -> None:
    before = time.time()
    client.query("  SELECT id, 'ä\0' FROM watched WHERE id <= 7 ")
    seen = watching.last(client)
    assert (seen.text, seen.rows, seen.error) == ("SELECT id, 'ä\0' FROM watched WHERE id <= 7", 7, None)
    assert (seen.user, seen.database, seen.session) == ("app", "scratch", client.greeting.connection_id)
    assert seen.upstream == gateway.gateway.settings.upstream_name
    assert 0 < seen.seconds < 5
    assert before - 1 < seen.at < time.time() + 1
    assert seen.bytes > 7 * 5


def test_times_are_the_statements(client: RawClient, watching: Watching) -> None:
    client.query("SELECT SLEEP(0.2)")
    assert 0.1 < watching.last(client).seconds < 2


def test_an_error(client: RawClient, watching: Watching) -> None:
    client.query("SELECT nö FROM watched")
    error = watching.last(client).error
    assert error is not None
    assert (error.number, error.sqlstate) == (1054, "42S22")
    assert "'nö'" in error.message


def test_a_large_reply_is_estimated(client: RawClient, watching: Watching) -> None:
    client.query("SELECT * FROM watched")
    seen = watching.last(client)
    assert seen.rows is not None
    assert seen.rows == pytest.approx(ROWS, rel=0.05)
    assert seen.bytes > ROWS * 40


def test_an_error_at_the_end_of_a_large_reply(client: RawClient, watching: Watching) -> None:
    client.query(f"SELECT name, IF(id = {ROWS}, (SELECT id FROM watched), 1) FROM watched")
    error = watching.last(client).error
    assert error is not None
    assert error.number == 1242


def test_what_is_no_statement_of_the_clients_own(client: RawClient, watching: Watching) -> None:
    client.query("SELECT 'mine'")
    for other in ("SHOW WARNINGS", "show count(*) warnings", "USE shop", "WATCH LAST"):
        client.query(other)
    client.command(raw.COM_PING)
    client.command(raw.COM_STMT_CLOSE, struct.pack("<I", 77))
    client.command(raw.COM_INIT_DB, b"scratch")
    assert watching.last(client).text == "SELECT 'mine'"


def test_the_database_is_followed(client: RawClient, watching: Watching) -> None:
    commands = {b"\x03USE shop": "shop", b"\x02scratch": "scratch", b"\x03 use/**/`shop` ;": "shop"}
    commands |= {b"\x03USE nowhere": "shop", b"\x02nowhere": "shop"}
    for command in commands:
        client.command(command[0], command[1:])
        client.query(f"SELECT '{command!r} {client.capabilities}'")
    for command, expected in commands.items():
        assert watching.told(f"SELECT '{command!r} {client.capabilities}'").database == expected


def test_several_statements_in_one(client: RawClient, watching: Watching) -> None:
    client.query("SELECT 1; SELECT 2 UNION SELECT 3; SELECT nope")
    seen = watching.last(client)
    assert seen.rows == 3
    assert seen.error is not None
    client.query("SELECT 'in step'")
    assert watching.last(client).text == "SELECT 'in step'"


def test_local_file(client: RawClient, watching: Watching) -> None:
    client.query("CREATE TEMPORARY TABLE loaded (v TEXT)")
    client.local_file = b"\x01\0\0\0\x03SET PASSWORD\n" * 100_000
    client.query("LOAD DATA LOCAL INFILE 'x' INTO TABLE loaded")
    seen = watching.last(client)
    assert (seen.text, seen.error) == ("LOAD DATA LOCAL INFILE 'x' INTO TABLE loaded", None)


def test_a_local_file_in_any_pieces(gateway: EmbeddedGateway, watching: Watching) -> None:
    """Its last packet may look like the beginning of a command, and so may what arrives of it at once."""
    with RawClient(gateway.port) as client:
        client.query("CREATE TEMPORARY TABLE loaded (v TEXT)")
        client.send(b"\x03LOAD DATA LOCAL INFILE 'pieces' INTO TABLE loaded")
        assert client.read()[:1] == b"\xfb"
        relay = gateway.gateway.hub.sessions[client.greeting.connection_id]
        assert not relay.between_commands  # nobody may have the session now
        for sequence in range(2, 256):
            client.socket.sendall(b"\2\0\0" + bytes([sequence]) + b"x\n")
        client.socket.sendall(b"\6\0\0\0")
        time.sleep(0.05)
        client.socket.sendall(b"abc\0")
        time.sleep(0.05)
        client.socket.sendall(b"e\n")
        client.socket.sendall(b"\0\0\0\1")
        client.sequence = 2
        assert client.read()[:1] == b"\0"
        seen = watching.last(client)
        assert (seen.text, seen.error) == ("LOAD DATA LOCAL INFILE 'pieces' INTO TABLE loaded", None)
        client.query("SELECT 'in step'")
        assert watching.last(client).text == "SELECT 'in step'"


def test_a_local_file_that_ends_where_numbers_begin_again(gateway: EmbeddedGateway, watching: Watching) -> None:
    with RawClient(gateway.port) as client:
        client.query("CREATE TEMPORARY TABLE loaded (v TEXT)")
        client.send(b"\x03LOAD DATA LOCAL INFILE 'wraps' INTO TABLE loaded")
        client.read()
        for sequence in range(2, 256):
            client.socket.sendall(b"\2\0\0" + bytes([sequence]) + b"x\n")
        time.sleep(0.05)
        client.socket.sendall(b"\0\0\0\0")
        client.sequence = 1
        assert client.read()[:1] == b"\0"
        client.query("SELECT 'in step'")
        assert watching.last(client).text == "SELECT 'in step'"


def test_a_value_too_long_to_be_kept(client: RawClient, watching: Watching) -> None:
    """Sent in pieces beforehand, as Connector/J does, it has no reply."""
    statement = client.prepare("SELECT LENGTH(?), ?")
    for piece in (b"\0" * (1 << 20), b"\0" * (3 << 20)):
        client.command(raw.COM_STMT_SEND_LONG_DATA, struct.pack("<IH", statement, 0) + piece)
    value = Parameter(0xFD, lenenc(b"short"))
    reply = client.execute(statement, [value, value], long_data=[0])
    assert struct.pack("<I", 4 << 20) in reply[-2]
    assert watching.last(client).text == "SELECT LENGTH(?), ?"


def test_a_statement_too_long_to_be_kept(client: RawClient, watching: Watching) -> None:
    client.query("SELECT 'before'")
    client.query("SELECT LENGTH('" + "\0" * (2 << 20) + "')")
    watching.previous = None
    client.query("WATCH LAST")
    assert watching.previous is None
    client.query("SELECT 'after'")
    assert watching.last(client).text == "SELECT 'after'"


def test_prepared(client: RawClient, watching: Watching) -> None:
    statement = client.prepare("SELECT id, '?', ? FROM watched WHERE id < ? AND name <> ? -- ?")
    other = client.prepare("SELECT 1")
    value = Parameter(0xFD, lenenc(b"it's"))
    client.execute(statement, [value, Parameter(8, struct.pack("<q", 4)), Parameter(6, None)])
    assert watching.last(client).text == "SELECT id, '?', 'it''s' FROM watched WHERE id < 4 AND name <> NULL -- ?"
    # The types are told only once.
    body = struct.pack("<IBI", statement, 0, 1) + b"\x04\x00" + lenenc(b"b") + struct.pack("<q", 3)
    assert client.command(raw.COM_STMT_EXECUTE, body)[0][:1] != b"\xff"
    seen = watching.last(client)
    assert seen.text == "SELECT id, '?', 'b' FROM watched WHERE id < 3 AND name <> NULL -- ?"
    client.execute(other)
    assert watching.last(client).text == "SELECT 1"
    client.command(raw.COM_STMT_SEND_LONG_DATA, struct.pack("<IH", statement, 0) + b"long")
    client.execute(statement, [value, Parameter(8, struct.pack("<q", 4)), Parameter(6, None)], long_data=[0])
    assert watching.last(client).text == "SELECT id, '?', ? FROM watched WHERE id < ? AND name <> ? -- ?"
    client.execute(statement, [value, Parameter(8, struct.pack("<q", 3)), Parameter(6, None)], cursor=True)
    client.fetch(statement, 10)
    assert watching.last(client).rows is None


def test_a_statement_that_cannot_be_prepared(client: RawClient, watching: Watching) -> None:
    client.query("SELECT 'fine'")
    client.prepare("SELECT 'prepared, not executed'")
    assert watching.last(client).text == "SELECT 'fine'"
    with pytest.raises(raw.ServerError):
        client.prepare("SELEC 1")
    seen = watching.last(client)
    assert seen.text == "SELEC 1"
    assert seen.error is not None
    assert seen.error.number == 1064


def test_executed_before_it_is_known_that_it_is_prepared(gateway: EmbeddedGateway, watching: Watching) -> None:
    """As MariaDB's connectors do."""
    with RawClient(gateway.port, raw.MARIADB) as client:
        for sql, failed in (("SELECT id FROM watched WHERE id < ?", False), ("SELECT id FROM nowhere", True)):
            prepare = bytes([raw.COM_STMT_PREPARE]) + sql.encode()
            execute = bytes([raw.COM_STMT_EXECUTE]) + struct.pack("<IBI", 0xFFFFFFFF, 0, 1)
            execute += b"" if failed else b"\x00\x01\x08\x00" + struct.pack("<q", 5)
            client.socket.sendall(b"".join(len(c).to_bytes(3, "little") + b"\0" + c for c in (prepare, execute)))
            client.reply(raw.COM_STMT_PREPARE)
            client.reply(raw.COM_STMT_EXECUTE)
            client.query("SELECT 'in step'")
            assert watching.last(client).text == "SELECT 'in step'"
        assert watching.told("SELECT id FROM watched WHERE id < 5").rows == 4


def test_replies_that_cannot_be_told_apart_are_left_out(gateway: EmbeddedGateway, watching: Watching) -> None:
    with RawClient(gateway.port, raw.MARIADB) as client:
        for sql in ("SELECT SLEEP(0.05), 'piped 1'", "SELECT 'piped 2'", "SELECT 'piped 3'"):
            client.send(b"\x03" + sql.encode())
        for _ in range(3):
            client.reply(raw.COM_QUERY)
        client.query("SELECT 'after the pipe'")
        watching.previous = None
        client.query("WATCH LAST")
        assert watching.previous is None
        client.query("SELECT 'known again'")
        assert watching.last(client).text == "SELECT 'known again'"
        watching.told("SELECT 'known again'")
        assert not [s for s in watching.seen if "pipe" in s.text]


def test_what_ask_runs(client: RawClient, watching: Watching) -> None:
    client.query("WATCH RUN SELECT id FROM watched LIMIT 3")
    assert (watching.last(client).text, watching.last(client).rows) == ("SELECT id FROM watched LIMIT 3", 3)
    client.query("WATCH RUN SELECT id FROM nowhere")
    error = watching.last(client).error
    assert error is not None
    assert error.number == 1146


SECRETS = [
    "CREATE USER watched@'%' IDENTIFIED BY 'secret'",
    "alter/**/user watched@'%' identified by 'secret'",
    "SET PASSWORD FOR watched@'%' = 'x'",
    "GRANT USAGE ON *.* TO watched@'%' IDENTIFIED BY 'secret'",
    "SELECT PASSWORD ('secret')",
    "SELECT 1; SET PASSWORD = 'x'",
    "/*!50000 SET */ PASSWORD = 'x'",
    "CHANGE MASTER TO MASTER_PASSWORD='x'",
    "EXECUTE IMMEDIATE 'SET PASSWORD = 1'",
]


def test_under_load(client: RawClient, watching: Watching, gateway: EmbeddedGateway) -> None:
    """A session that sends too much to look at: what is slow and what fails is seen as ever."""

    def passed() -> SeenStatement:
        for _ in range(500):
            client.query("DO 1")
        return watching.last(client)

    eventually(lambda: passed().seconds == 0.0)  # any one may be a sample
    client.query("DO 1")
    client.query("SELECT SLEEP(0.3), 'load'")
    client.query("COMMIT")
    client.query("SELECT nothing")
    failed = watching.last(client)
    assert (failed.text, failed.error and failed.error.number) == ("SELECT nothing", 1054)
    slow = watching.told("SELECT SLEEP(0.3), 'load'")
    assert (slow.weight, slow.rows, slow.error) == (1, 1, None)
    assert 0.15 < slow.seconds < 5
    eventually(lambda: not gateway.gateway.hub.waiting.loaded)  # the tests after this one say much at once


def test_passwords_are_never_kept(client: RawClient, watching: Watching) -> None:
    for sql in SECRETS:
        client.query(sql)
        watching.previous = None
        client.query("WATCH LAST")
        assert watching.previous is None, sql
    after = "SELECT 'after the secrets'"
    # Said more than once: under load any one of them may be no sample.
    eventually(lambda: bool(client.query(after)) and any(s.text == after for s in watching.seen))
    assert not {s.text for s in watching.seen} & set(SECRETS)


def test_another_user(client: RawClient, watching: Watching) -> None:
    client.query("SELECT 'as app'")
    assert watching.last(client).user == "app"
    assert b"mariadb" in client.query("WATCH LAST")[-2]
    client.send(b"\x11reader\0" + lenenc(b"x" * 20) + b"shop\0\x2d\0mysql_native_password\0")
    client.finish_authentication("secret")
    watching.previous = None
    client.query("WATCH LAST")
    assert watching.previous is None
    client.query("SELECT 'as reader'")
    assert (watching.last(client).user, watching.last(client).database) == ("reader", "shop")
    client.command(raw.COM_RESET_CONNECTION)
    watching.previous = None
    client.query("WATCH LAST")
    assert watching.previous is None


def test_told_once_the_client_is_silent(client: RawClient, watching: Watching) -> None:
    text = f"SELECT 'silent {client.capabilities}'"
    client.query(text)
    assert watching.told(text).weight == 1
    assert watching.last(client).text == text
    assert len([s for s in watching.seen if s.text == text]) == 1


def test_told_when_the_session_ends(gateway: EmbeddedGateway, watching: Watching) -> None:
    with RawClient(gateway.port) as client:
        client.query("SELECT 'goodbye'")
    watching.told("SELECT 'goodbye'")


def test_off(mariadb: ShopServer, tmp_path: Path) -> None:
    plugin = Watching()
    with embedded(mariadb.url, tmp_path, plugin, diagnose={"watch": False}) as made, RawClient(made.port) as client:
        client.query("SELECT 'unwatched'")
        client.query("WATCH RUN SELECT 2")
        client.query("WATCH LAST")
        assert plugin.previous is None
        assert all(relay.observer is None for relay in made.gateway.hub.sessions.values())


# --- borrowing an idle session


def test_an_idle_session_is_lent_and_taken_back(gateway: EmbeddedGateway, watching: Watching) -> None:
    with RawClient(gateway.port) as client:
        watching.wanted.add(client.greeting.connection_id)
        client.query("SELECT 'slow'")
        assert watching.busy.wait(10)
        watching.wanted.clear()
        assert client.query("SELECT 'at once'")[-2][1:] == b"at once"
        assert watching.idle == [(client.greeting.connection_id, False)]


NOTICED = [
    ["BEGIN", "SELECT id FROM watched LIMIT 1"],
    ["SELECT 1 / 0"],
    ["SELECT SQL_CALC_FOUND_ROWS id FROM watched LIMIT 1"],
    ["SELECT 1 INTO @x"],
    ["SET @x = 1"],
    ["SELECT nope"],
]


def test_not_where_the_client_would_notice(gateway: EmbeddedGateway) -> None:
    with ExitStack() as stack:
        found = []
        for statements in [*NOTICED, ["SELECT 1"]]:
            client = stack.enter_context(RawClient(gateway.port))
            for sql in ["SET sql_mode = 'ERROR_FOR_DIVISION_BY_ZERO'", *statements]:
                client.query(sql)
            found.append(gateway.gateway.hub.sessions[client.greeting.connection_id])
        eventually(lambda: all(relay.observer and relay.observer.settled for relay in found))
        assert [relay.idle.unnoticed() for relay in found] == [False] * len(NOTICED) + [True]
