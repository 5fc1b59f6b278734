from collections.abc import Awaitable, Callable

import pytest

from diagnose.coaching import catalog
from plugins import Session, UpstreamError
from tests.support.answers import Answers


@pytest.mark.parametrize(
    ("ask", "view", "condition"),
    [
        (catalog.databases, "SCHEMATA", ""),
        (lambda s: catalog.tables(s, "o'b"), "TABLES", "TABLE_SCHEMA = 'o''b'"),
        (lambda s: catalog.databases_with_table(s, "o'b"), "TABLES", "TABLE_NAME = 'o''b' LIMIT 4"),
        (
            lambda s: catalog.tables_with_column(s, "d", "o'b"),
            "COLUMNS",
            "TABLE_SCHEMA = 'd' AND COLUMN_NAME = 'o''b' LIMIT 4",
        ),
        (catalog.functions, "ROUTINES", "ROUTINE_SCHEMA = DATABASE() AND ROUTINE_TYPE = 'FUNCTION'"),
    ],
)
async def test_names_as_the_account_sees_them(
    ask: Callable[[Session], Awaitable[list[str]]], view: str, condition: str
) -> None:
    given = Answers({f"information_schema.{view}": [(b"a",), ("b",)]})
    assert await ask(given.session) == ["a", "b"]
    assert given.asked[0].endswith(condition)
    assert given.limits[0]["time_limit_s"] == catalog.SECONDS


async def test_a_server_that_is_slow_tells_nothing_and_one_that_is_lost_is_told() -> None:
    slow = Answers({"": UpstreamError(1969, "70100", "max_statement_time exceeded")})
    assert await catalog.databases(slow.session) == []
    lost = Answers({"": UpstreamError(1158, "08S01", "gone")})
    with pytest.raises(UpstreamError):
        await catalog.databases(lost.session)
