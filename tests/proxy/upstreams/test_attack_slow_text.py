"""Texts that make a look at a statement take for ever: Python's ``re`` holds the lock that every session needs."""

import contextlib
import sqlite3
from collections.abc import Callable

import pytest

from plugins import UpstreamError
from proxy.upstreams import explain, statements
from proxy.upstreams.backends import duckdb_guard, postgresql_transactions, sqlite_session
from proxy.upstreams.dialect.sqlite_functions import register
from proxy.upstreams.metadata import version_comments
from proxy.upstreams.transactions import Transactions

N = 20_000
pytestmark = pytest.mark.timeout(60)


def transaction(text: str) -> object:
    return Transactions(None).take(text)  # type: ignore[arg-type]  # it is no statement, so nothing is called


LOOKS: list[tuple[Callable[[str], object], str]] = [
    (transaction, "START TRANSACTION" + " " * N + "x"),
    (transaction, "START TRANSACTION READ ONLY" + " , " * N + "x"),
    (transaction, "COMMIT AND" + " " * N + "x"),
    (statements.SET_STATEMENT.match, "SET STATEMENT" + " " * N + "x"),
    (statements.SET_STATEMENT.match, "SET STATEMENT a=1 " + " FOR" * N),
    (statements.TIME_HINT.match, "SELECT /*+ " + "MAX_EXECUTION_TIME " * N),
    (statements.trimmed, "/*!40101" + "*" * N + "x"),
    (statements.trimmed, " " * N + "/*!" * N),
    (statements.trimmed, "/**/" * N + "/*"),
    (statements.split, "'" + "\\'" * N + ";"),
    (explain.parse_explain, "EXPLAIN " + " " * N + "FORMAT" + " " * N),
    (version_comments.unwrapped, "/*!" * N),
    (version_comments.unwrapped, "/*! " + "'\\'" * N),
    (version_comments.first_word, "/**/" * N + "/*"),
    (postgresql_transactions._CONTROL.match, "/**/" * N + "SELECT 1"),
    (sqlite_session._WORD.match, "/**/" * N + ";"),
    (duckdb_guard._EXPLAIN.match, "/**/" * N + ";"),
    (duckdb_guard._CHECKPOINT.match, "force" + " " * N + "x"),
]


@pytest.mark.parametrize(("look", "text"), LOOKS)
def test_a_look_takes_no_time(look: Callable[[str], object], text: str) -> None:
    with contextlib.suppress(UpstreamError):  # that it cannot be read
        look(text)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("mysql_conv('5', 10, 1)", None),
        ("mysql_conv('5', 10, 0)", None),
        ("mysql_conv(mysql_repeat('F', 1000000), 16, 10)", "18446744073709551615"),
        ("mysql_conv('zz', 36, 10)", "1295"),
        ("mysql_round(12345, -1000000000)", 0),
        ("mysql_truncate(1.5, 1000000000)", 1.5),
        ("mysql_repeat('a', 1000000000000)", None),
        ("mysql_space(1000000000000)", None),
        ("mysql_lpad('a', 1000000000000, 'b')", None),
        ("length(mysql_rpad('a', 1000, mysql_repeat('b', 1000000)))", 1000),
        ("mysql_like_binary(mysql_repeat('a', 5000), mysql_repeat('%a', 60) || '%b')", 0),
    ],
)
def test_a_function_of_sqlite_computes_no_more_than_mysql(call: str, expected: object) -> None:
    connection = sqlite3.connect(":memory:")
    register(connection)
    assert connection.execute(f"SELECT {call}").fetchone() == (expected,)
    connection.close()
