import pytest
import sqlglot

from plugins.builtin.mask.functions import check_functions, has_effects
from plugins.errors import AskwireError, ErrorCode


def parsed(sql: str) -> sqlglot.Expr:
    return sqlglot.parse_one(sql, read="mysql")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 + 2, a AND b, a DIV b, a % b, CASE WHEN a THEN 1 END, CAST(a AS CHAR), a REGEXP 'x', IF(a, 1, 2)",
        "SELECT UPPER(a), COUNT(*), GROUP_CONCAT(a), COALESCE(a, b), NOW(), JSON_EXTRACT(a, '$.b')",
        "SELECT VERSION(), CONNECTION_ID(), DATABASE(), sleep(1), UUID()",
        "SELECT * FROM t WHERE EXISTS (SELECT 1)",
    ],
)
def test_functions_that_the_server_brings(sql: str) -> None:
    check_functions(parsed(sql))


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("SELECT leak()", "leak"),
        ("SELECT UPPER(leak(1))", "leak"),
        ("SELECT 1 FROM t WHERE id = Leak(id)", "Leak"),
        ("SELECT load_file('/etc/passwd')", "load_file"),
        ("SELECT `leak`()", "leak"),
        ("SELECT (SELECT a FROM (SELECT leak() AS a) d)", "leak"),
    ],
)
def test_functions_that_may_be_anybodys(sql: str, name: str) -> None:
    with pytest.raises(AskwireError) as error:
        check_functions(parsed(sql))
    assert error.value.code is ErrorCode.MASKED
    assert error.value.message == f"Columns are masked for this account, and the function {name} cannot be checked"


def test_functions_of_a_database() -> None:
    with pytest.raises(AskwireError, match="a function of a database's own cannot be checked"):
        check_functions(parsed("SELECT shop.upper(1)"))


def test_a_long_name_is_cut() -> None:
    with pytest.raises(AskwireError, match=r"the function f{60} cannot"):
        check_functions(parsed(f"SELECT {'f' * 200}()"))


@pytest.mark.parametrize(
    "sql",
    ["SELECT SLEEP(1)", "SELECT 1 + (SELECT Benchmark(9, 1))", "SELECT get_lock('a', 0)", "SELECT LAST_INSERT_ID(7)"],
)
def test_calls_that_can_be_told(sql: str) -> None:
    assert has_effects(parsed(sql))


def test_calls_that_cannot() -> None:
    assert not has_effects(parsed("SELECT UPPER(a), VERSION(), IF(a, 1, 2) FROM t"))
    assert not has_effects(parsed("SELECT 'sleep(1)' AS `benchmark`"))
