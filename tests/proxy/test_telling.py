"""What plugins hear of the gateway's own statements, and when the client hears."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import mysql.connector
import pymysql
import pytest

from plugins import AnsweredStatement, AskwireError, ErrorCode, Stage, hookimpl
from tests.proxy.conftest import Connect, eventually
from tests.support.embedded import EmbeddedGateway, StatementsForTests, embedded
from tests.support.shop_server import ShopServer


@dataclass(eq=False)
class Listener:
    """Hears everything; ``refuses`` at these stages."""

    heard: list[AnsweredStatement] = field(default_factory=list)
    refuses: set[Stage] = field(default_factory=set)

    @hookimpl
    async def askwire_answered(self, event: AnsweredStatement) -> None:
        self.heard.append(event)
        if event.stage in self.refuses:
            raise AskwireError(ErrorCode.AUDIT_UNAVAILABLE, "No room")

    @property
    def stages(self) -> list[Stage]:
        return [event.stage for event in self.heard]


@dataclass(eq=False)
class Faulty:
    """A plugin that may have a fault."""

    fault: bool = False

    @hookimpl
    async def askwire_answered(self, event: AnsweredStatement) -> None:
        if self.fault:
            raise RuntimeError(f"hidden words {event.id}")


FAULTY = Faulty()


@pytest.fixture(scope="module")
def listener() -> Listener:
    return Listener()


@pytest.fixture(scope="module")
def told_plugin() -> StatementsForTests:
    return StatementsForTests()


@pytest.fixture(scope="module")
def told(
    mariadb: ShopServer, listener: Listener, told_plugin: StatementsForTests, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmbeddedGateway]:
    with embedded(mariadb.url, tmp_path_factory.mktemp("told"), FAULTY, told_plugin, listener) as made:
        yield made


@pytest.fixture
def connect(told: EmbeddedGateway, listener: Listener) -> Iterator[Connect]:
    listener.heard.clear()
    listener.refuses.clear()
    with ExitStack() as stack:

        def make(**options: object) -> "pymysql.Connection[pymysql.cursors.Cursor]":
            defaults = {"user": "app", "password": "secret", "database": "shop", "autocommit": True}
            connection = pymysql.connect(host="127.0.0.1", port=told.port, **{**defaults, **options})
            stack.callback(lambda: connection.open and connection.close())
            return connection

        yield make


def number_of(error: pymysql.MySQLError) -> int:
    return int(error.args[0]) & 0xFFFF


def fails(connection: "pymysql.Connection[pymysql.cursors.Cursor]", statement: str) -> int:
    with connection.cursor() as cursor, pytest.raises(pymysql.MySQLError) as error:
        cursor.execute(statement)
    return number_of(error.value)


def test_a_table(connect: Connect, listener: Listener) -> None:
    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute("TEST TABLE")
        cursor.execute("SHOW WARNINGS")
        cursor.execute("SELECT 1")
    asked, answered = listener.heard
    assert (asked.stage, answered.stage) == (Stage.ASKED, Stage.ANSWERED)
    assert (answered.name, answered.text, answered.rows) == ("test table", "TEST TABLE", 3)
    assert (answered.session, answered.account, answered.user) == (connection.thread_id(), "app@%", "app")
    assert answered.client.startswith("127.0.0.1:")
    assert asked.id == answered.id


def test_affected_rows(connect: Connect, listener: Listener) -> None:
    with connect().cursor() as cursor:
        cursor.execute("TEST DONE 7")
    assert listener.heard[-1].rows == 7


def test_sql_that_runs(connect: Connect, listener: Listener) -> None:
    with connect().cursor() as cursor:
        assert cursor.execute("TEST RUN SELECT id FROM regions") == 5
    assert listener.stages == [Stage.ASKED, Stage.RUNS, Stage.ANSWERED]
    _, runs, answered = listener.heard
    assert (runs.facts.sql, runs.rows) == ("SELECT id FROM regions", None)
    assert (answered.facts.sql, answered.rows) == ("SELECT id FROM regions", 5)


@pytest.mark.parametrize("sql", ["SELECT nothing FROM nowhere", "SELECT id, (SELECT 1 UNION SELECT id) FROM regions"])
def test_sql_that_fails(connect: Connect, listener: Listener, sql: str) -> None:
    """The client gets the server's own error, and once only."""
    connection = connect()
    number = fails(connection, f"TEST RUN {sql}")
    assert listener.stages == [Stage.ASKED, Stage.RUNS, Stage.FAILED]
    error = listener.heard[-1].error
    assert error is not None
    assert error[0] == number
    with connection.cursor() as cursor:
        assert cursor.execute("SELECT id FROM regions") == 5


def test_executed_with_values(told: EmbeddedGateway, connect: Connect, listener: Listener) -> None:
    connect()
    with (
        mysql.connector.connect(
            host="127.0.0.1", port=told.port, user="app", password="secret", database="shop", use_pure=True
        ) as connection,
        connection.cursor(prepared=True) as cursor,
    ):
        cursor.execute("TEST ECHO ?", ("ä",))
        cursor.fetchall()
        cursor.execute("TEST RUN SELECT id FROM regions WHERE id = ?", (2,))
        assert cursor.fetchall() == [(2,)]
    assert [event.text for event in listener.heard[:2]] == ["TEST ECHO 'ä'"] * 2
    assert listener.heard[-1].facts.sql == "SELECT id FROM regions WHERE id = 2"
    assert listener.heard[-1].rows == 1


@pytest.mark.parametrize(("statement", "number"), [("TEST ERROR", 57006), ("TEST CRASH", 57017)])
def test_a_handler_that_fails(connect: Connect, listener: Listener, statement: str, number: int) -> None:
    assert fails(connect(), statement) == number
    assert listener.stages == [Stage.ASKED, Stage.FAILED]
    error = listener.heard[-1].error
    assert error is not None
    assert error[:2] == (number, "45000")
    assert "hidden words" not in error[2]


def test_killed(connect: Connect, listener: Listener, told_plugin: StatementsForTests) -> None:
    connection, other = connect(), connect()
    told_plugin.sleeping.clear()
    connection._execute_command(3, "TEST SLEEP")
    assert told_plugin.sleeping.wait(10)
    with other.cursor() as cursor:
        cursor.execute(f"KILL QUERY {connection.thread_id()}")
    with pytest.raises(pymysql.MySQLError) as error:
        connection._read_query_result()
    assert number_of(error.value) == 1317
    assert listener.stages == [Stage.ASKED, Stage.CANCELLED]


def test_a_client_that_leaves(connect: Connect, listener: Listener, told_plugin: StatementsForTests) -> None:
    connection = connect()
    told_plugin.sleeping.clear()
    connection._execute_command(3, "TEST SLEEP")
    assert told_plugin.sleeping.wait(10)
    connection._force_close()
    eventually(lambda: listener.stages == [Stage.ASKED, Stage.CANCELLED])


@pytest.mark.parametrize(
    ("stage", "statement", "heard"),
    [
        (Stage.ASKED, "TEST RUN SELECT 1", [Stage.ASKED, Stage.FAILED]),
        (Stage.RUNS, "TEST RUN SELECT 1", [Stage.ASKED, Stage.RUNS, Stage.FAILED]),
        (Stage.ANSWERED, "TEST TABLE", [Stage.ASKED, Stage.ANSWERED, Stage.FAILED]),
        (Stage.FAILED, "TEST ERROR", [Stage.ASKED, Stage.FAILED]),
    ],
)
def test_a_plugin_that_refuses(
    connect: Connect,
    listener: Listener,
    told_plugin: StatementsForTests,
    stage: Stage,
    statement: str,
    heard: list[Stage],
) -> None:
    connection = connect()
    listener.refuses.add(stage)
    before = len(told_plugin.texts)
    assert fails(connection, statement) == ErrorCode.AUDIT_UNAVAILABLE.number
    assert listener.stages == heard
    assert len(told_plugin.texts) - before == (0 if stage is Stage.ASKED else 1)
    with connection.cursor() as cursor:
        assert cursor.execute("SELECT id FROM regions") == 5


def test_a_plugin_that_fails(connect: Connect, listener: Listener) -> None:
    """What it keeps account of is not done; as often as that is, it is not left out for it."""
    connection = connect()
    FAULTY.fault = True
    try:
        assert {fails(connection, "TEST TABLE") for _ in range(7)} == {ErrorCode.PLUGIN_FAILED.number}
    finally:
        FAULTY.fault = False
    assert listener.stages == [Stage.ASKED, Stage.FAILED] * 7
    with connection.cursor() as cursor:
        assert cursor.execute("TEST TABLE") == 3


def test_why_a_plugin_is_off_is_told_without_it(connect: Connect, told: EmbeddedGateway) -> None:
    plugins = told.gateway.hub.plugins
    faulty = next(each for each in plugins.all if each.implementation is FAULTY)
    connection = connect()
    FAULTY.fault = True
    try:
        assert fails(connection, "TEST TABLE") == ErrorCode.PLUGIN_FAILED.number
        with connection.cursor() as cursor:
            assert cursor.execute("SHOW AI STATUS")
        faulty.switch_off("it was one fault too many")
        assert fails(connection, "TEST TABLE") == ErrorCode.PLUGIN_FAILED.number
        assert fails(connection, "SHOW AI MODELS") == ErrorCode.PLUGIN_FAILED.number
        with connection.cursor() as cursor:
            assert cursor.execute("SHOW AI STATUS")
            cursor.execute("SHOW AI PLUGINS")
            assert [row[4] for row in cursor.fetchall() if row[3] == "off"] == ["it was one fault too many"]
    finally:
        FAULTY.fault, faulty.off, faulty.broken = False, "", False


@pytest.mark.parametrize("sql", ["SELECT id FROM regions", "SELECT seq FROM seq_1_to_20000", "SELECT id FROM nowhere"])
def test_rows_that_were_sent_are_not_acknowledged(connect: Connect, listener: Listener, sql: str) -> None:
    """The refusal comes in place of their end, and the session goes on."""
    connection = connect()
    listener.refuses |= {Stage.ANSWERED, Stage.FAILED}
    assert fails(connection, f"TEST RUN {sql}") == ErrorCode.AUDIT_UNAVAILABLE.number
    listener.refuses.clear()
    with connection.cursor() as cursor:
        cursor.execute("SHOW WARNINGS")
        assert [row[1] for row in cursor.fetchall()] == [ErrorCode.AUDIT_UNAVAILABLE.number]
        assert cursor.execute("TEST RUN SELECT id FROM regions") == 5


@pytest.mark.parametrize(
    ("statement", "kept"),
    [
        ("TEST ECHO SET PASSWORD = hunter2", ""),
        ("TEST ECHO https://me:hunter2@host/x", "TEST ECHO https://***@host/x"),
    ],
)
def test_a_password_is_withheld(connect: Connect, listener: Listener, statement: str, kept: str) -> None:
    with connect().cursor() as cursor:
        cursor.execute(statement)
    assert {event.text for event in listener.heard} == {kept}
    assert all(event.withheld == (not kept) for event in listener.heard)
    assert "hunter2" not in str(listener.heard)


def test_the_end_of_the_gateway(mariadb: ShopServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    listener, plugin = Listener(), StatementsForTests()
    with embedded(mariadb.url, tmp_path_factory.mktemp("ends"), plugin, listener) as made:
        connection = pymysql.connect(host="127.0.0.1", port=made.port, user="app", password="secret")
        connection._execute_command(3, "TEST SLEEP")
        assert plugin.sleeping.wait(10)
    assert listener.stages == [Stage.ASKED, Stage.CANCELLED]
    connection._force_close()
