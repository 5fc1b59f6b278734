import pytest

from knowledge.bases import Bases
from knowledge.database import FILE_NAME, Database
from knowledge.documents import Documents
from knowledge.loads import Loads
from knowledge.records import OPERATOR
from knowledge.slices import SLICE
from plugins import AskwireError, ErrorCode

LONG = [(f"page {n}", f"text {n}") for n in range(2 * SLICE + 10)]


class Desk:
    """A base ``a`` in a data folder."""

    def __init__(self, folder):
        self.database = Database(folder / FILE_NAME)
        self.bases, self.loads = Bases(self.database), Loads(self.database)
        self.documents = Documents(self.database)

    async def load(self, name="a.md"):
        base = await self.bases.owned(OPERATOR, "a")
        number = await self.loads.enqueue(base, "file", f"/{name}", name, "operator")
        assert await self.loads.begin(number)
        return await self.loads.get(number)

    async def stage(self, load, chunks, content="hash"):
        return await self.documents.stage(load, load.name, "A", content, 10, chunks)

    async def rows(self, sql):
        return await self.database.read(lambda c: c.execute(sql).fetchall())


@pytest.fixture
async def desk(tmp_path):
    made = Desk(tmp_path)
    await made.bases.create(OPERATOR, "a", "")
    yield made
    await made.database.close()


async def test_what_was_loaded_is_unloaded_by_its_name(desk):
    async def brought(name, *sources):
        load = await desk.load(name)
        for source in sources:
            staged = await desk.documents.stage(load, source, "A", source, 10, [("", source)])
            assert await desk.documents.publish(load, staged)
        await desk.loads.end(load, "done", content="hash", seen=sources)

    base = await desk.bases.owned(OPERATOR, "a")
    await brought("docs/a.md", "docs/a.md")
    await brought("docs/b.zip", "docs/b.zip/1.md", "docs/b.zip/2.md")
    await brought("docs_2/%.md", "docs_2/%.md")
    await desk.loads.end(await desk.load("docs/broken.pdf"), "failed", error="is broken")
    await desk.loads.enqueue(base, "file", "/docs/c.md", "docs/c.md", "operator")
    assert await desk.documents.unload(base, "docs/b") == 0
    assert await desk.documents.unload(base, "docs/b.zip/1.md") == 1
    assert await desk.documents.unload(base, "docs/b.zip") == 1
    assert [d.source for d in await desk.documents.stored(base)] == ["docs/a.md", "docs_2/%.md"]
    assert await desk.documents.unload(base, "docs/") == 3
    assert [d.source for d in await desk.documents.stored(base)] == ["docs_2/%.md"]
    assert await desk.loads.listed(base) == []
    assert await desk.rows("SELECT name FROM loads WHERE hash <> ''") == [("docs_2/%.md",)]


async def test_staging_that_was_stopped_goes_on_after_the_last_slice(desk, monkeypatch):
    load = await desk.load()

    async def only_once(step):
        await step()

    with monkeypatch.context() as stopped:
        stopped.setattr("knowledge.documents.in_slices", only_once)
        document = await desk.stage(load, LONG)
    assert await desk.rows("SELECT COUNT(*) FROM chunks") == [(SLICE,)]
    assert await desk.stage(load, LONG) == document
    assert await desk.rows("SELECT place, text FROM chunks ORDER BY id") == LONG
    assert await desk.rows("SELECT ordinal FROM chunks ORDER BY id") == [(n,) for n in range(len(LONG))]
    assert await desk.rows("SELECT * FROM passages") == []
    assert (await desk.loads.get(load.id)).total == len(LONG)
    assert await desk.documents.publish(load, document)
    assert await desk.rows("SELECT COUNT(*) FROM passages") == [(len(LONG),)]


async def test_another_version_is_staged_anew(desk):
    load = await desk.load()
    first = await desk.stage(load, LONG[:3])
    second = await desk.stage(load, LONG[:3], content="other hash")
    third = await desk.stage(load, LONG[:2], content="other hash")
    assert first < second < third
    assert await desk.rows("SELECT id, state FROM documents ORDER BY id") == [
        (first, "gone"),
        (second, "gone"),
        (third, "staged"),
    ]
    assert not await desk.documents.publish(load, first)


async def test_ids_of_chunks_rise_in_the_order_in_which_they_become_visible(desk):
    old = await desk.load("old.md")
    overtaken = await desk.stage(old, LONG[:3])
    new = await desk.load("new.md")
    assert await desk.documents.publish(new, await desk.stage(new, LONG[:3]))
    again = await desk.stage(old, LONG[:3])
    assert again > overtaken
    assert await desk.documents.publish(old, again)
    sql = "SELECT DISTINCT origin FROM passages JOIN documents ON documents.id = document ORDER BY passages.id"
    assert await desk.rows(sql) == [("new.md",), ("old.md",)]


async def test_a_new_version_takes_the_place_of_the_old_one_in_one_moment(desk):
    load = await desk.load()
    await desk.documents.publish(load, await desk.stage(load, LONG))
    await desk.loads.end(load, "done", seen=[load.name])
    load = await desk.load()
    new = await desk.stage(load, [("", "new")], content="new")
    assert len(await desk.rows("SELECT id FROM passages")) == len(LONG)
    assert await desk.documents.publish(load, new)
    assert await desk.rows("SELECT text FROM passages") == [("new",)]
    base = await desk.bases.owned(OPERATOR, "a")
    assert (await desk.documents.counts(base)).chunks == 1
    assert await desk.documents.has_marked()
    await desk.documents.purge()
    assert not await desk.documents.has_marked()
    assert await desk.rows("SELECT text FROM chunks") == [("new",)]


@pytest.mark.parametrize("how", ["cancel", "drop"])
async def test_what_is_staged_goes_with_its_load_or_base(desk, how):
    load = await desk.load()
    base = await desk.bases.owned(OPERATOR, "a")
    document = await desk.stage(load, LONG[:3])
    if how == "cancel":
        assert await desk.loads.cancel(base, load.id)
        assert not await desk.loads.cancel(base, load.id)
        assert not await desk.documents.publish(load, document)
    else:
        await desk.bases.drop(OPERATOR, "a")
        with pytest.raises(AskwireError) as error:
            await desk.loads.enqueue(base, "file", "/b", "b", "operator")
        assert error.value.code is ErrorCode.NOT_KNOWN
    assert not await desk.documents.put_vectors(load, document, [(b"", 0)])
    with pytest.raises(AskwireError):
        await desk.stage(load, LONG[:3])
    assert await desk.rows("SELECT * FROM passages") == []
    await desk.documents.purge()
    assert await desk.rows("SELECT * FROM chunks") == []
