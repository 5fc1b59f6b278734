"""What only Qdrant has: pages of points, a client's own errors. The rest: test_stores."""

import pytest
from qdrant_client import QdrantClient

from knowledge.index import qdrant
from knowledge.index.qdrant import QdrantVectors
from plugins.vectors import StoreError
from tests.knowledge.index.shelf import block

TABLE = "0123_1"


@pytest.mark.parametrize("count", [1, 3, 6, 7])
def test_all_pages_are_read(monkeypatch, count):
    monkeypatch.setattr(qdrant, "PAGE", 3)
    store = QdrantVectors(QdrantClient(":memory:"))
    store.put(TABLE, block(count, first=2**40))
    assert store.ids(TABLE).tolist() == list(range(2**40, 2**40 + count))


def test_other_collections_are_left_alone():
    client = QdrantClient(":memory:")
    store = QdrantVectors(client)
    store.put(TABLE, block(3))
    store.put("0123_2", block(2))
    store.drop(TABLE)
    assert store.extent("0123_2") == (2, 2)
    assert [each.name for each in client.get_collections().collections] == ["askwire_0123_2"]


def test_a_server_that_is_away_is_an_error_without_the_key():
    store = QdrantVectors.at("http://127.0.0.1:1", "wrongsecret")
    with pytest.raises(StoreError, match="Qdrant: ") as error:
        store.extent(TABLE)
    assert "wrongsecret" not in str(error.value)
    store.close()


def test_a_long_complaint_is_one_short_line(monkeypatch):
    client = QdrantClient(":memory:")

    def refuse(name):
        raise ValueError("\n " + "x" * 500 + "\nsecond")

    monkeypatch.setattr(client, "collection_exists", refuse)
    with pytest.raises(StoreError) as error:
        QdrantVectors(client).drop(TABLE)
    assert str(error.value) == "Qdrant: " + "x" * 200
