"""``session.scratch``: temporary tables on the caller's session, which is as it was afterwards, whatever happens."""

import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator

import pymysql
import pytest

from conf.settings import Settings
from plugins import (
    Answer,
    AskwireError,
    Column,
    Done,
    Scratch,
    Services,
    Session,
    Statement,
    Table,
    UpstreamError,
    hookimpl,
)
from tests.proxy.conftest import eventually
from tests.support.embedded import EmbeddedGateway, embedded
from tests.support.postgres import PostgresServer
from tests.support.shop_server import ShopServer

Cursor = pymysql.cursors.Cursor
SOURCE = "SELECT id, n, name FROM scratch.scratched"
STATE = (
    "SELECT @@autocommit, @@in_transaction, @@tx_read_only, @@tx_isolation, @@sql_mode, LAST_INSERT_ID(), DATABASE(),"
    " (SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'scratch')"
)


class Scratches:
    """``SCRATCH <word> <argument>``."""

    def __init__(self) -> None:
        self.tables: list[str] = []

    @hookimpl
    def askwire_statements(self, settings: Settings, services: Services) -> list[Statement]:
        del settings, services
        handlers = {
            "WORK": self._work,
            "COPY": self._copy,
            "RAISES": self._raises,
            "NEVERLEFT": self._never_left,
            "SLEEPS": self._sleeps,
            "FOREIGN": self._foreign,
            "NESTED": self._nested,
        }
        return [Statement(word.lower(), handler, ("SCRATCH", word)) for word, handler in handlers.items()]

    async def _work(self, session: Session, _text: str) -> Answer:
        async with session.scratch(5) as scratch:
            table = await scratch.create_like("scratched", "scratch")
            came = await scratch.insert(table, ["id", "n", "name"], f"{SOURCE} WHERE id <= 500")
            before = await reads(scratch, table)
            index = await scratch.add_index(table, ["name", "n"], prefixes={"name": 12}, descending=["n"])
            await scratch.analyze(table)
            after = await reads(scratch, table)
            twice = await scratch.query(f"SELECT COUNT(*) FROM {table} a JOIN {table} b USING (id)")
            await scratch.drop_index(table, index)
            plan = (await scratch.query(f"EXPLAIN FORMAT=JSON SELECT * FROM {table} WHERE name = 'name 77'")).rows[0][0]
            self.tables.append(table)
        rows = [(came, before, after, twice.rows[0][0], index in str(plan))]
        return Table(tuple(map(Column, ("came", "before", "after", "twice", "index"))), rows)

    async def _copy(self, session: Session, text: str) -> Answer:
        async with session.scratch(5) as scratch:
            table = await scratch.create(text.split(None, 2)[2])
            self.tables.append(table)
            return Table((Column("n"),), (await scratch.query(f"SELECT COUNT(*) FROM {table}")).rows)

    async def _raises(self, session: Session, _text: str) -> Answer:
        async with session.scratch(5) as scratch:
            self.tables.append(await scratch.create(SOURCE))
            raise RuntimeError("in the middle")

    async def _never_left(self, session: Session, _text: str) -> Answer:
        scratch = await session.scratch(5).__aenter__()
        self.tables.append(await scratch.create(SOURCE))
        return Done()

    async def _sleeps(self, session: Session, _text: str) -> Answer:
        async with session.scratch(30) as scratch:
            self.tables.append(await scratch.create(SOURCE))
            await scratch.query("SELECT SLEEP(20)")
        return Done()

    async def _foreign(self, session: Session, _text: str) -> Answer:
        """Every way to name a table that is not the scratch work's own -> how many went through."""
        async with session.scratch(5) as scratch:
            own = await scratch.create(SOURCE)
            attempts: list[Callable[[], Coroutine[object, object, object]]] = [
                lambda: scratch.insert("`scratch`.`scratched`", ["n"], "SELECT 1"),
                lambda: scratch.add_index("scratch.scratched", ["n"]),
                lambda: scratch.drop_index(f"{own}, scratch.scratched", "n"),
                lambda: scratch.analyze("scratched"),
                lambda: scratch.create("SELECT 1) ; DROP TABLE scratch.scratched; ("),
                lambda: scratch.create("SELECT 1 /*! ) ; DROP TABLE scratch.scratched */"),
                lambda: scratch.create("DELETE FROM scratch.scratched"),
                lambda: scratch.insert(own, ["id"], "SELECT 1; DROP TABLE scratch.scratched"),
                lambda: scratch.add_index(own, ["n`), DROP COLUMN (`name"]),
            ]
            went_through = len(attempts)
            for attempt in attempts:
                with contextlib.suppress(AskwireError, UpstreamError):
                    await attempt()
                    continue
                went_through -= 1
        return Table((Column("n"),), [(went_through,)])

    async def _nested(self, session: Session, _text: str) -> Answer:
        async with session.scratch(5):
            for work in (session.scratch, session.trial):
                with pytest.raises(AskwireError):
                    work(5)
        return Done()


async def reads(scratch: Scratch, table: str) -> int:
    """How many rows a query reads."""
    counters = "SHOW SESSION STATUS WHERE Variable_name IN ('Handler_read_next', 'Handler_read_rnd_next')"
    before = await scratch.query(counters)
    await scratch.query(f"SELECT * FROM {table} WHERE name = 'name 77'")
    after = await scratch.query(counters)
    return sum(int(str(b[1])) - int(str(a[1])) for a, b in zip(before.rows, after.rows, strict=True))


@pytest.fixture(scope="module")
def scratches() -> Scratches:
    return Scratches()


@pytest.fixture(scope="module")
def gateway(
    mariadb: ShopServer, scratches: Scratches, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmbeddedGateway]:
    mariadb.run_sql(
        "CREATE TABLE scratch.scratched (id INT PRIMARY KEY AUTO_INCREMENT, n INT, name VARCHAR(40)) ENGINE=InnoDB;"
        "USE scratch; INSERT INTO scratched SELECT seq, seq % 7, CONCAT('name ', seq) FROM seq_1_to_1000;"
        "CREATE OR REPLACE USER elsewhere@'%' IDENTIFIED BY 'secret';"
        "GRANT SELECT ON scratch.* TO elsewhere@'%'; CREATE OR REPLACE DATABASE scratched_home;"
        "GRANT CREATE TEMPORARY TABLES ON scratched_home.* TO elsewhere@'%'"
    )
    with embedded(mariadb.url, tmp_path_factory.mktemp("scratches"), scratches) as made:
        yield made
    mariadb.run_sql("DROP TABLE scratch.scratched; DROP DATABASE scratched_home; DROP USER elsewhere@'%'")


@contextlib.contextmanager
def connected(gateway: EmbeddedGateway, user: str = "app") -> Iterator[Cursor]:
    connection = pymysql.connect(
        host="127.0.0.1", port=gateway.port, user=user, password="secret", database="scratch", autocommit=True
    )
    with connection, connection.cursor() as made:
        yield made


@pytest.fixture
def cursor(gateway: EmbeddedGateway) -> Iterator[Cursor]:
    with connected(gateway) as made:
        yield made


def rows(cursor: Cursor, sql: str) -> tuple[tuple[object, ...], ...]:
    cursor.execute(sql)
    return tuple(cursor.fetchall())


def assert_gone(cursor: Cursor, table: str) -> None:
    with pytest.raises(pymysql.err.ProgrammingError) as error:
        cursor.execute(f"SELECT 1 FROM {table}")
    assert error.value.args[0] == 1146


SETTINGS = {
    "usual": "SET @x = 1",
    "autocommit off": "SET autocommit = 0",
    "modes": "SET sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ANSI_QUOTES'",
    "isolation": "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    "reads only": "SET SESSION TRANSACTION READ ONLY",
}


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_the_work_and_the_session_afterwards(cursor: Cursor, scratches: Scratches, setting: str) -> None:
    cursor.execute("INSERT INTO scratched (n, name) VALUES (1, 'own')")
    cursor.execute("DELETE FROM scratched WHERE name = 'own'")
    cursor.execute(setting)
    before = rows(cursor, STATE)
    cursor.execute("COMMIT")
    ((came, without, with_index, twice, index),) = rows(cursor, "SCRATCH WORK")
    assert rows(cursor, STATE) == before
    assert (came, twice, index) == ("500", "500", "0")
    assert int(str(without)) >= 500
    assert int(str(with_index)) <= 50
    assert_gone(cursor, scratches.tables[-1])


def test_zero_dates_are_copied_as_they_are(cursor: Cursor) -> None:
    cursor.execute("SET sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE'")
    assert rows(cursor, "SCRATCH COPY SELECT CAST('0000-00-00' AS DATE) AS d, 'a;b' AS s -- ;") == (("1",),)


@pytest.mark.parametrize("word", ["RAISES", "NEVERLEFT"])
def test_nothing_stays(cursor: Cursor, scratches: Scratches, word: str) -> None:
    before = rows(cursor, STATE)
    with pytest.raises(pymysql.err.Error) if word == "RAISES" else contextlib.nullcontext():
        cursor.execute(f"SCRATCH {word}")
    assert rows(cursor, STATE) == before
    assert_gone(cursor, scratches.tables[-1])


def test_killed(gateway: EmbeddedGateway, cursor: Cursor, scratches: Scratches) -> None:
    made = len(scratches.tables)
    before = rows(cursor, STATE)
    number = rows(cursor, "SELECT CONNECTION_ID()")[0][0]

    def kill(other: Cursor) -> None:
        eventually(lambda: len(scratches.tables) > made)
        other.execute(f"KILL QUERY {number}")

    with connected(gateway) as other:
        killer = threading.Thread(target=kill, args=(other,))
        killer.start()
        with pytest.raises(pymysql.err.Error) as error:
            cursor.execute("SCRATCH SLEEPS")
        killer.join()
        assert error.value.args[0] == 1317
        assert rows(cursor, STATE) == before
        assert_gone(cursor, scratches.tables[-1])


def test_no_other_table_can_be_changed(cursor: Cursor) -> None:
    before = rows(cursor, "SHOW CREATE TABLE scratched"), rows(cursor, "SELECT COUNT(*) FROM scratched")
    assert rows(cursor, "SCRATCH FOREIGN") == (("0",),)
    assert (rows(cursor, "SHOW CREATE TABLE scratched"), rows(cursor, "SELECT COUNT(*) FROM scratched")) == before


def test_one_at_a_time(cursor: Cursor) -> None:
    assert cursor.execute("SCRATCH NESTED") == 0


def test_an_open_transaction_is_left_alone(cursor: Cursor) -> None:
    cursor.execute("BEGIN")
    cursor.execute("INSERT INTO scratched (n, name) VALUES (1, 'open')")
    with pytest.raises(pymysql.err.Error) as error:
        cursor.execute(f"SCRATCH COPY {SOURCE}")
    assert error.value.args[0] % 65536 == 57062  # PyMySQL reads a signed number
    cursor.execute("ROLLBACK")
    assert rows(cursor, "SELECT COUNT(*) FROM scratched WHERE name = 'open'") == ((0,),)


def test_table_locks_stay(gateway: EmbeddedGateway, cursor: Cursor) -> None:
    cursor.execute("LOCK TABLES scratched READ")
    assert rows(cursor, f"SCRATCH COPY {SOURCE}") == (("1000",),)
    with pytest.raises(pymysql.err.Error) as error:
        cursor.execute("SCRATCH COPY SELECT * FROM shop.regions")
    assert error.value.args[0] == 1100
    with connected(gateway) as other:
        other.execute("SET lock_wait_timeout = 0")
        with pytest.raises(pymysql.err.OperationalError):
            other.execute("INSERT INTO scratched (n) VALUES (1)")


def test_rows_that_are_read_are_not_locked(gateway: EmbeddedGateway, cursor: Cursor) -> None:
    with connected(gateway) as other:
        other.execute("BEGIN")
        other.execute("UPDATE scratched SET n = 9 WHERE id = 1")
        assert rows(cursor, f"SCRATCH COPY {SOURCE}") == (("1000",),)
        other.execute("ROLLBACK")


def test_any_database_will_do(gateway: EmbeddedGateway, scratches: Scratches) -> None:
    with connected(gateway, "elsewhere") as cursor:
        assert rows(cursor, f"SCRATCH COPY {SOURCE}") == (("1000",),)
        assert scratches.tables[-1].startswith("`scratched_home`.")


def test_without_any_right(gateway: EmbeddedGateway) -> None:
    connection = pymysql.connect(host="127.0.0.1", port=gateway.port, user="reader", password="secret", database="shop")
    with connection, connection.cursor() as cursor, pytest.raises(pymysql.err.Error) as error:
        cursor.execute("SCRATCH COPY SELECT * FROM shop.regions")
    assert error.value.args[0] == 1044


def test_other_databases_have_none(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    with embedded(postgres.url(), tmp_path_factory.mktemp("scratch-pg"), Scratches()) as made:
        connection = pymysql.connect(host="127.0.0.1", port=made.port, user="app", password="secret")
        with connection, connection.cursor() as cursor, pytest.raises(pymysql.err.Error) as error:
            cursor.execute(f"SCRATCH COPY {SOURCE}")
        assert error.value.args[0] % 65536 == 57062  # PyMySQL reads a signed number
