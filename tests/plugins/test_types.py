"""What plugins hand over is looked at where it is made: there its author finds the fault."""

from typing import Any

import pytest

from plugins import Note, Services, Statement, StatusItem


async def handle(_session: object, _text: str) -> Any:
    return None


def statement(**given: Any) -> Statement:
    return Statement("mine", handle, **given)


def test_a_statement_is_accepted_unless_its_plugin_says_otherwise() -> None:
    made = statement(opening=("HELLO", "WORLD"), marker="hello", function="HELLO")
    assert made.accepts("anything")


@pytest.mark.parametrize("opening", ["HELLO", ["HELLO"], ("HELLO", ""), ("HELLO", 1), (b"HELLO",), None])
def test_an_opening_is_a_tuple_of_words(opening: Any) -> None:
    """``("HELLO")`` is a text, and would take each statement that begins with an H."""
    with pytest.raises(TypeError, match="opening is a tuple of words"):
        statement(opening=opening)


@pytest.mark.parametrize("given", [{"marker": b"nl"}, {"function": 1}, {"marker": ["nl"]}])
def test_markers_and_functions_are_words(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="marker and function are words"):
        statement(**given)


@pytest.mark.parametrize("code", [0, 57000, 65535])
def test_a_note_fits_into_its_row(code: int) -> None:
    assert Note("text", code=code).level == "Note"


@pytest.mark.parametrize(
    "given",
    [{"message": None}, {"message": b"text"}, {"level": 1}, {"code": -1}, {"code": 65536}, {"code": "1064"}],
)
def test_a_note_that_does_not(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="a note has a text, a level and a number of 16 bits"):
        Note(**{"message": "text", **given})


@pytest.mark.parametrize(("name", "value"), [("a", 1), (None, "b"), (b"a", "b")])
def test_a_status_has_two_texts(name: Any, value: Any) -> None:
    with pytest.raises(TypeError, match="a status has two texts"):
        StatusItem(name, value)


def test_services_are_found_by_their_own_type_and_the_last_one_counts() -> None:
    class Shop:
        pass

    class BookShop(Shop):
        pass

    services = Services()
    assert services.get(Shop) is None
    services.add(BookShop())
    assert services.get(Shop) is None
    first, second = Shop(), Shop()
    services.add(first)
    services.add(second)
    assert services.get(Shop) is second
