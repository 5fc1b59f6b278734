from dataclasses import replace

import pytest

from knowledge import loads as loads_module
from knowledge.records import OPERATOR
from plugins import AskwireError, ErrorCode
from tests.knowledge.test_documents import Desk


@pytest.fixture
async def desk(tmp_path):
    made = Desk(tmp_path)
    await made.bases.create(OPERATOR, "a", "")
    yield made
    await made.database.close()


async def test_the_oldest_comes_first_and_the_same_waits_once(desk):
    base = await desk.bases.owned(OPERATOR, "a")
    first, second, again = [await desk.loads.enqueue(base, "file", f"/{n}", n, "operator") for n in "aba"]
    assert again == first
    load, of = await desk.loads.next()
    assert (load.id, load.name, of.name) == (first, "a", "a")
    assert (await desk.loads.next(first))[0].id == second
    await desk.loads.end(load, "done", content="hash")
    assert (await desk.loads.next())[0].id == second
    assert await desk.loads.loaded_before(replace(load, id=load.id + 1)) == "hash"
    assert not await desk.loads.begin(first)


async def test_bases_take_turns(desk):
    bases = [await desk.bases.owned(OPERATOR, "a")]
    bases += [await desk.bases.create(OPERATOR, name, "") for name in "bc"]
    for base, names in zip(bases, ("pqr", "s", "t"), strict=True):
        await desk.loads.enqueue_all(base, [("file", f"/{name}", name) for name in names], "operator")
    order, taken = [], (0, 0)
    while (found := await desk.loads.next(*taken)) is not None:
        taken = found[0].id, found[1].id
        order.append(found[0].name)
        await desk.loads.end(found[0], "done")
    assert order == ["p", "s", "t", "q", "r"]


async def test_all_are_queued_or_none_and_each_base_has_its_own_room(desk, monkeypatch):
    monkeypatch.setattr(loads_module, "MOST_OPEN", 2)
    base, other = await desk.bases.owned(OPERATOR, "a"), await desk.bases.create(OPERATOR, "b", "")
    files = [("file", f"/{name}", name) for name in "xyz"]
    with pytest.raises(AskwireError) as error:
        await desk.loads.enqueue_all(base, files, "operator")
    assert error.value.code is ErrorCode.TOO_MANY
    assert await desk.loads.next() is None
    first, second = await desk.loads.enqueue_all(base, files[:2], "operator")
    assert await desk.loads.enqueue(base, "file", "/x", "x", "operator") == first
    assert await desk.loads.enqueue(other, "file", "/z", "z", "operator") > second


async def test_the_queue_is_bounded(desk, monkeypatch):
    monkeypatch.setattr(loads_module, "MOST_OPEN", 2)
    base = await desk.bases.owned(OPERATOR, "a")
    for name in "ab":
        await desk.loads.enqueue(base, "file", f"/{name}", name, "operator")
    with pytest.raises(AskwireError) as error:
        await desk.loads.enqueue(base, "file", "/c", "c", "operator")
    assert error.value.code is ErrorCode.TOO_MANY


async def test_of_each_name_the_newest_loads_are_kept(desk, monkeypatch):
    monkeypatch.setattr(loads_module, "KEPT", 2)
    for name in "aabbbbc":
        await desk.loads.end(await desk.load(name), "failed", error="x" * 1000)
    base = await desk.bases.owned(OPERATOR, "a")
    assert [(load.id, load.name, len(load.error)) for load in await desk.loads.listed(base)] == [
        *((2, "a", 500), (6, "b", 500), (7, "c", 500))
    ]
    assert [id_ for (id_,) in await desk.rows("SELECT id FROM loads ORDER BY id")] == [1, 2, 5, 6, 7]


async def test_what_was_loaded_is_known_however_much_waits_to_be_loaded_again(desk):
    base = await desk.bases.owned(OPERATOR, "a")
    names = [f"{n}.md" for n in range(300)]
    for name in names:
        await desk.loads.end(await desk.load(name), "done", content=f"hash of {name}")
    again = [await desk.loads.enqueue(base, "file", f"/{name}", name, "operator") for name in names]
    for number, name in zip(again, names, strict=True):
        load = await desk.loads.get(number)
        assert await desk.loads.loaded_before(load) == f"hash of {name}"
        await desk.loads.end(load, "done", content=f"hash of {name}")
    assert await desk.loads.loaded_before(load) == "hash of 299.md"


async def test_after_a_load_that_failed_the_same_is_read_again(desk):
    """What it had replaced until then is not what the older one held."""
    for state in ("done", "failed"):
        load = await desk.load("a.zip")
        await desk.loads.end(load, state, content="hash" if state == "done" else "")
    assert await desk.loads.loaded_before(await desk.load("a.zip")) == ""


async def test_files_that_could_not_be_read_are_forgotten_when_it_is_tried_again(desk):
    load = await desk.load()
    await desk.loads.fail(load.id, "x.pdf", "is broken")
    assert await desk.loads.failures(load.id) == [("x.pdf", "is broken")]
    assert await desk.loads.begin(load.id)
    assert await desk.loads.failures(load.id) == []


async def test_what_failed_is_told_with_its_reason_and_can_be_forgotten(desk):
    base = await desk.bases.owned(OPERATOR, "a")
    await desk.loads.end(await desk.load("gone.md"), "failed", error="is gone")
    archive = await desk.load("some.zip")
    await desk.loads.fail(archive.id, "some.zip/x.pdf", "is broken")
    await desk.loads.end(archive, "done", "some.zip/x.pdf: is broken", "", ["some.zip/y.md"])
    await desk.loads.end(await desk.load("good.md"), "done", content="hash")
    waits = await desk.load("waits.md")
    assert await desk.loads.failed(base) == [
        ("gone.md", "failed", "is gone"),
        ("some.zip/x.pdf", "failed", "is broken"),
        ("waits.md", "reading", ""),
    ]
    for name in ("gone.md", "some.zip/x.pdf", "waits.md"):
        assert await desk.documents.unload(base, name)
        with pytest.raises(AskwireError) as error:
            await desk.documents.unload(base, name)
        assert error.value.code is ErrorCode.NOT_KNOWN
    assert await desk.loads.failed(base) == []
    assert not await desk.loads.begin(waits.id), "it does not come back"
    assert not [f for f in await desk.loads.failed(base) if f[0] == "good.md"]
