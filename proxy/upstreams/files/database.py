"""The DuckDB database that files are loaded into."""

import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from proxy.upstreams.files.delimited import read_delimited
from proxy.upstreams.files.documents import read_json, read_parquet
from proxy.upstreams.files.encodings import stage
from proxy.upstreams.files.names import Names, column_names, reserved_words
from proxy.upstreams.files.raw import RawTable
from proxy.upstreams.files.sheets import read_sheets
from proxy.upstreams.files.sources import FilesError, Source, find_sources
from proxy.upstreams.quoting import literal, quoted

SCHEMA = "files"


@dataclass(frozen=True, slots=True)
class LoadedTable:
    """A table of the schema ``files``. ``size_bytes``: of the file; ``notes``: what people should know of it."""

    name: str
    path: Path
    rows: int
    columns: int
    size_bytes: int
    notes: tuple[str, ...]

    def report(self) -> dict[str, Any]:
        """What a log says of it."""
        return {
            "table": f"{SCHEMA}.{self.name}",
            "rows": self.rows,
            "columns": self.columns,
            "file": str(self.path),
            "size_bytes": self.size_bytes,
            "notes": "; ".join(self.notes),
        }


class FilesDatabase:
    """A context manager: ``open`` loads the files, ``close`` removes the database, which is a temporary file.

    Between the two nobody but DuckDB's backend, which shuts SQL off from all files, opens it.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        """``patterns``: paths, folders and patterns like ``exports/*.csv``."""
        self._patterns = tuple(patterns)
        self._folder = Path()
        self.tables: tuple[LoadedTable, ...] = ()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def open(self) -> None:
        """Make the database and load the files. Raises ``FilesError``; nothing is left behind then."""
        sources = find_sources(self._patterns)
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="askwire-files-"))
            with duckdb.connect(self.path) as connection:
                self.tables = tuple(_load(connection, sources, self._folder))
        except (OSError, duckdb.Error) as error:
            self.close()
            raise FilesError(f"the temporary database of the files cannot be made: {error}") from error
        except BaseException:
            self.close()
            raise

    @property
    def path(self) -> Path:
        """The database file; its name is what it is called as a database."""
        return self._folder / "askwire.duckdb"

    @property
    def url(self) -> str:
        """For SQLAlchemy."""
        return f"duckdb:///{self.path}"

    def close(self) -> None:
        """Remove the database; harmless when repeated."""
        if self._folder != Path():
            shutil.rmtree(self._folder, ignore_errors=True)


def _load(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], folder: Path) -> Iterator[LoadedTable]:
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    reserved = reserved_words()
    names = Names(reserved, digit_prefix="t_", nameless="table")
    for source in sources:
        try:
            for raw in _read(connection, source, folder):
                yield _keep(connection, source, raw, names, reserved)
        except duckdb.Error as error:
            raise source.fault(_reason(error, folder)) from error
        except OSError as error:
            raise source.fault(error.strerror or str(error)) from error
        except (EOFError, zlib.error) as error:
            raise source.fault(f"cannot be unpacked: {error}") from error


def _read(connection: duckdb.DuckDBPyConnection, source: Source, folder: Path) -> Iterator[RawTable]:
    if source.format == "sheets":
        yield from read_sheets(connection, source)
        return
    if source.format == "parquet":
        staged = folder / "input.parquet"
        staged.unlink(missing_ok=True)
        staged.symlink_to(source.path.resolve())
        yield read_parquet(connection, source, staged)
        return
    staged, encoding = stage(source, folder)
    reader = read_json if source.format in ("json", "ndjson") else read_delimited
    raw = reader(connection, source, staged)
    yield raw if encoding == "utf-8" else RawTable(raw.name, raw.relation, raw.columns, (*raw.notes, f"in {encoding}"))
    staged.unlink()


def _keep(
    connection: duckdb.DuckDBPyConnection, source: Source, raw: RawTable, names: Names, reserved: frozenset[str]
) -> LoadedTable:
    name = names.give(raw.name)
    table = f"{SCHEMA}.{quoted(name)}"
    columns = column_names((column.heading for column in raw.columns), reserved)
    named = list(zip(raw.columns, columns, strict=True))
    selected = ", ".join(f"{column.expression} AS {quoted(called)}" for column, called in named)
    connection.execute(f"CREATE TABLE {table} AS SELECT {selected} FROM {raw.relation}")
    connection.execute(f"COMMENT ON TABLE {table} IS {literal('; '.join([source.path.name, *raw.notes]))}")
    for column, called in named:
        if column.heading not in ("", called):
            connection.execute(f"COMMENT ON COLUMN {table}.{quoted(called)} IS {literal(column.heading)}")
    found = connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()
    assert found is not None
    notes = raw.notes if name == names.plain(raw.name) else (*raw.notes, f"{names.plain(raw.name)} was taken")
    return LoadedTable(name, source.path, found[0], len(columns), source.path.stat().st_size, notes)


def _reason(error: duckdb.Error, folder: Path) -> str:
    """The first line of DuckDB's message, without the kind of error and the place of the copy."""
    line = re.sub(r"^[\w ]+ Error: ", "", str(error).strip()).splitlines()[0]
    staged = rf"(in |for )?(the )?(file )?['\"]?{re.escape(str(folder))}/input[.\w]*['\"]?,? ?"
    line = re.sub(rf"\bof {staged}", "of the file", line, flags=re.IGNORECASE)
    return re.sub(staged, "", line, flags=re.IGNORECASE).strip()
