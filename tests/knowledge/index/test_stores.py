"""Both servers behind the one interface: a real PostgreSQL with pgvector, and Qdrant's own engine in a folder."""

import numpy as np
import pytest

from knowledge.index.pgvector import PgVectors
from knowledge.index.qdrant import QdrantVectors
from knowledge.index.remote import behind, catch_up, same
from knowledge.index.vectors import Block
from plugins.vectors import StoreError
from tests.knowledge.index.shelf import DIMENSIONS

TABLE = "0123_1"


def block(count, first=1, seed=0, dimensions=DIMENSIONS):
    vectors = np.random.default_rng(seed).normal(size=(count, dimensions)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Block(np.arange(first, first + count), vectors)


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


@pytest.mark.parametrize("name", ['1"; DROP SCHEMA public; --', "a.b", "x" * 20, "ß'"])
def test_names_are_only_names(pgvector_url, name):
    store = PgVectors(pgvector_url)
    store.put(name, block(3))
    assert store.extent(name) == (3, 3)
    assert store.extent("other") == (0, 0)
    store.drop(name)
    store.close()


def test_long_vectors_are_kept_without_an_index(pgvector_url):
    store = PgVectors(pgvector_url)
    some = block(4, dimensions=2500)
    store.put(TABLE, some)
    assert store.search(TABLE, some.vectors[2], 1)[0][0] == 3
    store.close()


def test_the_graph_of_pgvector_is_used_and_good(pgvector_url, pgvector_server):
    store = PgVectors(pgvector_url)
    some = block(3000)
    store.put(TABLE, some)
    hits = 0
    for question in some.vectors[:30]:
        expected = sorted(some.nearest(question, 10), key=lambda item: -item[1])
        hits += len({chunk for chunk, _ in store.search(TABLE, question, 10)} & {chunk for chunk, _ in expected})
    assert hits >= 0.97 * 300
    with pgvector_server.administrator() as c:
        c.execute("ANALYZE askwire.vectors_0123_1")
        vector = str(some.vectors[0].tolist())
        sql = f"EXPLAIN SELECT id FROM askwire.vectors_0123_1 ORDER BY embedding <#> '{vector}' LIMIT 10"
        assert "Index Scan" in str(c.execute(sql.encode()).fetchall())
    store.close()


def test_a_lost_connection_is_made_again(pgvector_url, pgvector_server):
    store = PgVectors(pgvector_url)
    store.put(TABLE, block(3))
    pgvector_server.run_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'askwire'")
    assert store.extent(TABLE) == (3, 3)
    store.close()


def test_a_server_that_refuses_is_an_error_without_the_password(pgvector_server):
    for url in (
        f"postgresql://app:wrongsecret@127.0.0.1:{pgvector_server.port}/scratch",
        "postgresql://app:wrongsecret@127.0.0.1:1/scratch",
        "nonsense wrongsecret",
    ):
        store = PgVectors(url)
        with pytest.raises(StoreError) as error:
            store.extent(TABLE)
        assert "wrongsecret" not in str(error.value)
        store.close()
    store = QdrantVectors.at("http://127.0.0.1:1", "wrongsecret")
    with pytest.raises(StoreError) as error:
        store.extent(TABLE)
    assert "wrongsecret" not in str(error.value)


def test_it_is_kept_in_step(shelf, store):
    base = shelf.base(backend="remote")
    shelf.fill(base, 1200, source="one")
    assert behind(shelf.c, store, TABLE, base.id) == 1200
    catch_up(shelf.c, store, TABLE, base.id)
    assert same(shelf.c, store, TABLE, base.id)
    assert behind(shelf.c, store, TABLE, base.id) == 0
    shelf.fill(base, 10, seed=1, source="two")
    shelf.fill(base, 1100, seed=2, source="one")
    assert behind(shelf.c, store, TABLE, base.id) > 0
    catch_up(shelf.c, store, TABLE, base.id)
    assert same(shelf.c, store, TABLE, base.id)
    store.remove(TABLE, store.ids(TABLE)[10:700:3])  # somebody else's hand
    assert not same(shelf.c, store, TABLE, base.id)
    catch_up(shelf.c, store, TABLE, base.id)
    assert same(shelf.c, store, TABLE, base.id)
    shelf.remove(base, "one")
    shelf.remove(base, "two")
    catch_up(shelf.c, store, TABLE, base.id)
    assert store.extent(TABLE) == (0, 0)
