"""A condition on an expression as one on the column; test_rewrites has the rows that it finds."""

import pytest
import sqlglot
from sqlglot import exp

from diagnose.advice.comparisons import sided
from diagnose.advice.rewrites_columns import bare
from diagnose.advice.subjects import Bare, Subject
from diagnose.evidence.facts import MARIADB, POSTGRES, Column, Server


def made(sql: str, column: Column, *, kind: str = MARIADB, null_filled: bool = False) -> Bare | None:
    tree = sqlglot.parse_one(sql, read="mysql", into=exp.Condition)
    node = next(c for c in tree.find_all(exp.Column) if c.name == "c")
    subject = Subject(node, column, Server(kind), null_filled)
    return next((found for each in sided(tree) if (found := bare(each, subject)) is not None), None)


def text(sql: str, column: Column, **given: object) -> str | None:
    found = made(sql, column, **given)  # type: ignore[arg-type]
    return None if found is None else found.condition.sql("mysql")


INT, DECIMAL, DOUBLE = Column("c", "int(11)"), Column("c", "decimal(8,2)"), Column("c", "double")
NAME = Column("c", "varchar(20)", collation="utf8mb4_general_ci", charset="utf8mb4")
BINARY = Column("c", "varchar(20)", collation="utf8mb4_0900_bin", charset="utf8mb4")


@pytest.mark.parametrize(
    ("sql", "column", "expected"),
    [
        ("c + 1 > 10", INT, "c > 9"),
        ("1 + c > 10", INT, "c > 9"),
        ("c - 1.5 = 10", DECIMAL, "c = 11.5"),
        ("10 - c > 3", INT, "c < 7"),
        ("10 - c BETWEEN 1 AND 3", INT, "c BETWEEN 7 AND 9"),
        ("5 < c + 1", INT, "c > 4"),
        ("c + 1 IN (1, 2)", INT, "c IN (0, 1)"),
        ("c + 5 = 1", INT, "c = -4"),
        ("COALESCE(c, 0) > 5", INT, "c > 5"),
        ("COALESCE(c, 9) > 5", INT, "c > 5 OR c IS NULL"),
        ("COALESCE(c, '') = 'x'", NAME, "c = 'x'"),
        ("COALESCE(c, 'x') = 'x'", NAME, "c = 'x' OR c IS NULL"),
        ("CAST(c AS CHAR) = '5'", INT, "c = 5"),
        ("CAST(c AS CHAR) IN ('5', '-7')", INT, "c IN (5, -7)"),
        ("CAST(c AS SIGNED) > 5", INT, "c > 5"),
        ("LEFT(c, 3) = 'abc'", NAME, "c LIKE 'abc%'"),
        ("SUBSTRING(c, 1, 3) = 'abc'", NAME, "c LIKE 'abc%'"),
        ("LOWER(c) = 'x'", NAME, "c = 'x'"),
        ("UPPER(c) LIKE 'X%'", NAME, "c LIKE 'X%'"),
    ],
)
def test_the_column_alone(sql: str, column: Column, expected: str) -> None:
    assert text(sql, column) == expected


def test_where_an_outer_join_puts_null() -> None:
    never = Column("c", "int(11)", nullable=False)
    assert text("COALESCE(c, 9) > 5", never) == "c > 5"
    assert text("COALESCE(c, 9) > 5", never, null_filled=True) == "c > 5 OR c IS NULL"


@pytest.mark.parametrize(
    ("sql", "column"),
    [
        ("c + 1 > 10", DOUBLE),
        ("c + 1 > 10", Column("c", "int(10) unsigned")),
        ("c + 1e3 > 10", INT),
        ("c + d > 10", INT),
        ("c + 1 > d", INT),
        ("c * 2 > 10", INT),
        ("COALESCE(c, d) > 5", INT),
        ("COALESCE(c, 0, 1) > 5", INT),
        ("COALESCE(c, 'é') = 'x'", NAME),
        ("COALESCE(c, 'a') > 'x'", NAME),
        ("CAST(c AS CHAR) = '05'", INT),
        ("CAST(c AS CHAR) = '5 '", INT),
        ("CAST(c AS CHAR) > '5'", INT),
        ("CAST(c AS CHAR(1)) = '5'", INT),
        ("CAST(c AS CHAR) = '5'", Column("c", "int(5) zerofill")),
        ("CAST(c AS SIGNED) > 5", Column("c", "bigint unsigned")),
        ("LEFT(c, 2) = 'abc'", NAME),
        ("LEFT(c, 3) = 'a%c'", NAME),
        ("LEFT(c, 3) = 'abc'", Column("c", "varchar(20)", collation="utf8mb4_unicode_ci")),
        ("SUBSTRING(c, 2, 3) = 'abc'", NAME),
        ("LOWER(c) = 'x'", BINARY),
        ("LOWER(c) LIKE '%x'", NAME),
        ("LOWER(c) > 'x'", NAME),
    ],
)
def test_what_stays(sql: str, column: Column) -> None:
    assert text(sql, column) is None


def test_other_servers_compare_texts_otherwise() -> None:
    for sql in ("LOWER(c) = 'x'", "LEFT(c, 3) = 'abc'"):
        assert made(sql, NAME, kind=POSTGRES) is None


def test_what_it_needs() -> None:
    found = made("LOWER(c) = 'x'", NAME)
    assert found is not None
    assert found.needs.startswith("c has no rare letters whose capitals sort apart")
    plain = made("c + 1 > 10", INT)
    assert plain is not None
    assert plain.needs == ""
