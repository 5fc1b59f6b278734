import numpy as np
import pytest

from knowledge.index.saved import Saved, Stopped
from tests.knowledge.index.shelf import DIMENSIONS, opened

pytestmark = pytest.mark.usefixtures("small_exact")


def merged(shelf, index):
    index.merge(shelf.c, lambda: False)
    index.catch_up(shelf.c)
    return index


def exact(ids, vectors, question, k=10):
    return [ids[n] for n in np.argsort(-(vectors @ question))[:k]]


def ids_of(found):
    return [chunk for chunk, _ in found]


def recall(index, ids, vectors, questions):
    hits = sum(len(set(ids_of(index.search(q, 10))) & set(exact(ids, vectors, q))) for q in questions)
    return hits / (10 * len(questions))


def test_a_small_base_is_searched_exactly(shelf):
    base = shelf.base()
    ids, vectors = shelf.fill(base, 200)
    index = opened(shelf, base)
    assert not index.wants_merge
    found = index.search(vectors[3], 10)
    assert ids_of(found) == exact(ids, vectors, vectors[3])
    assert found[0] == (ids[3], pytest.approx(1.0, abs=1e-5))
    assert len(index.search(vectors[3], 1000)) == 200
    assert opened(shelf, shelf.base("empty")).search(vectors[3], 10) == []


def test_a_large_one_is_searched_exactly_until_its_graph_is_made(shelf):
    base = shelf.base()
    ids, vectors = shelf.fill(base, 2000)
    index = opened(shelf, base)
    assert index.wants_merge
    assert recall(index, ids, vectors, vectors[:20]) == 1
    merged(shelf, index)
    assert not index.wants_merge
    assert len(index) == 2000
    assert recall(index, ids, vectors, vectors[:100]) >= 0.99
    again = opened(shelf, base)
    assert (len(again), again.wants_merge) == (2000, False)
    assert recall(again, ids, vectors, vectors[:100]) >= 0.99


def test_what_is_new_is_found_at_once_beside_the_graph(shelf):
    base = shelf.base()
    shelf.fill(base, 1000)
    index = merged(shelf, opened(shelf, base))
    new, vectors = shelf.fill(base, 20, seed=1)
    index.catch_up(shelf.c)
    assert not index.wants_merge
    assert [index.search(v, 1)[0][0] for v in vectors] == new
    shelf.fill(base, 400, seed=2)
    index.catch_up(shelf.c)
    assert index.wants_merge
    merged(shelf, index)
    assert [index.search(v, 1)[0][0] for v in vectors] == new
    assert len(index) == 1420


def test_deleted_ones_take_no_place_from_others(shelf):
    base = shelf.base()
    ids, vectors = shelf.fill(base, 600)
    near = vectors[0] + 0.01 * np.random.default_rng(5).normal(size=(150, DIMENSIONS)).astype(np.float32)
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    gone = shelf.add(base, "gone", ["x"] * 150, near)
    index = merged(shelf, opened(shelf, base))
    assert set(ids_of(index.search(vectors[0], 10))) <= {*gone, ids[0]}
    shelf.remove(base, "gone")
    index.catch_up(shelf.c)
    assert ids_of(index.search(vectors[0], 10)) == exact(ids, vectors, vectors[0])
    assert not index.wants_merge
    assert set(ids_of(index.search(vectors[0], 5_000))) <= set(ids)
    again = opened(shelf, base)
    assert not again.wants_merge
    assert len(again) == 600
    assert ids_of(again.search(vectors[0], 10)) == exact(ids, vectors, vectors[0])


@pytest.mark.parametrize("graph", [False, True])
def test_a_document_loaded_again_and_again_crowds_nothing_out(shelf, graph):
    """Its old chunks lie where the new ones do."""
    base = shelf.base()
    ids, vectors = shelf.fill(base, 300 if graph else 100, source="same")
    index = merged(shelf, opened(shelf, base)) if graph else opened(shelf, base)
    for _ in range(5):
        ids, _ = shelf.fill(base, len(ids), source="same")
        index.catch_up(shelf.c)
        assert ids_of(index.search(vectors[0], 10)) == exact(ids, vectors, vectors[0])
        assert len(index) == len(ids)


def test_when_most_is_deleted_the_graph_is_made_from_the_start(shelf):
    base = shelf.base()
    ids, vectors = shelf.fill(base, 400, source="kept")
    shelf.fill(base, 400, seed=1, source="gone")
    index = merged(shelf, opened(shelf, base))
    size = index.nbytes
    shelf.remove(base, "gone")
    index.catch_up(shelf.c)
    assert index.wants_merge
    merged(shelf, index)
    assert not index.wants_merge
    assert len(index) == 400
    assert index.nbytes < 0.6 * size
    assert recall(index, ids, vectors, vectors[:50]) >= 0.99


def test_vectors_of_another_length_and_broken_ones_are_left_out(shelf):
    base = shelf.base()
    ids, vectors = shelf.fill(base, 5)
    shelf.add(base, "other", ["a", "b"], [np.ones(7), None])
    shelf.add(base, "nan", ["a"], [np.full(DIMENSIONS, np.nan)])
    assert set(ids_of(opened(shelf, base).search(vectors[0], 50))) == set(ids)


def test_a_file_of_an_older_database_is_not_taken(shelf):
    """A backup brought back uses ids again: for the same number of chunks, for fewer, for other vectors."""
    base = shelf.base()
    shelf.fill(base, 400, source="all")
    merged(shelf, opened(shelf, base))
    assert len(opened(shelf, base)._tail) == 0
    sequence = shelf.c.execute("SELECT seq FROM sqlite_sequence WHERE name = 'chunks'").fetchone()[0]
    shelf.c.execute("DELETE FROM chunks WHERE id > ?", (sequence - 50,))
    shelf.c.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'chunks'", (sequence - 50,))
    new, vectors = shelf.fill(base, 3, seed=9, source="new")
    index = opened(shelf, base)
    assert [index.search(v, 1)[0][0] for v in vectors] == new
    merged(shelf, index)
    assert [opened(shelf, base).search(v, 1)[0][0] for v in vectors] == new


def test_a_stopped_merge_leaves_all_as_it_was(shelf):
    base = shelf.base()
    ids, vectors = shelf.fill(base, 500)
    index = opened(shelf, base)
    with pytest.raises(Stopped):
        index.merge(shelf.c, lambda: True)
    assert recall(index, ids, vectors, vectors[:5]) == 1
    assert Saved(shelf.folder / "index").load(index.key) is None


def test_what_another_process_saved_is_taken_over(shelf):
    base = shelf.base()
    shelf.fill(base, 500)
    one, two = opened(shelf, base), opened(shelf, base)
    merged(shelf, one)
    (before,) = (shelf.folder / "index").glob("*.hnsw")
    merged(shelf, two)
    assert len(two) == 500
    assert list((shelf.folder / "index").glob("*.hnsw")) == [before]


def test_a_graph_that_cannot_be_saved_serves(shelf):
    base = shelf.base()
    ids, vectors = shelf.fill(base, 500)
    index = opened(shelf, base)
    index._saved.save = _refuse
    for _ in range(2):
        merged(shelf, index)
        assert not index.wants_merge
        assert recall(index, ids, vectors, vectors[:20]) >= 0.99
        more, more_vectors = shelf.fill(base, 400, seed=len(ids))
        ids, vectors = ids + more, np.concatenate([vectors, more_vectors])
        index.catch_up(shelf.c)


def _refuse(key, graph):
    raise OSError("no space left on device")
