"""What only pgvector has: names in SQL, its graph, a connection that can be lost. The rest: test_stores."""

import pytest

from knowledge.index.pgvector import PgVectors
from plugins.vectors import StoreError
from tests.knowledge.index.shelf import block

TABLE = "0123_1"


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


def test_what_the_server_refuses_leaves_what_was_there(pgvector_url):
    store = PgVectors(pgvector_url)
    store.put(TABLE, block(3))
    broken = block(2, first=4)
    broken.vectors[1] = float("nan")
    with pytest.raises(StoreError, match="PostgreSQL: NaN not allowed in vector"):
        store.put(TABLE, broken)
    assert store.extent(TABLE) == (3, 3)
    store.close()
