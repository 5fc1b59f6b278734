import re

import pytest

from nl2sql.idioms import idiom_hints
from nl2sql.languages.detect import LANGUAGES, language_of
from nl2sql.languages.pivot import in_english
from nl2sql.windows import windows


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("Kunden von 'letzte 3 Monate'", "Kunden von 'letzte 3 Monate'"),
        ("Kunden von „letzte 3 Monate“ letztes Jahr", "Kunden von „letzte 3 Monate“ last year"),
        ("客户「去年」去年", "客户「去年」 last year"),
    ],
)
def test_what_is_quoted_stays(question: str, english: str) -> None:
    assert in_english(question, language_of(question)) == english


def test_english_stays() -> None:
    assert in_english("last 3 months", language_of("last 3 months")) == "last 3 months"


@pytest.mark.parametrize(
    "question",
    [
        "Umsatz der letzten 3 Monate je Monat",
        "ventas por mes en los últimos 3 meses",
        "过去3个月每月的收入",
        "過去3か月の月別の収益",
    ],
)
def test_the_hints_are_those_of_english(question: str) -> None:
    assert idiom_hints(in_english(question, language_of(question))) == idiom_hints(
        "sales per month in the last 3 months"
    ) or ([w.begin for w in windows(in_english(question, language_of(question)))] == ["CURDATE() - INTERVAL 3 MONTH"])


def test_every_rule_can_be_filled() -> None:
    for language in LANGUAGES:
        for pattern, english in language.english:
            for name in re.findall(r"\{(\w+)\}", english):
                assert f"(?P<{name}" in pattern, (language.code, pattern)
            for name in re.findall(r"\{([a-z]+)\}", re.sub(r"\(\?P<\w+>", "", pattern)):
                assert name in language.lists, (language.code, pattern)
