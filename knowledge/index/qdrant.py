"""Vectors on Qdrant (https://qdrant.tech/documentation), a collection a base. Needs the extra ``askwire[qdrant]``."""

import threading
import warnings
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import ApiException
from qdrant_client.models import (
    Direction,
    Distance,
    OrderBy,
    PayloadSchemaType,
    PointIdsList,
    PointStruct,
    VectorParams,
)

from plugins.vectors import Block, Floats, Found, Ids, StoreError

T = TypeVar("T")
PAGE = 10_000
TIMEOUT_S = 60
# The chunk's id again, as a payload: points can be ordered by that alone.
CHUNK = "chunk"


class QdrantVectors:
    """``client``: of a server, or of a folder (``QdrantClient(path=…)``)."""

    def __init__(self, client: QdrantClient) -> None:
        self._client = client
        # A folder's client is not safe to call from several threads.
        self._lock = threading.Lock()

    @classmethod
    def at(cls, url: str, api_key: str) -> "QdrantVectors":
        """On the server at ``url``. Nothing is sent before it is needed."""
        return cls(QdrantClient(url=url, api_key=api_key or None, timeout=TIMEOUT_S, check_compatibility=False))

    def search(self, table: str, vector: Floats, k: int) -> Found:
        def work() -> Found:
            if not self._client.collection_exists(_name(table)):
                return []
            points = self._client.query_points(_name(table), query=vector.tolist(), limit=k, with_payload=False).points
            return [(int(point.id), float(point.score)) for point in points]

        return self._run(work)

    def extent(self, table: str) -> tuple[int, int]:
        def work() -> tuple[int, int]:
            if not self._client.collection_exists(_name(table)):
                return 0, 0
            newest = OrderBy(key=CHUNK, direction=Direction.DESC)
            points, _ = self._client.scroll(_name(table), limit=1, order_by=newest, with_payload=False)
            return self._client.count(_name(table), exact=True).count, int(points[0].id) if points else 0

        return self._run(work)

    def ids(self, table: str) -> Ids:
        def work() -> Ids:
            found: list[int] = []
            if not self._client.collection_exists(_name(table)):
                return np.empty(0, np.int64)
            offset = None
            while True:
                points, offset = self._client.scroll(
                    _name(table), limit=PAGE, offset=offset, with_payload=False, with_vectors=False
                )
                found += [int(point.id) for point in points]
                if offset is None:
                    return np.array(sorted(found), np.int64)

        return self._run(work)

    def put(self, table: str, block: Block) -> None:
        points = [
            PointStruct(id=int(id_), vector=vector.tolist(), payload={CHUNK: int(id_)})
            for id_, vector in zip(block.ids, block.vectors, strict=True)
        ]

        def work() -> None:
            self._make(_name(table), block.vectors.shape[1])
            self._client.upsert(_name(table), points, wait=True)

        self._run(work)

    def remove(self, table: str, ids: Ids) -> None:
        def work() -> None:
            if len(ids) and self._client.collection_exists(_name(table)):
                self._client.delete(_name(table), PointIdsList(points=ids.tolist()), wait=True)

        self._run(work)

    def drop(self, table: str) -> None:
        def work() -> None:
            if self._client.collection_exists(_name(table)):
                self._client.delete_collection(_name(table))

        self._run(work)

    def close(self) -> None:
        with self._lock:
            self._client.close()

    def _make(self, name: str, dimensions: int) -> None:
        if self._client.collection_exists(name):
            made = self._client.get_collection(name).config.params.vectors
            if isinstance(made, VectorParams) and made.size == dimensions:
                return
            self._client.delete_collection(name)
        self._client.create_collection(name, vectors_config=VectorParams(size=dimensions, distance=Distance.COSINE))
        with warnings.catch_warnings():  # a folder's client needs no index and says so
            warnings.simplefilter("ignore", UserWarning)
            self._client.create_payload_index(name, CHUNK, PayloadSchemaType.INTEGER, wait=True)

    def _run(self, work: Callable[[], T]) -> T:
        with self._lock:
            try:
                return work()
            except (ApiException, ValueError, OSError, RuntimeError) as error:
                told = str(error).strip().splitlines() or [type(error).__name__]
                raise StoreError(f"Qdrant: {told[0][:200]}") from error


def _name(table: str) -> str:
    return f"askwire_{table}"
