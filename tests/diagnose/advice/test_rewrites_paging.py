from dataclasses import replace
from typing import Any

import pytest

from diagnose.advice.rewrites_paging import late_lookup
from diagnose.evidence.facts import MARIADB, POSTGRES, Index, Table
from tests.diagnose.samples import evidence, table

POSTS = table(
    "posts(id int pk, author_id int, state varchar(10), posted datetime, title varchar(80), body longtext, rank int, "
    "key(posted), key(author_id, posted))"
)
TINY = table("tiny(id int pk, rank int)")
PAGE = "SELECT * FROM posts ORDER BY posted, id LIMIT 20 OFFSET 5000"


def late(sql: str, *tables: Table, kind: str = MARIADB) -> str | None:
    seen = evidence(sql, *(tables or (POSTS, TINY)), kind=kind)
    rewrite = late_lookup(seen, seen.blocks[0])
    return rewrite.sql if rewrite is not None else None


@pytest.mark.parametrize(
    ("sql", "rewrite"),
    [
        (
            "SELECT * FROM posts ORDER BY posted DESC, id LIMIT 20 OFFSET 5000",
            "SELECT `posts`.* FROM posts JOIN (SELECT `posts`.`id` AS `page_key_1` FROM posts ORDER BY "
            "`posts`.`posted` DESC, `posts`.`id` LIMIT 20 OFFSET 5000) AS askwire_page "
            "ON `askwire_page`.`page_key_1` = `posts`.`id` ORDER BY `posts`.`posted` DESC, `posts`.`id`",
        ),
        (
            "SELECT title AS t FROM posts p WHERE author_id = 5 ORDER BY posted, id LIMIT 20 OFFSET 5000",
            "SELECT title AS t FROM posts AS p JOIN (SELECT `p`.`id` AS `page_key_1` FROM posts AS p "
            "WHERE author_id = 5 "
            "ORDER BY `p`.`posted`, `p`.`id` LIMIT 20 OFFSET 5000) AS askwire_page "
            "ON `askwire_page`.`page_key_1` = `p`.`id` ORDER BY `p`.`posted`, `p`.`id`",
        ),
        ("SELECT * FROM posts ORDER BY posted LIMIT 20 OFFSET 5000", None),  # which of equal ones is open
        ("SELECT posted, id FROM posts ORDER BY posted, id LIMIT 20 OFFSET 5000", None),  # the index has it all
        ("SELECT * FROM posts ORDER BY rank, id LIMIT 20 OFFSET 5000", None),  # no index
        ("SELECT * FROM posts WHERE state = 'x' ORDER BY posted, id LIMIT 20 OFFSET 5000", None),
        ("SELECT * FROM posts ORDER BY id LIMIT 20 OFFSET 5000", None),  # the rows lie in that order
        ("SELECT DISTINCT title FROM posts ORDER BY posted, id LIMIT 20 OFFSET 5000", None),
        ("SELECT RAND(), title FROM posts ORDER BY posted, id LIMIT 20 OFFSET 5000", None),
        ("SELECT * FROM posts ORDER BY posted, id LIMIT 20 OFFSET 5000 FOR UPDATE", None),
        ("SELECT rank AS posted, title FROM posts ORDER BY posted, id LIMIT 20 OFFSET 5000", None),
        ("SELECT p.title FROM posts p JOIN tiny t ON t.id = p.id ORDER BY p.posted, p.id LIMIT 20 OFFSET 5000", None),
        ("SELECT * FROM posts askwire_page ORDER BY posted, id LIMIT 20 OFFSET 5000", None),
        ("SELECT * FROM posts FORCE INDEX (posted) ORDER BY posted, id LIMIT 20 OFFSET 5000", None),
    ],
)
def test_late_lookup(sql: str, rewrite: str | None) -> None:
    assert late(sql) == rewrite


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM posts HAVING rank > 1 ORDER BY posted, id LIMIT 20 OFFSET 5000",
        "SELECT * FROM posts WHERE id IN (SELECT id FROM tiny) ORDER BY posted, id LIMIT 20 OFFSET 5000",
        "SELECT * FROM posts ORDER BY posted, LENGTH(title), id LIMIT 20 OFFSET 5000",
        "WITH x AS (SELECT 1) SELECT * FROM posts ORDER BY posted, id LIMIT 20 OFFSET 5000",
        "SELECT * FROM unseen ORDER BY posted, id LIMIT 20 OFFSET 5000",
        "SELECT * FROM (SELECT id, posted FROM posts) p ORDER BY posted, id LIMIT 20 OFFSET 5000",
    ],
)
def test_only_rows_of_one_table_that_are_filtered_sorted_and_cut(sql: str) -> None:
    assert late(sql) is None


def test_a_page_inside_of_another_statement_is_left_alone() -> None:
    seen = evidence(f"SELECT x.id FROM ({PAGE}) AS x", POSTS)
    assert late_lookup(seen, seen.blocks[1]) is None


@pytest.mark.parametrize(
    "change",
    [{"prefixes": (10,)}, {"predicate": "id > 5"}, {"kind": "hash"}, {"columns": ("author_id", "posted")}],
)
def test_an_index_that_has_not_every_row_in_order_is_of_no_use(change: dict[str, Any]) -> None:
    own = Index("own", ("posted",))
    only = tuple(index for index in POSTS.indexes if index.primary)
    assert late(PAGE, replace(POSTS, indexes=(*only, own))) is not None
    assert late(PAGE, replace(POSTS, indexes=(*only, replace(own, **change)))) is None


def test_without_a_primary_key_or_of_a_view_there_is_nothing_to_look_up_by() -> None:
    unkeyed = tuple(index for index in POSTS.indexes if not index.primary)
    assert late(PAGE, replace(POSTS, indexes=unkeyed)) is None
    assert late(PAGE, replace(POSTS, view=True)) is None


def test_postgres_finds_a_key_only_where_the_index_has_it() -> None:
    assert late(PAGE, kind=POSTGRES) is None
    keyed = table("posts(id int pk, posted datetime, title varchar(80), key(posted, id))")
    assert late(PAGE, keyed, kind=POSTGRES) is not None
    included = replace(keyed, indexes=(keyed.indexes[0], Index("i", ("posted",), include=("id",))))
    assert late(PAGE, included, kind=POSTGRES) is not None


def test_names_of_the_page_are_none_of_the_table() -> None:
    taken = table("posts(id int pk, page_key_1 int, page_key_2 int, posted datetime, title varchar(9), key(posted))")
    assert "`posts`.`id` AS `page_key_3`" in str(late(PAGE, taken))


def test_every_column_of_a_key_is_joined_by() -> None:
    pair = table("posts(a int, b int, posted datetime, title varchar(9), pk(a, b), key(posted))")
    found = str(late("SELECT title FROM posts ORDER BY posted, a, b LIMIT 5 OFFSET 9000", pair))
    assert "ON `askwire_page`.`page_key_1` = `posts`.`a` AND `askwire_page`.`page_key_2` = `posts`.`b`" in found


def test_the_tree_is_not_touched() -> None:
    seen = evidence(PAGE, POSTS)
    assert late_lookup(seen, seen.blocks[0]) is not None
    assert seen.tree.sql(dialect="mysql") == PAGE
