import asyncio
import sqlite3
import stat
import sys

import pytest

from knowledge import store as store_module
from knowledge.database import Database
from knowledge.migrations import STEPS, TooNew, migrate
from knowledge.records import Place, Term, VerifiedQuery
from knowledge.store import Store, is_editor
from plugins import AskwireError, ErrorCode

SHOP = Place("mysql://a:1", "shop")
QUERY = VerifiedQuery("n", "how many?", "SELECT COUNT(*) FROM t", ("t",), ("t.a",))


@pytest.fixture
async def database(tmp_path):
    opened = Database(tmp_path / "data" / "askwire.sqlite")
    yield opened
    await opened.close()


async def refused(work):
    with pytest.raises(AskwireError) as error:
        await work
    return error.value.code


async def test_what_one_account_creates_counts_for_it_alone(database):
    store = Store(database)
    assert not await store.put(SHOP, "a@%", Term("GMV", "all sales"))
    await store.put(SHOP, "a@%", QUERY)
    mine = await store.taught(SHOP, "a@%")
    assert [(t.name, t.definition, t.owner, t.shared) for t in mine.terms] == [("GMV", "all sales", "a@%", False)]
    assert [(q.name, q.tables, q.columns, q.origin) for q in mine.queries] == [("n", ("t",), ("t.a",), "created")]
    for place, account in (
        (SHOP, "b@%"),
        (SHOP, ""),
        (Place("mysql://b:1", "shop"), "a@%"),
        (Place("mysql://a:1", "x"), "a@%"),
    ):
        other = await store.taught(place, account)
        assert (other.terms, other.queries) == ((), ())


async def test_an_editors_counts_for_all_and_is_changed_by_editors_alone(database):
    store = Store(database, ["ed@%", "boss"])
    assert await store.put(SHOP, "ed@%", Term("GMV", "shared"))
    assert [t.definition for t in (await store.taught(SHOP, "a@%")).terms] == ["shared"]
    assert await refused(store.drop(Term, SHOP, "a@%", "gmv")) is ErrorCode.NOT_YOURS
    await store.put(SHOP, "a@%", Term("gmv", "my own"))
    assert [t.definition for t in (await store.taught(SHOP, "a@%")).terms] == ["my own"]
    assert [t.definition for t in (await store.taught(SHOP, "b@%")).terms] == ["shared"]
    await store.drop(Term, SHOP, "a@%", "GMV")
    assert [t.definition for t in (await store.taught(SHOP, "a@%")).terms] == ["shared"]
    await store.put(SHOP, "boss@10.0.0.1", Term("Gmv", "newer"), or_replace=True)
    await store.drop(Term, SHOP, "ed@%", "GMV")
    assert (await store.taught(SHOP, "a@%")).terms == ()


async def test_names_are_compared_without_case_and_replaced_only_when_asked(database):
    store = Store(database)
    await store.put(SHOP, "a@%", QUERY)
    again = VerifiedQuery("N", "q", "s")
    assert await refused(store.put(SHOP, "a@%", again)) is ErrorCode.NAME_TAKEN
    await store.put(SHOP, "a@%", again, or_replace=True)
    assert [(q.name, q.sql) for q in (await store.taught(SHOP, "a@%")).queries] == [("N", "s")]
    assert await refused(store.drop(VerifiedQuery, SHOP, "a@%", "other")) is ErrorCode.NOT_KNOWN
    await store.drop(VerifiedQuery, SHOP, "a@%", "n")
    assert (await store.taught(SHOP, "a@%")).queries == ()


async def test_names_are_values_and_never_sql(database):
    store = Store(database)
    for name in ("'; DROP TABLE terms; --", 'a"b', "%", "_", "\\", "ä ß 名"):
        await store.put(SHOP, "a@%", Term(name, name))
    assert {t.name for t in (await store.taught(SHOP, "a@%")).terms} == {
        *("'; DROP TABLE terms; --", 'a"b', "%", "_", "\\", "ä ß 名")
    }
    await store.drop(Term, SHOP, "a@%", "%")
    assert len((await store.taught(SHOP, "a@%")).terms) == 5


async def test_nobody_without_a_name_and_not_without_end(database, monkeypatch):
    store = Store(database)
    assert await refused(store.put(SHOP, "", QUERY)) is ErrorCode.NOT_YOURS
    monkeypatch.setattr(store_module, "MOST", 2)
    await store.put(SHOP, "a@%", Term("1", "x"))
    await store.put(SHOP, "a@%", Term("2", "x"))
    assert await refused(store.put(SHOP, "a@%", Term("3", "x"))) is ErrorCode.TOO_MANY
    await store.put(SHOP, "a@%", Term("2", "y"), or_replace=True)
    await store.put(SHOP, "b@%", Term("3", "x"))


@pytest.mark.parametrize(
    ("account", "editors", "expected"),
    [
        ("a@%", [], False),
        ("a@%", ["a@%"], True),
        ("a@%", ["a"], True),
        ("a@10.%", ["a@%"], False),
        ("a@b@%", ["a@b"], False),
        ("a@b@%", ["a@b@%"], True),
        ("ed@%@%", ["ed@%"], False),
        ("b@%", ["a", "*"], True),
        ("A@%", ["a"], False),
    ],
)
def test_editors(account, editors, expected):
    assert is_editor(account, editors) is expected


async def test_a_snapshot_holds_until_something_is_taught(tmp_path, monkeypatch):
    path = tmp_path / "askwire.sqlite"
    one, other = Database(path), Database(path)
    here, there = Store(one), Store(other)
    await here.put(SHOP, "a@%", Term("A", "x"))
    first = await here.taught(SHOP, "a@%")
    assert await here.taught(SHOP, "a@%") is first
    await other.write(lambda c: c.execute("INSERT INTO history VALUES (1,'','','','','','','','',1,1,'',1,'')"))
    assert await here.taught(SHOP, "a@%") is first
    await there.put(SHOP, "a@%", Term("B", "x"))
    assert [t.name for t in (await here.taught(SHOP, "a@%")).terms] == ["A", "B"]
    await one.close()
    await other.close()


async def test_the_file_is_its_owners_alone_and_survives_a_restart(tmp_path):
    path = tmp_path / "data" / "askwire.sqlite"
    database = Database(path)
    await Store(database).put(SHOP, "a@%", QUERY)
    await database.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    database = Database(path)
    assert len((await Store(database).taught(SHOP, "a@%")).queries) == 1
    await database.close()


async def test_a_file_that_is_none_is_a_clear_error(tmp_path):
    (tmp_path / "broken").write_bytes(b"this is no database" * 100)
    (tmp_path / "folder").mkdir()
    for name in ("broken", "folder"):
        database = Database(tmp_path / name)
        store = Store(database)
        assert await refused(store.taught(SHOP, "a@%")) is ErrorCode.KNOWLEDGE_UNAVAILABLE
        assert await refused(store.put(SHOP, "a@%", QUERY)) is ErrorCode.KNOWLEDGE_UNAVAILABLE
        await database.close()


def test_steps_are_taken_once_all_or_none(tmp_path):
    connection = sqlite3.connect(tmp_path / "x", isolation_level=None)
    migrate(connection)
    migrate(connection)
    broken = (*STEPS, ("CREATE TABLE more (a)", "CREATE TABLE more (a)"))
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, broken)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
    assert connection.execute("SELECT COUNT(*) FROM sqlite_master WHERE name = 'more'").fetchone() == (0,)
    migrate(connection, (*STEPS, ("CREATE TABLE more (a)",)))
    with pytest.raises(TooNew):
        migrate(connection)
    connection.close()


WRITER = """
import asyncio, pathlib, sys
from knowledge.database import Database
from knowledge.records import Place, Term
from knowledge.store import Store
async def main():
    database = Database(pathlib.Path(sys.argv[1]))
    store = Store(database)
    for n in range(int(sys.argv[3])):
        await store.put(Place("u", "d"), "a@%", Term(f"{sys.argv[2]}-{n}", "x"))
        print(n, flush=True)
        await store.taught(Place("u", "d"), "a@%")
    await database.close()
asyncio.run(main())
"""


def writer(path, name, count):
    return asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WRITER, str(path), name, str(count)), stdout=asyncio.subprocess.PIPE
    )


async def test_processes_write_side_by_side(tmp_path):
    path = tmp_path / "x"
    writers = [await writer(path, str(n), 40) for n in range(4)]
    assert [(await w.communicate(), w.returncode)[1] for w in writers] == [0] * 4
    database = Database(path)
    assert len((await Store(database).taught(Place("u", "d"), "a@%")).terms) == 160
    await database.close()


async def test_what_was_acknowledged_survives_kill_9(tmp_path):
    path = tmp_path / "x"
    for turn in range(5):
        killed = await writer(path, str(turn), 10_000)
        lines = [await killed.stdout.readline() for _ in range(5 + 7 * turn)]
        killed.kill()
        rest = (await killed.communicate())[0]
        acknowledged = len(lines) + len([line for line in rest.split(b"\n") if line])
        database = Database(path)
        names = {t.name for t in (await Store(database).taught(Place("u", "d"), "a@%")).terms}
        assert {f"{turn}-{n}" for n in range(acknowledged)} <= names
        assert await database.read(lambda c: c.execute("PRAGMA integrity_check").fetchone()) == ("ok",)
        await Store(database).put(Place("u", "d"), "b@%", Term(str(turn), "still writable"))
        await database.close()
