import pytest

from nl2sql.languages.detect import language_of
from nl2sql.languages.pivot import in_english
from nl2sql.translation import is_faithful
from plugins import AskwireError
from tests.nl2sql.gateway import gateway
from tests.nl2sql.scripted import Script


@pytest.mark.parametrize(
    ("asked", "said", "faithful"),
    [
        ("Kunden ohne Bestellungen", "Customers without orders", True),
        ("过去30天的订单", "orders of the last 30 days", True),
        ("过去30天的订单", "orders of the last month", False),
        ("过去30天的订单", "过去30天的订单", False),
        ("Umsatz der letzten 3 Monate", "revenue of the last three months", True),
        ("Umsatz der letzten 3 Monate", "revenue", False),
        ("Umsatz pro Monat im letzten Jahr", "revenue by month last year", True),
        ("Umsatz pro Monat im letzten Jahr", "revenue last year", False),
        ("Kunden in 'Köln'", "customers in 'Cologne'", False),
        ("Kunden in „Köln“", 'customers in "Köln"', True),
        ("2026年3月の注文", "orders in March 2026", True),
        ("订单", "orders " * 50, False),
    ],
)
def test_a_translation_keeps_what_must_not_change(asked: str, said: str, faithful: bool) -> None:
    assert is_faithful(said, asked, in_english(asked, language_of(asked))) is faithful


BY_STATUS = "SELECT status, COUNT(*) AS n FROM orders GROUP BY status"


async def test_the_model_says_it_in_english_first(connect, tmp_path) -> None:
    script = Script("number of orders by status", BY_STATUS)
    async with gateway(tmp_path, connect(), script) as handle:
        trace = await handle("ASK TRACE 'Anzahl der Bestellungen nach Status'")
    translation, asked = script.requests
    assert translation.system == asked.system
    assert "Anzahl der Bestellungen nach Status" in translation.user
    assert asked.user.endswith("Question: number of orders by status")
    detail = {row[0]: row[2] for row in trace.rows}
    assert detail["model translation"].startswith("German: number of orders by status")


async def test_a_bad_translation_leaves_the_question_to_the_model(connect, tmp_path) -> None:
    script = Script("!!", "yes", BY_STATUS)
    async with gateway(tmp_path, connect(), script) as handle:
        await handle("ASK SQL '过去30天每个状态的数量'")
    _, probe, asked = script.requests
    assert probe.user.endswith("Reply only yes or no.")
    assert "in the last 30 days" in asked.user


async def test_words_alone_refuse_no_question_of_another_language(connect, tmp_path) -> None:
    script = Script("how is the weather in Paris", "no")
    async with gateway(tmp_path, connect(), script) as handle:
        with pytest.raises(AskwireError, match="No table or column is about"):
            await handle("ASK '巴黎的天气怎么样？'")
    assert len(script.requests) == 2


async def test_english_costs_no_translation(connect, tmp_path) -> None:
    script = Script(BY_STATUS)
    async with gateway(tmp_path, connect(), script) as handle:
        await handle("ASK SQL 'orders by status'")
    assert len(script.requests) == 1
