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
        ("Wie viele Kunden gibt es?", "Antworte auf Deutsch."),
        ("¿Cuántos clientes hay?", "Responde en español."),
        ("有多少客户？", "请用中文回答。"),
        ("顧客は何人ですか？", "日本語で答えてください。"),
    ],
)
async def test_told_in_the_language_of_the_question(tmp_path, question: str, told: str | None) -> None:
    script = Script("42!")
    assert await narrator(tmp_path, script).tell(question, COUNT) == ("42!", ())
    assert script.requests[0].user.endswith(told or "n: 42")


async def test_a_sentence_in_english_is_translated_where_the_script_tells(tmp_path) -> None:
    script = Script("There are 42 customers.", "顧客は 42 人です。")
    told = await narrator(tmp_path, script).tell("顧客は何人ですか？", COUNT)
    assert told == ("顧客は 42 人です。", ())
    assert script.requests[1].user == "There are 42 customers.\n日本語で答えてください。"


async def test_a_translation_may_add_no_number_either(tmp_path) -> None:
    script = Script("There are 42 customers.", "顧客は 43 人です。")
    assert (await narrator(tmp_path, script).tell("顧客は何人ですか？", COUNT))[0] == "n: 42"


@pytest.mark.parametrize(
    ("question", "said"), [("customers", "No rows answer this."), ("Kunden ohne Namen", "Keine Zeile beantwortet das.")]
)
async def test_no_rows(tmp_path, question: str, said: str) -> None:
    assert await narrator(tmp_path, Script()).tell(question, ResultSet()) == (said, ())


async def test_a_number_that_no_row_holds_is_not_told(tmp_path) -> None:
    text, notes = await narrator(tmp_path, Script("Es sind 43.")).tell("Wie viele Kunden gibt es?", COUNT)
    assert text == "n: 42"
    assert "numbers that the rows do not" in notes[0].message
