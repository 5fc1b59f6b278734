"""System variables: what they are, what they take, and the errors, which are MariaDB's for the same statement."""

import pymysql
import pytest

from plugins import UpstreamError
from proxy.upstreams.metadata import Change, Metadata, Reflection, Variables
from proxy.upstreams.metadata.system_variables import system_variables
from tests.proxy.upstreams.metadata.conftest import view_of
from tests.support.shop_server import ShopServer


def metadata() -> Metadata:
    return Metadata(view_of(), lambda: Reflection(()))


def value(session: Metadata, sql: str) -> object:
    answer = session.answer(sql)
    assert answer is not None
    return answer.rows[0][0]


FAILS = (
    "SET nope = 1",
    "SET @@nope = 1",
    "SET version = 'x'",
    "SET max_connections = 1",
    "SET autocommit = 5",
    "SET autocommit = NULL",
    "SET foreign_key_checks = 1.5",
    "SET wait_timeout = 'x'",
    "SET sql_mode = 'x'",
    "SET sql_mode = 1.5",
    "SET NAMES nope",
    "SET NAMES utf8mb4 COLLATE latin1_bin",
    "SET NAMES utf8mb4 COLLATE nope",
    "SET character_set_client = utf16",
    "SET time_zone = 'Nowhere/Land'",
    "SET time_zone = '+20:00'",
    "SET tx_isolation = 'x'",
    "SET max_allowed_packet = 5",
    "SET timestamp = 'x'",
    "SET SESSION TRANSACTION ISOLATION LEVEL FOO",
    "SET GLOBAL max_connections = 1",
    "SET GLOBAL nope = 1",
    "SET",
    "SET autocommit",
    "SET autocommit = ",
    "SET @a = 1, @b = @nope, autocommit = 7",
)
READ_FAILS = ("SELECT @@session.max_connections", "SELECT @@global.last_insert_id", "SELECT @@nope")


@pytest.mark.parametrize("sql", FAILS)
def test_fails_as_on_mariadb(mariadb: ShopServer, sql: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        metadata().set(sql)
    assert (caught.value.number, caught.value.sqlstate) == on_mariadb(mariadb, sql)


@pytest.mark.parametrize("sql", READ_FAILS)
def test_reading_fails_as_on_mariadb(mariadb: ShopServer, sql: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        metadata().answer(sql)
    assert (caught.value.number, caught.value.sqlstate) == on_mariadb(mariadb, sql)


def on_mariadb(mariadb: ShopServer, sql: str) -> tuple[int, str]:
    connection = pymysql.connect(host=mariadb.host, port=mariadb.port, user="app", password="secret")
    with connection, connection.cursor() as cursor, pytest.raises(pymysql.MySQLError) as caught:
        cursor.execute(sql)
    number = int(caught.value.args[0])
    return number, STATES.get(number, "HY000")


# The states of these numbers; PyMySQL keeps them from its callers.
STATES = {1064: "42000", 1115: "42000", 1227: "42000", 1231: "42000", 1232: "42000", 1253: "42000"}


@pytest.mark.parametrize(
    ("sql", "name", "expected"),
    [
        ("SET autocommit = OFF", "autocommit", 0),
        ("SET @@session.autocommit = true", "autocommit", 1),
        ("SET SESSION wait_timeout = 100", "wait_timeout", 100),
        ("SET LOCAL wait_timeout := 100", "wait_timeout", 100),
        ("SET wait_timeout = 5, wait_timeout = DEFAULT", "wait_timeout", 28800),
        (
            "SET sql_mode = 'traditional'",
            "sql_mode",
            "STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,TRADITIONAL,"
            "NO_ENGINE_SUBSTITUTION",
        ),
        ("SET sql_mode = ''", "sql_mode", ""),
        ("SET sql_mode = 2", "sql_mode", "PIPES_AS_CONCAT"),
        ("SET sql_mode = '', sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES')", "sql_mode", "STRICT_TRANS_TABLES"),
        ("SET NAMES latin1", "character_set_results", "latin1"),
        ("SET NAMES latin1", "collation_connection", "latin1_swedish_ci"),
        ("SET NAMES utf8", "character_set_client", "utf8mb3"),
        ("SET NAMES utf8mb4 COLLATE utf8mb4_bin", "collation_connection", "utf8mb4_bin"),
        ("SET NAMES latin1, NAMES DEFAULT", "character_set_client", "utf8mb4"),
        ("SET CHARACTER SET latin1", "character_set_connection", "utf8mb4"),
        ("SET CHARSET 'latin1'", "character_set_results", "latin1"),
        ("SET collation_connection = latin1_bin", "character_set_connection", "latin1"),
        ("SET character_set_results = NULL", "character_set_results", None),
        ("SET time_zone = '+2:00'", "time_zone", "+02:00"),
        ("SET time_zone = 'europe/berlin'", "time_zone", "Europe/Berlin"),
        ("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", "transaction_isolation", "READ-COMMITTED"),
        ("SET SESSION TRANSACTION READ ONLY", "tx_read_only", 1),
        ("SET tx_isolation = 'serializable'", "transaction_isolation", "SERIALIZABLE"),
        ("SET max_execution_time = 1000", "max_execution_time", 1000),
        ("SET last_insert_id = 12", "identity", 12),
        ("SET sql_select_limit = 99999999999999999999999", "sql_select_limit", 18446744073709551615),
        ("SET query_cache_type = ON", "query_cache_type", "ON"),
    ],
)
def test_set(sql: str, name: str, expected: object) -> None:
    session = metadata()
    session.set(sql)
    assert value(session, f"SELECT @@{name}") == expected


def test_changes_are_told() -> None:
    session = metadata()
    assert session.set("SET autocommit = 0, time_zone = '+00:00'").changes == (
        Change("autocommit", 0),
        Change("time_zone", "+00:00"),
    )
    assert session.set("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY").changes == (
        Change("next_transaction_isolation", "SERIALIZABLE"),
        Change("next_transaction_read_only", 1),
    )
    assert session.set("SET @@transaction_isolation = 'READ-COMMITTED'").changes == (
        Change("next_transaction_isolation", "READ-COMMITTED"),
    )
    assert value(session, "SELECT @@transaction_isolation") == "REPEATABLE-READ"


def test_all_or_nothing() -> None:
    session = metadata()
    with pytest.raises(UpstreamError):
        session.set("SET autocommit = 0, @a = 1, NAMES latin1, wait_timeout = 'x'")
    assert value(session, "SELECT @@autocommit") == 1
    assert value(session, "SELECT @a") is None
    assert value(session, "SELECT @@character_set_client") == "utf8mb4"


def test_set_statement_for() -> None:
    session = metadata()
    result = session.set("SET STATEMENT max_statement_time = 2, wait_timeout = 9 FOR SELECT 'FOR'")
    assert result.statement == "SELECT 'FOR'"
    assert value(session, "SELECT @@wait_timeout") == 9
    assert Change("wait_timeout", 28800) in result.restore()
    assert value(session, "SELECT @@wait_timeout") == 28800


def test_user_variables() -> None:
    session = metadata()
    session.set("SET @a = 1, @`b c` := 'x''y', @D = @a + 1, @e = CONCAT(@a, '!')")
    assert [value(session, f"SELECT {name}") for name in ("@A", "@`b c`", "@d", "@e", "@'a'")] == [1, "x'y", 2, "1!", 1]
    assert session.view.variables.user.keys() == {"a", "b c", "d", "e"}


def test_what_only_the_upstream_can_compute_is_asked_of_it() -> None:
    session = metadata()
    asked: list[str] = []

    def evaluate(expression: object) -> int:
        asked.append(str(expression))
        return 5

    session.set("SET @n = (SELECT MAX(id) FROM orders)", evaluate)
    session.set("SET @n = @n + 1, @t = NOW()", evaluate)
    assert asked == ["(SELECT MAX(id) FROM orders)", "NOW()"]
    assert value(session, "SELECT @n") == 6
    with pytest.raises(UpstreamError, match="subquery"):
        session.set("SET @n = (SELECT MAX(id) FROM orders)")


@pytest.mark.parametrize(("sql", "number"), [("SET PASSWORD = 'x'", 1235), ("SET ROLE admin", 3530)])
def test_accounts_are_the_upstreams(sql: str, number: int) -> None:
    with pytest.raises(UpstreamError) as caught:
        metadata().set(sql)
    assert caught.value.number == number


@pytest.mark.parametrize("sql", ["SET ROLE NONE", "SET ROLE DEFAULT", "SET @@session.sql_log_bin = 0"])
def test_accepted(sql: str) -> None:
    metadata().set(sql)


def test_persist_is_global() -> None:
    with pytest.raises(UpstreamError) as caught:
        metadata().set("SET PERSIST max_connections = 1")
    assert caught.value.number == 1227


def test_reset() -> None:
    variables = Variables({"port": 4000})
    variables.set("autocommit", 0)
    variables.user["a"] = 1
    variables.reset()
    assert (variables.get("autocommit"), variables.user, variables.get("port")) == (1, {}, 4000)


def test_what_is_shown() -> None:
    shown = dict(Variables().shown(global_values=False))
    assert shown["autocommit"] == "ON"
    assert shown["long_query_time"] == "10.000000"
    assert shown["version"].startswith("8.4.")
    assert "tx_isolation" not in shown
    assert "timestamp" not in dict(Variables().shown(global_values=True))


def test_names_that_mariadb_has_too_are_of_the_same_type(mariadb: ShopServer) -> None:
    """Whether ``@@x`` is a number or text is what drivers trip over."""
    connection = pymysql.connect(host=mariadb.host, port=mariadb.port, user="app", password="secret")
    differ = []
    with connection, connection.cursor() as cursor:
        cursor.execute("SHOW VARIABLES")
        common = sorted({name for name, _ in cursor.fetchall()} & system_variables().keys())
        for name in common:
            cursor.execute(f"SELECT @@{name}")
            theirs, ours = cursor.fetchone()[0], Variables().get(name)
            if theirs is not None and ours is not None and isinstance(theirs, str) != isinstance(ours, str):
                differ.append(name)
    assert len(common) > 150
    assert differ == ["innodb_doublewrite", "old_alter_table"]  # where MySQL 8.4 is another than MariaDB
