import pytest
from sqlglot import exp

from diagnose.advice.rewrites_shapes import alternatives, filtered_earlier, keep_all, stands_for
from tests.diagnose.samples import evidence, table

TABLES = (
    table(
        "orders(id int pk, customer_id int key, number varchar(20) null key, total int null, state char(1) key, "
        "kind enum('b','a') key)"
    ),
    table("customers(id int pk, email varchar(40) unique, city varchar(20))"),
)
EITHER = "(customer_id = 5 OR number = 'a')"


def split(sql: str) -> str | None:
    """At the one OR of the statement."""
    seen = evidence(sql, *TABLES)
    (block,) = [block for block in seen.blocks if any(isinstance(c, exp.Or) for c in block.where)]
    (condition,) = [c for c in block.where if isinstance(c, exp.Or)]
    before = seen.tree.copy()
    found = alternatives(seen.tree, block, condition, list(condition.flatten()))
    assert seen.tree == before
    return found


@pytest.mark.parametrize(
    ("sql", "rewrite"),
    [
        (
            f"SELECT id FROM orders WHERE {EITHER}",
            "SELECT id FROM orders WHERE (customer_id = 5) UNION ALL "
            "SELECT id FROM orders WHERE (number = 'a' AND customer_id <> 5)",
        ),
        (
            "SELECT id FROM orders WHERE number = 'a' OR customer_id = 5 OR id = 7",
            "SELECT id FROM orders WHERE number = 'a' UNION ALL "
            "SELECT id FROM orders WHERE customer_id = 5 AND NOT (number = 'a') IS TRUE UNION ALL "
            "SELECT id FROM orders WHERE id = 7 AND NOT (number = 'a') IS TRUE AND customer_id <> 5",
        ),
        (
            "SELECT c.city FROM customers c LEFT JOIN orders o ON o.customer_id = c.id "
            "WHERE o.state = 'x' OR c.email = 'b'",
            "SELECT c.city FROM customers AS c LEFT JOIN orders AS o ON o.customer_id = c.id "
            "WHERE o.state = 'x' UNION ALL "
            "SELECT c.city FROM customers AS c LEFT JOIN orders AS o ON o.customer_id = c.id "
            "WHERE c.email = 'b' AND NOT (o.state = 'x') IS TRUE",
        ),
        (
            f"SELECT total AS t, number FROM orders WHERE {EITHER} ORDER BY t DESC, orders.number",
            "SELECT total AS t, number FROM orders WHERE (customer_id = 5) UNION ALL "
            "SELECT total AS t, number FROM orders WHERE (number = 'a' AND customer_id <> 5) ORDER BY t DESC, number",
        ),
    ],
)
def test_the_second_query_leaves_out_the_rows_of_the_first(sql: str, rewrite: str) -> None:
    assert split(sql) == rewrite


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT DISTINCT total FROM orders WHERE {}",
        "SELECT COUNT(*) FROM orders WHERE {}",
        "SELECT total, COUNT(*) FROM orders WHERE {} GROUP BY total",
        "SELECT id FROM orders WHERE {} LIMIT 5",
        "SELECT id FROM orders WHERE {} ORDER BY total",
        "SELECT kind FROM orders WHERE {} ORDER BY kind",
        "SELECT total + 1 AS id FROM orders WHERE {} ORDER BY orders.id",
        "SELECT id, RAND() AS r FROM orders WHERE {}",
        "SELECT id, f(total) AS r FROM orders WHERE {}",
        "SELECT id, @x AS r FROM orders WHERE {}",
        "SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS r FROM orders WHERE {}",
        "SELECT id FROM orders WHERE {} FOR UPDATE",
        "SELECT SQL_CALC_FOUND_ROWS id FROM orders WHERE {}",
        "SELECT id FROM customers WHERE id IN (SELECT total FROM orders WHERE {})",
        "DELETE FROM orders WHERE {}",
    ],
)
def test_no_alternatives_where_the_result_may_differ(sql: str) -> None:
    assert split(sql.format(EITHER)) is None


@pytest.mark.parametrize(
    "sql",
    [
        "WITH x AS (SELECT 1) SELECT id FROM orders WHERE {}",
        "SELECT id FROM orders WHERE {} ORDER BY LENGTH(number)",
        "SELECT id, total AS id FROM orders WHERE {} ORDER BY id",
        "SELECT *, id FROM orders WHERE {} ORDER BY id",
        "SELECT (SELECT 1) AS x FROM orders WHERE {}",
    ],
)
def test_no_alternatives_of_what_a_union_cannot_say(sql: str) -> None:
    assert split(sql.format(EITHER)) is None


def test_unions_without_duplicates_keep_all() -> None:
    tree = evidence("SELECT id FROM orders UNION SELECT 1 UNION SELECT 2").tree
    outer, inner = tree.find_all(exp.Union)
    assert keep_all(tree, [outer, inner]) == "SELECT id FROM orders UNION ALL SELECT 1 UNION ALL SELECT 2"
    assert keep_all(tree, [inner]) == "SELECT id FROM orders UNION ALL SELECT 1 UNION SELECT 2"
    assert tree.sql() == "SELECT id FROM orders UNION SELECT 1 UNION SELECT 2"


@pytest.mark.parametrize(
    ("sql", "rewrite"),
    [
        (
            "SELECT state FROM orders GROUP BY state HAVING state = 'a'",
            "SELECT state FROM orders WHERE state = 'a' GROUP BY state",
        ),
        (
            "SELECT state, COUNT(*) AS n FROM orders WHERE id > 1 OR id < 0 GROUP BY state "
            "HAVING state = 'a' AND n > 2",
            "SELECT state, COUNT(*) AS n FROM orders WHERE (id > 1 OR id < 0) AND state = 'a' "
            "GROUP BY state HAVING n > 2",
        ),
        (
            "SELECT total + 1 AS t FROM orders HAVING t > 5 OR t < 2",
            "SELECT total + 1 AS t FROM orders WHERE ((total + 1) > 5 OR (total + 1) < 2)",
        ),
        (
            "SELECT id, total = 1 OR id = 2 AS t FROM orders HAVING t = 0",
            "SELECT id, total = 1 OR id = 2 AS t FROM orders WHERE (total = 1 OR id = 2) = 0",
        ),
        (
            "SELECT number REGEXP 'x' AS t FROM orders HAVING 1 = t",
            "SELECT number RLIKE 'x' AS t FROM orders WHERE 1 = (number RLIKE 'x')",
        ),
        (
            "SELECT YEAR(total) AS y FROM orders GROUP BY y HAVING y = 2026",
            "SELECT YEAR(total) AS y FROM orders WHERE YEAR(total) = 2026 GROUP BY y",
        ),
        ("SELECT total AS id FROM orders HAVING id > 5", None),
    ],
)
def test_the_first_condition_of_having_as_one_of_where(sql: str, rewrite: str | None) -> None:
    seen = evidence(sql, *TABLES)
    having = seen.tree.args["having"].this
    first = having.left if isinstance(having, exp.And) else having
    assert filtered_earlier(seen.tree, seen.blocks[0], [first]) == rewrite


@pytest.mark.parametrize(
    ("selected", "name", "meant"),
    [
        ("id", "id", "id"),
        ("total AS t", "t", "total"),
        ("total AS t", "orders.total", "orders.total"),
        ("orders.id AS id", "id", "id"),  # the output is the column
        ("total AS id", "id", None),
        ("total AS t, number AS T", "t", None),
        ("total AS t", "nothing", "nothing"),
    ],
)
def test_what_a_name_in_having_means(selected: str, name: str, meant: str | None) -> None:
    seen = evidence(f"SELECT {selected} FROM orders HAVING {name} > 5", *TABLES)
    found = stands_for(seen.tree.args["having"].find(exp.Column), seen.blocks[0])
    assert (found.sql() if found is not None else None) == meant


def test_a_name_beside_an_unknown_table_could_mean_either() -> None:
    seen = evidence("SELECT x + 1 AS t FROM unseen HAVING t > 5", *TABLES)
    assert stands_for(seen.tree.args["having"].find(exp.Column), seen.blocks[0]) is None
