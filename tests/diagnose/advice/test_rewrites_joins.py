import pytest

from diagnose.advice.rewrites_joins import exists_instead, selected, without_joins
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import MARIADB, POSTGRES
from diagnose.evidence.scope import Scope
from diagnose.evidence.unused import unused_joins
from diagnose.types import Rewrite
from tests.diagnose.samples import evidence, table

TABLES = (
    table(
        "orders(id int pk, customer_id int key, payer_id int null key, day date, status varchar(10), note "
        "varchar(50) null, fk(customer_id) customers(id), fk(payer_id) customers(id))"
    ),
    table("customers(id int pk, nick varchar(20) null unique, email varchar(50) unique, name varchar(40), day date)"),
    table("order_lines(order_id int, line int, amount int, pk(order_id, line), fk(order_id) orders(id))"),
    table("logins(customer_id int key, at datetime, code varchar(9) utf8mb4_bin)"),
    table("colours(id int pk, name varchar(10))"),
)
HIDDEN = "SELECT DISTINCT c.{} FROM customers c JOIN orders o ON o.customer_id = c.id"


def joining(seen: Evidence) -> Scope:
    """The block that joins."""
    return Scope(seen, next(block for block in seen.blocks if len(block.sources) > 1))


def shortened(sql: str) -> Rewrite | None:
    seen = evidence(sql, *TABLES)
    scope = joining(seen)
    unused = unused_joins(scope)
    assert unused
    return without_joins(seen, scope.block, unused)


def with_exists(sql: str, kind: str = MARIADB) -> Rewrite | None:
    """With EXISTS for all that nothing is selected from."""
    seen = evidence(sql, *TABLES, kind=kind)
    scope = joining(seen)
    kept = frozenset[str]().union(*map(scope.touched, selected(scope.block)))
    hidden = [source for source in scope.block.sources if source.alias not in kept]
    assert hidden
    return exists_instead(seen, scope.block, hidden)


@pytest.mark.parametrize(
    ("sql", "rewrite"),
    [
        (
            "SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id WHERE o.day = '2024-01-01'",
            "SELECT o.id FROM orders AS o WHERE o.day = '2024-01-01'",
        ),
        (
            "SELECT COUNT(*) FROM orders o LEFT JOIN customers c ON c.id = o.customer_id AND c.name = 'x'",
            "SELECT COUNT(*) FROM orders AS o",
        ),
        (
            "SELECT o.id FROM orders o LEFT JOIN customers c ON c.nick = 'x' LEFT JOIN customers d ON d.id = c.id",
            "SELECT o.id FROM orders AS o",
        ),
        (
            "SELECT o.id, l.line FROM orders o LEFT JOIN customers c ON c.id = o.payer_id JOIN "
            "order_lines l ON l.order_id = o.id",
            "SELECT o.id, l.line FROM orders AS o JOIN order_lines AS l ON l.order_id = o.id",
        ),
        (
            "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id",
            "SELECT o.id FROM orders AS o",
        ),
        (
            "SELECT o.id FROM customers c JOIN orders o ON o.customer_id = c.id AND o.day > '2024-01-01'",
            "SELECT o.id FROM orders AS o WHERE o.day > '2024-01-01'",
        ),
        (
            "SELECT o.id FROM orders o, customers c WHERE c.id = o.payer_id AND o.status = 'x'",
            "SELECT o.id FROM orders AS o WHERE o.status = 'x' AND NOT `o`.`payer_id` IS NULL",
        ),
        (
            "SELECT x.id FROM (SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id) x",
            "SELECT x.id FROM (SELECT o.id FROM orders AS o) AS x",
        ),
        (
            "SELECT o.id FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id AND l.line = 1 ORDER BY o.day",
            "SELECT o.id FROM orders AS o ORDER BY o.day",
        ),
    ],
)
def test_joins_that_change_nothing(sql: str, rewrite: str) -> None:
    found = shortened(sql)
    assert found is not None
    assert found.sql == rewrite


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id LIMIT 10",
        "SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id ORDER BY o.day LIMIT 10",
        "SELECT GROUP_CONCAT(o.id) FROM orders o LEFT JOIN customers c ON c.id = o.customer_id",
        "SELECT @n := @n + 1, o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id",
        "SELECT o.status, o.note, COUNT(*) FROM orders o LEFT JOIN customers c ON c.id = o.customer_id "
        "GROUP BY o.status",
        "INSERT INTO colours SELECT o.id, 'x' FROM orders o LEFT JOIN customers c ON c.id = o.customer_id",
    ],
)
def test_no_rewrite_where_the_order_of_rows_could_show(sql: str) -> None:
    assert shortened(sql) is None


def test_a_limit_with_a_total_order_takes_the_same_rows() -> None:
    found = shortened(
        "SELECT o.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id ORDER BY o.day, o.id LIMIT 10"
    )
    assert found is not None
    assert found.sql == "SELECT o.id FROM orders AS o ORDER BY o.day, o.id LIMIT 10"


def test_what_two_joins_need_is_said_once() -> None:
    found = shortened(
        "SELECT l.line FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN orders p ON p.id = l.order_id"
    )
    assert found is not None
    assert found.sql == "SELECT l.line FROM order_lines AS l"
    assert found.needs.count("every l.order_id exists in orders") == 1


@pytest.mark.parametrize(
    ("sql", "rewrite"),
    [
        (
            "SELECT DISTINCT c.id, c.name FROM customers c JOIN orders o ON o.customer_id = c.id WHERE "
            "o.status = 'open'",
            "SELECT c.id, c.name FROM customers AS c "
            "WHERE EXISTS(SELECT 1 FROM orders AS o WHERE o.status = 'open' AND o.customer_id = c.id)",
        ),
        (
            "SELECT DISTINCT o.day FROM orders o JOIN order_lines l ON l.order_id = o.id",
            "SELECT DISTINCT o.day FROM orders AS o WHERE EXISTS(SELECT 1 FROM order_lines AS l WHERE "
            "l.order_id = o.id)",
        ),
        (
            "SELECT DISTINCT c.email FROM order_lines l, orders o, customers c WHERE l.order_id = o.id AND "
            "o.customer_id = c.id AND l.amount > 5 ORDER BY c.email LIMIT 3",
            "SELECT c.email FROM customers AS c WHERE EXISTS(SELECT 1 FROM order_lines AS l JOIN orders AS o "
            "ON l.order_id = o.id WHERE o.customer_id = c.id AND l.amount > 5) ORDER BY c.email LIMIT 3",
        ),
        (
            "SELECT DISTINCT c.id FROM customers c JOIN orders o ON o.customer_id = c.id JOIN logins i "
            "ON i.customer_id = c.id",
            "SELECT c.id FROM customers AS c WHERE EXISTS(SELECT 1 FROM orders AS o WHERE o.customer_id = c.id) "
            "AND EXISTS(SELECT 1 FROM logins AS i WHERE i.customer_id = c.id)",
        ),
        ("SELECT DISTINCT c.id FROM customers c JOIN orders o ON o.customer_id = c.id ORDER BY c.name", None),
        ("SELECT DISTINCT c.id FROM customers c JOIN orders o ON o.customer_id = c.id LIMIT 5", None),
        ("SELECT DISTINCT f(c.id) FROM customers c JOIN orders o ON o.customer_id = c.id", None),
    ],
)
def test_duplicates_of_a_join_that_distinct_removes(sql: str, rewrite: str | None) -> None:
    found = with_exists(sql)
    assert (found.sql if found is not None else None) == rewrite


def test_sources_that_are_kept_are_joined_as_before() -> None:
    found = with_exists(
        "SELECT DISTINCT c.id, e.name FROM customers c CROSS JOIN colours e "
        "JOIN orders o ON o.customer_id = c.id AND o.status = e.name"
    )
    assert found is not None
    assert found.sql == (
        "SELECT DISTINCT c.id, e.name FROM customers AS c CROSS JOIN colours AS e "
        "WHERE EXISTS(SELECT 1 FROM orders AS o WHERE o.customer_id = c.id AND o.status = e.name)"
    )


def test_a_condition_that_nobody_can_place_leaves_no_rewrite() -> None:
    assert with_exists(f"{HIDDEN.format('id')} WHERE o.day > 1") is not None
    assert with_exists(f"{HIDDEN.format('id')} WHERE unseen > 1") is None


@pytest.mark.parametrize(
    ("sql", "kind", "open_text"),
    [
        (HIDDEN.format("name"), MARIADB, True),
        (HIDDEN.format("name"), POSTGRES, False),
        (HIDDEN.format("day"), MARIADB, False),
        (HIDDEN.format("id, c.name"), MARIADB, False),  # DISTINCT goes: no row is there twice
        ("SELECT DISTINCT l.code FROM logins l JOIN orders o ON o.customer_id = l.customer_id", MARIADB, False),
    ],
)
def test_distinct_text_says_which_of_equal_texts(sql: str, kind: str, open_text: bool) -> None:
    found = with_exists(sql, kind)
    assert found is not None
    assert ("any one may be shown" in found.needs) == open_text


def test_the_tree_is_not_touched() -> None:
    sql = "SELECT DISTINCT o.id FROM orders AS o JOIN customers AS c ON c.id = o.customer_id"
    seen = evidence(sql, *TABLES)
    scope = joining(seen)
    assert without_joins(seen, scope.block, unused_joins(scope)) is not None
    assert exists_instead(seen, scope.block, [scope.block.sources[1]]) is not None
    assert seen.tree.sql(dialect="mysql") == sql
