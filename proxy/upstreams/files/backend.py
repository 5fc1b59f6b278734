"""Files as a backend: the DuckDB one, on the database that the files are loaded into."""

from collections.abc import Sequence

import structlog

from proxy.upstreams.backends import open_backend
from proxy.upstreams.files.database import SCHEMA, FilesDatabase, LoadedTable
from proxy.upstreams.types import Backend, Connection

log = structlog.get_logger("askwire.files")


class FilesBackend:
    """``backend`` is DuckDB's on ``database``, which goes with it. What a client sees first is the schema ``files``."""

    def __init__(self, database: FilesDatabase, backend: Backend) -> None:
        self._database = database
        self._backend = backend
        self.default_schema = SCHEMA
        self.dialect = backend.dialect
        self.has_accounts = backend.has_accounts
        self.database_name = backend.database_name

    @property
    def tables(self) -> tuple[LoadedTable, ...]:
        """What was loaded."""
        return self._database.tables

    def connect(self, user: str, password: str) -> Connection:
        """A session of the backend."""
        connection = self._backend.connect(user, password)
        connection.use(SCHEMA)
        return connection

    def close(self) -> None:
        """Close the backend and remove the database."""
        self._backend.close()
        self._database.close()


def open_files(patterns: Sequence[str]) -> FilesBackend:
    """Load files, folders and patterns, each file or sheet as a table. Raises ``FilesError``, a ``SettingsError``."""
    database = FilesDatabase(patterns)
    database.open()
    try:
        for table in database.tables:
            log.info("table_loaded", **table.report())
        return FilesBackend(database, open_backend(database.url))
    except BaseException:
        database.close()
        raise
