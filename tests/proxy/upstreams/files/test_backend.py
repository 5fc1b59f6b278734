import tempfile
from pathlib import Path

import pytest

from plugins import UpstreamError
from proxy.upstreams.files import FilesBackend, FilesError, open_files


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where databases are made in this test."""
    (folder := tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def read(backend: FilesBackend, sql: str) -> list[bytes]:
    """The text rows of a statement."""
    connection = backend.connect("", "")
    try:
        result = connection.execute(sql)
        return [row for batch in result.batches(binary=False, codec="utf-8") for row in batch]  # type: ignore[union-attr]
    finally:
        connection.close()


def test_a_session_is_in_the_schema_of_the_files(tmp_path: Path, temporary: Path) -> None:
    (tmp_path / "sales.csv").write_text("a\n1\n")
    backend = open_files([str(tmp_path / "sales.csv")])
    try:
        assert (backend.default_schema, backend.has_accounts, backend.dialect) == ("files", False, "duckdb")
        assert [table.name for table in backend.tables] == ["sales"]
        assert read(backend, "SELECT a FROM sales") == [b"\x011"]
    finally:
        backend.close()
    assert not list(temporary.iterdir())


def test_nothing_is_left_of_a_bad_file(tmp_path: Path, temporary: Path) -> None:
    (tmp_path / "bad.csv").write_text("a,b\n1\n")
    with pytest.raises(FilesError, match=r"bad\.csv: line 2"):
        open_files([str(tmp_path)])
    assert not list(temporary.iterdir())


@pytest.mark.parametrize(
    "attack",
    [
        "FROM read_text('{file}')",
        "FROM '{file}'",
        "FROM read_csv('{file}')",
        "FROM glob('{folder}/*')",
        "FROM query('FROM read_text(''{file}'')')",
        "COPY files.a TO '{folder}/out.csv'",
        "EXPORT DATABASE '{folder}/out'",
        "ATTACH '{folder}/other.duckdb'",
        "INSTALL httpfs",
        "LOAD '{folder}/x.duckdb_extension'",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SET log_query_path = '{folder}/log'",
        "SET temp_directory = '{folder}/spill'",
        "PRAGMA profiling_output = '{folder}/profile'",
        "CALL enable_logging(storage = 'file', storage_config = {{'path': '{folder}/log'}})",
        "FROM system.main.\"enable_logging\"(storage = 'file', storage_config = {{'path': '{folder}/log'}})",
        "FROM enable_profiling(format = 'json', save_location = '{folder}/p.json')",
    ],
)
def test_no_sql_reaches_another_file(tmp_path: Path, temporary: Path, attack: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a\n1\n")
    backend = open_files([str(file)])
    before = sorted(tmp_path.iterdir())
    try:
        with pytest.raises(UpstreamError):
            read(backend, attack.format(file=file, folder=tmp_path))
        assert read(backend, "SELECT a FROM files.a") == [b"\x011"]
    finally:
        backend.close()
    assert sorted(tmp_path.iterdir()) == before
