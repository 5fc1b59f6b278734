"""JSON, NDJSON and Parquet, which say their types themselves.

A JSON value whose type changes from row to row becomes text.
"""

from pathlib import Path

import duckdb

from proxy.upstreams.files.raw import Column, RawTable
from proxy.upstreams.files.sources import Source
from proxy.upstreams.quoting import literal, quoted

# Of one JSON object; DuckDB's own limit is 16 MiB.
MAX_OBJECT_BYTES = 256 << 20


def read_json(connection: duckdb.DuckDBPyConnection, source: Source, staged: Path) -> RawTable:
    """One object a line, or an array of objects. Raises ``FilesError``, ``duckdb.Error``."""
    layout = "newline_delimited" if source.format == "ndjson" else "auto"
    reader = (
        f"read_json({literal(str(staged))}, format='{layout}', records=true, sample_size=-1, "
        f"maximum_object_size={MAX_OBJECT_BYTES})"
    )
    try:
        return _raw(connection, source, reader)
    except duckdb.BinderException as error:
        if "expected records" in str(error):
            raise source.fault("holds no objects, which would be the rows") from error
        raise


def read_parquet(connection: duckdb.DuckDBPyConnection, source: Source, staged: Path) -> RawTable:
    """Raises ``duckdb.Error``."""
    return _raw(connection, source, f"read_parquet({literal(str(staged))})")


def _raw(connection: duckdb.DuckDBPyConnection, source: Source, reader: str) -> RawTable:
    described = connection.execute(f"DESCRIBE FROM {reader}").fetchall()
    columns = tuple(
        Column(name, f"{quoted(name)} ->> '$'" if kind == "JSON" else quoted(name)) for name, kind, *_ in described
    )
    return RawTable(source.stem, reader, columns)
