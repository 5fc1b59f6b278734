from dataclasses import replace
from typing import Any

import pytest

from diagnose.evidence.facts import Index, Table
from diagnose.evidence.scope import Scope
from diagnose.rules.access_order import Wanted, already, wanted_index
from tests.diagnose.samples import evidence, table

POSTS = table(
    "posts(id int pk, author_id int, state varchar(10), posted datetime, title varchar(300), body longtext, a int, "
    "b int, c int)"
)


def wanted(sql: str, *names: str, found: Table = POSTS, **given: Any) -> Wanted | None:
    seen = evidence(sql, found, table("tags(id int pk)"))
    return wanted_index(Scope(seen, seen.blocks[0]), names, **given)


@pytest.mark.parametrize(
    ("sql", "names", "given", "columns"),
    [
        ("SELECT 1 FROM posts", ["posts.posted"], {}, ("posted",)),
        ("SELECT 1 FROM posts p WHERE state = 'x'", ["p.posted"], {}, ("state", "posted")),
        (
            "SELECT 1 FROM posts WHERE 'x' = state",
            ["posts.posted", "posts.a"],
            {"more": ["posts.b"]},
            ("state", "posted", "a", "b"),
        ),
        ("SELECT 1 FROM posts WHERE posted > '2026-01-01'", ["posts.posted"], {"first_may_range": True}, ("posted",)),
        ("SELECT 1 FROM posts WHERE posted BETWEEN 1 AND 2", ["posts.posted"], {"first_may_range": True}, ("posted",)),
        ("SELECT 1 FROM posts WHERE posted > '2026-01-01'", ["posts.posted"], {}, None),
        ("SELECT 1 FROM posts WHERE a > 5", ["posts.posted"], {"first_may_range": True}, None),
        ("SELECT 1 FROM posts WHERE posted > a", ["posts.posted"], {"first_may_range": True}, None),
        ("SELECT 1 FROM posts WHERE a = RAND()", ["posts.posted"], {}, None),
        ("SELECT 1 FROM posts WHERE a = b", ["posts.posted"], {}, None),
        ("SELECT 1 FROM posts WHERE a = 1 OR b = 2", ["posts.posted"], {}, None),
        ("SELECT 1 FROM posts WHERE a = 1", ["posts.a"], {}, None),  # one value has no order
        ("SELECT 1 FROM posts", ["posts.title"], {}, None),  # too wide
        ("SELECT 1 FROM posts", ["posts.body"], {}, None),
        ("SELECT 1 FROM posts WHERE a = 1 AND b = 2 AND c = 3", ["posts.posted", "posts.author_id"], {}, None),
        ("SELECT 1 FROM posts p JOIN tags t ON t.id = p.id", ["p.posted"], {}, None),
        ("SELECT 1 FROM unseen", ["unseen.posted"], {}, None),
    ],
)
def test_the_index_that_gives_an_order(
    sql: str, names: list[str], given: dict[str, Any], columns: tuple[str, ...] | None
) -> None:
    found = wanted(sql, *names, **given)
    assert (found.columns if found is not None else None) == columns


def test_a_view_has_no_index() -> None:
    assert wanted("SELECT 1 FROM posts", "posts.posted", found=replace(POSTS, view=True)) is None


@pytest.mark.parametrize(
    ("index", "there"),
    [
        (Index("i", ("state", "posted")), True),
        (Index("i", ("posted", "state")), True),  # the constant may stand anywhere
        (Index("i", ("posted", "a")), True),
        (Index("i", ("a", "posted")), False),
        (Index("i", ("state",)), False),
        (Index("i", ("state", "posted"), kind="hash"), False),
        (Index("i", ("state", "posted"), predicate="a > 3"), False),
    ],
)
def test_an_index_that_is_there_already(index: Index, there: bool) -> None:
    found = wanted("SELECT 1 FROM posts WHERE state = 'x'", "posts.posted", found=replace(POSTS, indexes=(index,)))
    assert found is not None
    assert already(found) == there
