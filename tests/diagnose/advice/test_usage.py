from typing import Any

import pytest

from diagnose.advice.usage import Usage, usages
from tests.diagnose.samples import evidence, table

ORDERS = table(
    "orders(id int pk, customer_id int key, state varchar(9), total int null, made date, code varchar(10) latin1_bin)"
)
CUSTOMERS = table("customers(id int pk, name varchar(20), region_id int null, state varchar(9))")


def of(sql: str, alias: str = "o") -> Usage:
    return next(u for u in usages(evidence(sql, ORDERS, CUSTOMERS)) if u.alias == alias)


def shown(usage: Usage) -> dict[str, Any]:
    return {
        "equal": [(e.column.name, e.values) for e in usage.equal],
        "ranges": [c.name for c in usage.ranges],
        "joins": {j.other: [c.name for c in j.columns] for j in usage.joins},
    }


@pytest.mark.parametrize(
    ("where", "equal", "ranges"),
    [
        ("total = 1", [("total", 1)], []),
        ("1 = total", [("total", 1)], []),
        ("total <=> NULL", [], []),
        ("total <=> 3", [("total", 1)], []),
        ("total IS NULL", [("total", 1)], []),
        ("total IS NOT NULL", [], []),
        ("total IN (1, 2, 3)", [("total", 3)], []),
        ("total NOT IN (1, 2)", [], []),
        ("total = 1 OR total = 2 OR total IN (3, 4)", [("total", 4)], []),
        ("total = 1 OR id = 2", [], []),
        ("(state = 'a' AND total = 1) OR (state = 'a' AND id = 2)", [("state", 1)], []),
        ("total > 1", [], ["total"]),
        ("5 >= total", [], ["total"]),
        ("total <> 1", [], []),
        ("total BETWEEN 1 AND 5", [], ["total"]),
        ("made >= DATE '1998-01-01' - INTERVAL 90 DAY", [], ["made"]),
        ("made >= NOW() AND total = 1 AND made < NOW()", [("total", 1)], ["made"]),
        ("state LIKE 'a%'", [], ["state"]),
        ("state LIKE '%a'", [], []),
        ("state NOT LIKE 'a%'", [], []),
        ("NOT state LIKE 'a%'", [], []),
        ("total NOT BETWEEN 1 AND 2", [], []),
        ("state LIKE CONCAT('a', total)", [], []),
        ("total LIKE '1%'", [], []),
        ("YEAR(made) = 1998", [], []),
        ("total + 1 = 5", [], []),
        ("total = id", [], []),
        ("total = id + 1", [], []),
        ("total = RAND()", [], []),
        ("state = 5", [], []),
        ("state = -5", [], []),
        ("total = '5'", [("total", 1)], []),
        ("total = (SELECT MAX(region_id) FROM customers)", [("total", 1)], []),
        ("total = (SELECT MAX(region_id) FROM customers c WHERE c.id = customer_id)", [], []),
        ("total < (SELECT AVG(i.total) FROM orders i WHERE i.customer_id = o.customer_id)", [], []),
        ("total = @a", [("total", 1)], []),
    ],
)
def test_conditions(where: str, equal: list[Any], ranges: list[str]) -> None:
    found = shown(of(f"SELECT 1 FROM orders o WHERE {where}"))
    assert (found["equal"], found["ranges"], found["joins"]) == (equal, ranges, {})


@pytest.mark.parametrize(
    ("rest", "alias", "joins", "equal"),
    [
        ("JOIN customers c ON c.id = o.customer_id", "o", {"c": ["customer_id"]}, []),
        ("JOIN customers c ON c.id = o.customer_id", "c", {"o": ["id"]}, []),
        (", customers c WHERE c.id = customer_id AND c.state = o.state", "o", {"c": ["customer_id", "state"]}, []),
        ("LEFT JOIN customers c ON c.id = o.customer_id AND o.total = 1", "o", {}, []),
        ("LEFT JOIN customers c ON c.id = o.customer_id AND c.region_id = 1", "c", {"o": ["id"]}, [("region_id", 1)]),
        ("RIGHT JOIN customers c ON c.id = o.customer_id", "o", {"c": ["customer_id"]}, []),
        ("RIGHT JOIN customers c ON c.id = o.customer_id", "c", {}, []),
        ("JOIN customers c ON c.name = o.code", "o", {}, []),
        ("JOIN customers c ON c.name = o.total", "o", {}, []),
        ("WHERE o.customer_id IN (SELECT id FROM customers)", "o", {"": ["customer_id"]}, []),
        ("WHERE EXISTS (SELECT 1 FROM customers c WHERE c.region_id = o.id)", "c", {"o": ["region_id"]}, []),
        ("JOIN (SELECT 1 AS n) d ON d.n = o.total", "o", {"d": ["total"]}, []),
    ],
)
def test_joins(rest: str, alias: str, joins: dict[str, list[str]], equal: list[Any]) -> None:
    found = shown(of(f"SELECT 1 FROM orders o {rest}", alias))
    assert (found["joins"], found["equal"]) == (joins, equal)


def test_order_group_and_what_is_read() -> None:
    usage = of("SELECT state, SUM(total) FROM orders o WHERE made > NOW() GROUP BY state ORDER BY state DESC LIMIT 3")
    assert [(c.name, desc) for c, desc in usage.order] == [("state", True)]
    assert ([c.name for c in usage.group], usage.limited, usage.star) == (["state"], True, False)
    assert sorted(c.name for c in usage.used) == ["made", "state", "total"]
    mixed = of("SELECT o.* FROM orders o JOIN customers c ON c.id = o.id ORDER BY o.state, c.name")
    assert (mixed.order, mixed.star) == ((), True)
    assert of("SELECT COUNT(*) FROM orders o JOIN customers c ON c.id = o.id", "c").star is False
    assert of("SELECT c.* FROM orders o JOIN customers c ON c.id = o.id").star is False


def test_columns_used_inside_of_inner_queries_count() -> None:
    sql = "SELECT 1 FROM orders o WHERE EXISTS (SELECT 1 FROM customers c WHERE c.id = o.customer_id)"
    assert [c.name for c in of(sql).used] == ["customer_id"]


def test_updates_and_deletes_read_whole_rows() -> None:
    update = of("UPDATE orders o SET total = 1 WHERE customer_id = 5")
    assert (shown(update)["equal"], update.star) == ([("customer_id", 1)], True)
    assert shown(of("DELETE FROM orders WHERE customer_id = 5", "orders"))["equal"] == [("customer_id", 1)]


def test_views_and_unknown_tables_have_no_usage() -> None:
    assert usages(evidence("SELECT 1 FROM nowhere WHERE a = 1", ORDERS)) == []


@pytest.mark.parametrize(
    ("where", "others"),
    [
        ("total > 1", False),
        ("total > 1 AND total < 5 AND state = 'a'", False),
        ("total > 1 AND YEAR(made) = 1998", True),
        ("total > 1 AND state LIKE '%a'", True),
        ("total > 1 OR id = 2", True),
        ("total = 1 AND id = customer_id", True),
    ],
)
def test_conditions_that_no_index_searches_by(where: str, others: bool) -> None:
    assert of(f"SELECT 1 FROM orders o WHERE {where}").others is others
