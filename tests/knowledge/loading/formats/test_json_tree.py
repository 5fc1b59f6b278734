from io import BytesIO

import pytest

from knowledge.loading.draft import Draft
from knowledge.loading.formats.json_tree import read
from knowledge.loading.types import Limits, LoadError


def text(data: str | bytes) -> str:
    document = Draft(Limits())
    read(BytesIO(data.encode() if isinstance(data, str) else data), document)
    return document.text


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('[{"a": 1, "b": true}, {"a": null, "c": "x"}]', 
         "| a | b | c |\n| --- | --- | --- |\n| 1 | true |  |\n|  |  | x |\n\n"),
        ('{"a": 1}\n\n{"a": 2, "b": 3}\n', "| a | b |\n| --- | --- |\n| 1 |  |\n| 2 | 3 |\n\n"),
        ('{"Shop": {"name": "x", "tags": ["a", ["b"]]}}', "## Shop\n\n- name: x\n- tags:\n  - a\n  -\n    - b\n\n"),
        ('[[1, 2], "x"]', "- 1\n- 2\n\nx\n\n"),
        ('"just text"', "just text\n\n"),
        ("false", "false\n\n"),
        ("null", ""),
        ("[]", ""),
    ],
)  # fmt: skip
def test_values(data: str, expected: str) -> None:
    assert text(data) == expected


def test_numbers_stay_as_they_are_written() -> None:
    assert text("[1.10, 1e400, " + "9" * 10_000 + "]") == f"1.10\n\n1e400\n\n{'9' * 10_000}\n\n"


def test_items_have_places() -> None:
    document = Draft(Limits())
    read(BytesIO(b'[{"a": [1]}, {"a": 2}]'), document)
    assert [mark.place for mark in document.marks] == ["item 1", "item 2"]


def test_keys_are_on_one_line() -> None:
    assert text('{"a\\n# b": {"c\\nd": 1}}') == "## a # b\n\n- c d: 1\n\n"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("", "is no JSON: Expecting value"),
        ("{", "is no JSON: "),
        ('{"a": 1}\n{"a": }', "is no JSON: Extra data"),
        ("[" * 100_000 + "]" * 100_000, "is nested too deeply"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "is nested too deeply"),
    ],
    ids=lambda value: value[:20],
)
def test_what_is_no_json(data: str, says: str) -> None:
    with pytest.raises(LoadError) as error:
        text(data)
    assert str(error.value).startswith(says)
