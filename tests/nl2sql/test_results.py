from typing import Any, cast

import pytest

from nl2sql.guard import Guarded
from nl2sql.results import ROWS, SECONDS, Returned, run
from plugins import ResultSet, Session, UpstreamError

Row = tuple[str | bytes | None, ...]


class Client:
    def __init__(self, *rows: Row, error: UpstreamError | None = None) -> None:
        self._rows = rows
        self._error = error
        self.asked: dict[str, Any] = {}

    async def query(self, sql: str, **limits: Any) -> ResultSet:
        self.asked = {"sql": sql, **limits}
        if self._error is not None:
            raise self._error
        return ResultSet((), self._rows)


async def returned(*rows: Row, error: UpstreamError | None = None) -> Returned:
    client = Client(*rows, error=error)
    found = await run(cast(Session, client), Guarded(cast(Any, None), "SELECT 1", ()))
    assert client.asked == {"sql": "SELECT 1", "time_limit_s": SECONDS, "max_rows": ROWS}
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([("a", "1"), ("b", "2")], [("b", "2"), ("a", "1")]),
        ([("a", "1"), ("b", "2")], [("1", "a"), ("2", "b")]),
        ([("1.50",)], [("1.5",)]),
        ([("0.33333333",)], [("0.3333333333",)]),
        ([(b"a",)], [("a",)]),
        ([(None,)], [("",)]),
    ],
)
async def test_the_same_answer(one: list[Row], other: list[Row]) -> None:
    assert (await returned(*one)).key == (await returned(*other)).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([("1",)], [("2",)]),
        ([("1",)], [("1",), ("1",)]),
        ([("1",)], [("1", "1")]),
        ([("abc",)], [("ABC",)]),
        ([("0.3333",)], [("0.333",)]),
        ([], [("",)]),
    ],
)
async def test_another_answer(one: list[Row], other: list[Row]) -> None:
    assert (await returned(*one)).key != (await returned(*other)).key


@pytest.mark.parametrize(
    ("rows", "empty"),
    [
        ([], True),
        ([("0",)], True),
        ([(None,), (None,)], True),
        ([(b"0",)], True),
        ([("0",), ("0",)], False),
        ([("0", "0")], False),
        ([("1",)], False),
    ],
)
async def test_whether_it_says_nothing(rows: list[Row], empty: bool) -> None:
    assert (await returned(*rows)).empty is empty


@pytest.mark.parametrize(("number", "failed"), [(1064, True), (1969, False), (3024, False), (1317, False)])
async def test_errors(number: int, failed: bool) -> None:
    found = await returned(error=UpstreamError(number, "HY000", "no"))
    assert (found.key, found.error, found.failed, found.late) == ("", "no", failed, not failed)
    assert not (await returned(("1",))).failed
