"""JSON functions over SQLite's text."""

import json

import pytest

from proxy.upstreams.dialect.sqlite_json import FUNCTIONS


@pytest.mark.parametrize(
    ("whole", "part", "contains"),
    [
        ("[1, 2]", "1", 1),
        ("[1, 2]", "[2, 1]", 1),
        ("[1, 2]", "[3]", 0),
        ("[1, [2]]", "[2]", 1),
        ("[1]", "true", 0),
        ("true", "1", 0),
        ("[1, true]", "true", 1),
        ("1", "1.0", 1),
        ('{"a": [1, {"b": 2}]}', '{"a": [{"b": 2}]}', 1),
        ('{"a": 1}', '{"b": 1}', 0),
        ('{"a": null}', '{"a": null}', 1),
        ('"a"', '"A"', 0),
        ("{}", "[]", 0),
    ],
)
def test_contains(whole: str, part: str, contains: int) -> None:
    assert FUNCTIONS["json_contains"](whole, part) == contains


@pytest.mark.parametrize(
    ("name", "text", "result"),
    [
        ("json_length", "[1, [2, 3]]", 2),
        ("json_length", '{"a": 1}', 1),
        ("json_length", '"abc"', 1),
        ("json_type", "{}", "OBJECT"),
        ("json_type", "[]", "ARRAY"),
        ("json_type", '"x"', "STRING"),
        ("json_type", "true", "BOOLEAN"),
        ("json_type", "1", "INTEGER"),
        ("json_type", "1.5", "DOUBLE"),
        ("json_type", "null", "NULL"),
        ("json_keys", '{"é": 1, "b": 2}', '["é", "b"]'),
        ("json_keys", "[1]", None),
        ("json_keys", '"abc"', None),
        ("json_unquote", '"a\\n\\"b"', 'a\n"b'),
        ("json_unquote", b'"a"', "a"),
        ("json_unquote", "abc", "abc"),
        ("json_unquote", '"', '"'),
        ("json_unquote", '"a\nb"', "a\nb"),
    ],
)
def test_values(name: str, text: object, result: object) -> None:
    assert FUNCTIONS[name](text) == result


@pytest.mark.parametrize("name", ["json_length", "json_type", "json_keys"])
@pytest.mark.parametrize("text", ["{", "", "x"])
def test_what_is_no_json(name: str, text: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        FUNCTIONS[name](text)
