"""SQLite: a connection of its own to the file for every session."""

import itertools
import sqlite3
from pathlib import Path

import sqlalchemy as sa

from proxy.upstreams.backends.errors import mysql_error
from proxy.upstreams.backends.session_engine import borrowed
from proxy.upstreams.backends.sqlite_errors import from_sqlite
from proxy.upstreams.backends.sqlite_session import SQLiteSession
from proxy.upstreams.dialect import sqlite_functions

BUSY_TIMEOUT_S = 10.0
_numbers = itertools.count(1)


class SQLiteBackend:
    """A ``Backend``. Raises ``UpstreamError`` when the file is no database or cannot be opened."""

    dialect = "sqlite"
    has_accounts = False
    default_schema = "main"

    def __init__(self, url: sa.URL) -> None:
        if url.query or (url.database or "").startswith("file:"):
            raise mysql_error(1105, "A SQLite upstream is sqlite:///path, without options")
        self._path = url.database if url.database not in (None, "", ":memory:") else None
        # A database in memory lives as long as one connection to it, and is found by its name.
        self._memory = f"file:askwire-{next(_numbers)}?mode=memory&cache=shared"
        self._root = self._open()

    @property
    def database_name(self) -> str:
        return Path(self._path).stem if self._path else self.default_schema

    def connect(self, user: str, password: str) -> SQLiteSession:
        connection = self._open()
        return SQLiteSession(borrowed("sqlite://", connection), connection)

    def close(self) -> None:
        self._root.close()

    def _open(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                self._path or self._memory,
                timeout=BUSY_TIMEOUT_S,
                isolation_level=None,
                check_same_thread=False,
                uri=self._path is None,
            )
            connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            sqlite_functions.register(connection)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise from_sqlite(error) from error
        return connection
