"""``session.trial``: what a handler changes is rolled back unless it is kept, whatever the handler does."""

import asyncio
import contextlib
from collections.abc import Iterator

import pymysql
import pytest

from conf.settings import Settings
from plugins import Answer, AskwireError, Column, Done, Services, Session, Statement, Table, hookimpl
from tests.support.embedded import EmbeddedGateway, embedded
from tests.support.shop_server import ShopServer

Cursor = pymysql.cursors.Cursor
ADD = "INSERT INTO trials (n) VALUES (1)"
STATE = "SELECT @@autocommit, @@in_transaction, @@tx_read_only, @@innodb_lock_wait_timeout, LAST_INSERT_ID()"


class Trials:
    """``TRY KEPT``, ``TRY LEFT`` and so on."""

    @hookimpl
    def askwire_statements(self, settings: Settings, services: Services) -> list[Statement]:
        del settings, services
        handlers = {
            "KEPT": self._kept,
            "DROPPED": self._dropped,
            "RAISES": self._raises,
            "NEVERLEFT": self._never_left,
            "GIVENUP": self._given_up,
            "TWICE": self._twice,
            "AFTER": self._after,
        }
        return [Statement(word.lower(), handler, ("TRY", word)) for word, handler in handlers.items()]

    async def _kept(self, session: Session, _text: str) -> Answer:
        async with session.trial(5) as trial:
            changed = await trial.change(ADD)
            trial.keep()
        return Done(changed)

    async def _dropped(self, session: Session, _text: str) -> Answer:
        async with session.trial(5) as trial:
            await trial.change(ADD)
            inside = await trial.query("SELECT COUNT(*) FROM trials")
            outside = await session.query("SELECT COUNT(*) FROM trials")
        return Table((Column("a"), Column("b")), [(inside.rows[0][0], outside.rows[0][0])])

    async def _raises(self, session: Session, _text: str) -> Answer:
        async with session.trial(5) as trial:
            await trial.change(ADD)
            trial.keep()
            raise RuntimeError("after the change")

    async def _never_left(self, session: Session, _text: str) -> Answer:
        trial = await session.trial(5).__aenter__()
        await trial.change(ADD)
        return Done()

    async def _given_up(self, session: Session, _text: str) -> Answer:
        async def slowly() -> None:
            async with session.trial(5) as trial:
                await trial.change(ADD)
                await trial.query("SELECT SLEEP(0.5)")
                trial.keep()

        try:
            await asyncio.wait_for(slowly(), 0.2)
        except TimeoutError:
            return Done()
        return Done(1)

    async def _twice(self, session: Session, _text: str) -> Answer:
        async with session.trial(5):
            try:
                session.trial(5)
            except AskwireError as error:
                return Table((Column("v"),), [(error.code.name,)])
        return Done()

    async def _after(self, session: Session, _text: str) -> Answer:
        async with session.trial(5) as trial:
            pass
        await trial.change(ADD)
        return Done()


@pytest.fixture(scope="module")
def trials(mariadb: ShopServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedGateway]:
    mariadb.run_sql("CREATE TABLE scratch.trials (id INT PRIMARY KEY AUTO_INCREMENT, n INT)")
    with embedded(mariadb.url, tmp_path_factory.mktemp("trials"), Trials()) as made:
        yield made
    mariadb.run_sql("DROP TABLE scratch.trials")


@pytest.fixture
def cursor(trials: EmbeddedGateway) -> Iterator[Cursor]:
    connection = pymysql.connect(
        host="127.0.0.1", port=trials.port, user="app", password="secret", database="scratch", autocommit=True
    )
    with connection, connection.cursor() as made:
        made.execute("DELETE FROM trials")
        yield made


def rows(cursor: Cursor, sql: str) -> tuple[tuple[object, ...], ...]:
    cursor.execute(sql)
    return tuple(cursor.fetchall())


def test_kept(cursor: Cursor) -> None:
    before = rows(cursor, STATE)
    assert cursor.execute("TRY KEPT") == 1
    assert rows(cursor, "SELECT n FROM trials") == ((1,),)
    assert rows(cursor, STATE) == before


def test_dropped(cursor: Cursor) -> None:
    before = rows(cursor, STATE)
    assert rows(cursor, "TRY DROPPED") == (("1", "1"),)
    assert rows(cursor, "SELECT n FROM trials") == ()
    assert rows(cursor, STATE) == before


@pytest.mark.parametrize("word", ["RAISES", "NEVERLEFT", "GIVENUP", "AFTER"])
@pytest.mark.parametrize("own", [False, True])
def test_nothing_stays(cursor: Cursor, word: str, own: bool) -> None:
    if own:
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO trials (n) VALUES (7)")
    before = rows(cursor, STATE)
    with pytest.raises(pymysql.err.Error) if word in ("RAISES", "AFTER") else contextlib.nullcontext():
        assert cursor.execute(f"TRY {word}") == 0
    assert rows(cursor, STATE) == before
    assert rows(cursor, "SELECT n FROM trials") == (((7,),) if own else ())
    cursor.execute("ROLLBACK")
    assert rows(cursor, "SELECT n FROM trials") == ()


def test_one_at_a_time(cursor: Cursor) -> None:
    assert rows(cursor, "TRY TWICE") == (("INTERNAL",),)
    assert cursor.execute("TRY KEPT") == 1


def test_the_session_may_only_read(cursor: Cursor) -> None:
    cursor.execute("SET SESSION TRANSACTION READ ONLY")
    before = rows(cursor, STATE)
    with pytest.raises(pymysql.err.Error, match="READ ONLY"):
        cursor.execute("TRY KEPT")
    assert rows(cursor, STATE) == before
