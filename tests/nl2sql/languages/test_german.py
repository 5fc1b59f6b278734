import re

import pytest

from nl2sql.languages.german import GERMAN
from nl2sql.languages.pivot import in_english


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("Umsatz pro Monat in den letzten 3 Monaten", "Umsatz per month in the last 3 months"),
        ("Umsatz der letzten drei Wochen", "Umsatz in the last 3 weeks"),
        ("Umsatz des vergangenen Quartals", "Umsatz last quarter"),
        ("Bestellungen im März 2026", "Bestellungen in March 2026"),
        ("Bestellungen im 2. Quartal 2026", "Bestellungen in Q2 2026"),
        ("Bestellungen im Jahr 2025", "Bestellungen in 2025"),
        ("Wie viele Kunden letztes Jahr", "how many Kunden last year"),
        ("vor zwei Wochen", "2 weeks ago"),
        ("Umsatz dieser Woche ohne den laufenden Monat", "Umsatz this week excluding the current month"),
        ("monatlich, jährlich, wöchentlich, täglich, quartalsweise", "monthly, yearly, weekly, daily, quarterly"),
        ("die 5 besten Kunden", "the top 5 Kunden"),
        ("die fünf teuersten Artikel", "the top 5 Artikel"),
        ("die Anzahl der Kunden", "the number of Kunden"),
        ("Durchschnitt je Tag am Wochenende", "average per day on weekends"),
        ("heute und gestern", "today und yesterday"),
        ("Monatskarten", "Monatskarten"),
        ("Umsatz vor 99999 Tagen", "Umsatz vor 99999 Tagen"),
    ],
)
def test_time_groups_numbers_and_order_in_english(question: str, english: str) -> None:
    assert in_english(question, GERMAN) == english


@pytest.mark.parametrize(
    ("sign", "question", "found"),
    [
        ("opens", "und letztes Jahr?", True),
        ("opens", "ohne Berlin", True),
        ("opens", "Untergruppen", False),
        ("opens", "Umsatz und Gewinn", False),
        ("leans", "nur Berlin", True),
        ("leans", "sortiert nach Umsatz", True),
        ("leans", "Nurnberg", False),
        ("refers", "Kunden davon", True),
        ("refers", "Kunden", False),
        ("asks", "Wie viele Kunden?", True),
        ("asks", "Kunden je Monat", False),
        ("group", "Umsatz je Monat", True),
        ("group", "Umsatz 2025", False),
    ],
)
def test_signs_of_a_question_that_goes_on(sign: str, question: str, found: bool) -> None:
    pattern = re.compile(getattr(GERMAN.follows, sign), re.IGNORECASE)
    search = pattern.match if sign in ("opens", "leans") else pattern.search
    assert (search(question) is not None) == found
