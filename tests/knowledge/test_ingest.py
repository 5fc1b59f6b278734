import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge.records import OPERATOR
from plugins import AskwireError
from tests.knowledge.work import Gate, working
from tests.support.embedder import share_embedder
from tests.support.private_mariadb import die_with_parent


async def test_a_removed_document_comes_back_with_the_next_load(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("alpha")
    async with working(tmp_path / "data") as work:
        base = await work.base()
        await work.load(base, path)
        assert await work.documents.unload(base, "a.txt")
        with pytest.raises(AskwireError):
            await work.documents.unload(base, "a.txt")
        assert work.rows("SELECT * FROM passages") == []
        await work.load(base, path)
        assert len(work.rows("SELECT * FROM passages")) == 1
        await work.ingest.purge()
        assert len(work.rows("SELECT * FROM chunks")) == 1


async def test_a_dropped_base_takes_everything_with_it_and_ends_its_loads(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("alpha")
    async with working(tmp_path / "data") as work:
        base = await work.base()
        await work.load(base, path)
        waiting = await work.loads.enqueue(base, "file", str(path), "b.txt", "operator")
        await work.bases.drop(OPERATOR, "handbook")
        assert work.rows("SELECT * FROM passages") == []
        assert (await work.ingest.finish(waiting)).state == "cancelled"
        await work.ingest.purge()
        assert await work.ingest.finish(waiting) is None
        for table in ("chunks", "documents", "loads", "members", "bases"):
            assert work.rows(f"SELECT * FROM {table}") == []


ADD = """
import asyncio, sys
from pathlib import Path
from tests.knowledge.work import Work
from models_runtime.embeddings import Embeddings
from plugins import AskwireError
from conf.settings import Settings
from knowledge.records import OPERATOR

async def main(folder, *files):
    async with Embeddings(Settings(data_dir=folder)) as embeddings:
        work = Work(Path(folder), embeddings)
        base = await work.bases.owned(OPERATOR, "handbook")
        for file in files:
            number = await work.loads.enqueue(base, "file", file, Path(file).name, "operator")
            await work.ingest.finish(number)
        await work.ingest.stop()
        await work.database.close()

asyncio.run(main(*sys.argv[1:]))
"""


def adding(folder, *files):
    return subprocess.Popen(
        [*die_with_parent(), sys.executable, "-c", ADD, str(folder), *map(str, files)],
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "PYTHONPATH": "."},
    )


async def test_kill_9_in_the_middle_loses_nothing_and_the_next_one_goes_on(tmp_path, embedder):
    files = []
    for n in range(6):
        files.append(tmp_path / f"part{n}.md")
        files[-1].write_text(
            "\n\n".join(f"## Part {n}.{m}\n\n" + f"Thing {n} is about {m * 7}. " * 8 for m in range(20))
        )
    data = tmp_path / "data"
    share_embedder(data, embedder)
    async with working(data) as work:
        base = await work.base("all-minilm-l6-v2")
    kills = 0
    for wanted in (1, 30, 65):
        process = adding(data, *files)
        while process.poll() is None:
            done = sum(row[0] for row in work.rows("SELECT done FROM loads"))
            if done >= wanted:
                process.send_signal(signal.SIGKILL)
                kills += 1
                break
            await asyncio.sleep(0.02)
        process.wait()
        # Whatever is visible is complete.
        assert (
            work.rows(
                "SELECT d.source FROM documents d LEFT JOIN chunks c ON c.document = d.id"
                " WHERE d.state = 'ready' GROUP BY d.id HAVING COUNT(c.id) <> d.chunks OR SUM(c.vector IS NULL) > 0"
            )
            == []
        )
    assert kills
    both = [adding(data, *files), adding(data, *reversed(files))]
    assert [process.wait(timeout=100) for process in both] == [0, 0]
    assert work.rows("SELECT COUNT(*), COUNT(DISTINCT source) FROM documents") == [(6, 6)]
    assert work.rows("SELECT COUNT(*) FROM chunks") == work.rows("SELECT SUM(chunks) FROM documents")
    assert work.rows("SELECT COUNT(*) FROM chunks WHERE vector IS NULL") == [(0,)]
    assert work.rows("SELECT DISTINCT state FROM documents") == [("ready",)]
    assert base.id == 1


async def test_a_full_disk_is_an_error_and_leaves_the_file_whole(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("alpha " * 20_000)
    async with working(tmp_path / "data") as work:
        base = await work.base()
        number = await work.loads.enqueue(base, "file", str(path), "a.txt", "operator")
        # What a full disk does to SQLite: the file may not grow.
        pages = work.rows("PRAGMA page_count")[0][0]
        await work.database.write(lambda c: c.execute(f"PRAGMA max_page_count = {pages}") and None)
        work.ingest.wake()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(work.ingest.finish(number), 3)
        assert work.rows("PRAGMA integrity_check") == [("ok",)]
        assert work.rows("SELECT * FROM passages") == []
        await work.database.write(lambda c: c.execute("PRAGMA max_page_count = 1073741823") and None)
        assert (await work.ingest.finish(number)).state == "done"


async def test_while_one_file_is_embedded_the_next_is_read_and_they_are_published_in_their_order(tmp_path):
    gate = Gate()
    async with working(tmp_path / "data", gate) as work:
        base = await work.base("gate")
        loads = []
        for name in ("a.txt", "b.txt", "gone.txt", "c.txt"):
            if name != "gone.txt":
                (tmp_path / name).write_text(name)
            loads.append(await work.loads.enqueue(base, "file", str(tmp_path / name), name, "operator"))
        work.ingest.wake()
        await gate.asked.wait()
        while (await work.loads.get(loads[1])).state != "reading":
            await asyncio.sleep(0.01)
        states = [(await work.loads.get(load)).state for load in loads]
        assert states == ["embedding", "reading", "waiting", "waiting"]
        assert work.rows("SELECT source FROM documents") == [("a.txt",)], "the next one is not staged before its turn"
        gate.open.set()
        assert [(await work.ingest.finish(load)).state for load in loads] == ["done", "done", "failed", "done"]
        assert [d for (d,) in work.rows("SELECT text FROM passages ORDER BY id")] == ["a.txt", "b.txt", "c.txt"]


async def test_a_load_that_is_cancelled_while_it_is_embedded_does_not_hold_up_the_next_one(tmp_path):
    gate = Gate()
    async with working(tmp_path / "data", gate) as work:
        base = await work.base("gate")
        for name in ("a.txt", "b.txt"):
            (tmp_path / name).write_text(name)
        names = [(str(tmp_path / name), name) for name in ("a.txt", "b.txt")]
        first, second = [await work.loads.enqueue(base, "file", *name, "operator") for name in names]
        work.ingest.wake()
        await gate.asked.wait()
        assert await work.loads.cancel(base, first)
        gate.open.set()
        assert (await work.ingest.finish(second)).state == "done"
        assert work.rows("SELECT text FROM passages") == [("b.txt",)]


async def test_an_upload_whose_load_was_cancelled_does_not_stay(tmp_path):
    async with working(tmp_path / "data") as work:
        base = await work.base()
        left, kept = work.ingest.spool / "left", work.ingest.spool / "kept"
        for path in (left, kept):
            path.write_text("text")
            os.utime(path, (0, 0))
        cancelled = await work.loads.enqueue(base, "upload", str(left), "left.txt", "operator")
        wanted = await work.loads.enqueue(base, "upload", str(kept), "kept.txt", "operator")
        assert await work.loads.cancel(base, cancelled)
        assert (await work.ingest.finish(wanted)).state == "done"
        await work.ingest.stop()
        assert not left.exists()
