"""Any SQLAlchemy URL: on MariaDB by PyMySQL, which nothing here was written for."""

import threading
from collections.abc import Iterator

import pytest

from plugins.upstream import UpstreamError
from proxy.upstreams.backends.base import AlchemyBackend, open_any
from proxy.upstreams.types import Connection, Done
from proxy.wire.columns import ColumnType
from tests.proxy.upstreams.backends.test_sessions import done, failure, query, rows_of
from tests.support.rows import as_value, read_binary, read_text
from tests.support.shop_server import ShopServer

T = ColumnType


@pytest.fixture(scope="module")
def backend(mariadb: ShopServer) -> AlchemyBackend:
    return open_any(f"mysql+pymysql://{mariadb.host}:{mariadb.port}/scratch")


@pytest.fixture
def session(backend: AlchemyBackend) -> Iterator[Connection]:
    connection = backend.connect("app", "secret")
    done(connection, "CREATE TABLE any_url (id integer PRIMARY KEY, name varchar(20)) ENGINE=InnoDB")
    done(connection, "INSERT INTO any_url VALUES (1, 'one'), (2, '100%')")
    yield connection
    connection.rollback()
    connection.set_read_only(False)
    done(connection, "DROP TABLE any_url")
    connection.close()


def test_what_it_is(backend: AlchemyBackend) -> None:
    assert (backend.dialect, backend.has_accounts, backend.database_name) == ("mysql", True, "scratch")


@pytest.mark.parametrize(
    ("user", "password"), [("app", "wrong"), ("nobody_here", "secret"), ("", "secret"), ("open", "")]
)
def test_denied(backend: AlchemyBackend, user: str, password: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        backend.connect(user, password)
    assert caught.value.number == 1045
    assert "secret" not in caught.value.message


def test_no_server() -> None:
    with pytest.raises(UpstreamError) as caught:
        open_any("mysql+pymysql://127.0.0.1:1/x").connect("app", "secret")
    assert caught.value.number == 1158


def test_counts_and_rows(session: Connection) -> None:
    assert done(session, "UPDATE any_url SET name = 'x' WHERE id = 1") == Done(1)
    assert query(session, "SELECT id, name FROM any_url WHERE name LIKE '%' ORDER BY id") == [
        [b"1", b"x"],
        [b"2", b"100%"],
    ]
    assert query(session, "SELECT id FROM any_url WHERE 1 = 0") == []


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("7", T.LONGLONG, b"7"),
        ("18446744073709551615", T.NEWDECIMAL, b"18446744073709551615"),
        ("1.50", T.NEWDECIMAL, b"1.50"),
        ("1e300", T.DOUBLE, b"1e+300"),
        ("'é♥'", T.VAR_STRING, "é♥".encode()),
        ("x'00ff'", T.BLOB, b"\x00\xff"),
        ("DATE '2026-01-31'", T.DATE, b"2026-01-31"),
        ("TIMESTAMP '2026-01-31 12:34:56'", T.DATETIME, b"2026-01-31 12:34:56"),
        ("TIME '-12:34:56'", T.TIME, b"-12:34:56"),
        ("NULL", T.VAR_STRING, None),
    ],
)
def test_types(session: Connection, value: str, kind: ColumnType, text: bytes | None) -> None:
    rows = rows_of(session, f"SELECT {value} AS x")
    (column,) = rows.columns
    assert (column.name, column.type) == ("x", kind)
    assert read_text(rows) == [[text]]
    assert read_binary(rows_of(session, f"SELECT {value} AS x")) == [[as_value(text, column)]]


def test_transactions(backend: AlchemyBackend, session: Connection) -> None:
    other = backend.connect("app", "secret")
    session.begin(read_only=False)
    done(session, "INSERT INTO any_url VALUES (3, 'three')")
    session.savepoint("a")
    done(session, "DELETE FROM any_url")
    session.rollback_to("a")
    session.release("a")
    assert session.in_transaction
    assert query(session, "SELECT count(*) FROM any_url") == [[b"3"]]
    assert query(other, "SELECT count(*) FROM any_url") == [[b"2"]]
    session.rollback()
    session.begin(read_only=False)
    done(session, "DELETE FROM any_url WHERE id = 1")
    session.commit()
    assert query(other, "SELECT count(*) FROM any_url") == [[b"1"]]
    other.close()


@pytest.mark.parametrize("way", ["transaction", "session"])
@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO any_url VALUES (9, 'x')",
        "DELETE FROM any_url",
        "DROP TABLE any_url",
        "SELECT * FROM any_url FOR UPDATE",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "SELECT 1; DELETE FROM any_url",
        "SET autocommit = 1",
        "COMMIT",
        "CALL something()",
        "not even SQL (",
    ],
)
def test_read_only(session: Connection, way: str, sql: str) -> None:
    if way == "session":
        session.set_read_only(True)
    else:
        session.begin(read_only=True)
    assert failure(session, sql).number == 1792
    assert query(session, "WITH a AS (SELECT 1) SELECT count(*) FROM any_url, a") == [[b"2"]]


def test_large_results_stream(session: Connection) -> None:
    rows = rows_of(session, "SELECT seq, repeat('x', 100) FROM seq_1_to_300000")
    batches = iter(rows.batches(binary=False, codec="utf-8"))
    assert len(next(batches)) > 0
    rows.close()


def test_errors(session: Connection) -> None:
    assert failure(session, "INSERT INTO any_url VALUES (1, 'again')").number == 1062
    assert failure(session, "SELECT * FROM nowhere").number in (1064, 1146)
    assert query(session, "SELECT count(*) FROM any_url") == [[b"2"]]


def test_what_cannot_be_said_in_all_databases(session: Connection) -> None:
    session.use("scratch")
    with pytest.raises(UpstreamError) as caught:
        session.use("elsewhere")
    assert caught.value.number == 1049


def test_cancel_does_nothing_where_the_driver_cannot(session: Connection) -> None:
    timer = threading.Timer(0.05, session.cancel)
    timer.start()
    assert query(session, "SELECT 1 + SLEEP(0.2)") == [[b"1"]]
    timer.join()
