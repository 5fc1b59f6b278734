"""Files as a test writes them, and the tables that they become."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from proxy.upstreams.files import FilesDatabase

Write = Callable[[str, str | bytes], str]


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where databases are made in this test."""
    (folder := tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, content: str | bytes) -> str:
        (path := tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write_file


def load(*patterns: str, table: str = "") -> tuple[list[tuple[str, str]], list[tuple[Any, ...]]]:
    """-> (name and type of each column, rows) of the first table, or of the one named."""
    with FilesDatabase(patterns) as database, duckdb.connect(database.path) as connection:
        name = f'files."{table or database.tables[0].name}"'
        columns = [(column, kind) for column, kind, *_ in connection.execute(f"DESCRIBE {name}").fetchall()]
        return columns, connection.execute(f"FROM {name}").fetchall()
