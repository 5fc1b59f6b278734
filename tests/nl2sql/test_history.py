from dataclasses import replace

import pytest

from knowledge.database import Database
from nl2sql.history import Asked, History

ONE = Asked("mysql://a:1", "app@%", "shop", "rows", "q", "ok", 0.5, "SELECT 1", 3, "m", 0.8)


@pytest.fixture
async def database(tmp_path):
    opened = Database(tmp_path / "askwire.sqlite")
    yield opened
    await opened.close()


async def test_kept_over_a_restart(tmp_path):
    first = Database(tmp_path / "askwire.sqlite")
    history = History(first, 10)
    history.add(ONE)
    await history.close()
    await first.close()
    second = Database(tmp_path / "askwire.sqlite")
    rows = await History(second, 10).of(ONE.upstream, ONE.account, 10)
    await second.close()
    assert [row[2:] for row in rows] == [("shop", "rows", "q", "SELECT 1", "ok", 3, 0.5, "m", 0.8, None)]


async def test_bounded_for_each_account(database):
    history = History(database, 3)
    history.add(replace(ONE, account="other"))
    for n in range(7):
        history.add(replace(ONE, question=f"q{n}"))
    assert [r[4] for r in await history.of(ONE.upstream, ONE.account, 99)] == ["q6", "q5", "q4"]
    assert len(await history.of(ONE.upstream, "other", 99)) == 1
    assert await history.of("mysql://b:1", ONE.account, 99) == []


async def test_size_0_keeps_nothing(database, tmp_path):
    history = History(database, 0)
    assert history.add(ONE) is None
    await history.mark(None, "good")
    assert await history.of(ONE.upstream, ONE.account, 9) == []
    assert not (tmp_path / "askwire.sqlite").exists()


async def test_feedback_marks_its_own_entry(database):
    history = History(database, 9)
    history.add(ONE)
    entry = history.add(replace(ONE, question="second"))
    history.add(ONE)
    await history.mark(entry, "bad: wrong year")
    rows = await history.of(ONE.upstream, ONE.account, 9)
    assert [(r[4], r[-1]) for r in rows] == [("q", None), ("second", "bad: wrong year"), ("q", None)]


async def test_a_write_that_fails_is_not_the_statements_failure(tmp_path):
    (tmp_path / "folder").mkdir()
    database = Database(tmp_path / "folder")  # a folder is no database
    history = History(database, 5)
    entry = history.add(ONE)
    await history.mark(entry, "good")
    await history.close()
    await database.close()
