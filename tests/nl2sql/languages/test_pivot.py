import re

import pytest

from nl2sql.idioms import idiom_hints
from nl2sql.languages.detect import LANGUAGES, language_of
from nl2sql.languages.pivot import in_english
from nl2sql.windows import windows


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("Umsatz pro Monat in den letzten 3 Monaten", "Umsatz per month in the last 3 months"),
        ("Umsatz der letzten drei Wochen", "Umsatz in the last 3 weeks"),
        ("Bestellungen im März 2026", "Bestellungen in March 2026"),
        ("Wie viele Kunden letztes Jahr", "how many Kunden last year"),
        ("Kunden von 'letzte 3 Monate'", "Kunden von 'letzte 3 Monate'"),
        ("ingresos por mes en los últimos 7 días", "ingresos per month in the last 7 days"),
        ("pedidos del mes pasado", "pedidos last month"),
        ("ventas en marzo de 2026", "ventas in March 2026"),
        ("过去30天的订单", "in the last 30 days 的订单"),
        ("最近三个月每月的收入", "in the last 3 months per month 的收入"),
        ("2025年12月的订单", "in December 2025 的订单"),
        ("上个月和去年", "last month 和 last year"),
        ("先月の売上", "last month の売上"),
        ("直近3か月の月別売上", "in the last 3 months per month 売上"),
        ("2026年3月の注文", "in March 2026 の注文"),
        ("今年の四半期ごとの売上", "this year の per quarter 売上"),
    ],
)
def test_what_is_said_of_time_becomes_english(question: str, english: str) -> None:
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
