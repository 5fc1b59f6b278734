"""A handler's use of the caller's session: what it reads, and that the session stays in step whatever it does."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest

from conf.settings import Settings
from plugins import (
    Answer,
    AskwireError,
    Column,
    ResultSet,
    Run,
    Services,
    Session,
    Statement,
    Table,
    UpstreamError,
    hookimpl,
)
from tests.proxy.conftest import eventually
from tests.support.embedded import EmbeddedGateway, embedded
from tests.support.raw_client import MARIADB, RawClient
from tests.support.shop_server import ShopServer

Cursor = pymysql.cursors.Cursor
SLOW = "SELECT SLEEP(0.5)"


class Unruly:
    """Handlers that give up, overlap, or keep what they were lent."""

    def __init__(self) -> None:
        self.kept: Session | None = None
        self.results: list[ResultSet] = []
        self.late: asyncio.Task[ResultSet] | None = None
        self.selected: list[str | None] = []
        self.raised: list[Exception] = []

    @hookimpl
    def askwire_statements(self, settings: Settings, services: Services) -> list[Statement]:
        del settings, services
        handlers = {
            "GIVEUP": self._gives_up,
            "GIVEUPRUN": self._gives_up_and_runs,
            "LEAVES": self._leaves_a_task,
            "KEEP": self._keeps,
            "PARALLEL": self._parallel,
            "RESULT": self._result,
            "CATCHES": self._catches,
        }
        return [Statement(word.lower(), handler, ("TRY", word)) for word, handler in handlers.items()]

    @hookimpl
    async def askwire_database_selected(self, session: Session) -> None:
        self.selected.append(session.database)
        await session.query("SELECT SLEEP(0.3)")
        await asyncio.sleep(30)

    async def _gives_up(self, session: Session, _text: str) -> Answer:
        try:
            await asyncio.wait_for(session.query(SLOW), 0.1)
        except TimeoutError:
            return Table((Column("v"),), [("gave up",)])
        return Table((Column("v"),), [("had it",)])

    async def _gives_up_and_runs(self, session: Session, text: str) -> Answer:
        await self._gives_up(session, text)
        return Run("SELECT 77")

    async def _leaves_a_task(self, session: Session, _text: str) -> Answer:
        self.late = asyncio.get_running_loop().create_task(session.query(SLOW))
        await asyncio.sleep(0.05)
        return Table((Column("v"),), [("left",)])

    async def _keeps(self, session: Session, _text: str) -> Answer:
        self.kept = session
        return Table((Column("v"),), [("kept",)])

    async def _parallel(self, session: Session, _text: str) -> Answer:
        results = await asyncio.gather(*(session.query(f"SELECT {n}") for n in range(5)))
        return Table((Column("v"),), [(r.rows[0][0],) for r in results])

    async def _result(self, session: Session, text: str) -> Answer:
        self.results.append(await session.query(text.split(None, 2)[2], max_rows=5))
        return Table((Column("v"),), [])

    async def _catches(self, session: Session, text: str) -> Answer:
        try:
            await session.query(text.split(None, 2)[2], time_limit_s=0.2)
        except UpstreamError as error:
            return Table((Column("v"),), [(str(error.number),)])
        return Table((Column("v"),), [("none",)])


@pytest.fixture(scope="module")
def unruly() -> Unruly:
    return Unruly()


@pytest.fixture(scope="module")
def unruly_gateway(
    mariadb: ShopServer, unruly: Unruly, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmbeddedGateway]:
    with embedded(mariadb.url, tmp_path_factory.mktemp("unruly"), unruly) as made:
        yield made


@pytest.fixture
def cursor(unruly_gateway: EmbeddedGateway) -> Iterator[Cursor]:
    connection = pymysql.connect(
        host="127.0.0.1", port=unruly_gateway.port, user="app", password="secret", database="scratch", autocommit=True
    )
    with connection, connection.cursor() as made:
        yield made


def value(cursor: Cursor, sql: str) -> object:
    cursor.execute(sql)
    row = cursor.fetchone()
    return row[0] if row else None


def assert_as_before(cursor: Cursor) -> None:
    """In step, and writable."""
    assert value(cursor, "SELECT 5") == 5
    assert value(cursor, "SELECT @@tx_read_only") == 0
    assert value(cursor, "SELECT @@in_transaction") == 0
    cursor.execute("CREATE OR REPLACE TEMPORARY TABLE borrow_t (n INT)")
    assert cursor.execute("INSERT INTO borrow_t VALUES (1)") == 1


@pytest.mark.parametrize("autocommit", [True, False])
def test_a_handler_that_gives_up_a_query(cursor: Cursor, autocommit: bool) -> None:
    cursor.connection.autocommit(autocommit)
    assert value(cursor, "TRY GIVEUP") == "gave up"
    assert value(cursor, "SELECT 5") == 5
    assert value(cursor, "TRY GIVEUPRUN") == 77
    assert_as_before(cursor)


def test_a_handler_that_leaves_a_task_behind(cursor: Cursor, unruly: Unruly) -> None:
    """Its reply is waited for; it is nobody else's."""
    assert value(cursor, "TRY LEAVES") == "left"
    assert_as_before(cursor)
    assert unruly.late is not None


def test_a_session_that_was_given_back_is_not_used(
    cursor: Cursor, unruly: Unruly, unruly_gateway: EmbeddedGateway
) -> None:
    assert value(cursor, "TRY KEEP") == "kept"
    assert unruly.kept is not None
    with pytest.raises(AskwireError, match="The statement is over"):
        unruly_gateway.call(unruly.kept.query("SELECT 1"))
    assert_as_before(cursor)


def test_queries_side_by_side(cursor: Cursor) -> None:
    cursor.execute("TRY PARALLEL")
    assert [row[0] for row in cursor.fetchall()] == ["0", "1", "2", "3", "4"]
    assert_as_before(cursor)


def test_time_limit_of_a_query(cursor: Cursor) -> None:
    assert value(cursor, "TRY CATCHES SELECT COUNT(*) FROM seq_1_to_1000000 a, seq_1_to_1000000 b") == "1969"
    assert value(cursor, "TRY CATCHES SELECT nothing") == "1054"
    assert value(cursor, "TRY CATCHES DROP TABLE borrow_missing") == "1792"
    assert_as_before(cursor)


def test_decoded_results(cursor: Cursor, unruly: Unruly) -> None:
    unruly.results.clear()
    sql = (
        "SELECT 1 AS n, -1.50 AS d, 'ä' AS s, NULL AS nothing, x'00ff' AS b, DATE'2024-02-29' AS day, 1e100 AS x, "
        "(SELECT name FROM shop.regions WHERE id = 1) AS r, JSON_OBJECT('a', 1) AS j"
    )
    cursor.execute(f"TRY RESULT {sql}")
    (result,) = unruly.results
    assert result.rows[0][:7] == ("1", "-1.50", "ä", None, b"\x00\xff", "2024-02-29", "1e100")
    assert [c.name for c in result.columns] == ["n", "d", "s", "nothing", "b", "day", "x", "r", "j"]
    assert not result.truncated


def test_truncated_results(cursor: Cursor, unruly: Unruly) -> None:
    unruly.results.clear()
    for count, truncated in ((5, False), (6, True), (100_000, True)):
        cursor.execute(f"TRY RESULT SELECT seq FROM seq_1_to_{count}")
        assert (len(unruly.results[-1].rows), unruly.results[-1].truncated) == (5, truncated)
    cursor.execute("TRY RESULT SELECT name, region_id FROM shop.customers")
    assert [(c.table, c.schema) for c in unruly.results[-1].columns] == [("customers", "shop")] * 2
    assert_as_before(cursor)


def test_only_what_the_account_may_see(unruly_gateway: EmbeddedGateway) -> None:
    with RawClient(unruly_gateway.port, MARIADB, user="reader", database="") as client:
        reply = client.query("TRY RESULT SELECT email FROM shop.customers")
        assert reply[0][:1] == b"\xff"
        assert int.from_bytes(reply[0][1:3], "little") in (1142, 1143)
        assert client.query("TRY RESULT SELECT name FROM shop.customers")[0] == b"\x01"


# --- a plugin gets the session of an idle client, and makes way at once


MISSING = {"missing": {"engine": "llamacpp", "path": "/nowhere/model.gguf"}}


def test_preparing_makes_way(mariadb: ShopServer, tmp_path: Path) -> None:
    plugin = Unruly()
    with (
        embedded(mariadb.url, tmp_path, plugin, model={"name": "missing"}, models=MISSING) as gateway,
        RawClient(gateway.port) as client,
    ):
        for turn in range(6):
            eventually(lambda turn=turn: len(plugin.selected) > turn)
            assert client.query(f"SELECT {turn}")[-2] == b"\x01" + str(turn).encode()
            assert client.query("SELECT @@tx_read_only")[-2] == b"\x010"
            client.command(2, b"shop" if turn % 2 else b"scratch")
        assert set(plugin.selected) == {"scratch", "shop"}


def test_a_question_that_fails_does_not_hang_it(mariadb: ShopServer, tmp_path: Path) -> None:
    """An account whose queries are used up: the client's next command gets the upstream's answer."""
    mariadb.run_sql(
        "CREATE OR REPLACE USER quota@'%' IDENTIFIED BY 'secret' WITH MAX_QUERIES_PER_HOUR 3;"
        "GRANT SELECT ON shop.* TO quota@'%'"
    )
    plugin = Unruly()
    with (
        embedded(mariadb.url, tmp_path, plugin, model={"name": "missing"}, models=MISSING) as gateway,
        RawClient(gateway.port, user="quota", database="") as client,
    ):
        client.query("SELECT 1")
        client.query("SELECT 1")
        replies = [client.query("USE shop")[0][:3] for _ in range(3)]
        assert replies[-1] == b"\xff" + (1226).to_bytes(2, "little")
        for pause in (0.0, 0.25, 0.35, 0.6):
            time.sleep(pause)
            assert client.query("SELECT 1")[0][:3] == b"\xff" + (1226).to_bytes(2, "little")
            assert client.query("TRY KEEP")[0][:3] == b"\xff" + (1226).to_bytes(2, "little")
            client.query("USE shop")
    mariadb.run_sql("DROP USER quota@'%'")
