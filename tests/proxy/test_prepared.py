from typing import Any

import pytest

from plugins import AskwireError, Statement
from proxy.prepared import MAX_HELD, MAX_LONG_DATA, MAX_PLACEHOLDERS, Prepared, PreparedStatements
from proxy.routing import Route


async def _unused(*_: Any) -> Any:
    raise AssertionError


def route(text: str) -> Route:
    return Route(Statement("ask", _unused, opening=("ASK",)), text)


def held(statements: list[Prepared]) -> int:
    return sum(len(part) for prepared in statements for part in prepared.long_data.values())


def test_long_data_of_many_statements_and_parameters_is_bounded_together() -> None:
    session = PreparedStatements()
    made = [session.add(route("ASK ?, ?, ?, ?")) for _ in range(100)]
    for prepared in made:
        for index in range(4):
            session.append_long_data(prepared, index, b"x" * (MAX_LONG_DATA // 4))
    assert held(made) <= MAX_HELD
    with pytest.raises(AskwireError):
        made[-1].text(b"", False, "utf-8")
    assert not made[-1].refused  # the next execution starts anew


def test_one_statement_takes_no_more_than_a_value_may_have() -> None:
    session = PreparedStatements()
    prepared = session.add(route("ASK ?, ?"))
    for index in (0, 1, 0, 1, 7):
        session.append_long_data(prepared, index, b"x" * (MAX_LONG_DATA // 2))
    assert held([prepared]) == MAX_LONG_DATA


def test_long_texts_and_many_placeholders_are_refused() -> None:
    session = PreparedStatements()
    with pytest.raises(AskwireError):
        session.add(route("ASK " + "?," * (MAX_PLACEHOLDERS + 1)))
    for _ in range(3):
        session.add(route("ASK '" + "x" * (MAX_HELD // 4) + "'"))
    with pytest.raises(AskwireError):
        session.add(route("ASK '" + "x" * (MAX_HELD // 4) + "'"))
