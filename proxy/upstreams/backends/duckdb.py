"""DuckDB: one process holds the database, and every session is a connection of its own to it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import duckdb
import sqlalchemy as sa

from proxy.upstreams import sequence_names
from proxy.upstreams.backends.duckdb_errors import from_duckdb
from proxy.upstreams.backends.duckdb_session import DuckDBSession
from proxy.upstreams.backends.errors import mysql_error

# After these nothing that is sent as SQL reads or writes a file, loads an extension or sees a Python variable.
CLOSED = (
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET GLOBAL python_enable_replacements = false",
    "SET enable_external_access = false",
)
_LEFT_SEQUENCES = """
SELECT format('DROP SEQUENCE "{}"."{}"', replace(schema_name, '"', '""'), sequence_name) FROM duckdb_sequences() AS s
WHERE database_name = current_database() AND regexp_full_match(sequence_name, ?)
AND NOT EXISTS (FROM duckdb_columns() AS c WHERE contains(c.column_default, s.sequence_name))"""


class DuckDBBackend:
    """A ``Backend``. ``prepare`` is given the connection before SQL is shut off from files.

    Raises ``UpstreamError`` when the file cannot be opened (another process has it, it is no database).
    """

    dialect = "duckdb"
    has_accounts = False
    default_schema = "main"

    def __init__(self, url: sa.URL, prepare: Callable[[duckdb.DuckDBPyConnection], None] | None = None) -> None:
        self._url = url
        config = cast("Mapping[str, str]", dict(url.query))
        try:
            self._root = duckdb.connect(url.database or ":memory:", config=dict(config))
        except duckdb.Error as error:
            raise mysql_error(1105, f"The database cannot be opened: {error}") from error
        if prepare is not None:
            prepare(self._root)
        for statement in CLOSED:
            self._root.execute(statement)
        self._catalog = str(self._value("SELECT current_database()"))
        self._drop_left_sequences()

    @property
    def database_name(self) -> str:
        database = self._url.database
        return Path(database).stem if database and database != ":memory:" else self._catalog

    def connect(self, user: str, password: str) -> DuckDBSession:
        try:
            return DuckDBSession(self._root, self._catalog)
        except duckdb.Error as error:
            raise from_duckdb(error, None) from error

    def close(self) -> None:
        self._root.close()

    def _drop_left_sequences(self) -> None:
        """What DROP TABLE and TRUNCATE left: DuckDB has no owner of a sequence that it remembers once it is closed."""
        if self._value("SELECT readonly FROM duckdb_databases() WHERE database_name = current_database()"):
            return
        for (drop,) in self._root.execute(_LEFT_SEQUENCES, [sequence_names.OWN.pattern]).fetchall():
            self._root.execute(drop)

    def _value(self, sql: str) -> Any:
        row = self._root.execute(sql).fetchone()
        return row[0] if row else None
