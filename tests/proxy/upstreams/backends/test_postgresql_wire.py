"""One libpq connection: whatever a statement does, the next one finds it in step."""

import threading
from collections.abc import Iterator

import pytest

from plugins.upstream import UpstreamError
from proxy.upstreams.backends.postgresql_wire import CHUNK, Wire
from tests.support.postgres import PostgresServer


@pytest.fixture
def wire(postgres: PostgresServer) -> Iterator[Wire]:
    with postgres.connect() as connection:
        yield Wire(connection)


def cells(wire: Wire, sql: str, before: tuple[str, ...] = ()) -> list[tuple[object, ...]]:
    return [row for chunk in wire.chunks(wire.start(sql, before)) for row in chunk]


def fails(wire: Wire, sql: str, before: tuple[str, ...] = ()) -> int:
    with pytest.raises(UpstreamError) as caught:
        cells(wire, sql, before)
    return caught.value.number


@pytest.mark.parametrize("count", [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_rows_come_in_chunks_as_their_text(wire: Wire, count: int) -> None:
    chunks = list(wire.chunks(wire.start(f"SELECT g, NULL, 'é' FROM generate_series(1, {count}) g")))
    assert all(len(chunk) <= CHUNK for chunk in chunks)
    found = [row for chunk in chunks for row in chunk]
    assert found == [(str(n).encode(), None, "é".encode()) for n in range(1, count + 1)]


@pytest.mark.parametrize("before", [(), ("SET LOCAL statement_timeout = 5000",), ("SELECT 1", "SELECT 2", "SELECT 3")])
def test_statements_of_our_own_come_first_and_say_nothing(wire: Wire, before: tuple[str, ...]) -> None:
    for _ in range(3):
        assert cells(wire, "SELECT 7", before) == [(b"7",)]
        assert fails(wire, "SELECT nope", before) == 1054
        assert fails(wire, "SELECT 1/(g - 200) FROM generate_series(1, 300) g", before) == 1365
    assert cells(wire, "SELECT 8") == [(b"8",)]


def test_where_one_of_ours_fails_the_statement_does_not_run(wire: Wire) -> None:
    wire.command("CREATE TEMPORARY TABLE ran (a int)")
    assert fails(wire, "INSERT INTO ran VALUES (1)", ("SELECT nope",)) == 1054
    assert cells(wire, "SELECT count(*) FROM ran") == [(b"0",)]


def test_what_was_not_read_is_left_behind(wire: Wire) -> None:
    wire.start("SELECT g FROM generate_series(1, 1000) g", ("SELECT 1",))
    wire.drain()
    assert cells(wire, "SELECT 2") == [(b"2",)]


@pytest.mark.parametrize("sql", ["COPY (SELECT generate_series(1, 100000)) TO STDOUT", "COPY pg_temp.c FROM STDIN"])
@pytest.mark.parametrize("before", [(), ("SELECT 1",)])
def test_copy_is_refused_and_ended(wire: Wire, sql: str, before: tuple[str, ...]) -> None:
    wire.command("CREATE TEMPORARY TABLE c (a int)")
    assert fails(wire, sql, before) == 1235
    assert cells(wire, "SELECT count(*) FROM pg_temp.c") == [(b"0",)]


def test_several_commands_at_once_and_the_first_that_fails(wire: Wire) -> None:
    assert len(wire.command("SELECT 1; SELECT 2")) == 2
    with pytest.raises(UpstreamError) as caught:
        wire.command("SELECT 1; SELECT nope; SELECT 2")
    assert caught.value.number == 1054
    assert not wire.in_transaction


def test_it_knows_of_the_transaction(wire: Wire) -> None:
    wire.command("BEGIN")
    assert (wire.in_transaction, wire.failed) == (True, False)
    assert fails(wire, "SELECT nope") == 1054
    assert (wire.in_transaction, wire.failed) == (True, True)
    assert fails(wire, "SELECT 1") == 1180
    wire.command("ROLLBACK")
    assert (wire.in_transaction, wire.failed) == (False, False)


@pytest.mark.parametrize(
    "setting",
    [
        *("DateStyle = 'German'", "IntervalStyle = 'iso_8601'", "client_encoding = 'LATIN1'"),
        "standard_conforming_strings = off",
    ],
)
def test_it_notices_that_what_cells_stand_on_was_changed(wire: Wire, setting: str) -> None:
    wire.command("SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; SET client_encoding = 'UTF8'")
    assert wire.as_expected
    wire.command(f"SET {setting}")
    assert not wire.as_expected
    wire.command("RESET ALL")


def test_a_statement_is_stopped_from_another_thread(wire: Wire) -> None:
    started = wire.start("SELECT g, pg_sleep(0.001) FROM generate_series(1, 100000) g")
    stopper = threading.Thread(target=wire._interrupt)
    stopper.start()
    with pytest.raises(UpstreamError) as caught:
        list(wire.chunks(started))
    stopper.join()
    assert caught.value.number == 1317
    assert cells(wire, "SELECT 1") == [(b"1",)]


@pytest.mark.parametrize("before", [(), ("SELECT 1",)])
def test_a_connection_that_is_gone_is_told(wire: Wire, postgres: PostgresServer, before: tuple[str, ...]) -> None:
    ((pid,),) = cells(wire, "SELECT pg_backend_pid()")
    assert isinstance(pid, bytes)
    with postgres.administrator() as administrator:
        administrator.execute(f"SELECT pg_terminate_backend({int(pid)}, 10000)".encode())
    assert fails(wire, "SELECT 1", before) == 1158
    wire.drain()
    assert fails(wire, "SELECT 1") == 1158
