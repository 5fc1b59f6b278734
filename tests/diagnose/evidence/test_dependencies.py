import pytest

from diagnose.evidence.dependencies import Dependencies, total_order
from diagnose.evidence.facts import Table
from diagnose.evidence.scope import Scope
from tests.diagnose.samples import evidence, table

ORDERS = table("orders(id int pk, customer_id int, code varchar(20) null unique, day date, price double unique)")
LINES = table("order_lines(order_id int, line int, sku varchar(20), pk(order_id, line))")
TABLES: tuple[Table, ...] = (ORDERS, LINES)


def scope(sql: str) -> Scope:
    found = evidence(sql, *TABLES)
    return Scope(found, found.blocks[0])


@pytest.mark.parametrize(
    ("sql", "total"),
    [
        ("SELECT day FROM orders ORDER BY id LIMIT 3", True),
        ("SELECT day FROM orders ORDER BY day, id DESC LIMIT 3", True),
        ("SELECT id, day FROM orders ORDER BY day LIMIT 3", False),
        ("SELECT line FROM order_lines WHERE order_id = 5 ORDER BY line", True),
        ("SELECT line FROM order_lines WHERE order_id > 5 ORDER BY line", False),
        ("SELECT line FROM order_lines WHERE order_id = '5' ORDER BY line", False),  # compared as floating point
        ("SELECT id FROM orders ORDER BY code", False),  # any number of NULLs
        ("SELECT id FROM orders WHERE code = 'x' OR code = 'y' ORDER BY code", False),
        ("SELECT day AS id FROM orders ORDER BY id", False),  # the name in the select list comes first
        ("SELECT id AS k FROM orders ORDER BY k", True),
        ("SELECT id FROM orders ORDER BY id + 1", False),
        ("SELECT l.line FROM orders o JOIN order_lines l ON l.order_id = o.id ORDER BY l.order_id, l.line", True),
        ("SELECT l.line FROM orders o JOIN order_lines l ON l.order_id = o.id ORDER BY o.id", False),
        ("SELECT l.line FROM order_lines l LEFT JOIN orders o ON o.id = l.order_id ORDER BY l.order_id, l.line", True),
        (
            "SELECT l.line FROM order_lines l LEFT JOIN orders o ON o.day > '2024-01-01' ORDER BY l.order_id, l.line",
            False,
        ),
        ("SELECT 1", False),
        ("SELECT id FROM unseen ORDER BY id", False),
    ],
)
def test_a_total_order(sql: str, total: bool) -> None:
    assert total_order(scope(sql)) is total


def test_equalities_that_convert_prove_nothing_but_excuse_something() -> None:
    here = scope("SELECT 1 FROM orders o JOIN order_lines l ON l.sku = o.customer_id")
    strict, lenient = Dependencies(here, strict=True), Dependencies(here, strict=False)
    assert "o.customer_id" not in strict.closure({"l.sku"})
    assert "o.customer_id" in lenient.closure({"l.sku"})


def test_a_key_and_what_equals_it_determine_everything_of_a_row() -> None:
    here = scope("SELECT 1 FROM orders o, order_lines l WHERE l.order_id = o.id AND l.line = 2")
    proved = Dependencies(here, strict=True)
    assert {"o.day", "l.sku"} <= proved.closure({"l.order_id"})
    assert proved.determines({"o.id"}, here.block.sources[1])
    assert not proved.determines((), here.block.sources[1])


def test_prefixes_and_partial_indexes_are_no_keys() -> None:
    from dataclasses import replace

    from diagnose.evidence.dependencies import unique_keys

    (plain,) = (index for index in LINES.indexes if index.primary)
    assert list(unique_keys(LINES))
    for broken in (
        replace(plain, predicate="line > 5"),
        replace(plain, prefixes=(None, 3)),
        replace(plain, columns=("order_id", "(line + 1)")),
        replace(plain, unique=False),
    ):
        assert not list(unique_keys(replace(LINES, indexes=(broken,))))
