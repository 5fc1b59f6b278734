import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.database import Database, Repository
from knowledge.migrations import Steps
from plugins import AskwireError, ErrorCode

STEPS: Steps = (("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)",),)


def insert(text: str):
    return lambda c: c.execute("INSERT INTO notes (text) VALUES (?)", (text,)).lastrowid


def texts(c: sqlite3.Connection) -> list[str]:
    return [row[0] for row in c.execute("SELECT text FROM notes ORDER BY id")]


async def test_the_file_is_made_on_first_use_and_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "a.sqlite"
    database = Database(path, STEPS)
    assert not path.exists()
    assert await database.write(insert("one")) == 1
    assert await database.read(texts) == ["one"]
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    await database.close()


async def test_what_fails_writes_nothing_and_the_next_one_goes_on(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.sqlite", STEPS)
    await database.write(insert("one"))

    def two(c: sqlite3.Connection) -> None:
        insert("two")(c)
        insert("one")(c)

    with pytest.raises(sqlite3.IntegrityError):
        await database.write(two)
    await database.write(insert("three"))
    assert await database.read(texts) == ["one", "three"]
    await database.close()


async def test_writes_keep_their_order_and_are_done_though_nobody_waits(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.sqlite", STEPS)
    for number in range(20):
        database.write(insert(str(number)))
    await database.close()
    again = Database(tmp_path / "a.sqlite", STEPS)
    assert await again.read(texts) == [str(number) for number in range(20)]
    await again.close()


async def test_a_read_does_not_wait_for_a_write(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.sqlite", STEPS)
    await database.write(insert("one"))
    begun, go_on = threading.Event(), threading.Event()

    def slow(c: sqlite3.Connection) -> None:
        insert("two")(c)
        begun.set()
        go_on.wait(60)

    writing = database.write(slow)
    assert begun.wait(60)
    try:
        assert await database.read(texts) == ["one"]
    finally:
        go_on.set()
    await writing
    assert await database.read(texts) == ["one", "two"]
    await database.close()


async def test_processes_share_the_file(tmp_path: Path) -> None:
    first, second = Database(tmp_path / "a.sqlite", STEPS), Database(tmp_path / "a.sqlite", STEPS)
    await first.write(insert("one"))
    await second.write(insert("two"))
    assert await first.read(texts) == ["one", "two"]
    for database in (first, second):
        await database.close()


def is_text(path: Path) -> None:
    path.write_bytes(b"no database at all, but some text that is long enough" * 40)


def is_folder(path: Path) -> None:
    path.mkdir()


def is_below_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_bytes(b"")


@pytest.mark.parametrize("spoil", [is_text, is_folder, is_below_a_file])
async def test_a_file_that_fails_is_told_to_those_who_ask(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    path = tmp_path / "data" / "a.sqlite"
    path.parent.mkdir()
    spoil(path)
    database = Database(path, STEPS)
    repository = Repository(database)
    for work in (repository._read(texts), repository._write(insert("one"))):
        with pytest.raises(AskwireError, match="The data folder's file cannot be read or written") as caught:
            await work
        assert caught.value.code is ErrorCode.KNOWLEDGE_UNAVAILABLE
    await database.close()
