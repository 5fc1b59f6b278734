import sys

import pytest

from knowledge.index import pgvector, qdrant
from knowledge.index.servers import stores
from plugins.vectors import StoreError


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What stores were made with; none is reached."""
    found: list[tuple[str, ...]] = []
    monkeypatch.setattr(pgvector, "PgVectors", lambda *given: found.append(("pgvector", *given)))
    monkeypatch.setattr(qdrant.QdrantVectors, "at", lambda *given: found.append(("qdrant", *given)))
    return found


@pytest.mark.parametrize(
    ("urls", "backends"),
    [
        ((), []),
        (("postgresql://a",), [("pgvector", "postgresql://a")]),
        (("", "http://q", "key"), [("qdrant", "http://q", "key")]),
        (("postgresql://a", "http://q"), [("pgvector", "postgresql://a"), ("qdrant", "http://q", "")]),
    ],
)
def test_the_servers_of_the_settings(
    urls: tuple[str, ...], backends: list[tuple[str, ...]], made: list[tuple[str, ...]]
) -> None:
    assert list(stores(*urls)) == [backend for backend, *_ in backends]
    assert made == backends


def test_without_its_client_qdrant_is_told_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "knowledge.index.qdrant", None)
    with pytest.raises(StoreError, match="Qdrant's client is not installed"):
        stores(qdrant_url="http://q")
    assert list(stores(pgvector_url="postgresql://a")) == ["pgvector"]
