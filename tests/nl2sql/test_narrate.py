import time

import pytest

from conf.settings import load_settings
from nl2sql.candidates import Writer
from nl2sql.narrate import Narrator
from plugins import ResultColumn, ResultSet, Services
from tests.nl2sql.scripted import Script, scripted_models

COUNT = ResultSet((ResultColumn("n", 8),), (("42",),))


def narrator(tmp_path, script: Script) -> Narrator:
    services = Services()
    services.add(scripted_models(load_settings(data_dir=str(tmp_path), upstream="mysql://127.0.0.1:1"), script))
    return Narrator(Writer(services, None, time.monotonic() + 60))


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("how many customers?", None),
        ("Wie viele Kunden gibt es?", "Answer in German."),
        ("¿Cuántos clientes hay?", "Answer in Spanish."),
        ("有多少客户？", "Answer in Chinese."),
        ("顧客は何人ですか？", "Answer in Japanese."),
    ],
)
async def test_told_in_the_language_of_the_question(tmp_path, question: str, told: str | None) -> None:
    script = Script("42!")
    assert await narrator(tmp_path, script).tell(question, COUNT) == ("42!", ())
    assert script.requests[0].user.endswith(told or "n: 42")


@pytest.mark.parametrize(
    ("question", "said"), [("customers", "No rows answer this."), ("Kunden ohne Namen", "Keine Zeile beantwortet das.")]
)
async def test_no_rows(tmp_path, question: str, said: str) -> None:
    assert await narrator(tmp_path, Script()).tell(question, ResultSet()) == (said, ())


async def test_a_number_that_no_row_holds_is_not_told(tmp_path) -> None:
    text, notes = await narrator(tmp_path, Script("Es sind 43.")).tell("Wie viele Kunden gibt es?", COUNT)
    assert text == "n: 42"
    assert "numbers that the rows do not" in notes[0].message
