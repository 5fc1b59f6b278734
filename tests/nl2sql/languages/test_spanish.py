import re

import pytest

from nl2sql.languages.pivot import in_english
from nl2sql.languages.spanish import SPANISH


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("ingresos por mes en los últimos 7 días", "ingresos per month in the last 7 days"),
        ("pedidos del mes pasado", "pedidos last month"),
        ("ventas en marzo de 2026", "ventas in March 2026"),
        ("ventas en el primer trimestre", "ventas en el primer trimestre"),
        ("ventas del 2 trimestre de 2026", "ventas del in Q2 2026"),
        ("ventas en el año 2025", "ventas in 2025"),
        ("hace dos semanas", "2 weeks ago"),
        ("ventas de esta semana sin contar el mes actual", "ventas this week excluding the current month"),
        ("mensual, anual, semanal, diario, trimestral", "monthly, yearly, weekly, daily, quarterly"),
        ("los 5 clientes con más pedidos", "the top 5 clientes by pedidos"),
        ("los 5 mejores clientes", "the top 5 clientes"),
        ("cuántos clientes hoy", "how many clientes today"),
        ("la cantidad de clientes en fin de semana", "the number of clientes on weekends"),
        ("promedio cada día", "average per day"),
        ("mesas", "mesas"),
    ],
)
def test_time_groups_numbers_and_order_in_english(question: str, english: str) -> None:
    assert in_english(question, SPANISH) == english


@pytest.mark.parametrize(
    ("sign", "question", "found"),
    [
        ("opens", "y el mes pasado", True),
        ("opens", "yates", False),
        ("leans", "solo Madrid", True),
        ("leans", "solomillo", False),
        ("asks", "¿cuántos clientes hay?", True),
        ("asks", "clientes de Madrid", False),
    ],
)
def test_signs_of_a_question_that_goes_on(sign: str, question: str, found: bool) -> None:
    pattern = re.compile(getattr(SPANISH.follows, sign), re.IGNORECASE)
    search = pattern.match if sign in ("opens", "leans") else pattern.search
    assert (search(question) is not None) == found
