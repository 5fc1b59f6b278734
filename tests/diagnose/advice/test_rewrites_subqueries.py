import pytest
from sqlglot import exp

from diagnose.advice.rewrites_subqueries import grouped_once, not_exists, qualified, same_equality
from diagnose.evidence.blocks import Block
from diagnose.evidence.facts import MARIADB, MYSQL, POSTGRES, Column
from diagnose.types import Rewrite
from tests.diagnose.samples import evidence, table

TABLES = (
    table(
        "orders(id int pk, customer_id int null key, region int null, number varchar(20), total int null, "
        "weight float null, kind varchar(9))"
    ),
    table("customers(id int pk, region int null key, number varchar(20) utf8mb4_bin, score double)"),
)
SUM = "SELECT c.id, (SELECT SUM(o.total) FROM orders o WHERE o.customer_id = c.id) AS s FROM customers c"


def grouped(sql: str, kind: str = MARIADB) -> Rewrite | None:
    """With the first subquery that names an outer row."""
    seen = evidence(sql, *TABLES, kind=kind)
    inner = next(b for b in seen.blocks if any((r := b.resolve(c)) is not None and r.outer for c in b.columns))
    before = seen.tree.copy()
    found = grouped_once(seen.tree, inner, seen.server)
    assert seen.tree == before
    return found


@pytest.mark.parametrize(
    ("sql", "rewrite"),
    [
        (
            SUM,
            "SELECT c.id, grouped.value AS s FROM customers AS c LEFT JOIN (SELECT o.customer_id AS key_1_1, "
            "SUM(o.total) AS value FROM orders AS o GROUP BY o.customer_id) AS grouped ON grouped.key_1_1 = c.id",
        ),
        (
            "SELECT id FROM customers WHERE 3 < (SELECT COUNT(*) FROM orders o WHERE o.customer_id = customers.id "
            "AND o.kind = 'x' AND customers.region = o.region)",
            "SELECT id FROM customers LEFT JOIN (SELECT o.customer_id AS key_1_1, o.region AS key_1_2, COUNT(*) "
            "AS value FROM orders AS o WHERE o.kind = 'x' GROUP BY o.customer_id, o.region) AS grouped ON "
            "grouped.key_1_1 = customers.id AND grouped.key_1_2 = customers.region WHERE 3 < "
            "COALESCE(grouped.value, 0)",
        ),
        (
            "SELECT c.id, (SELECT COALESCE(MAX(o.total), 7) FROM orders o WHERE o.customer_id = c.id ORDER BY o.id) "
            "AS s FROM orders x, customers c",
            "SELECT c.id, COALESCE(grouped.value, 7) AS s FROM orders AS x CROSS JOIN customers AS c LEFT JOIN "
            "(SELECT o.customer_id AS key_1_1, MAX(o.total) AS value FROM orders AS o GROUP BY o.customer_id) "
            "AS grouped ON grouped.key_1_1 = c.id",
        ),
    ],
)
def test_a_value_for_each_outer_row_is_grouped_once(sql: str, rewrite: str) -> None:
    assert grouped(sql) == Rewrite(rewrite)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT c.id, (SELECT o.total FROM orders o WHERE o.customer_id = c.id LIMIT 1) AS s FROM customers c",
        "SELECT c.id, (SELECT SUM(o.total) FROM orders o WHERE o.customer_id = c.id) FROM customers c",
        "SELECT c.id, 1 + (SELECT SUM(o.total) FROM orders o WHERE o.customer_id = c.id) FROM customers c",
        "SELECT *, (SELECT SUM(o.total) FROM orders o WHERE o.customer_id = c.id) AS s FROM customers c",
        "SELECT c.region, MAX((SELECT SUM(o.total) FROM orders o WHERE o.customer_id = c.id)) AS s FROM customers c "
        "GROUP BY c.region",
        "SELECT c.id, (SELECT SUM(o.total) FROM orders o WHERE o.customer_id > c.id) AS s FROM customers c",
        "SELECT c.id, (SELECT SUM(o.total) FROM orders o WHERE o.customer_id = c.id OR o.region = 1) AS s "
        "FROM customers c",
        "SELECT c.id, (SELECT SUM(o.total + c.score) FROM orders o WHERE o.customer_id = c.id) AS s FROM customers c",
        "SELECT c.id, (SELECT COUNT(*) FROM orders o WHERE o.number = c.number) AS s FROM customers c",
        "SELECT c.id, (SELECT COUNT(*) FROM orders o WHERE o.total = c.score) AS s FROM customers c",
        "SELECT c.id, (SELECT COUNT(*) FROM orders o WHERE o.customer_id = c.id HAVING COUNT(*) > 1) AS s "
        "FROM customers c",
        "SELECT c.id, (SELECT SUM(o.total * RAND()) FROM orders o WHERE o.customer_id = c.id) AS s FROM customers c",
        "SELECT c.id, (SELECT SUM(o.total) FROM orders o WHERE o.customer_id = c.id) AS s FROM customers c LIMIT 5",
        "SELECT c.id, (SELECT SUM(o.total) FROM orders o WHERE o.customer_id = c.id) AS s FROM orders x, customers c "
        "RIGHT JOIN orders y ON y.id = c.id",
        "SELECT c.id, (SELECT SUM(o.weight) FROM orders o WHERE o.customer_id = c.id) AS s FROM customers c",
        "SELECT c.id, (SELECT MIN(o.kind) FROM orders o WHERE o.customer_id = c.id) AS s FROM customers c",
        "SELECT c.id, (SELECT MAX(o.total / 3) FROM orders o WHERE o.customer_id = c.id) AS s FROM customers c",
        "SELECT c.id, (SELECT COUNT(*) + 1 FROM orders o WHERE o.customer_id = c.id) AS s FROM customers c",
        "SELECT c.id, (SELECT IFNULL(SUM(o.total), c.score) FROM orders o WHERE o.customer_id = c.id) AS s "
        "FROM customers c",
        "SELECT c.id, 9 * (SELECT AVG(o.total) FROM orders o WHERE o.customer_id = c.id) AS s FROM customers c",
        "SELECT c.id FROM customers c JOIN orders x ON x.id = "
        "(SELECT MAX(o.id) FROM orders o WHERE o.customer_id = c.id)",
        "SELECT c.id FROM customers c WHERE c.id IN (SELECT MAX(o.id) FROM orders o WHERE o.customer_id = c.id)",
        "SELECT c.id FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)",
        "UPDATE customers c SET score = (SELECT SUM(o.total) FROM orders o WHERE o.customer_id = c.id)",
    ],
)
def test_no_rewrite_where_the_result_may_differ(sql: str) -> None:
    assert grouped(sql) is None


def test_quotients_are_rounded_earlier_on_mysql_and_mariadb() -> None:
    average = "(SELECT 0.2 * AVG(total) FROM orders o WHERE o.customer_id = c.id)"
    found = {
        kind: grouped(f"SELECT c.id FROM customers c WHERE c.score < {average}", kind) for kind in (MYSQL, POSTGRES)
    }
    mysql, postgres = found[MYSQL], found[POSTGRES]
    assert mysql is not None
    assert postgres is not None
    assert "last digits of a quotient" in mysql.needs
    assert postgres.needs == ""
    shown = grouped(f"SELECT {average} AS a FROM customers c", MYSQL)
    assert shown is not None
    assert shown.needs == ""


def test_names_that_are_taken_are_not_used_again() -> None:
    taken = SUM.replace("AS s", "AS value").replace("customers c", "customers c LEFT JOIN orders grouped ON FALSE")
    found = grouped(taken)
    assert found is not None
    assert "AS grouped_2 ON grouped_2.key_2_1 = c.id" in found.sql


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Column("a", "int"), Column("b", "bigint unsigned"), True),
        (Column("a", "int"), Column("b", "decimal(10,2)"), False),
        (Column("a", "decimal(4,1)"), Column("b", "decimal(10,2)"), True),
        (Column("a", "date"), Column("b", "date"), True),
        (Column("a", "date"), Column("b", "datetime"), False),
        (Column("a", "float"), Column("b", "float"), False),  # what is shown as equal need not be
        (Column("a", "varchar(9)", True, "x_ci", "x"), Column("b", "char(5)", True, "x_ci", "x"), True),
        (Column("a", "varchar(9)", True, "x_ci", "x"), Column("b", "varchar(9)", True, "x_bin", "x"), False),
        (Column("a", "varchar(9)", True, "x_ci", "x"), Column("b", "varchar(9)", True, "x_ci", "y"), False),
        (Column("a", "varchar(9)", True, "x_ci", "x"), Column("b", "int"), False),
        (Column("a", "enum('x')", True, "x_ci", "x"), Column("b", "enum('x')", True, "x_ci", "x"), False),
    ],
)
def test_keys_that_make_one_group(one: Column, other: Column, same: bool) -> None:
    assert same_equality(one, other) == same_equality(other, one) == same


def without_not_in(query: str) -> str | None:
    """``customers.id NOT IN (query)`` otherwise."""
    seen = evidence(f"SELECT id FROM customers WHERE id NOT IN ({query})", *TABLES)
    outer, inner = seen.blocks[:2]
    (condition,) = outer.where
    value, output = condition.this.this, inner.node.expressions[0].unalias()
    mine, its = qualified(value, outer.sources[0]), qualified(output, inner.sources[0])
    return not_exists(seen.tree, condition, mine, its, inner)


@pytest.mark.parametrize(
    ("query", "inner"),
    [
        ("SELECT customer_id FROM orders", "FROM orders WHERE orders.customer_id"),
        ("SELECT DISTINCT o.customer_id FROM orders o ORDER BY 1", "FROM orders AS o WHERE o.customer_id"),
        (
            "SELECT customer_id AS c FROM orders o WHERE o.total > 1",
            "FROM orders AS o WHERE o.total > 1 AND o.customer_id",
        ),
    ],
)
def test_not_in_as_not_exists(query: str, inner: str) -> None:
    assert without_not_in(query) == f"SELECT id FROM customers WHERE NOT EXISTS(SELECT 1 {inner} = customers.id)"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT customers.customer_id FROM orders customers",  # the outer name would mean the inner table
        "SELECT customer_id FROM orders LIMIT 5",
        "SELECT customer_id FROM orders GROUP BY customer_id",
        "SELECT customer_id FROM orders HAVING customer_id > 5",
        "SELECT customer_id FROM orders WHERE total > RAND()",
        "SELECT customer_id FROM orders FOR UPDATE",
    ],
)
def test_not_in_that_is_not_the_same(query: str) -> None:
    assert without_not_in(query) is None


@pytest.mark.parametrize(
    ("sql", "column"),
    [
        ("SELECT id FROM orders", "orders.id"),
        ("SELECT id FROM orders `O x`", "`O x`.id"),
        ("SELECT z.id FROM orders z", "z.id"),
    ],
)
def test_a_column_with_its_source(sql: str, column: str) -> None:
    seen = evidence(sql, *TABLES)
    block: Block = seen.blocks[0]
    (node,) = block.columns
    assert qualified(node, block.sources[0]).sql(dialect="mysql") == column
    assert isinstance(node, exp.Column)
    assert node.table in ("", "z")
