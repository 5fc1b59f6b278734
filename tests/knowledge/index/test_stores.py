"""Both servers behind the one interface: a real PostgreSQL with pgvector, and Qdrant's own engine in a folder."""

import numpy as np
import pytest

from tests.knowledge.index.shelf import block

TABLE = "0123_1"


def test_nearest(store):
    some = block(200)
    store.put(TABLE, some)
    question = some.vectors[7]
    expected = sorted(some.nearest(question, 10), key=lambda item: -item[1])
    found = store.search(TABLE, question, 10)
    assert [chunk for chunk, _ in found] == [chunk for chunk, _ in expected]
    assert [score for _, score in found] == pytest.approx([score for _, score in expected], abs=1e-4)


def test_what_is_not_there_is_empty(store):
    assert store.search(TABLE, block(1).vectors[0], 10) == []
    assert store.extent(TABLE) == (0, 0)
    assert len(store.ids(TABLE)) == 0
    store.remove(TABLE, np.array([1, 2]))
    store.drop(TABLE)


def test_batches_may_come_twice_and_be_removed(store):
    some = block(30, first=2**40)
    store.put(TABLE, some)
    store.put(TABLE, some)
    assert store.extent(TABLE) == (30, 2**40 + 29)
    store.remove(TABLE, np.array([2**40 + 29, 5]))
    assert store.extent(TABLE) == (29, 2**40 + 28)
    assert store.ids(TABLE).tolist() == some.ids[:29].tolist()
    store.drop(TABLE)
    assert store.extent(TABLE) == (0, 0)


def test_vectors_of_another_length_make_the_table_anew(store):
    store.put(TABLE, block(5))
    store.put(TABLE, block(3, dimensions=8))
    assert store.extent(TABLE) == (3, 3)
    assert len(store.search(TABLE, block(1, dimensions=8).vectors[0], 10)) == 3
