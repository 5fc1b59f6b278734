"""Files as a database: each CSV, JSON or Parquet file, and each sheet of a spreadsheet, is a table in DuckDB."""

from proxy.upstreams.files.backend import FilesBackend, open_files
from proxy.upstreams.files.database import FilesDatabase, LoadedTable
from proxy.upstreams.files.sources import FilesError

__all__ = ["FilesBackend", "FilesDatabase", "FilesError", "LoadedTable", "open_files"]
