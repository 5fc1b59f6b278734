import time
from typing import Any, cast

import pytest

from nl2sql.writes.pending import KEPT, Waiting, accepts_confirm, keep, parse_confirm, take
from nl2sql.writes.rehearsal import Rehearsed
from plugins import AskwireError, ErrorCode, Session


class Client:
    def __init__(self, database: str = "shop") -> None:
        self.database = database
        self.state: dict[str, Any] = {}


def session(database: str = "shop") -> Session:
    return cast(Session, Client(database))


def waiting(seconds: float = 60, database: str = "shop", question: str = "q") -> Waiting:
    return Waiting(cast(Rehearsed, object()), database, question, time.monotonic() + seconds)


def test_each_can_be_taken_once() -> None:
    client, one, two = session(), waiting(), waiting()
    assert (keep(client, one), keep(client, two)) == (1, 2)
    assert take(client, 2) is two
    assert take(client, 1) is one
    with pytest.raises(AskwireError, match="This session has no rehearsal 1 to confirm") as error:
        take(client, 1)
    assert error.value.code is ErrorCode.NOTHING_TO_CONFIRM
    assert keep(client, waiting()) == 3


def test_nobody_elses() -> None:
    keep(session(), waiting())
    with pytest.raises(AskwireError, match="has no rehearsal 1"):
        take(session(), 1)


def test_one_that_is_too_old() -> None:
    client = session()
    number = keep(client, waiting(-1))
    with pytest.raises(AskwireError, match="The rehearsal 1 is too old"):
        take(client, number)
    with pytest.raises(AskwireError, match="has no rehearsal 1"):
        take(client, number)


def test_another_database_was_selected_meanwhile() -> None:
    client = session("other")
    keep(client, waiting(database="shop"))
    with pytest.raises(AskwireError, match="The rehearsal 1 was made in the database 'shop'"):
        take(client, 1)


def test_only_the_last_ones_are_kept() -> None:
    client = session()
    for _ in range(KEPT + 1):
        keep(client, waiting())
    with pytest.raises(AskwireError):
        take(client, 1)
    take(client, 2)


@pytest.mark.parametrize("text", ["CONFIRM 3", " confirm /* x */ 123456789 ", "CONFIRM ?"])
def test_confirm(text: str) -> None:
    assert accepts_confirm(text)


@pytest.mark.parametrize("text", ["CONFIRM", "CONFIRM x", "CONFIRM 1 2", "CONFIRM 1234567890", "CONFIRM -1", "x"])
def test_what_is_the_databases(text: str) -> None:
    assert not accepts_confirm(text)


def test_the_id() -> None:
    assert parse_confirm("confirm  007") == 7


@pytest.mark.parametrize("text", ["CONFIRM", "CONFIRM 'x'", "CONFIRM ٣", "CONFIRM " + "9" * 5000, "x"])
def test_an_id_that_is_none(text: str) -> None:
    """A bound value takes the place of the question mark, so it may be anything."""
    with pytest.raises(
        AskwireError, match="the id is a whole number of at most nine digits; the form is CONFIRM id"
    ) as error:
        parse_confirm(text)
    assert error.value.code is ErrorCode.SYNTAX
