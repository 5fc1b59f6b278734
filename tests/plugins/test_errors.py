import re
from pathlib import Path

import pytest

from plugins import AskwireError, ErrorCode

DOCUMENTED = re.compile(r"^\| (\d+) \| `(\w+)` \| .+ \| (.+) \|$", re.MULTILINE)


def test_one_number_per_condition() -> None:
    numbers = [code.number for code in ErrorCode]
    assert len(set(numbers)) == len(numbers)
    assert all(57000 < number < 65536 for number in numbers)


def test_a_case_may_have_advice_of_its_own() -> None:
    error = AskwireError(ErrorCode.NOT_KNOWN, "No term x", "SHOW AI TERMS lists them.")
    assert (str(error), error.message) == ("No term x. SHOW AI TERMS lists them.", "No term x")


def test_the_documentation_is_the_table() -> None:
    page = (Path(__file__).parents[2] / "docs/errors.md").read_text()
    assert DOCUMENTED.findall(page) == [(str(code.number), code.name, code.advice) for code in ErrorCode]


@pytest.mark.parametrize("message", ["No table is named x", "No table is named x."])
def test_a_message_says_what_to_do(message: str) -> None:
    error = AskwireError(ErrorCode.NO_VALID_SQL, message)
    assert str(error) == f"No table is named x. {ErrorCode.NO_VALID_SQL.advice}"
