import asyncio

import numpy as np
import pytest

from knowledge.index import backends as backends_module
from knowledge.index.backends import Backends
from knowledge.index.opened import installation
from knowledge.index.pgvector import PgVectors
from knowledge.index.remote import same
from knowledge.index.saved import Saved
from knowledge.index.servers import stores
from knowledge.retrieval import Retriever
from plugins.vectors import StoreError
from tests.knowledge.index.shelf import DIMENSIONS, TinyEmbeddings


@pytest.fixture
async def retriever(shelf, store):
    made = Retriever(shelf.database, TinyEmbeddings(), shelf.folder / "index", {"server": store})
    yield made
    await made.close()
    await shelf.database.close()


def row(shelf, base):
    return shelf.c.execute("SELECT backend, revision FROM bases WHERE id = ?", (base.id,)).fetchone()


def table(shelf, base):
    return f"{installation(shelf.c)}_{base.id}"


async def test_there_and_back(shelf, store, retriever):
    base = shelf.base()
    ids, _ = shelf.fill(base, 700)
    before = await retriever.search("word7", [base])
    await retriever.backends.move(base, "server")
    assert row(shelf, base) == ("server", 2)
    assert store.ids(table(shelf, base)).tolist() == ids
    after = await retriever.search("word7", [base])
    assert [passage.chunk for passage in after] == [passage.chunk for passage in before]
    assert [passage.score for passage in after] == pytest.approx([passage.score for passage in before], abs=1e-4)
    shelf.add(base, "new", ["zeppelin"])
    assert (await retriever.search("zeppelin", [base], 1))[0].source == "new"
    assert same(shelf.c, store, table(shelf, base), base.id)
    await retriever.backends.move(base, "local")
    assert row(shelf, base)[0] == "local"
    assert store.extent(table(shelf, base)) == (0, 0)
    assert (await retriever.search("word7", [base]))[0].chunk == before[0].chunk


async def test_it_is_searched_by_the_server(shelf, store, retriever):
    """A passage that shares no word with the question can only come from its vector."""
    base = shelf.base()
    shelf.fill(base, 60)
    text = "quite other words"
    question = TinyEmbeddings()
    (vector,) = await question.embed(["zeppelin"])
    (hidden,) = shelf.add(base, "hidden", [text], [vector])
    await retriever.backends.move(base, "server")
    found = await retriever.search("zeppelin", [base], 1)
    assert [passage.chunk for passage in found] == [hidden]
    assert found[0].score == pytest.approx(0.5, abs=0.01)


async def test_searches_go_on_while_it_moves_and_documents_change(shelf, store, retriever):
    base = shelf.base()
    shelf.fill(base, 700)
    shelf.add(base, "kept", ["zeppelin"])
    moving = asyncio.create_task(_there_and_back(retriever, base))
    n = 0
    while not moving.done() or n < 5:
        shelf.add(base, "changing", [f"note{n}"])
        assert (await retriever.search("zeppelin", [base], 1))[0].source == "kept"
        assert (await retriever.search(f"note{n}", [base], 1))[0].text == f"note{n}"
        n += 1
    await moving
    await retriever.backends.move(base, "server")
    assert same(shelf.c, store, table(shelf, base), base.id)


async def _there_and_back(retriever, base):
    await retriever.backends.move(base, "server")
    await retriever.backends.move(base, "local")


async def test_many_changes_are_caught_up_beside_the_search(shelf, store, retriever, monkeypatch):
    monkeypatch.setattr(backends_module, "SMALL", 50)
    base = shelf.base()
    await retriever.backends.move(base, "server")
    shelf.fill(base, 300)
    assert (await retriever.search("word7", [base], 1))[0].text == "word7"
    name = table(shelf, base)
    async with asyncio.timeout(30):
        while (await asyncio.to_thread(store.extent, name))[0] != 300:
            await asyncio.sleep(0.05)


async def test_a_count_that_does_not_fit_changes_nothing(shelf, store, retriever, monkeypatch):
    base = shelf.base()
    ids, _ = shelf.fill(base, 20)
    put = store.put

    def lose_one(name, block):
        kept = block.ids != ids[3]
        if kept.any():
            put(name, type(block)(block.ids[kept], block.vectors[kept]))

    store.put = lose_one
    with pytest.raises(StoreError, match="nothing was changed"):
        await retriever.backends.move(base, "server")
    assert row(shelf, base) == ("local", 1)
    store.put = put
    await retriever.backends.move(base, "server")
    assert row(shelf, base)[0] == "server"


async def test_an_unknown_backend_and_a_server_that_is_away(shelf, pgvector_url):
    base = shelf.base()
    shelf.add(base, "d", ["zeppelin flight"])
    away = {"away": PgVectors("postgresql://app:wrong@127.0.0.1:1/scratch")}
    retriever = Retriever(shelf.database, TinyEmbeddings(), shelf.folder / "index", away)
    for name in ("nowhere", "away"):
        with pytest.raises(StoreError):
            await retriever.backends.move(base, name)
    assert row(shelf, base) == ("local", 1)
    for backend in ("away", "removed from the settings"):
        shelf.c.execute("UPDATE bases SET backend = ?", (backend,))
        assert len(await retriever.search("zeppelin", [base])) == 1
    await retriever.close()
    await shelf.database.close()


async def test_a_dropped_base_leaves_nothing(shelf, store, retriever):
    base = shelf.base()
    shelf.fill(base, 20)
    await retriever.backends.move(base, "server")
    await retriever.search("word7", [base])
    shelf.c.execute("DELETE FROM bases")
    await retriever.forget(base)
    assert store.extent(table(shelf, base)) == (0, 0)


async def test_two_data_folders_share_a_server(shelf, store, tmp_path_factory):
    other = type(shelf)(tmp_path_factory.mktemp("other"))
    for each in (shelf, other):
        base = each.base()
        each.fill(base, 30 if each is shelf else 40)
        backends = Backends(each.database.connect, {"server": _Shared(store)}, Saved(each.folder / "index"))
        await backends.move(base, "server")
        assert len(await backends.search(_at(base, "server"), np.ones(DIMENSIONS, np.float32), 100)) in (30, 40)
        await backends.close()
    assert store.extent(table(shelf, base))[0] == 30
    assert store.extent(table(other, base))[0] == 40
    other.close()


def _at(base, backend):
    return type(base)(base.id, base.name, base.owner, base.embedder, backend)


class _Shared:
    def __init__(self, store):
        self._store = store

    def __getattr__(self, name):
        return getattr(self._store, name)

    def close(self):
        """The fixture does it."""


def test_the_settings_make_the_stores():
    assert stores() == {}
    made = stores("postgresql://127.0.0.1:1/x", "http://127.0.0.1:1")
    assert sorted(made) == ["pgvector", "qdrant"]
    for store in made.values():
        store.close()
