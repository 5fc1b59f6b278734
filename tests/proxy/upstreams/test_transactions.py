"""Transaction statements, and what they make of a connection; the connection itself is recorded here, not run."""

from typing import cast

import pytest

from plugins import UpstreamError
from proxy.upstreams.transactions import Transactions
from proxy.upstreams.types import Connection
from proxy.wire.ends import AUTOCOMMIT, IN_READ_ONLY_TRANSACTION, IN_TRANSACTION


class Recorded:
    def __init__(self) -> None:
        self.calls: list[str] = []
        self.in_transaction = False

    def begin(self, *, read_only: bool) -> None:
        self.calls.append("begin read only" if read_only else "begin")
        self.in_transaction = True

    def commit(self) -> None:
        if self.in_transaction:
            self.calls.append("commit")
        self.in_transaction = False

    def rollback(self) -> None:
        if self.in_transaction:
            self.calls.append("rollback")
        self.in_transaction = False

    def savepoint(self, name: str) -> None:
        self.calls.append(f"savepoint {name}")

    def rollback_to(self, name: str) -> None:
        self.calls.append(f"rollback to {name}")

    def release(self, name: str) -> None:
        self.calls.append(f"release {name}")

    def set_read_only(self, read_only: bool) -> None:
        self.calls.append(f"read only {read_only}")


@pytest.fixture
def connection() -> Recorded:
    return Recorded()


@pytest.fixture
def transactions(connection: Recorded) -> Transactions:
    return Transactions(cast(Connection, connection))


@pytest.mark.parametrize(
    ("statements", "calls"),
    [
        (["BEGIN", "COMMIT"], ["begin", "commit"]),
        (["start transaction read only", "ROLLBACK WORK"], ["begin read only", "rollback"]),
        (["START TRANSACTION WITH CONSISTENT SNAPSHOT, READ WRITE", "BEGIN"], ["begin", "commit", "begin"]),
        (["BEGIN", "COMMIT AND CHAIN"], ["begin", "commit", "begin"]),
        (["BEGIN", "COMMIT AND NO CHAIN NO RELEASE"], ["begin", "commit"]),
        (["COMMIT"], []),
        (["BEGIN", "SAVEPOINT a", "ROLLBACK TO SAVEPOINT A"], ["begin", "savepoint s_a", "rollback to s_a"]),
        (["BEGIN", "SAVEPOINT `a b`", "RELEASE SAVEPOINT `a b`"], ["begin", "savepoint s_a b", "release s_a b"]),
        (["SAVEPOINT a"], []),
    ],
)
def test_statements(connection: Recorded, transactions: Transactions, statements: list[str], calls: list[str]) -> None:
    assert all(transactions.take(statement) for statement in statements)
    assert connection.calls == calls


@pytest.mark.parametrize("text", ["SELECT 1", "BEGINNING", "COMMIT x", "ROLLBACK TO", "START SLAVE", "SAVEPOINT a b"])
def test_what_is_no_transaction_statement(transactions: Transactions, text: str) -> None:
    assert not transactions.take(text)


def test_status(transactions: Transactions) -> None:
    assert transactions.status == AUTOCOMMIT
    transactions.take("START TRANSACTION READ ONLY")
    assert transactions.status == AUTOCOMMIT | IN_TRANSACTION | IN_READ_ONLY_TRANSACTION
    transactions.take("COMMIT")
    transactions.set_autocommit(False)
    assert transactions.status == 0


def test_without_autocommit_a_statement_begins(connection: Recorded, transactions: Transactions) -> None:
    transactions.set_autocommit(False)
    with transactions.statement(schema=False):
        assert not connection.in_transaction  # it may ask the session only
        transactions.reach()
        transactions.reach()
        assert connection.in_transaction
    with transactions.statement(schema=True):
        transactions.reach()
        assert not connection.in_transaction
    assert connection.calls == ["begin", "commit"]


def test_autocommit_commits_what_was_open(connection: Recorded, transactions: Transactions) -> None:
    transactions.set_autocommit(False)
    with transactions.statement(schema=False):
        transactions.reach()
    transactions.set_autocommit(True)
    assert connection.calls == ["begin", "commit"]


def test_set_transaction_counts_once(connection: Recorded, transactions: Transactions) -> None:
    transactions.set_next_read_only(True)
    with transactions.statement(schema=False):
        transactions.reach()
    with transactions.statement(schema=False):
        transactions.reach()
    assert connection.calls == ["begin read only", "commit"]


def test_set_transaction_and_an_error(connection: Recorded, transactions: Transactions) -> None:
    transactions.set_next_read_only(True)

    def fails() -> None:
        transactions.reach()
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"), transactions.statement(schema=False):
        fails()
    assert connection.calls == ["begin read only", "rollback"]


def test_set_transaction_inside_one_is_refused(transactions: Transactions) -> None:
    transactions.take("BEGIN")
    with pytest.raises(UpstreamError) as caught:
        transactions.set_next_read_only(True)
    assert caught.value.number == 1568


@pytest.mark.parametrize("statement", ["ROLLBACK TO a", "RELEASE SAVEPOINT a"])
def test_an_unknown_savepoint_is_1305(transactions: Transactions, statement: str) -> None:
    transactions.take("BEGIN")
    with pytest.raises(UpstreamError) as caught:
        transactions.take(statement)
    assert caught.value.number == 1305


def test_reset(connection: Recorded, transactions: Transactions) -> None:
    transactions.set_autocommit(False)
    transactions.take("BEGIN")
    transactions.reset()
    assert transactions.autocommit
    assert connection.calls == ["begin", "rollback", "read only False"]
