import re

import pytest

from nl2sql.languages.japanese import JAPANESE
from nl2sql.languages.pivot import in_english


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("先月の売上", "last month の売上"),
        ("直近3か月の月別売上", "in the last 3 months per month 売上"),
        ("過去二週間の注文", "in the last 2 weeks 注文"),
        ("2026年3月の注文", "in March 2026 の注文"),
        ("2026年第2四半期", "in Q2 2026"),
        ("今年の四半期ごとの売上", "this year の per quarter 売上"),
        ("昨日と今日と今週", "yesterday と today と this week"),
        ("過去3か月(今月を除く)", "in the last 3 months ( excluding the current month )"),
        ("今週を除いて", "excluding the current week"),
        ("今四半期を除く", "excluding the current quarter"),
        ("上位5社", "the top 5"),
        ("何人", "how many"),
        ("注文の件数は", "注文 the number of は"),
        ("平均年齢", "average age"),
        ("毎月の割合", "per month share of"),
        ("平日と週末", "weekdays と on weekends"),
    ],
)
def test_time_groups_numbers_and_order_in_english(question: str, english: str) -> None:
    assert in_english(question, JAPANESE) == english


@pytest.mark.parametrize(
    ("sign", "question", "found"),
    [
        ("opens", "では先月は", True),
        ("opens", "先月では", False),
        ("leans", "さらに東京", True),
        ("leans", "東京さらに", False),
        ("refers", "東京だけ", True),
        ("refers", "東京は？", True),
        ("refers", "東京の売上", False),
        ("asks", "何人ですか", True),
        ("asks", "売上", False),
    ],
)
def test_signs_of_a_question_that_goes_on(sign: str, question: str, found: bool) -> None:
    pattern = re.compile(getattr(JAPANESE.follows, sign), re.IGNORECASE)
    search = pattern.match if sign in ("opens", "leans") else pattern.search
    assert (search(question) is not None) == found
