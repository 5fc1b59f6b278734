import pytest
import sqlglot
from sqlglot import exp

from plugins.builtin.mask.names import Naming, naming, naming_of, no_forward
from plugins.errors import AskwireError


@pytest.mark.parametrize("alias", ["e", "E mail", "a.b", "a-b:c$", "_x", "$", "größe", "a" * 63])
def test_aliases_that_are_kept(alias: str) -> None:
    assert naming_of(alias) is Naming.SURE


@pytest.mark.parametrize("alias", ["", "s", "e ", " e", "a" * 65, "a`b", "a'b", "a\tb", "1;2"])
def test_aliases_that_may_be_others(alias: str) -> None:
    """A server trims or cuts them, or only ``s`` is left of a string in the text that is read."""
    assert naming_of(alias) is Naming.ANY


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("email", Naming.SURE),
        ("p.email", Naming.SURE),
        ("UPPER(email) AS e", Naming.SURE),
        ("UPPER(email) AS s", Naming.ANY),
        ("UPPER(email)", Naming.TEXT),
        ("1", Naming.TEXT),
        ("(email)", Naming.ANY),
    ],
)
def test_columns_of_a_select(item: str, kind: Naming) -> None:
    assert naming(sqlglot.parse_one(f"SELECT {item}", read="mysql").expressions[0]) is kind


def with_of(sql: str) -> exp.With:
    return sqlglot.parse_one(sql, read="mysql").args["with_"]


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n FROM r",
        "WITH RECURSIVE a AS (SELECT 1), b AS (SELECT * FROM a) SELECT * FROM b",
        "WITH RECURSIVE a AS (SELECT * FROM shop.b), b AS (SELECT 1) SELECT * FROM b",
    ],
)
def test_names_of_what_came_before(sql: str) -> None:
    no_forward(with_of(sql))


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a",
        "WITH RECURSIVE a AS (SELECT * FROM B), b AS (SELECT 1) SELECT * FROM a",
        "WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a",
        "WITH RECURSIVE people AS (SELECT * FROM people) SELECT * FROM people",
    ],
)
def test_names_of_what_comes_later(sql: str) -> None:
    with pytest.raises(AskwireError, match="a recursion that names what comes later is unclear"):
        no_forward(with_of(sql))
