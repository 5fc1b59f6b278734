import pytest

from nl2sql.catalog import CatalogTable
from nl2sql.writes.effects import effects
from nl2sql.writes.guard import Change
from plugins import AskwireError, ErrorCode
from tests.support.answers import Answers, Row

BASE: list[Row] = [("BASE TABLE", "InnoDB")]
CREATED: list[Row] = [("o'b", "CREATE TABLE `o'b` (`id` int)")]


def change(kind: str = "UPDATE", *columns: str) -> Change:
    return Change(kind, "…", CatalogTable("o'b", ()), columns or ("id",), None)


def given(**answers: list[Row]) -> Answers:
    """By the view that is asked: TABLES, SHOW_CREATE, TRIGGERS, KEY_COLUMN_USAGE."""
    plain = {"TABLES": BASE, "SHOW_CREATE": CREATED, **answers}
    return Answers({view.replace("_CREATE", " CREATE"): rows for view, rows in plain.items()})


async def test_a_table_without_more_has_no_effects() -> None:
    answers = given()
    assert await effects(answers.session, change()) == ()
    assert all("'o''b'" in sql or "`o'b`" in sql for sql in answers.asked)


async def test_triggers_and_rows_that_follow() -> None:
    answers = given(
        TRIGGERS=[("audit", "AFTER"), (b"check", b"BEFORE")],
        KEY_COLUMN_USAGE=[("bills", "CASCADE"), ("notes", "SET NULL")],
    )
    assert await effects(answers.session, change("DELETE")) == (
        "the trigger audit runs after each row",
        "the trigger check runs before each row",
        "rows of bills that refer to these follow, uncounted: ON DELETE CASCADE",
        "rows of notes that refer to these follow, uncounted: ON DELETE SET NULL",
    )
    (triggers,) = [sql for sql in answers.asked if "TRIGGERS" in sql]
    assert triggers.endswith("EVENT_MANIPULATION = 'DELETE'")


async def test_only_columns_that_are_changed_are_followed() -> None:
    answers = given()
    await effects(answers.session, change("UPDATE", "id", "o'c"))
    (keys,) = [sql for sql in answers.asked if "KEY_COLUMN_USAGE" in sql]
    assert "UPDATE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT')" in keys
    assert keys.endswith("REFERENCED_COLUMN_NAME IN ('id', 'o''c')")


async def test_nothing_refers_to_rows_that_come_new() -> None:
    answers = given(KEY_COLUMN_USAGE=[("bills", "CASCADE")])
    assert await effects(answers.session, change("INSERT")) == ()


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (given(TABLES=[]), "o'b is not a base table"),
        (given(TABLES=[("VIEW", None)]), "o'b is not a base table"),
        (given(TABLES=[("BASE TABLE", "MyISAM")]), "o'b is in the engine MyISAM, which cannot take a change back"),
        (given(TABLES=[("BASE TABLE", None)]), "o'b is in the engine , which cannot take a change back"),
        (
            given(SHOW_CREATE=[("o'b", "create temporary table `o'b` (`id` int)")]),
            "o'b is a temporary table of this session",
        ),
    ],
)
async def test_what_cannot_be_taken_back(answers: Answers, said: str) -> None:
    with pytest.raises(AskwireError) as caught:
        await effects(answers.session, change())
    assert caught.value.code is ErrorCode.CANNOT_REHEARSE
    assert str(caught.value).startswith(f"{said}. ")


async def test_a_system_versioned_table_is_one_of_the_base_tables() -> None:
    assert await effects(given(TABLES=[("SYSTEM VERSIONED", b"innodb")]).session, change()) == ()
