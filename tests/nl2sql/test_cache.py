from dataclasses import replace

import pytest

from nl2sql.cache import Catalogs, Moment, read_moment
from plugins import AskwireError, ErrorCode
from tests.support.answers import Answers

NOW = Moment("2026-01-01", "", "f1")
TABLES = [("t", "BASE TABLE", "5", "")]
COLUMNS = [("t", "id", "int", "", "PRI", "select")]


def session(**given: str | None) -> Answers:
    return Answers({"information_schema.TABLES": TABLES, "information_schema.COLUMNS": COLUMNS}, **given)


@pytest.mark.parametrize(
    ("version", "role"),
    [
        ("8.4.3", "COALESCE(CURRENT_ROLE(), '')"),
        ("5.7.44", "''"),
        ("5.5.5-10.11.6-MariaDB", "COALESCE(CURRENT_ROLE(), '')"),
        ("10.11.6-MariaDB", "COALESCE(CURRENT_ROLE(), '')"),
    ],
)
async def test_what_a_session_says_of_itself(version: str, role: str) -> None:
    given = Answers({"SELECT CURRENT_DATE": [("2026-01-01", b"admin", "3", "17", None)]}, server_version=version)
    given.schema_epoch = 4
    assert await read_moment(given.session) == Moment("2026-01-01", "admin", "3|17||4")
    assert given.asked[0].startswith(f"SELECT CURRENT_DATE, {role}, COUNT(*)")


async def test_a_catalog_is_read_once_until_something_changes() -> None:
    catalogs, given = Catalogs(example_values=False), session()
    first = await catalogs.of(given.session, NOW)
    count = len(given.asked)
    assert await catalogs.of(given.session, NOW) is first
    assert len(given.asked) == count
    assert await catalogs.of(given.session, replace(NOW, fingerprint="f2")) is not first
    assert len(given.asked) == 2 * count
    assert len(catalogs) == 1


@pytest.mark.parametrize(
    ("change", "role"),
    [
        ({"account": "other@%"}, ""),
        ({"upstream": "mysql://b"}, ""),
        ({"database": "d2"}, ""),
        ({"masks": "m"}, ""),
        ({}, "r"),
    ],
)
async def test_nobody_gets_another_ones_catalog(change: dict[str, str], role: str) -> None:
    catalogs = Catalogs(example_values=False)
    first = await catalogs.of(session().session, NOW)
    other = session(**change)
    assert await catalogs.of(other.session, replace(NOW, role=role)) is not first
    assert other.asked


async def test_an_old_one_is_read_again() -> None:
    catalogs, given = Catalogs(example_values=False, ttl_s=-1.0), session()
    assert await catalogs.of(given.session, NOW) is not await catalogs.of(given.session, NOW)


async def test_the_least_recently_used_goes() -> None:
    catalogs = Catalogs(example_values=False, entries=2)
    kept = {name: session(database=name) for name in "abc"}
    for name in "abac":  # b was not used for longest
        await catalogs.of(kept[name].session, NOW)
    asked = {name: len(given.asked) for name, given in kept.items()}
    await catalogs.of(kept["a"].session, NOW)
    assert len(kept["a"].asked) == asked["a"]
    await catalogs.of(kept["b"].session, NOW)
    assert len(kept["b"].asked) > asked["b"]
    assert len(catalogs) == 2


@pytest.mark.parametrize(
    ("given", "code"),
    [(session(database=None), ErrorCode.NO_DATABASE), (Answers({}), ErrorCode.NO_TABLES)],
)
async def test_without_a_database_or_tables_there_is_nothing_to_ask(given: Answers, code: ErrorCode) -> None:
    with pytest.raises(AskwireError) as caught:
        await Catalogs(example_values=False).of(given.session, NOW)
    assert caught.value.code is code
