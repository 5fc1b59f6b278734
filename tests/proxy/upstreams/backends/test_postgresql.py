"""Log-in and what is PostgreSQL's own."""

import socket
import threading

import pytest

from plugins.upstream import UpstreamError
from proxy.upstreams.backends import open_backend
from proxy.upstreams.backends.postgresql_session import PostgresSession
from proxy.upstreams.types import Backend
from tests.proxy.upstreams.backends.conftest import Connect
from tests.proxy.upstreams.backends.test_sessions import done, failure, query
from tests.support.postgres import PostgresServer, postgres_server


@pytest.mark.parametrize(
    ("user", "password", "message"),
    [
        ("app", "wrong", "Access denied for user 'app' (using password: YES)"),
        ("nowhere", "secret", "Access denied for user 'nowhere' (using password: YES)"),
        ("locked", "secret", "Access denied for user 'locked' (using password: YES)"),
        ("postgres", "", "Access denied for user 'postgres' (using password: NO)"),
        ("app", "", "Access denied for user 'app' (using password: NO)"),
        ("", "secret", "Access denied for user '' (using password: YES)"),
        ("app\0", "secret", "Access denied for user 'app\0' (using password: YES)"),
        ("app", "secret\0", "Access denied for user 'app' (using password: YES)"),
        (
            "app' host=/tmp user='postgres",
            "secret",
            "Access denied for user 'app' host=/tmp user='postgres' (using password: YES)",
        ),
    ],
)
def test_denied(postgres_backend: Backend, user: str, password: str, message: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        postgres_backend.connect(user, password)
    assert (caught.value.number, caught.value.sqlstate, caught.value.message) == (1045, "28000", message)


def test_the_password_of_the_environment_is_nobodys(postgres_backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "secret")
    with pytest.raises(UpstreamError) as caught:
        postgres_backend.connect("app", "")
    assert caught.value.number == 1045


def test_a_server_that_trusts_everybody_is_refused() -> None:
    """It trusts the gateway's host; that says nothing about the gateway's clients."""
    with postgres_server() as server:
        hba = server.folder / "data" / "pg_hba.conf"
        hba.write_text("local all postgres trust\nhost all all 127.0.0.1/32 trust\n")
        server.run_sql("SELECT pg_reload_conf()")
        backend = open_backend(server.url())
        for user in ("app", "postgres"):
            with pytest.raises(UpstreamError) as caught:
                backend.connect(user, "anything").close()
            assert caught.value.number == 1045


def test_no_such_database(postgres: PostgresServer) -> None:
    with pytest.raises(UpstreamError) as caught:
        open_backend(postgres.url("nowhere")).connect("app", "secret")
    assert (caught.value.number, caught.value.message) == (1049, "Unknown database 'nowhere'")


def test_no_server() -> None:
    with pytest.raises(UpstreamError) as caught:
        open_backend("postgresql://127.0.0.1:1/x").connect("app", "secret")
    assert (caught.value.number, caught.value.sqlstate) == (1158, "08S01")


@pytest.mark.parametrize("doing", ["starting up", "shutting down", "in recovery mode", "not yet accepting connections"])
def test_a_server_that_takes_no_log_ins_now(doing: str) -> None:
    """That is no wrong password: who hears so would be asked for another one, and an orchestrator would go on."""
    fields = {"S": "FATAL", "V": "FATAL", "C": "57P03", "M": f"the database system is {doing}"}
    body = "".join(f"{key}{value}\0" for key, value in fields.items()).encode() + b"\0"

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            for _ in range(2):  # the question whether it speaks TLS, and the start of a session
                size = int.from_bytes(connection.recv(4))
                asked = connection.recv(size - 4)
                connection.sendall(b"N" if len(asked) == 4 else b"E" + (4 + len(body)).to_bytes(4) + body)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        with pytest.raises(UpstreamError) as caught:
            open_backend(f"postgresql://127.0.0.1:{listener.getsockname()[1]}/x").connect("app", "secret")
        thread.join()
    assert (caught.value.number, caught.value.sqlstate) == (1158, "08S01")
    assert "takes no log-ins now" in caught.value.message


def test_sessions_are_the_persons_own(postgres: PostgresServer, postgres_backend: Backend) -> None:
    postgres.run_sql("CREATE TABLE secrets (owner text)", "INSERT INTO secrets VALUES ('app'), ('reader')")
    try:
        session = postgres_backend.connect("reader", "secret")
        assert query(session, "SELECT current_user, session_user") == [[b"reader", b"reader"]]
        error = failure(session, "SELECT * FROM secrets")
        assert (error.number, error.sqlstate) == (1142, "42000")
        postgres.run_sql(
            "ALTER TABLE secrets ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY own ON secrets USING (owner = current_user)",
            "GRANT SELECT ON secrets TO reader",
        )
        assert query(session, "SELECT * FROM secrets") == [[b"reader"]]
        assert failure(session, "SET ROLE postgres").number == 1142
        session.close()
    finally:
        postgres.run_sql("DROP TABLE secrets")


@pytest.mark.parametrize("transaction", [False, True])
@pytest.mark.parametrize("while_it_runs", [False, True])
def test_a_server_that_went_away(
    postgres: PostgresServer, postgres_connect: Connect, transaction: bool, while_it_runs: bool
) -> None:
    session = postgres_connect()
    ((pid,),) = query(session, "SELECT pg_backend_pid()")
    assert pid is not None
    if transaction:
        session.begin(read_only=False)
    end = threading.Timer(0.3 if while_it_runs else 0, postgres.run_sql, (f"SELECT pg_terminate_backend({int(pid)})",))
    end.start()
    if not while_it_runs:
        end.join()
    for sql in ("SELECT pg_sleep(60)" if while_it_runs else "SELECT 1", "SELECT 1"):
        error = failure(session, sql)
        assert (error.number, error.sqlstate) == (1158, "08S01")
    end.join()


@pytest.mark.parametrize("transaction", [False, True])
@pytest.mark.parametrize(
    "sql",
    [
        "COPY pg_class TO STDOUT",
        "COPY pg_class (relname) FROM STDIN",
        "COPY (SELECT generate_series(1, 1000000)) TO STDOUT",
        "/* /* */ */ COPY (SELECT generate_series(1, 1000000)) TO STDOUT",
        "/* /* */ */ COPY t FROM STDIN",
    ],
)
def test_copy_has_no_place(postgres_connect: Connect, sql: str, transaction: bool) -> None:
    session = postgres_connect()
    done(session, "CREATE TABLE t (a text)")
    if transaction:
        session.begin(read_only=False)
    assert failure(session, sql).number == 1235
    assert query(session, "SELECT 1") == [[b"1"]]
    assert session.in_transaction == transaction


def test_settings_outlive_a_rollback(postgres_connect: Connect) -> None:
    """In MySQL they are the session's, not the transaction's."""
    session = postgres_connect()
    done(session, "CREATE SCHEMA IF NOT EXISTS other")
    session.begin(read_only=False)
    session.use("other")
    session.set_time_zone("Asia/Tokyo")
    session.rollback()
    assert query(session, "SELECT current_schema(), current_setting('TimeZone')") == [[b"other", b"Asia/Tokyo"]]
    done(session, "DROP SCHEMA other")


def test_discard_all_leaves_the_session_usable(postgres_connect: Connect) -> None:
    session = postgres_connect()
    session.use("work")
    done(session, "SET bytea_output = 'escape'")
    done(session, "DISCARD ALL")
    assert query(session, "SELECT '\\xff'::bytea, current_schema()") == [[b"\xff", b"work"]]


def test_a_deadlock_takes_the_whole_transaction(postgres_connect: Connect) -> None:
    one, two = postgres_connect(), postgres_connect()
    done(one, "CREATE TABLE t (id integer PRIMARY KEY, n integer)")
    done(one, "INSERT INTO t VALUES (1, 0), (2, 0)")
    one.begin(read_only=False)
    two.begin(read_only=False)
    done(one, "UPDATE t SET n = 1 WHERE id = 1")
    done(two, "UPDATE t SET n = 1 WHERE id = 2")
    errors: list[UpstreamError] = []

    def wait(session: object, number: int) -> None:
        try:
            done(session, f"UPDATE t SET n = 2 WHERE id = {number}")  # type: ignore[arg-type]
        except UpstreamError as error:
            errors.append(error)

    thread = threading.Thread(target=wait, args=(one, 2))
    thread.start()
    wait(two, 1)
    thread.join()
    (error,) = errors
    assert (error.number, error.sqlstate) == (1213, "40001")
    assert [one.in_transaction, two.in_transaction].count(False) == 1
    one.rollback()
    two.rollback()


@pytest.mark.parametrize(
    ("sql", "number", "sqlstate"),
    [
        ("SELECT 1 / 0", 1365, "22012"),
        ("SELECT 'x'::int", 1366, "HY000"),
        ("SELECT '2026-02-30'::date", 1292, "22007"),
        ("SELECT 70000::int2", 1264, "22003"),
        ("SELECT (SELECT generate_series(1, 2))", 1242, "21000"),
        ("SELECT a, count(*) FROM (VALUES (1)) v(a)", 1055, "42000"),
        ("SELECT * FROM nowhere.t", 1146, "42S02"),
        ("DROP SCHEMA nowhere", 1049, "42000"),
        ("CREATE SCHEMA work", 1007, "HY000"),
        ("INSERT INTO pg_class DEFAULT VALUES", 1142, "42000"),
        ("SELECT lo_import('/etc/passwd')", 1370, "42000"),
        ("SELECT pg_read_file('/etc/passwd')", 1370, "42000"),
        ("ROLLBACK TO SAVEPOINT nowhere", 1305, "42000"),
    ],
)
def test_errors(postgres_connect: Connect, sql: str, number: int, sqlstate: str) -> None:
    error = failure(postgres_connect(), sql)
    assert (error.number, error.sqlstate) == (number, sqlstate)


def test_lock_wait(postgres_connect: Connect) -> None:
    one, two = postgres_connect(), postgres_connect()
    done(one, "CREATE TABLE t (id integer PRIMARY KEY)")
    done(one, "INSERT INTO t VALUES (1)")
    one.begin(read_only=False)
    done(one, "DELETE FROM t")
    done(two, "SET lock_timeout = '50ms'")
    error = failure(two, "DELETE FROM t")
    assert (error.number, error.sqlstate) == (1205, "HY000")
    one.rollback()


@pytest.mark.parametrize("transaction", [False, True])
def test_an_old_libpq_reads_row_by_row(postgres_connect: Connect, transaction: bool) -> None:
    """Before version 17 it has no chunks."""
    session = postgres_connect()
    assert isinstance(session, PostgresSession)
    session._wire._chunked = False
    if transaction:
        session.begin(read_only=False)
    assert query(session, "SELECT * FROM generate_series(1, 3)") == [[b"1"], [b"2"], [b"3"]]
    assert failure(session, "SELECT nope").number == 1054
    assert query(session, "SELECT 1 WHERE 1 = 0") == []
