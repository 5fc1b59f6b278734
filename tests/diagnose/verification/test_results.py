import pytest
import sqlglot
from sqlglot import exp

from diagnose.verification.results import Difference, difference
from plugins import ResultColumn, ResultSet

INT, DOUBLE = 3, 5
Rows = tuple[tuple[str | bytes | None, ...], ...]


def compared(sql: str, one: Rows, other: Rows, kind: int = INT) -> Difference:
    query = sqlglot.parse_one(sql, dialect="mysql")
    assert isinstance(query, exp.Query)
    width = max((len(row) for row in (*one, *other)), default=2)
    columns = tuple(ResultColumn(name, kind) for name in ("a", "b")[:width])
    return difference(query, ResultSet(columns, one), ResultSet(columns, other))


@pytest.mark.parametrize(
    ("sql", "one", "other", "expected"),
    [
        ("SELECT a, b FROM t", (("1", None), ("2", "x")), (("2", "x"), ("1", None)), Difference.NONE),
        ("SELECT a, b FROM t", (("1", None),), (("1", ""),), Difference.ROWS),
        ("SELECT a FROM t", (("1",), ("1",)), (("1",),), Difference.ROWS),
        ("SELECT a FROM t", (("1",), ("1",), ("2",)), (("1",), ("2",), ("2",)), Difference.ROWS),
        ("SELECT a, b FROM t ORDER BY a", (("1", "x"), ("2", "y")), (("2", "y"), ("1", "x")), Difference.ORDER),
        ("SELECT a, b FROM t ORDER BY a", (("1", "x"), ("1", "y")), (("1", "y"), ("1", "x")), Difference.NONE),
        ("SELECT a, b FROM t ORDER BY 2", (("1", "x"), ("1", "y")), (("1", "y"), ("1", "x")), Difference.ORDER),
        ("SELECT a, b FROM t ORDER BY a LIMIT 1", (("1", "x"),), (("1", "y"),), Difference.TIES),
        ("SELECT a, b FROM t ORDER BY a LIMIT 1", (("1", "x"),), (("2", "x"),), Difference.ROWS),
        ("SELECT a, b FROM t LIMIT 1", (("1", "x"),), (), Difference.ROWS),
        ("SELECT a, b FROM t ORDER BY c, a", (("1", "x"), ("2", "y")), (("2", "y"), ("1", "x")), Difference.NONE),
        ("SELECT a FROM t", (), (), Difference.NONE),
    ],
)
def test_results(sql: str, one: Rows, other: Rows, expected: Difference) -> None:
    assert compared(sql, one, other) is expected


def test_sums_of_floating_point_numbers_may_differ_in_the_last_digits() -> None:
    one, other = (("0.30000000000000004",),), (("0.3",),)
    assert compared("SELECT a FROM t", one, other, DOUBLE) is Difference.NONE
    assert compared("SELECT a FROM t", one, other, INT) is Difference.ROWS
    assert compared("SELECT a FROM t", (("0.31",),), other, DOUBLE) is Difference.ROWS


def test_another_number_of_columns_is_another_result() -> None:
    one = ResultSet((ResultColumn("a", INT),), (("1",),))
    other = ResultSet((ResultColumn("a", INT), ResultColumn("b", INT)), (("1", "2"),))
    query = sqlglot.parse_one("SELECT a FROM t")
    assert isinstance(query, exp.Query)
    assert difference(query, one, other) is Difference.ROWS
