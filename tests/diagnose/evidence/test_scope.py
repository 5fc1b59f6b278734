import pytest
import sqlglot

from diagnose.evidence.scope import UNKNOWN, Scope, varies
from tests.diagnose.samples import evidence, table

ORDERS = table("orders(id int pk, customer_id int, day date)")
CUSTOMERS = table("customers(id int pk, name varchar(20))")


def touched(sql: str) -> frozenset[str]:
    """Of the first condition of the outermost block."""
    found = evidence(sql, ORDERS, CUSTOMERS)
    scope = Scope(found, found.blocks[0])
    return scope.touched(scope.block.where[0])


@pytest.mark.parametrize(
    ("condition", "aliases"),
    [
        ("o.day = 1", {"o"}),
        ("O.day = name", {"o", "c"}),
        ("id = 5", {UNKNOWN}),
        ("mystery = 5", {UNKNOWN}),
        ("EXISTS (SELECT 1 FROM orders i WHERE i.customer_id = c.id)", {"c"}),
        ("EXISTS (SELECT 1 FROM orders o WHERE o.id = 5)", set()),
        ("EXISTS (SELECT 1 FROM orders i WHERE name = 'x')", {"c"}),
        ("o.id IN (SELECT x.k FROM (SELECT id AS k FROM customers) x WHERE k = c.id)", {"o", "c"}),
        ("5 = 5", set()),
    ],
)
def test_what_a_condition_touches(condition: str, aliases: set[str]) -> None:
    assert touched(f"SELECT 1 FROM orders o, customers c WHERE {condition}") == aliases


def test_a_table_that_is_not_known_may_have_any_column() -> None:
    assert touched("SELECT 1 FROM orders o, unseen u WHERE day = 1") == {UNKNOWN}
    assert touched("SELECT 1 FROM orders o, unseen u WHERE o.day = u.x") == {"o", "u"}
    assert touched("SELECT 1 FROM orders o, (SELECT id AS k FROM customers) d WHERE k = day") == {"o", "d"}


@pytest.mark.parametrize(
    ("sql", "changes"),
    [
        ("a + 1", False),
        ("NOW()", False),
        ("RAND()", True),
        ("@x := 1", True),
        ("UUID()", True),
        ("audit(a)", True),
        ("uuid_string(a)", True),
    ],
)
def test_what_varies(sql: str, changes: bool) -> None:
    assert varies(sqlglot.parse_one(f"SELECT {sql} FROM t", dialect="mysql")) is changes
