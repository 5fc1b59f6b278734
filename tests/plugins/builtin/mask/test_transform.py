"""A session's masking from a statement's bytes to the cells of its result."""

from dataclasses import dataclass

import pytest

from plugins.builtin.mask.transform import HIDDEN, Masking, protected_columns
from plugins.errors import AskwireError, ErrorCode
from plugins.transform import Checked
from tests.plugins.builtin.mask.checking import EMAIL, Database, rules

KEY = b"k" * 32


@dataclass(frozen=True)
class Wire:
    name: str
    schema: str = ""
    table: str = ""
    column: str = ""
    type: int = 0xFD
    flags: int = 0
    codec: str | None = "utf-8"
    decimals: int = 0
    extended: bool = False


EMAILS, IDS = Wire("email", "shop", "people", "email"), Wire("id", "shop", "people", "id", 3, codec=None)


def masking(**rule: object) -> Masking:
    return Masking(rules({**EMAIL, **rule}), KEY)


async def check(text: str | bytes, session: Masking | None = None, **facts: object) -> Checked:
    data = text.encode() if isinstance(text, str) else text
    return await (session or masking()).check(data, Database().facts(**facts))  # type: ignore[arg-type]


def cells(checked: Checked, *columns: Wire) -> list[bytes | None]:
    """What becomes of ``b"x"`` in each column of the first result."""
    plan = checked.plans[0]
    assert plan is not None
    return [b"x" if mask is None else mask(b"x") for mask in plan.masks(columns)]


async def test_cells() -> None:
    made = await check("SELECT id, email, UPPER(email) FROM people")
    assert cells(made, IDS, EMAILS, Wire("UPPER(email)")) == [b"x", b"***", b"***"]


async def test_the_metadata_may_add_to_what_is_known_but_take_nothing_away() -> None:
    made = await check("SELECT id, email FROM people")
    assert cells(made, EMAILS, IDS) == [b"***", None]
    nothing = await check("SELECT 1")
    assert cells(nothing, EMAILS, Wire("x")) == [b"***", b"x"]


async def test_a_result_of_another_width() -> None:
    with pytest.raises(AskwireError, match="the result has other columns than were checked"):
        cells(await check("SELECT id, email FROM people"), EMAILS)


@pytest.mark.parametrize(
    ("facts", "text", "says"),
    [
        ({"charset": "gbk", "codec": "gbk"}, "SELECT 1", "SET NAMES utf8mb4 first, gbk cannot be checked"),
        ({"modes": frozenset({"ANSI_QUOTES", "ANSI"})}, "SELECT 1", "SET sql_mode without ANSI, ANSI_QUOTES first"),
        ({"modes": frozenset({"NO_BACKSLASH_ESCAPES"})}, "SELECT '\\'", "SET sql_mode without NO_BACKSLASH_ESCAPES"),
        ({}, b"SELECT '\xff'", "the statement is no utf8mb4"),
        ({"charset": "ascii", "codec": "ascii"}, "SELECT 'é'", "the statement is no ascii"),
    ],
)
async def test_sessions_in_which_a_text_is_read_otherwise(facts: dict[str, object], text: str, says: str) -> None:
    with pytest.raises(AskwireError, match=says) as error:
        await check(text, **facts)
    assert error.value.code is ErrorCode.MASKED


@pytest.mark.parametrize(
    "text",
    [
        "SET NAMES utf8mb4",
        "set names 'latin1' collate 'latin1_bin';",
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES'",
        "SET sql_mode=DEFAULT",
    ],
)
async def test_what_ends_that(text: str) -> None:
    assert (await check(text, charset="gbk", codec="gbk")).settles
    assert (await check(text, modes=frozenset({"ANSI_QUOTES"}))).settles


async def test_what_only_looks_like_it() -> None:
    for text in ("SET NAMES utf8mb4, @a = 1", "SET sql_mode = 'x' + (SELECT 1)", "SET sql_mode = ''; SELECT 1"):
        with pytest.raises(AskwireError):
            await check(text, charset="gbk", codec="gbk")


@pytest.mark.parametrize(
    ("text", "settles"),
    [("USE shop", True), ("SET @a = 1", True), ("DROP TABLE orders", True), ("SELECT 1", False), ("BEGIN", False)],
)
async def test_after_which_the_session_may_be_another(text: str, settles: bool) -> None:
    assert (await check(text)).settles is settles


async def test_messages_of_errors() -> None:
    assert (await check("SELECT 1 FROM orders")).message is None
    message = (await check("SELECT email FROM people")).message
    assert message is not None
    assert message(1146) is None
    for number in (1062, 1366, 1292, 0, 99999):
        assert message(number) == HIDDEN


async def test_warnings_of_a_session_that_named_a_masked_table() -> None:
    session = masking()
    assert (await check("SHOW WARNINGS", session)).plans == (None,)
    await check("SELECT id FROM people", session)
    made = await check("SHOW WARNINGS", session)
    assert cells(made, Wire("Level"), Wire("Code", type=3), Wire("Message")) == [b"x", b"x", HIDDEN.encode()]
    await check("SELECT email FROM people", session)
    await check("SELECT 1", session)
    with pytest.raises(AskwireError, match="Warnings may tell of columns that are masked"):
        cells(await check("SHOW WARNINGS", session), Wire("Level"), Wire("Code"), Wire("Message"))


async def test_plans() -> None:
    made = await check("EXPLAIN SELECT email FROM people")
    assert cells(made, Wire("id"), Wire("table")) == [b"x", b"x"]
    with pytest.raises(AskwireError, match="only a plan in rows can be shown"):
        cells(made, Wire("EXPLAIN"))
    assert (await check("EXPLAIN FORMAT=JSON SELECT id FROM people")).plans == (None,)


async def test_each_statement_of_a_command_has_a_plan() -> None:
    made = await check("BEGIN; SELECT email FROM people; SELECT 1")
    assert [plan is None for plan in made.plans] == [True, False, False]


async def test_the_same_statement_after_the_table_has_changed() -> None:
    session, database = masking(columns=["shop.*.secret"]), Database()
    first = await session.check(b"SELECT * FROM orders", database.facts())
    assert protected_columns(first, 2) == ()
    database.tables["shop", "orders"] = ["id int", "secret int"]
    second = await session.check(b"SELECT * FROM orders", database.facts(epoch=1))
    assert protected_columns(second, 2) == [1]


async def test_columns_that_hold_something_of_masked_ones() -> None:
    made = await check("SELECT id, email FROM people")
    assert protected_columns(made, 2) == [1]
    with pytest.raises(AskwireError, match="other columns than were checked"):
        protected_columns(made, 3)
    assert protected_columns(await check("BEGIN"), 1) == ()


def test_sessions_that_see_the_same() -> None:
    assert masking().identity == masking().identity
    assert masking().identity != masking(text="(secret)").identity
