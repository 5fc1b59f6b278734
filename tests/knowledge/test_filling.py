import asyncio
import os
import secrets
import zipfile
from pathlib import Path

import numpy as np
import pytest

from conf.settings import Settings
from knowledge.loading.loaders import built_in, loaders_of
from knowledge.loading.types import Limits
from models_runtime.embeddings import Embeddings
from plugins.loading import Fetched, UrlLoader
from tests.knowledge.work import HANDBOOK, Gate, working
from tests.support.embedder import share_embedder


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


async def test_vectors_are_the_embedders_and_cancelling_keeps_nothing_half(tmp_path, embedder):
    share_embedder(tmp_path / "data", embedder)
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


def site(pages, fetched):
    """Loaders for ``site://``: of ``pages`` by their names, text or the failure to fetch them."""

    async def fetch(url, folder):
        for name, said in pages.items():
            if isinstance(said, Exception):
                yield Fetched(Path(), name, str(said))
                continue
            path = folder / f"{secrets.token_hex(4)}.md"
            path.write_text(said)
            fetched.append(path)
            yield Fetched(path, name)

    return loaders_of([*built_in(Limits()), UrlLoader(("site",), fetch)])


async def test_each_page_of_an_address_is_a_document_below_it_and_downloads_do_not_stay(tmp_path):
    pages = {"": "# Home\n\nalpha", "/a": "no title", "/b": OSError("answers with status 500")}
    fetched = []
    async with working(tmp_path / "data", loaders=site(pages, fetched)) as work:
        base = await work.base()
        load = await work.load_as("url", base, "site://s", "site://s")
        assert (load.state, load.error) == ("done", "site://s/b: answers with status 500")
        assert await work.loads.failures(load.id) == [("site://s/b", "answers with status 500")]
        stored = [(d.source, d.title) for d in await work.documents.stored(base)]
        assert stored == [("site://s", "Home"), ("site://s/a", "site://s/a")], "a download's file name says nothing"
        assert len(fetched) == 2
        assert not any(path.exists() for path in fetched)


async def test_an_address_of_a_kind_that_nobody_fetches_any_more_fails_and_its_document_stays(tmp_path):
    data = tmp_path / "data"
    async with working(data, loaders=site({"": "alpha"}, [])) as work:
        base = await work.base()
        assert (await work.load_as("url", base, "site://s", "site://s")).state == "done"
    async with working(data) as work:
        load = await work.load_as("url", base, "site://s", "site://s")
        assert (load.state, load.error) == ("failed", "'site://s' is of a kind that nobody fetches any more")
        assert [d.source for d in await work.documents.stored(base)] == ["site://s"]
