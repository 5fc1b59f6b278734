import re

import pytest

from nl2sql.languages.english import ENGLISH
from nl2sql.languages.pivot import in_english


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("last 3 months", "last 3 months"),
        ("revenue  per month", "revenue  per month"),
    ],
)
def test_time_groups_numbers_and_order_in_english(question: str, english: str) -> None:
    assert in_english(question, ENGLISH) == english


@pytest.mark.parametrize(
    ("sign", "question", "found"),
    [
        ("opens", "and last year?", True),
        ("opens", "what about Berlin", True),
        ("opens", "now show me the same", True),
        ("opens", "android phones", False),
        ("opens", "orders and customers", False),
        ("leans", "only Berlin", True),
        ("leans", "now sort", True),
        ("leans", "nowhere", False),
        ("refers", "by month instead", True),
        ("refers", "customers of those", True),
        ("refers", "orders of Thosen", False),
        ("asks", "how many orders", True),
        ("asks", "which ones", True),
        ("asks", "orders by month", False),
        ("group", "revenue by month", True),
        ("group", "revenue by region and month", True),
        ("group", "by of", False),
        ("group", "baby", False),
    ],
)
def test_signs_of_a_question_that_goes_on(sign: str, question: str, found: bool) -> None:
    pattern = re.compile(getattr(ENGLISH.follows, sign), re.IGNORECASE)
    search = pattern.match if sign in ("opens", "leans") else pattern.search
    assert (search(question) is not None) == found
