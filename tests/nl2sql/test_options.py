from typing import Any, cast

import pytest

from conf.settings import load_settings
from nl2sql.options import SessionOptions
from plugins import AskwireError, ErrorCode, Session


class Client:
    def __init__(self) -> None:
        self.state: dict[str, Any] = {}


def options(**ask: Any) -> SessionOptions:
    return SessionOptions(load_settings(ask={"limit": 100, "time_limit_s": 10, **ask}))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("limit", "1", 1),
        ("limit", "100", 100),
        ("limit", "DEFAULT", 100),
        ("show", "SQL", "sql"),
        ("model", "house/x", "house/x"),
        ("model", "default", None),
        ("deadline", "0.1", 0.1),
        ("time_limit", "10", 10.0),
        ("repair", "0", 0),
        ("candidates", "16", 16),
        ("language", "JA", "ja"),
        ("knowledge", " a, b,,a ", ("a", "b")),
        ("knowledge", "", ()),
        ("writes", "off", "off"),
    ],
)
def test_values(name: str, text: str, value: object) -> None:
    assert options().read(name, text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "-1"),
        ("limit", "1.5"),
        ("limit", "9" * 5000),
        ("limit", ""),
        ("show", "both"),
        ("model", ""),
        ("model", "m" * 101),
        ("model", "a\nb"),
        ("deadline", "0"),
        ("deadline", "nan"),
        ("deadline", "inf"),
        ("deadline", "soon"),
        ("time_limit", "10.1"),
        ("candidates", "17"),
        ("repair", "6"),
        ("language", "xx"),
        ("knowledge", "a\u202eb"),
        ("knowledge", "x" * 1001),
        ("writes", "on"),
    ],
)
def test_values_that_are_none(name: str, text: str) -> None:
    with pytest.raises(AskwireError) as error:
        options().read(name, text)
    assert error.value.code is ErrorCode.BAD_OPTION_VALUE
    assert error.value.message == f"{name} takes {options().known[name].values}, not {text[:40]!r}"


def test_an_option_that_is_none() -> None:
    with pytest.raises(AskwireError, match=r"SET ASK does not know 'x{40}'") as error:
        options().read("x" * 99, "1")
    assert error.value.code is ErrorCode.UNKNOWN_OPTION


def test_writes_only_where_the_settings_allow_them() -> None:
    with pytest.raises(AskwireError, match=r"writes takes off \(the settings allow no more\), not 'rehearse'"):
        options(max_changed_rows=0).read("writes", "rehearse")
    assert options(max_changed_rows=5).read("writes", "Rehearse") == "rehearse"


def test_a_sessions_own() -> None:
    made, mine, other = options(), cast(Session, Client()), cast(Session, Client())
    made.set(mine, "limit", 5)
    made.set(mine, "knowledge", ("a", "b"))
    made.set(mine, "language", "ja")
    assert (made.of(mine).limit, made.of(other).limit) == (5, 100)
    shown = {name: (value, meaning) for name, value, _, meaning in made.rows(mine)}
    assert shown["limit"][0] == "5"
    assert shown["knowledge"][0] == "a, b"
    assert shown["model"][0] == "default"
    assert shown.keys() == made.known.keys()
    plain = {name: meaning for name, _, _, meaning in made.rows(other)}
    assert plain["limit"] == "largest number of rows" != shown["limit"][1]
