"""The order of checks and the database's own word; what is refused: test_attacks, what is resolved: test_names."""

import pytest

from nl2sql.asked import Asked
from nl2sql.guard import EXPLAIN_SECONDS, NEEDS_RIGHTS, VIEW_NO_EXPLAIN, Guarded, check, explain
from plugins import UpstreamError
from plugins.readonly import Rejected, parse_one
from tests.nl2sql.club import CATALOG
from tests.support.answers import Answers

SQL = "SELECT model FROM planes WHERE seats > 3"
GUARDED = check(SQL, CATALOG, 50)


def test_what_passes_is_written_anew_with_a_limit() -> None:
    found = check("select  Model from PLANES p -- comment\n where seats>3", CATALOG, 50)
    assert found.sql == "SELECT Model FROM planes AS p WHERE seats > 3 LIMIT 50"
    assert (found.tables, found.notes) == (("planes",), ("at most 50 rows",))
    assert "LIMIT" not in found.tree.sql("mysql")


@pytest.mark.parametrize(
    ("limit", "sql", "notes"),
    [
        (5, f"{SQL} LIMIT 5", ()),
        (500, f"{SQL} LIMIT 50", ("at most 50 rows",)),
    ],
)
def test_a_limit_of_its_own_stays_where_it_is_less(limit: int, sql: str, notes: tuple[str, ...]) -> None:
    found = check(f"{SQL} LIMIT {limit}", CATALOG, 50)
    assert (found.sql, found.notes) == (sql, notes)


def test_a_tree_is_checked_like_a_text_and_stays_as_it_was() -> None:
    tree = parse_one("SELECT landed - started FROM flights")
    before = tree.copy()
    assert check(tree, CATALOG, 50).sql == check(tree.sql("mysql"), CATALOG, 50).sql
    assert tree == before
    tree.set("into", parse_one("SELECT 1 FROM planes"))
    with pytest.raises(Rejected):
        check(tree, CATALOG, 50)


@pytest.mark.parametrize(
    ("sql", "asked", "trusted", "checked"),
    [
        (
            "SELECT DISTINCT model FROM planes",
            Asked("how many models are there?"),
            False,
            "SELECT COUNT(DISTINCT model) FROM planes",
        ),
        ("SELECT DISTINCT model FROM planes", None, False, "SELECT DISTINCT model FROM planes"),
        ("SELECT state, COUNT(*) FROM flights", None, False, "SELECT state, COUNT(*) FROM flights GROUP BY state"),
        ("SELECT state, COUNT(*) FROM flights", None, True, "SELECT state, COUNT(*) FROM flights"),
    ],
)
def test_who_is_mended(sql: str, asked: Asked | None, trusted: bool, checked: str) -> None:
    assert check(sql, CATALOG, 50, asked, trusted=trusted).sql.removesuffix(" LIMIT 50") == checked


async def test_what_would_run_has_no_objection() -> None:
    given = Answers({})
    assert await explain(given.session, GUARDED) is None
    assert given.asked == [f"EXPLAIN {GUARDED.sql}"]
    assert given.limits[0]["time_limit_s"] == EXPLAIN_SECONDS


async def test_the_databases_own_objection() -> None:
    assert (
        await explain(Answers({"EXPLAIN": UpstreamError(1055, "42000", "not grouped")}).session, GUARDED)
        == "not grouped"
    )


@pytest.mark.parametrize("number", sorted(NEEDS_RIGHTS - {VIEW_NO_EXPLAIN}))
async def test_a_right_that_is_missing_is_told_as_it_is(number: int) -> None:
    with pytest.raises(UpstreamError) as caught:
        await explain(Answers({"EXPLAIN": UpstreamError(number, "42000", "denied")}).session, GUARDED)
    assert caught.value.number == number


async def test_a_view_that_may_not_be_explained_is_read_without_a_row() -> None:
    hidden = UpstreamError(VIEW_NO_EXPLAIN, "HY000", "EXPLAIN/SHOW can not be issued")
    given = Answers({"EXPLAIN": hidden})
    assert await explain(given.session, GUARDED) is None
    assert given.asked[1] == f"{SQL} LIMIT 0"
    broken = Answers({"EXPLAIN": hidden, "LIMIT 0": UpstreamError(1054, "42S22", "unknown column")})
    assert await explain(broken.session, GUARDED) == "unknown column"
    denied = Answers({"EXPLAIN": hidden, "LIMIT 0": UpstreamError(1142, "42000", "denied")})
    with pytest.raises(UpstreamError):
        await explain(denied.session, GUARDED)


async def test_a_stored_function_may_not_run_in_the_callers_own_transaction() -> None:
    guarded: Guarded = check("SELECT UPPER(model) FROM planes", CATALOG, 50)
    given = Answers({"ROUTINES": [("upper",)]}, in_transaction=True)
    assert await explain(given.session, guarded) == (
        "upper is a stored function here, and may not run while your transaction is open"
    )
    assert not any(sql.startswith("EXPLAIN") for sql in given.asked)
    outside = Answers({"ROUTINES": [("upper",)]})
    assert await explain(outside.session, guarded) is None
