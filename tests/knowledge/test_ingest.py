import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import asynccontextmanager, closing
from pathlib import Path

import numpy as np
import pytest

from conf.settings import Settings
from knowledge.bases import Bases
from knowledge.database import FILE_NAME, Database
from knowledge.documents import Documents
from knowledge.ingest import Ingest
from knowledge.loading.types import Limits
from knowledge.loads import Loads
from knowledge.records import OPERATOR
from models_runtime.embeddings import Embeddings
from plugins import AskwireError
from plugins.engines import EmbedderInfo
from tests.support.private_mariadb import die_with_parent

HANDBOOK = (
    "# Customers\n\n## Active\n\nA customer is active when they ordered in the last 90 days.\n\n"
    "## Churned\n\nAll others.\n"
)


class Work:
    """A data folder with what fills it."""

    def __init__(self, folder: Path, embeddings: Embeddings | None) -> None:
        self.folder = folder
        self.database = Database(folder / FILE_NAME)
        self.bases = Bases(self.database)
        self.loads = Loads(self.database)
        self.documents = Documents(self.database)
        self.ingest = Ingest(folder / "knowledge", folder / "import", self.loads, self.documents, embeddings, Limits())

    async def base(self, embedder=""):
        return await self.bases.create(OPERATOR, "handbook", embedder)

    async def load(self, base, path, name=None):
        number = await self.loads.enqueue(base, "file", str(path), name or path.name, "operator")
        return await self.ingest.finish(number)

    def rows(self, sql):
        with closing(sqlite3.connect(self.folder / FILE_NAME)) as c:
            return c.execute(sql).fetchall()


@asynccontextmanager
async def working(folder, embeddings=None):
    work = Work(folder, embeddings)
    try:
        yield work
    finally:
        await work.ingest.stop()
        await work.database.close()


async def test_a_document_is_loaded_with_its_places(tmp_path):
    path = tmp_path / "handbook.md"
    path.write_text(HANDBOOK)
    async with working(tmp_path / "data") as work:
        base = await work.base()
        load = await work.load(base, path)
        assert (load.state, load.error) == ("done", "")
        assert [(d.source, d.title) for d in await work.documents.stored(base)] == [("handbook.md", "Customers")]
        chunks = work.rows("SELECT place, text, vector FROM chunks ORDER BY ordinal")
        assert any("90 days" in text and "Active" in place for place, text, _ in chunks)
        assert all(vector is None for *_, vector in chunks)
        counts = await work.documents.counts(base)
        assert (counts.documents, counts.state, counts.chunks) == (1, "ready", len(chunks))


async def test_the_same_again_is_nothing_to_do_and_a_new_version_replaces_the_old_one(tmp_path):
    path = tmp_path / "handbook.md"
    path.write_text(HANDBOOK)
    async with working(tmp_path / "data") as work:
        base = await work.base()
        await work.load(base, path)
        before = work.rows("SELECT id FROM chunks")
        assert (await work.load(base, path)).state == "done"
        assert work.rows("SELECT id FROM chunks") == before
        path.write_text(HANDBOOK.replace("90", "30"))
        await work.load(base, path)
        texts = " ".join(text for (text,) in work.rows("SELECT text FROM chunks"))
        assert "30 days" in texts
        assert "90 days" not in texts
        assert not {i for (i,) in before} & {i for (i,) in work.rows("SELECT id FROM chunks")}
        assert len(await work.documents.stored(base)) == 1


async def test_what_an_archive_holds_no_more_goes_away_and_a_broken_member_does_not_stop_the_rest(tmp_path):
    path = tmp_path / "pack.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.md", "# A\n\nalpha")
        archive.writestr("b.pdf", b"%PDF-1.7 broken")
        archive.writestr("c.txt", "gamma")
    async with working(tmp_path / "data") as work:
        base = await work.base()
        load = await work.load(base, path)
        assert load.state == "done"
        assert "pack.zip/b.pdf" in load.error
        assert [d.source for d in await work.documents.stored(base)] == ["pack.zip/a.md", "pack.zip/c.txt"]
        assert [name for name, _ in await work.loads.failures(load.id)] == ["pack.zip/b.pdf"]
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("c.txt", "gamma")
        await work.load(base, path)
        assert [d.source for d in await work.documents.stored(base)] == ["pack.zip/c.txt"]


async def test_a_file_that_cannot_be_read_fails_by_name_and_loses_nothing(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7 nothing")
    async with working(tmp_path / "data") as work:
        base = await work.base()
        good = tmp_path / "good.txt"
        good.write_text("good")
        await work.load(base, good)
        load = await work.load(base, path)
        assert load.state == "failed"
        assert "a.pdf" in load.error
        assert [d.source for d in await work.documents.stored(base)] == ["good.txt"]
        gone = await work.load(base, tmp_path / "gone.txt")
        assert gone.state == "failed"
        assert (await work.documents.counts(base)).failed == 2


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


async def test_vectors_are_the_embedders_and_cancelling_keeps_nothing_half(tmp_path):
    path = tmp_path / "long.md"
    path.write_text("\n\n".join(f"## Part {n}\n\n" + f"Sentence {n} is about thing {n * 7}. " * 30 for n in range(400)))
    async with (
        Embeddings(Settings(data_dir=str(tmp_path / "data"))) as embeddings,
        working(tmp_path / "data", embeddings) as work,
    ):
        base = await work.base(embeddings.default)
        small = tmp_path / "small.md"
        small.write_text(HANDBOOK)
        assert (await work.load(base, small)).state == "done"
        vectors = [np.frombuffer(v, "<f4") for (v,) in work.rows("SELECT vector FROM chunks")]
        assert vectors
        assert all(len(v) == 384 and abs(float(np.linalg.norm(v)) - 1) < 1e-3 for v in vectors)
        number = await work.loads.enqueue(base, "file", str(path), "long.md", "operator")
        ending = asyncio.create_task(work.ingest.finish(number))
        while (await work.loads.get(number)).done == 0:
            await asyncio.sleep(0.01)
        assert await work.loads.cancel(base, number)
        assert (await ending).state == "cancelled"
        await work.ingest.stop()
        assert [d.source for d in await work.documents.stored(base)] == ["small.md"]
        await work.ingest.purge()
        assert {source for (source,) in work.rows("SELECT source FROM documents")} == {"small.md"}
        assert work.rows("SELECT COUNT(*) FROM chunks") == work.rows("SELECT SUM(chunks) FROM documents")


ADD = """
import asyncio, sys
from pathlib import Path
from tests.knowledge.test_ingest import Work
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


async def test_kill_9_in_the_middle_loses_nothing_and_the_next_one_goes_on(tmp_path):
    files = []
    for n in range(6):
        files.append(tmp_path / f"part{n}.md")
        files[-1].write_text(
            "\n\n".join(f"## Part {n}.{m}\n\n" + f"Thing {n} is about {m * 7}. " * 30 for m in range(20))
        )
    data = tmp_path / "data"
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


class Gate:
    """An embedder that answers when the test lets it."""

    def __init__(self):
        self.asked, self.open = asyncio.Event(), asyncio.Event()

    async def info(self, model=""):
        return EmbedderInfo(model, 4, 256, None)

    async def embed(self, texts, *, model="", query=False):
        self.asked.set()
        await self.open.wait()
        return np.full((len(texts), 4), 0.5, np.float32)


@pytest.mark.parametrize("kind", ["import", "file"])
async def test_what_a_file_becomes_before_it_is_read_holds_nothing_up(tmp_path, kind):
    folder = tmp_path / "data" / "import"
    folder.mkdir(parents=True)
    (folder / "out.md").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.md")
    with (folder / "sparse.md").open("wb") as file:
        file.truncate(1 << 40)
    (folder / "good.md").write_text("words")
    async with working(tmp_path / "data") as work:
        base = await work.base()
        names = ["out.md", "pipe.md", "sparse.md", "good.md"]
        loads = await work.loads.enqueue_all(base, [(kind, str(folder / name), name) for name in names], "operator")
        ended = [await work.ingest.finish(load) for load in loads]
    assert [load.state for load in ended] == ["failed", "failed", "failed", "done"]
    assert all(name in load.error for name, load in zip(names[:3], ended, strict=False))


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


async def test_no_embedder_is_loaded_for_what_did_not_change(tmp_path):
    class Counted(Gate):
        loaded = 0

        async def info(self, model=""):
            self.loaded += 1
            return await super().info(model)

    (tmp_path / "a.txt").write_text("a")
    gate = Counted()
    gate.open.set()
    async with working(tmp_path / "data", gate) as work:
        base = await work.base("gate")
        for _ in range(2):
            load = await work.load(base, tmp_path / "a.txt")
            assert load.state == "done"
        assert gate.loaded == 1
        (tmp_path / "a.txt").write_text("b")
        await work.load(base, tmp_path / "a.txt")
        assert gate.loaded == 2


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
