"""What a statement asks of the session becomes literals, and columns keep their names."""

import pytest
import sqlglot

from plugins import UpstreamError
from proxy.upstreams.metadata import Metadata, Reflection, SessionView, may_ask_session
from proxy.upstreams.metadata.substitute import Substituted
from proxy.wire.columns import ColumnType


@pytest.fixture
def metadata() -> Metadata:
    view = SessionView(
        "ann", "10.0.0.9", database="shop", connection_id=7, last_insert_id=42, row_count=3, found_rows=5
    )
    view.variables.user.update({"n": 5, "t": "it's", "neg": -1, "b": b"\x00\xff", "none": None})
    return Metadata(view, lambda: Reflection(()))


def substituted(metadata: Metadata, sql: str) -> Substituted:
    return metadata.substitute(sql, sqlglot.parse_one(sql, read="mysql"))


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT a FROM t WHERE b = @n", "SELECT a FROM t WHERE b = 5"),
        ("SELECT a FROM t WHERE b = @T", "SELECT a FROM t WHERE b = 'it''s'"),
        ("SELECT a FROM t WHERE b = @neg", "SELECT a FROM t WHERE b = (-1)"),
        ("SELECT a FROM t WHERE b = @b", "SELECT a FROM t WHERE b = x'00ff'"),
        ("SELECT a FROM t WHERE b <=> @unset", "SELECT a FROM t WHERE b <=> NULL"),
        (
            "SELECT LENGTH(@@version) + 1, a FROM t",
            "SELECT LENGTH('8.4.0-askwire') + 1 AS `LENGTH(@@version) + 1`, a FROM t",
        ),
        ("SELECT  @@autocommit ,  @n FROM t", "SELECT 1 AS `@@autocommit`, 5 AS `@n` FROM t"),
        ("SELECT @@version v FROM t", "SELECT '8.4.0-askwire' AS v FROM t"),
        ("SELECT * FROM (SELECT DATABASE()) AS x", "SELECT * FROM (SELECT 'shop' AS `DATABASE()`) AS x"),
        ("SELECT (SELECT user()) FROM t", "SELECT (SELECT 'ann@10.0.0.9' AS `USER()`) AS `(SELECT user())` FROM t"),
        ("SELECT a FROM t UNION SELECT CONNECTION_ID()", "SELECT a FROM t UNION SELECT 7 AS `CONNECTION_ID()`"),
        ("INSERT INTO t VALUES (LAST_INSERT_ID(), @n)", "INSERT INTO t VALUES (42, 5)"),
        ("UPDATE t SET a = @n WHERE u = CURRENT_USER()", "UPDATE t SET a = 5 WHERE u = 'ann@%'"),
        ("SELECT user, version FROM t", "SELECT user, version FROM t"),
        ("SELECT '@n', `@@version` FROM t", "SELECT '@n', `@@version` FROM t"),
        ("SELECT a FROM t LIMIT 3 -- @n", "SELECT a FROM t LIMIT 3 /* @n */"),
    ],
)
def test_literals(metadata: Metadata, sql: str, expected: str) -> None:
    assert substituted(metadata, sql).tree.sql(dialect="mysql") == expected


def test_the_tree_given_is_left_alone(metadata: Metadata) -> None:
    tree = sqlglot.parse_one("SELECT @@version, a FROM t", read="mysql")
    before = tree.sql(dialect="mysql")
    metadata.substitute("SELECT @@version, a FROM t", tree)
    assert tree.sql(dialect="mysql") == before


@pytest.mark.parametrize(
    ("sql", "names", "row"),
    [
        ("SELECT @@version_comment LIMIT 1", ["@@version_comment"], ("askwire",)),
        ("SELECT\n @@session . autocommit,-1", ["@@session . autocommit", "-1"], (1, -1)),
        (
            "SELECT DATABASE(), schema( ), CURRENT_USER",
            ["DATABASE()", "schema( )", "CURRENT_USER"],
            ("shop", "shop", "ann@%"),
        ),
        (
            "SELECT USER(), 'x', \"y\", NULL, 1.5 AS z",
            ["USER()", "x", "y", "NULL", "z"],
            ("ann@10.0.0.9", "x", "y", None, pytest.approx(1.5)),
        ),
        (
            "SELECT LAST_INSERT_ID(), ROW_COUNT(), FOUND_ROWS()",
            ["LAST_INSERT_ID()", "ROW_COUNT()", "FOUND_ROWS()"],
            (42, 3, 5),
        ),
        (
            "SELECT @@identity, @@warning_count, @@pseudo_thread_id",
            ["@@identity", "@@warning_count", "@@pseudo_thread_id"],
            (42, 0, 7),
        ),
        ("(SELECT VERSION())", None, None),
        ("SELECT @@version FROM DUAL", ["@@version"], ("8.4.0-askwire",)),
        ("SELECT @n := 9, @n", ["@n := 9", "@n"], (9, 9)),
        ("/* c1 */ select /*+ hint() */ @@hostname", ["@@hostname"], ("localhost",)),
    ],
)
def test_answered_without_the_upstream(
    metadata: Metadata, sql: str, names: list[str] | None, row: tuple[object, ...] | None
) -> None:
    answer = metadata.answer(sql)
    assert (None if answer is None else [c.name for c in answer.columns]) == names
    assert (None if answer is None else answer.rows[0]) == row


@pytest.mark.parametrize(
    "sql",
    ["SELECT 1", "SELECT NOW()", "INSERT INTO t VALUES (@n)", "SELECT CONCAT(@@version, 'x')", "SELECT a FROM t",
     "SELECT @@version FROM t",
     "SELECT @n := @n + 1 FROM t", "SELECT @@version UNION SELECT 1", "SELECT @@version WHERE 1 = 0",
     "this is no SQL", ""],
)  # fmt: skip
def test_the_upstreams_business(metadata: Metadata, sql: str) -> None:
    assert metadata.answer(sql) is None
    assert metadata.view.variables.user["n"] == 5


def test_limit_zero(metadata: Metadata) -> None:
    answer = metadata.answer("SELECT @@version LIMIT 0")
    assert answer is not None
    assert not answer.rows


def test_types(metadata: Metadata) -> None:
    answer = metadata.answer("SELECT @@autocommit, @@version, @@long_query_time, @b")
    assert answer is not None
    kinds = [ColumnType.LONGLONG, ColumnType.VAR_STRING, ColumnType.DOUBLE, ColumnType.BLOB]
    assert [column.type for column in answer.columns] == kinds
    assert answer.columns[3].binary


def test_assigned_by_rows(metadata: Metadata) -> None:
    found = substituted(metadata, "SELECT a, @top := MAX(b) FROM t GROUP BY a")
    assert found.tree.sql(dialect="mysql") == "SELECT a, MAX(b) AS `@top := MAX(b)` FROM t GROUP BY a"
    assert found.assigned == ((1, "top"),)


@pytest.mark.parametrize("sql", ["SELECT (@n := a) + 1 FROM t", "SELECT 1 INTO @x"])
def test_what_only_mysql_does(metadata: Metadata, sql: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        substituted(metadata, sql)
    assert caught.value.number == 1235


@pytest.mark.parametrize(
    ("sql", "expected"),
    [("SELECT a FROM users WHERE version = 1", False), ("SELECT database ()", True), ("SELECT current_user", True)],
)
def test_quick_look(sql: str, expected: bool) -> None:
    assert may_ask_session(sql) is expected


@pytest.mark.parametrize("digits", [65, 66, 5000])
def test_a_variable_takes_a_number_of_any_length(metadata: Metadata, digits: int) -> None:
    answer = metadata.answer(f"SELECT @long := {'9' * digits}")
    assert answer is not None
    ((value,),) = answer.rows
    assert value == 10**digits - 1
    assert isinstance(value, int) is (digits == 65)
