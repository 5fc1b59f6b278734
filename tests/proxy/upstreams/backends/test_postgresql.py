"""Log-in to PostgreSQL."""

import socket
import threading

import pytest

from plugins.upstream import UpstreamError
from proxy.upstreams.backends import open_backend
from proxy.upstreams.types import Backend
from tests.proxy.upstreams.backends.test_sessions import failure, query
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
