"""Databases that do not speak MySQL: connections, cursors, types, errors, cancelling and time limits."""

import sqlalchemy as sa

from proxy.upstreams.types import Backend

__all__ = ["open_backend"]


def open_backend(url: str) -> Backend:
    """What serves this SQLAlchemy URL. Raises ``UpstreamError``, ``sqlalchemy.exc.ArgumentError`` for no such URL."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "postgresql":
        from proxy.upstreams.backends.postgresql import PostgresBackend

        return PostgresBackend(parsed)
    if parsed.get_backend_name() == "duckdb":
        from proxy.upstreams.backends.duckdb import DuckDBBackend

        return DuckDBBackend(parsed)
    if parsed.get_backend_name() == "sqlite":
        from proxy.upstreams.backends.sqlite import SQLiteBackend

        return SQLiteBackend(parsed)
    from proxy.upstreams.backends.base import open_any

    return open_any(url)
