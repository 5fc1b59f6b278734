from dataclasses import replace

import pytest

from diagnose.advice.rewrites_grouping import Dependent, dependent_columns, narrower_groups
from diagnose.evidence.facts import MARIADB, MYSQL, POSTGRES, Table
from diagnose.evidence.scope import Scope
from tests.diagnose.samples import evidence, table

SALES = table("sales(id int pk, shop_id int key, day date, amount int)")
SHOPS = table("shops(id int pk, name varchar(40), city varchar(40), tag varchar(9) null unique)")
MARKS = table("marks(shop_id int, place int, label varchar(9), pk(shop_id, place))")


def dependent(sql: str, *tables: Table) -> list[Dependent]:
    seen = evidence(sql, *(tables or (SALES, SHOPS, MARKS)))
    return dependent_columns(Scope(seen, seen.blocks[0]))


def narrowed(sql: str, kind: str = MARIADB, **settings: str) -> str | None:
    seen = evidence(sql, SALES, SHOPS, MARKS, kind=kind)
    seen = replace(seen, server=replace(seen.server, settings=settings))
    block = seen.blocks[0]
    rewrite = narrower_groups(seen, block, dependent_columns(Scope(seen, block)))
    return rewrite.sql if rewrite is not None else None


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT name FROM shops GROUP BY id, name, city", [(1, "name", ("id",)), (2, "city", ("id",))]),
        ("SELECT name FROM shops GROUP BY name, ID", [(0, "name", ("id",))]),
        ("SELECT label FROM marks GROUP BY shop_id, label, place", [(1, "label", ("shop_id", "place"))]),
        ("SELECT c.id FROM shops c JOIN sales s ON s.shop_id = c.id GROUP BY c.id, s.day", []),
        ("SELECT label FROM marks GROUP BY shop_id, label", []),  # half of a key
        ("SELECT name FROM shops GROUP BY tag, name", []),  # NULL is no key's value
        ("SELECT name FROM shops GROUP BY id, LENGTH(name)", []),
        ("SELECT name FROM shops GROUP BY id, 2", []),
        ("SELECT name FROM shops GROUP BY id, name WITH ROLLUP", []),
        ("SELECT name FROM shops", []),
        ("SELECT x FROM unseen GROUP BY x, y", []),
        ("SELECT a.name FROM shops a, sales a GROUP BY a.id, a.name", []),  # which of both?
    ],
)
def test_what_a_key_of_the_list_determines(sql: str, columns: list[tuple[int, str, tuple[str, ...]]]) -> None:
    assert [(found.place, found.column, found.key) for found in dependent(sql)] == columns


def test_a_key_of_a_part_of_a_column_or_of_some_rows_determines_nothing() -> None:
    sql = "SELECT name FROM shops GROUP BY id, name"
    assert dependent(sql, SHOPS)
    for change in ({"prefixes": (3,)}, {"predicate": "id > 5"}, {"unique": False}):
        changed = tuple(replace(index, **change) if index.primary else index for index in SHOPS.indexes)
        assert dependent(sql, replace(SHOPS, indexes=changed)) == []


@pytest.mark.parametrize(
    ("sql", "rewrite"),
    [
        (
            "SELECT c.id, c.name, SUM(s.amount) FROM shops c JOIN sales s ON s.shop_id = c.id GROUP BY "
            "c.id, c.name, c.city",
            "SELECT c.id, c.name, SUM(s.amount) FROM shops AS c JOIN sales AS s ON s.shop_id = c.id GROUP BY c.id",
        ),
        (
            "SELECT id, day FROM sales GROUP BY day, id HAVING COUNT(*) > 1 ORDER BY day",
            "SELECT id, day FROM sales GROUP BY id HAVING COUNT(*) > 1 ORDER BY day",
        ),
        (
            "SELECT id, day FROM sales GROUP BY day, id ORDER BY id LIMIT 5",
            "SELECT id, day FROM sales GROUP BY id ORDER BY id LIMIT 5",
        ),
        ("SELECT id, day FROM sales GROUP BY day, id LIMIT 5", None),
        ("SELECT id, RAND() FROM sales GROUP BY day, id", None),
    ],
)
def test_the_same_groups_by_less(sql: str, rewrite: str | None) -> None:
    assert narrowed(sql) == rewrite


@pytest.mark.parametrize(("kind", "refused"), [(MARIADB, True), (MYSQL, False), (POSTGRES, False)])
def test_mariadb_under_only_full_group_by_would_refuse_it(kind: str, refused: bool) -> None:
    sql = "SELECT id, day FROM sales GROUP BY day, id"
    assert (narrowed(sql, kind, sql_mode="only_full_group_by,STRICT_TRANS_TABLES") is None) == refused
    assert narrowed(sql, kind, sql_mode="STRICT_TRANS_TABLES") is not None
