from typing import Any, cast

import pytest

from knowledge.records import VerifiedQuery
from nl2sql.feedback import ORIGIN, SLUG_CHARS, Last, disproved, example_name, last_of, remember
from plugins import AskwireError, ErrorCode, Session


class Client:
    def __init__(self, database: str | None) -> None:
        self.database = database
        self.state: dict[str, Any] = {}


def session(database: str | None = "shop") -> Session:
    return cast(Session, Client(database))


def query(name: str, question: str, origin: str = ORIGIN) -> VerifiedQuery:
    return VerifiedQuery(name, question, "SELECT 1", origin=origin)


def test_what_feedback_is_about() -> None:
    client = session()
    with pytest.raises(AskwireError, match="Nothing was asked in this session") as error:
        last_of(client)
    assert error.value.code is ErrorCode.NOTHING_ASKED
    for question in ("one", "two"):
        remember(client, Last(question, "shop"))
    assert last_of(client).question == "two"


def test_another_database_was_selected_meanwhile() -> None:
    client = session("other")
    remember(client, Last("q", "shop"))
    with pytest.raises(AskwireError, match="The last question was asked in the database 'shop'"):
        last_of(client)
    nowhere = session(None)
    remember(nowhere, Last("q", ""))
    assert last_of(nowhere).question == "q"


def test_a_name_of_the_questions_words() -> None:
    assert example_name("How many orders in 2025?", []) == "how_many_orders_in_2025"
    assert example_name("???", []) == "question"
    assert len(example_name("word " * 50, [])) <= SLUG_CHARS


def test_names_that_are_taken() -> None:
    taken = [query("Orders", "other"), query("orders_2", "another", origin="created")]
    assert example_name("orders", taken) == "orders_3"


def test_the_same_question_keeps_its_example() -> None:
    assert example_name("How many orders?", [query("mine", "how many orders")]) == "mine"
    assert example_name("How many orders?", [query("mine", "how many orders", origin="created")]) != "mine"


def test_what_a_bad_answer_takes_away() -> None:
    queries = [
        query("gave", "another question"),
        query("same", "how many orders"),
        query("other", "how many people"),
        query("a_persons", "how many orders", origin="created"),
    ]
    last = Last("How many orders?", "shop", verified="gave")
    assert [each.name for each in disproved(last, queries)] == ["gave", "same"]
    assert disproved(Last("x", "shop", verified="a_persons"), queries) == []
