"""Transactions with PostgreSQL: what fails takes back itself, and what reads only cannot write."""

import threading

import pytest

from plugins.upstream import UpstreamError
from proxy.upstreams.backends.postgresql_session import PostgresSession
from proxy.upstreams.backends.postgresql_transactions import GUARD
from tests.proxy.upstreams.backends.conftest import Connect
from tests.proxy.upstreams.backends.test_sessions import done, failure, query


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


def test_a_failed_statement_leaves_the_clients_savepoints(postgres_connect: Connect) -> None:
    session = postgres_connect()
    done(session, "CREATE TABLE t (id integer PRIMARY KEY)")
    session.begin(read_only=False)
    for number in (1, 2):
        session.savepoint("a")
        done(session, f"INSERT INTO t VALUES ({number})")
        assert failure(session, "INSERT INTO t VALUES (1)").number == 1062
    session.rollback_to("a")
    assert query(session, "SELECT id FROM t") == [[b"1"]]
    session.commit()


def test_one_savepoint_is_held_however_many_statements_there_are(postgres_connect: Connect) -> None:
    session = postgres_connect()
    assert isinstance(session, PostgresSession)
    transactions = session._transactions
    assert transactions.before("SELECT 1") == []
    session.begin(read_only=False)
    assert query(session, "SELECT 1") == [[b"1"]]
    assert transactions.before("SELECT 1") == [f"RELEASE SAVEPOINT {GUARD}", f"SAVEPOINT {GUARD}"]


def test_a_transaction_that_failed_is_lost_and_says_so(postgres_connect: Connect) -> None:
    """No savepoint is around statements that are about savepoints."""
    session = postgres_connect()
    done(session, "CREATE TABLE t (id integer)")
    session.begin(read_only=False)
    done(session, "INSERT INTO t VALUES (1)")
    assert failure(session, "/* raw */ ROLLBACK TO SAVEPOINT nowhere").number == 1305
    assert session.in_transaction
    with pytest.raises(UpstreamError) as caught:
        session.commit()
    assert caught.value.number == 1180
    assert not session.in_transaction
    assert query(session, "SELECT count(*) FROM t") == [[b"0"]]


@pytest.mark.parametrize("statement", ["BEGIN", "START TRANSACTION", "BEGIN READ WRITE"])
def test_the_clients_own_begin_reads_only_in_a_read_only_session(postgres_connect: Connect, statement: str) -> None:
    session = postgres_connect()
    done(session, "CREATE TABLE t (id integer)")
    session.set_read_only(True)
    done(session, statement)
    assert session.in_transaction
    assert failure(session, "SET TRANSACTION READ WRITE").number in (1568, 1792)
    assert failure(session, "INSERT INTO t VALUES (1)").number == 1792


def test_a_statement_of_a_read_only_session_leaves_no_transaction(postgres_connect: Connect) -> None:
    session = postgres_connect()
    session.set_read_only(True)
    assert query(session, "SELECT 1") == [[b"1"]]
    assert failure(session, "SELECT nope").number == 1054
    assert not session.in_transaction
    session.set_read_only(False)
    done(session, "CREATE TABLE t (id integer)")
