import pytest
from sqlglot import exp
from sqlglot.optimizer.scope import build_scope, traverse_scope

from nl2sql.sources import Names, columns_of, flat, has, visible
from plugins.readonly import parse_one
from tests.nl2sql.club import CATALOG, COLUMNS

PLANES = list(COLUMNS["planes"])


def sources(sql: str) -> dict[str, list[str] | None]:
    """The columns of each source of the outermost SELECT."""
    scope = build_scope(parse_one(sql))
    assert scope is not None
    return {name: columns_of(source, Names(CATALOG)) for name, (_, source) in scope.selected_sources.items()}


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT 1 FROM planes p", {"p": PLANES}),
        ("SELECT 1 FROM unseen", {"unseen": None}),
        ("SELECT 1 FROM (SELECT seats, model AS m, 1 + 1 FROM planes) x", {"x": ["seats", "m", "1"]}),
        ("SELECT 1 FROM (SELECT * FROM planes) x", {"x": PLANES}),
        ("SELECT 1 FROM (SELECT p.*, f.miles FROM planes p JOIN flights f) x", {"x": [*PLANES, "miles"]}),
        ("SELECT 1 FROM (SELECT * FROM unseen) x", {"x": None}),
        ("SELECT 1 FROM (SELECT 1, 2) x (a, b)", {"x": ["a", "b"]}),
        ("SELECT 1 FROM (SELECT id FROM planes UNION SELECT miles FROM flights) x", {"x": ["id"]}),
        ("WITH c AS (SELECT seats FROM planes) SELECT 1 FROM c, planes", {"c": ["seats"], "planes": PLANES}),
        ("WITH c (n) AS (SELECT seats FROM planes) SELECT 1 FROM c", {"c": ["n"]}),
        (
            "WITH RECURSIVE c AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM c WHERE n < 5) SELECT 1 FROM c",
            {"c": ["n"]},
        ),
    ],
)
def test_the_columns_of_sources(sql: str, columns: dict[str, list[str] | None]) -> None:
    assert sources(sql) == columns


def seen(sql: str, table: str) -> list[str]:
    """What the query that reads ``table`` sees."""
    scope = next(s for s in traverse_scope(parse_one(sql)) if any(t.name == table for t in s.tables))
    return [name for name, _, _ in visible(scope)]


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT 1 FROM pilots WHERE EXISTS (SELECT 1 FROM planes p)", ["p", "pilots"]),
        ("SELECT 1 FROM pilots, (SELECT seats FROM planes) x", ["planes"]),  # a derived table sees nothing outside
        ("SELECT 1 FROM pilots WHERE id IN (SELECT id FROM flights UNION SELECT id FROM planes)", ["planes", "pilots"]),
    ],
)
def test_what_a_query_sees_the_nearest_first(sql: str, names: list[str]) -> None:
    assert seen(sql, "planes") == names


def test_names_are_compared_without_case_and_notes_are_told_once() -> None:
    assert has(["Seats"], "sEATS")
    assert not has(["Seats"], "seat")
    assert has(None, "anything")  # nobody knows better
    assert flat("Birth_Year") == "birthyear"
    names = Names(CATALOG)
    names.note("a")
    names.note("a")
    assert names.notes == ["a"]
    assert isinstance(parse_one("SELECT 1 FROM planes"), exp.Query)
