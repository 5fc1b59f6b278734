from dataclasses import replace

import pytest

from diagnose.advice.candidates import Purpose, candidates, covering
from diagnose.evidence.facts import MARIADB, POSTGRES, Index
from tests.diagnose.samples import evidence, table

ORDERS = table(
    "orders(id int pk, customer_id int key, state char(1), total int null, made date, note text null, key(made, total),"
    " long1 varchar(1000), long2 varchar(1000))"
)
CUSTOMERS = table("customers(id int pk, name varchar(20), region_id int null)")


def offered(sql: str, kind: str = MARIADB) -> list[str]:
    found = candidates(evidence(sql, ORDERS, CUSTOMERS, kind=kind))
    return [f"{c.purpose.value} {c.usage.alias}({', '.join(c.names)})" for c in found]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT * FROM orders WHERE total = 5", ["filter orders(total)"]),
        ("SELECT * FROM orders WHERE customer_id = 5", []),
        ("SELECT * FROM orders WHERE id = 5 AND total = 3", []),
        ("SELECT * FROM orders WHERE made = '2026-01-01'", []),
        ("SELECT * FROM orders WHERE made = '2026-01-01' AND total > 5", []),
        ("SELECT * FROM orders WHERE total = 5 AND made = '2026-01-01'", []),
        ("SELECT * FROM orders WHERE total = 5 AND made > '2026-01-01'", ["filter orders(total, made)"]),
        ("SELECT * FROM orders WHERE total > 5 AND customer_id = 3", ["filter orders(customer_id, total)"]),
        ("SELECT * FROM orders WHERE total > 5 AND made BETWEEN '2026-01-01' AND '2026-01-03'", []),
        ("SELECT * FROM orders WHERE customer_id > 5 AND total BETWEEN 1 AND 3", ["filter orders(total)"]),
        ("SELECT * FROM orders WHERE made > '2026-01-01'", []),
        ("SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id", []),
        ("SELECT * FROM orders o JOIN customers c ON c.id = o.total", ["join o(total)"]),
        ("SELECT * FROM orders o JOIN customers c ON c.region_id = o.id", ["join c(region_id)"]),
        (
            "SELECT * FROM orders o JOIN customers c ON c.id = o.total WHERE o.made > NOW()",
            ["join o(total, made)", "join o(total)"],
        ),
        ("SELECT * FROM orders ORDER BY total", ["order orders(total)"]),
        ("SELECT * FROM orders ORDER BY id", []),
        ("SELECT * FROM orders WHERE customer_id = 5 ORDER BY id DESC", []),
        (
            "SELECT * FROM orders WHERE customer_id = 5 ORDER BY made DESC LIMIT 5",
            ["filter orders(customer_id, made)"],
        ),
        ("SELECT state, COUNT(*) FROM orders GROUP BY state", ["group orders(state)"]),
        ("SELECT * FROM orders ORDER BY made, total DESC", ["order orders(made, total)"]),
        ("SELECT * FROM orders ORDER BY made DESC, total DESC", []),
        ("SELECT * FROM orders WHERE note = 'x'", ["filter orders(note)"]),
        ("SELECT * FROM orders ORDER BY note", []),
    ],
)
def test_candidates(sql: str, expected: list[str]) -> None:
    assert offered(sql) == expected


def test_the_most_selective_equality_comes_first() -> None:
    unsorted = table("t(id int pk, few int, many int)")
    columns = tuple(replace(c, distinct={"few": 3, "many": 50_000}.get(c.name)) for c in unsorted.columns)
    found = candidates(evidence("SELECT * FROM t WHERE few = 1 AND many = 2", replace(unsorted, columns=columns)))
    assert [c.names for c in found] == [("many", "few")]
    assert found[0].share == pytest.approx(1e-5)


def test_shares_are_told_only_from_statistics() -> None:
    unknown = replace(ORDERS, columns=tuple(replace(c, distinct=None) for c in ORDERS.columns))
    (found,) = candidates(evidence("SELECT * FROM orders WHERE total = 1", unknown))
    assert (found.share, found.guess) == (None, 0.01)
    (found,) = candidates(evidence("SELECT * FROM orders WHERE state = 'a'", unknown))
    assert (found.share, found.guess) == (None, 0.25)
    (found,) = candidates(evidence("SELECT * FROM orders WHERE total IN (1, 2)", ORDERS))
    assert found.share == pytest.approx(2 / 10_000)


def test_wide_columns_are_indexed_by_their_first_characters() -> None:
    (found,) = candidates(evidence("SELECT * FROM orders WHERE note = 'x'", ORDERS))
    assert found.remedy.prefixes == (100,)
    (found,) = candidates(evidence("SELECT * FROM orders WHERE long1 = 'x' AND long2 = 'y'", ORDERS))
    assert found.remedy.prefixes == (100, 100)
    (found,) = candidates(evidence("SELECT * FROM orders WHERE note = 'x'", ORDERS, kind=POSTGRES))
    assert found.remedy.prefixes == ()


def test_mixed_directions_need_a_descending_column() -> None:
    (found,) = candidates(evidence("SELECT * FROM orders ORDER BY made, total DESC", ORDERS))
    assert found.remedy.descending == (False, True)


@pytest.mark.parametrize(
    "useless",
    [
        Index("partial", ("total",), predicate="(total > 5)"),
        Index("words", ("total",), kind="fulltext"),
        Index("begin", ("total",), prefixes=(5,)),
    ],
)
def test_indexes_of_other_kinds_serve_nothing(useless: Index) -> None:
    held = replace(ORDERS, indexes=(*ORDERS.indexes, useless))
    assert len(candidates(evidence("SELECT * FROM orders WHERE total = 5", held))) == 1


def test_a_longer_index_may_take_the_place_of_one_that_it_begins_with() -> None:
    (found,) = candidates(evidence("SELECT * FROM orders WHERE total > 5 AND customer_id = 3", ORDERS))
    assert found.extends is not None
    assert found.extends.name == "customer_id"


def test_covering_adds_what_else_is_read() -> None:
    (found,) = candidates(evidence("SELECT made, id FROM orders WHERE total = 5", ORDERS))
    more = covering(found, MARIADB)
    assert more is not None
    assert (more.purpose, more.names) == (Purpose.COVER, ("total", "made"))  # InnoDB has the primary key at the end
    (found,) = candidates(evidence("SELECT * FROM orders WHERE total = 5", ORDERS))
    assert covering(found, MARIADB) is None
    (found,) = candidates(evidence("SELECT note FROM orders WHERE total = 5", ORDERS))
    assert covering(found, MARIADB) is None
