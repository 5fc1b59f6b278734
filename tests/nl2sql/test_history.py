import asyncio
import stat
import sys
from dataclasses import replace

from nl2sql.history import Asked, History

ONE = Asked("mysql://a:1", "app@%", "shop", "rows", "q", "ok", 0.5, "SELECT 1", 3, "m", 0.8)


async def test_kept_over_a_restart_and_private(tmp_path):
    path = tmp_path / "data" / "history.sqlite"
    history = History(path, 10)
    history.add(ONE)
    await history.close()
    again = History(path, 10)
    rows = await again.of(ONE.upstream, ONE.account, 10)
    await again.close()
    assert [row[2:] for row in rows] == [("shop", "rows", "q", "SELECT 1", "ok", 3, 0.5, "m", 0.8)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_bounded_for_each_account(tmp_path):
    history = History(tmp_path / "h", 3)
    history.add(replace(ONE, account="other"))
    for n in range(7):
        history.add(replace(ONE, question=f"q{n}"))
    assert [r[4] for r in await history.of(ONE.upstream, ONE.account, 99)] == ["q6", "q5", "q4"]
    assert len(await history.of(ONE.upstream, "other", 99)) == 1
    assert await history.of("mysql://b:1", ONE.account, 99) == []
    await history.close()


async def test_size_0_keeps_nothing(tmp_path):
    history = History(tmp_path / "h", 0)
    history.add(ONE)
    assert await history.of(ONE.upstream, ONE.account, 9) == []
    await history.close()
    assert not (tmp_path / "h").exists()


WRITER = """
import asyncio, pathlib, sys
from nl2sql.history import Asked, History
async def main():
    history = History(pathlib.Path(sys.argv[1]), 1000)
    for n in range(50):
        history.add(Asked("u", "a", "d", "rows", f"{sys.argv[2]}-{n}", "ok", 0.1))
    await history.close()
asyncio.run(main())
"""


async def test_several_processes_write_at_once(tmp_path):
    path = tmp_path / "h"
    start = asyncio.create_subprocess_exec
    writers = [await start(sys.executable, "-c", WRITER, str(path), str(n)) for n in range(3)]
    assert [await w.wait() for w in writers] == [0, 0, 0]
    history = History(path, 1000)
    assert len({r[4] for r in await history.of("u", "a", 999)}) == 150
    await history.close()


async def test_a_write_that_fails_is_not_the_statements_failure(tmp_path):
    (tmp_path / "folder").mkdir()
    history = History(tmp_path / "folder", 5)  # a folder is no database
    history.add(ONE)
    await history.close()
