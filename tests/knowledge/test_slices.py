import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge import database as database_module
from knowledge.bases import Bases
from knowledge.database import Database
from knowledge.documents import Documents
from knowledge.index.words import Words, search_words
from knowledge.migrations import STEPS, migrate
from knowledge.records import OPERATOR
from knowledge.slices import SLICE, delete_some, in_slices, is_marked
from tests.knowledge.index.shelf import Shelf
from tests.support.private_mariadb import die_with_parent


@pytest.fixture
def shelf(tmp_path):
    made = Shelf(tmp_path)
    yield made
    made.close()


def counts(shelf):
    """(chunks, those of base 1 that are found by the word that all of them have)."""
    (all_,) = shelf.c.execute("SELECT COUNT(*) FROM chunks").fetchone()
    (words,) = shelf.c.execute("""SELECT COUNT(*) FROM chunk_words WHERE chunk_words MATCH '"1xcommon"'""").fetchone()
    return all_, words


def filled(shelf, name="a", chunks=2 * SLICE + 100):
    base = shelf.base(name, embedder="")
    return base, shelf.add(base, "doc", [f"common word{n}" for n in range(chunks)])


async def drop(shelf, name):
    database = Database(shelf.folder / "askwire.sqlite")
    await Bases(database).drop(OPERATOR, name)
    await database.close()


async def test_a_dropped_base_is_gone_at_once_and_its_chunks_are_deleted_in_short_transactions(shelf):
    base, ids = filled(shelf)
    await drop(shelf, "a")
    database = Database(shelf.folder / "askwire.sqlite")
    assert await Bases(database).visible(OPERATOR) == []
    assert shelf.c.execute("SELECT * FROM passages").fetchall() == []
    assert counts(shelf) == (len(ids), len(ids))
    again = await Bases(database).create(OPERATOR, "A", "")
    assert again.id > base.id
    kept = shelf.add(again, "doc", ["common other"])
    await database.close()
    left = [counts(shelf)[0]]
    while delete_some(shelf.c):
        left.append(counts(shelf)[0])
        assert 0 < left[-2] - left[-1] <= SLICE
    assert len(left) == 3
    assert counts(shelf) == (1, 0)
    assert not is_marked(shelf.c)
    assert shelf.c.execute("SELECT id FROM passages").fetchall() == [(kept[0],)]
    assert kept[0] > ids[-1], "ids are never used again"
    assert [id_ for (id_,) in shelf.c.execute("SELECT id FROM bases")] == [again.id]


async def test_a_removed_document_is_gone_at_once_for_whoever_searches(shelf):
    base, ids = filled(shelf)
    other = shelf.add(base, "other", ["common sense"])
    words = Words(base.id)
    words.catch_up(shelf.c)
    assert len(search_words(shelf.c, [words], "common", 2000)) == len(ids) + 1
    database = Database(shelf.folder / "askwire.sqlite")
    documents = Documents(database)
    assert await documents.unload(base, "doc")
    for _ in range(2):
        words.catch_up(shelf.c)
        assert [chunk for chunk, _ in search_words(shelf.c, [words], "common", 2000)] == other
        assert [d.source for d in await documents.stored(base)] == ["other"]
        await documents.purge()
        assert counts(shelf) == (1, 1)
    await database.close()


PURGE = """
import asyncio, os, signal, sys
from pathlib import Path
from knowledge import documents
from knowledge.database import Database
turns, real = int(sys.argv[2]), documents.delete_some
def dying(c):
    global turns
    more, turns = real(c), turns - 1
    if not turns:
        os.kill(os.getpid(), signal.SIGKILL)
    return more
documents.delete_some = dying
asyncio.run(documents.Documents(Database(Path(sys.argv[1]))).purge())
"""


def purging(shelf, turns):
    command = [*die_with_parent(), sys.executable, "-c", PURGE, str(shelf.folder / "askwire.sqlite"), str(turns)]
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(command, cwd=root, env={**os.environ, "PYTHONPATH": "."}, check=False).returncode


async def test_kill_9_within_a_slice_loses_that_slice_alone_and_the_next_one_goes_on(shelf):
    _, ids = filled(shelf)
    _, kept = filled(shelf, "b", 10)
    await drop(shelf, "a")
    for done in (1, 2):
        assert purging(shelf, 2) == -signal.SIGKILL
        left = len(ids) - done * SLICE
        assert counts(shelf) == (left + 10, left)
        assert [id_ for (id_,) in shelf.c.execute("SELECT id FROM passages ORDER BY id")] == kept
    assert purging(shelf, 0) == 0
    assert counts(shelf) == (10, 0)
    assert shelf.c.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert shelf.c.execute("PRAGMA foreign_key_check").fetchall() == []


async def test_others_have_their_turn_between_slices():
    order = []

    async def step():
        order.append("slice")
        return len(order) < 5

    async def other():
        while len(order) < 5:
            order.append("other")
            await asyncio.sleep(0)

    await asyncio.gather(in_slices(step), other())
    assert "other" in order


def test_the_step_to_slices_keeps_all_and_uses_no_id_again(tmp_path, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr(database_module, "migrate", lambda c, _steps: migrate(c, STEPS[:3]))
        old = Shelf(tmp_path)
    base = old.base(embedder="")
    kept = old.add(base, "kept", ["alpha", "beta"])
    old.add(base, "gone", ["gamma"])
    old.c.execute("DELETE FROM documents WHERE source = 'gone'")
    old.close()
    shelf = Shelf(tmp_path)
    assert [id_ for (id_,) in shelf.c.execute("SELECT id FROM passages ORDER BY id")] == kept
    assert shelf.c.execute("PRAGMA foreign_key_check").fetchall() == []
    assert shelf.c.execute("PRAGMA foreign_keys").fetchone() == (1,)
    shelf.add(base, "new", ["delta"])
    assert shelf.c.execute("SELECT id FROM documents ORDER BY id").fetchall() == [(1,), (3,)]
    shelf.c.execute("DELETE FROM bases")
    assert counts(shelf) == (0, 0)
    assert shelf.base().id == base.id + 1
    shelf.close()
