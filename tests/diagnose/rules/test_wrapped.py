import pytest

from diagnose.evidence.facts import MARIADB
from diagnose.rules.wrapped import (
    ARITHMETIC,
    CAST,
    COALESCE,
    EXPRESSION,
    RANGE,
    Wrapped,
    unwrapped,
    wrapped_columns,
)
from tests.diagnose.samples import evidence, table

TABLES = (
    table(
        "orders(id int pk, customer_id int, code varchar(9), made datetime, day date null, total int null, data json)"
    ),
    table("customers(id int pk, since date)"),
)


def wrapped(sql: str, kind: str = MARIADB, block: int = 0) -> list[Wrapped]:
    return list(wrapped_columns(evidence(sql, *TABLES, kind=kind).blocks[block]))


@pytest.mark.parametrize(
    ("condition", "hint"),
    [
        ("YEAR(made) = 2026", RANGE),
        ("DATE(made) = '2026-01-01'", RANGE),
        ("DATE_FORMAT(made, '%Y') = '2026'", RANGE),
        ("UNIX_TIMESTAMP(made) > 5", RANGE),
        ("TO_DAYS(made) = 5", RANGE),
        ("CAST(made AS DATE) = '2026-01-01'", RANGE),
        ("made LIKE '2026-%'", RANGE),
        ("MONTH(made) = 5", EXPRESSION),
        ("made + INTERVAL 1 DAY > '2026-01-01'", ARITHMETIC),
        ("total + 1 > 10", ARITHMETIC),
        ("(total * 2) > 10", ARITHMETIC),
        ("-total > 10", ARITHMETIC),
        ("CAST(total AS CHAR) = '5'", CAST),
        ("COALESCE(total, 0) > 5", COALESCE),
        ("LOWER(code) = 'x'", EXPRESSION),
        ("LEFT(code, 3) = 'abc'", EXPRESSION),
        ("10 < total + 1", ARITHMETIC),
        ("total = 5", None),
        ("code LIKE 'a%'", None),
        ("code COLLATE utf8mb4_general_ci = 'x'", None),  # is its own collation
        ("code COLLATE utf8mb4_bin = 'x'", EXPRESSION),
        ("ABS(total) = 5", None),
        ("data + 1 = 5", None),
        ("total + id > 5", None),  # two columns
        ("total + 1 > customer_id", None),
        ("total + 1 > (SELECT 5)", None),
        ("COALESCE(total, (SELECT 5)) > 5", None),
        ("unseen + 1 > 5", None),
        ("total + 1 > 5 OR id = 3", None),
    ],
)
def test_conditions_on_an_expression(condition: str, hint: str | None) -> None:
    found = wrapped(f"SELECT 1 FROM orders WHERE {condition}")
    assert [one.hint for one in found] == ([hint] if hint else [])


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT 1 FROM orders o JOIN customers c ON c.id = o.customer_id AND YEAR(c.since) = 2026", ["since"]),
        ("SELECT 1 FROM orders o LEFT JOIN customers c ON YEAR(c.since) = 2026", ["since"]),
        ("SELECT 1 FROM orders o LEFT JOIN customers c ON YEAR(o.made) = 2026", []),  # keeps each row of orders
        ("SELECT 1 FROM orders WHERE YEAR(made) = 2026 AND total + 1 > 5", ["made", "total"]),
    ],
)
def test_where_conditions_stand(sql: str, columns: list[str]) -> None:
    assert [one.reference.column.name for one in wrapped(sql)] == columns


def test_a_column_of_the_outer_block_is_a_constant_of_the_inner_one() -> None:
    sql = "SELECT 1 FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE {})"
    (found,) = wrapped(sql.format("o.total + 1 > c.id"), block=1)
    assert found.reference.column.name == "total"
    assert wrapped(sql.format("c.id + 1 > 5"), block=1) == []


def conditions(condition: str) -> list[str | None]:
    """What replaces each condition behind a join's ON; None: it is taken away."""
    seen = evidence(f"SELECT 1 FROM customers c JOIN orders ON {condition}", *TABLES)
    made = unwrapped(list(wrapped_columns(seen.blocks[0])), seen.server)
    return [new.sql(dialect="mysql") if new is not None else None for _, new in made.changes] if made else []


@pytest.mark.parametrize(
    ("condition", "changed"),
    [
        ("total + 1 > 10", ["total > 9"]),
        ("YEAR(made) = 2026", ["made >= '2026-01-01' AND made < '2027-01-01'"]),
        ("YEAR(made) = 2026 AND MONTH(made) = 5", ["made >= '2026-05-01' AND made < '2026-06-01'", None]),
        ("YEAR(made) = 2026 WHERE MONTH(made) = 5", ["made >= '2026-01-01' AND made < '2027-01-01'"]),
        ("MONTH(made) = 5", []),
        ("total * 2 > 10", []),
    ],
)
def test_the_same_on_the_column_itself(condition: str, changed: list[str | None]) -> None:
    assert conditions(condition) == changed
