import pytest

from nl2sql.languages.detect import answer_language, language_of
from plugins.words import STATE


@pytest.mark.parametrize(
    ("code", "question"),
    [
        ("en", "revenue by region in 2025"),
        ("en", "How many customers from São Paulo?"),
        ("en", "orders of 'Müller GmbH & Söhne'"),
        ("en", "customers named 「北部」"),
        ("en", "was the total of the last order more than 100?"),
        ("en", "2024?"),
        ("en", ""),
        ("de", "Umsatz pro Monat in den letzten 3 Monaten"),
        ("de", "und letztes Jahr?"),
        ("de", "Kunden ohne Bestellungen"),
        ("de", "Nur für Europa"),
        ("es", "¿Cuántos clientes hay por región?"),
        ("es", "clientes sin pedidos"),
        ("es", "y el mes pasado"),
        ("zh", "每个地区有多少客户？"),
        ("zh", "过去30天的訂單"),
        ("ja", "地域ごとの顧客数は？"),
        ("ja", "先月売上合計"),
        ("", "Количество заказов по регионам"),
        ("", "지역별 고객 수"),
    ],
)
def test_the_language_of_a_question(code: str, question: str) -> None:
    assert language_of(question).code == code


def test_an_answer_is_in_the_chosen_language_or_the_question_s() -> None:
    assert answer_language("Wie viele Kunden gibt es?", {}).code == "de"
    assert answer_language("Wie viele Kunden gibt es?", {STATE: "ja"}).code == "ja"
    assert answer_language("Wie viele Kunden gibt es?", {}, "zh").code == "zh"
    assert answer_language("Wie viele Kunden gibt es?", {STATE: "en"}, "zh").code == "en"
