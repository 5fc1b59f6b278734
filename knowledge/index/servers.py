"""The servers that the settings name."""

from plugins.vectors import StoreError, VectorStore


def stores(pgvector_url: str = "", qdrant_url: str = "", qdrant_api_key: str = "") -> dict[str, VectorStore]:
    """By backend; none is reached yet. An empty URL leaves its backend out.

    Raises StoreError when Qdrant's client is not installed.
    """
    made: dict[str, VectorStore] = {}
    if pgvector_url:
        from knowledge.index.pgvector import PgVectors  # psycopg takes a while to import

        made["pgvector"] = PgVectors(pgvector_url)
    if qdrant_url:
        try:
            from knowledge.index.qdrant import QdrantVectors
        except ImportError:
            raise StoreError("Qdrant's client is not installed: pip install 'askwire[qdrant]'") from None
        made["qdrant"] = QdrantVectors.at(qdrant_url, qdrant_api_key)
    return made
