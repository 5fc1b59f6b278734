"""DuckDB: a file is opened, shut off from the rest of the machine, and cleared of what it cannot drop by itself."""

from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from plugins.upstream import UpstreamError
from proxy.upstreams import sequence_names
from proxy.upstreams.backends.duckdb import DuckDBBackend
from tests.proxy.upstreams.backends.test_sessions import failure, query


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.duckdb"


def opened(path: Path, **options: str) -> DuckDBBackend:
    return DuckDBBackend(sa.URL.create("duckdb", database=str(path), query=options))


def make(path: Path, *statements: str) -> None:
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)


def sequences(path: Path) -> set[str]:
    with duckdb.connect(str(path)) as connection:
        return {name for (name,) in connection.execute("SELECT sequence_name FROM duckdb_sequences()").fetchall()}


def test_sequences_that_dropped_tables_left_go_when_the_file_is_opened(path: Path) -> None:
    used, left, elsewhere = sequence_names.new(), sequence_names.new(), sequence_names.new()
    make(
        path,
        "CREATE SEQUENCE order_ids",
        f"CREATE SEQUENCE {used}",
        f"CREATE TABLE t (a INTEGER DEFAULT nextval('\"{used}\"'))",
        f"CREATE SEQUENCE {left}",
        'CREATE SCHEMA "o""dd"',
        f'CREATE SEQUENCE "o""dd".{elsewhere}',
    )
    opened(path).close()
    assert sequences(path) == {"order_ids", used}


def test_a_file_that_may_only_be_read_is_left_as_it_is(path: Path) -> None:
    left = sequence_names.new()
    make(path, "CREATE TABLE t AS SELECT 1 AS a", f"CREATE SEQUENCE {left}")
    backend = opened(path, access_mode="read_only")
    session = backend.connect("", "")
    assert query(session, "SELECT a FROM t") == [[b"1"]]
    assert failure(session, "INSERT INTO t VALUES (2)").number == 1792
    session.close()
    backend.close()
    assert sequences(path) == {left}


def test_what_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 something else" * 500)
    with pytest.raises(UpstreamError, match="The database cannot be opened: ") as caught:
        opened(path)
    assert caught.value.number == 1105
    with pytest.raises(UpstreamError, match="cannot be opened"):
        opened(path.parent / "no such folder" / "x.duckdb")
    with pytest.raises(UpstreamError, match="cannot be opened"):
        opened(path.parent / "new.duckdb", no_such_option="1")


def test_the_database_is_named_after_its_file(path: Path) -> None:
    for backend, name in ((opened(path), "warehouse"), (DuckDBBackend(sa.make_url("duckdb://")), "memory")):
        assert backend.database_name == name
        backend.close()


def test_what_comes_before_may_read_files_and_nothing_after_it(path: Path) -> None:
    """``prepare`` has the whole machine, a session has nothing of it, nor can it open that again."""
    table = path.with_name("table.csv")
    table.write_text("a\n7\n")
    read = f"SELECT a FROM read_csv('{table}')"

    def prepare(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(f"CREATE TABLE t AS {read}")

    backend = DuckDBBackend(sa.make_url("duckdb://"), prepare)
    session = backend.connect("", "")
    assert query(session, "SELECT a FROM t") == [[b"7"]]
    assert failure(session, read).number != 0
    for setting in ("enable_external_access = true", "python_enable_replacements = true"):
        assert failure(session, f"SET {setting}").number == 1227
    names = ("autoinstall_known_extensions", "autoload_known_extensions", "allow_community_extensions")
    for name in (*names, "python_enable_replacements", "enable_external_access"):
        assert query(session, f"SELECT current_setting('{name}')") == [[b"0"]], name
    assert failure(session, f"COPY t TO '{table}'").number == 1227
    assert failure(session, "SELECT * FROM cursor").number == 1146, "a variable of Python's"
    backend.close()
