import pytest
import sqlglot

from diagnose.advice.determinism import aggregates, is_deterministic


def parsed(sql: str) -> sqlglot.Expr:
    return sqlglot.parse_one(f"SELECT {sql}", read="mysql").expressions[0]


@pytest.mark.parametrize(
    "sql", ["1", "a + b", "UPPER(a)", "NOW()", "CURDATE()", "DATABASE()", "VERSION()", "CURRENT_TIMESTAMP"]
)
def test_one_value_however_often(sql: str) -> None:
    assert is_deterministic(parsed(sql))


@pytest.mark.parametrize(
    "sql",
    [
        "RAND()",
        "1 + RAND()",
        "UUID()",
        "@a",
        "@@sql_mode",
        "@a := 1",
        "?",
        "stored(a)",
        "UPPER(stored(a))",
        "SLEEP(1)",
        "SYSDATE()",
        "LAST_INSERT_ID()",
        "(SELECT RAND())",
    ],
)
def test_another_one_each_time(sql: str) -> None:
    assert not is_deterministic(parsed(sql))


def test_of_several_all() -> None:
    assert is_deterministic()
    assert not is_deterministic(parsed("1"), parsed("RAND()"))


@pytest.mark.parametrize("sql", ["COUNT(*)", "1 + SUM(a)", "MAX(a) OVER ()", "GROUP_CONCAT(a)"])
def test_aggregates(sql: str) -> None:
    assert aggregates(parsed(sql))


@pytest.mark.parametrize("sql", ["a", "UPPER(a)", "(SELECT COUNT(*) FROM t)", "EXISTS (SELECT MAX(a) FROM t)"])
def test_those_of_a_query_inside_do_not_count(sql: str) -> None:
    assert not aggregates(parsed(sql))


def test_a_query_asked_itself() -> None:
    assert aggregates(sqlglot.parse_one("SELECT COUNT(*) FROM t", read="mysql"))
