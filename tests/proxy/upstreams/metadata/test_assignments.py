"""SET of every kind, as assignments."""

import pytest
from sqlglot import exp

from plugins import UpstreamError
from proxy.upstreams.metadata.assignments import (
    Assign,
    Assignment,
    AssignUser,
    SetAccount,
    SetCharacterSet,
    SetNames,
    SetRole,
    SetTransaction,
    parse_set,
    parse_set_statement,
)


def number(value: int) -> exp.Expr:
    return exp.Literal.number(value)


def text(value: str) -> exp.Expr:
    return exp.Literal.string(value)


@pytest.mark.parametrize(
    ("sql", "assignments"),
    [
        ("SET autocommit = 1", [Assign("session", "autocommit", number(1))]),
        ("SET @@autocommit := DEFAULT", [Assign("session", "autocommit", None)]),
        ("SET sql_mode = ANSI", [Assign("session", "sql_mode", text("ANSI"))]),
        ("SET GLOBAL a = 1, b = 2", [Assign("global", "a", number(1)), Assign("global", "b", number(2))]),
        ("SET LOCAL a = 1, @@global.b = 2", [Assign("session", "a", number(1)), Assign("global", "b", number(2))]),
        ("SET PERSIST_ONLY a = 1", [Assign("persist_only", "a", number(1))]),
        ("SET local = 1", [Assign("session", "local", number(1))]),
        ("SET @@transaction_read_only = 1", [Assign("next", "transaction_read_only", number(1))]),
        ("SET @@session.transaction_read_only = 1", [Assign("session", "transaction_read_only", number(1))]),
        ("SET @Name = TRUE, @`b c` := 'x'", [AssignUser("name", number(1)), AssignUser("b c", text("x"))]),
        ("SET NAMES utf8mb4", [SetNames("utf8mb4")]),
        ("SET NAMES 'latin1' COLLATE latin1_bin", [SetNames("latin1", "latin1_bin")]),
        ("SET NAMES DEFAULT", [SetNames(None)]),
        ("SET CHARACTER SET utf8", [SetCharacterSet("utf8")]),
        ("SET CHARSET DEFAULT", [SetCharacterSet(None)]),
        ("SET a = 1, NAMES utf8", [Assign("session", "a", number(1)), SetNames("utf8")]),
        ("SET TRANSACTION READ ONLY", [SetTransaction("next", None, True)]),
        (
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE",
            [SetTransaction("session", "REPEATABLE-READ", False)],
        ),
        ("SET GLOBAL TRANSACTION ISOLATION LEVEL SERIALIZABLE", [SetTransaction("global", "SERIALIZABLE")]),
        ("SET ROLE NONE", [SetRole("NONE")]),
        ("SET PASSWORD = 'x'", [SetAccount("SET PASSWORD")]),
        ("SET DEFAULT ROLE ALL TO a", [SetAccount("SET DEFAULT ROLE")]),
        ("SET a.b = 1", [Assign("session", "a.b", number(1))]),
    ],
)
def test_parse_set(sql: str, assignments: list[Assignment]) -> None:
    assert parse_set(sql) == assignments


@pytest.mark.parametrize(
    "sql",
    [
        "SET",
        "SET a",
        "SET a =",
        "SET = 1",
        "SET a = (1",
        "SET @a = DEFAULT",
        "SET NAMES utf8;x",
        "SET NAMES utf8 x",
        "SET TRANSACTION ISOLATION LEVEL NONE SUCH",
        "SET TRANSACTION READ ONLY x",
        "SELECT 1",
        "SET a = 1,",
    ],
)
def test_what_is_no_set(sql: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        parse_set(sql)
    assert caught.value.number == 1064


def test_set_statement() -> None:
    assert parse_set_statement("SET a = 1") is None
    assert parse_set_statement("SET STATEMENT a = 1, b = f(2, 3) FOR SELECT 'FOR'") == (
        [Assign("session", "a", number(1)), parse_set("SET b = f(2, 3)")[0]],
        "SELECT 'FOR'",
    )
    with pytest.raises(UpstreamError):
        parse_set_statement("SET STATEMENT a = 1 SELECT 1")
