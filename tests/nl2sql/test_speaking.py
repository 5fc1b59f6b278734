import pytest

from knowledge.passages import Passage
from nl2sql.speaking import in_their_language
from tests.nl2sql.test_docs import Says

ENGLISH = "The shop is open from nine to five, and the goods are in the store."
GERMAN = "Der Laden ist von neun bis fünf Uhr geöffnet, und die Ware ist im Lager."


def passages(text):
    return [Passage(1, "h", 1, "handbook.md", "Handbook", "", text, 0.5)]


@pytest.mark.parametrize(
    ("question", "documents"),
    [
        ("When is the shop open?", ENGLISH),
        ("Wann ist der Laden geöffnet?", GERMAN),
        ("opening hours of the shop", ENGLISH),
    ],
)
async def test_a_question_in_their_language_is_left_as_it_is(question, documents):
    model = Says("something else")
    assert await in_their_language(question, passages(documents), model) == ""
    assert model.asked is None


@pytest.mark.parametrize(
    ("question", "documents", "language"),
    [
        ("Wann ist der Laden geöffnet?", ENGLISH, "English"),
        ("Quand est-ce que le magasin ouvre ?", ENGLISH, "English"),
        ("商店几点开门？", ENGLISH, "English"),
        ("When is the shop open?", GERMAN, "German"),
    ],
)
async def test_in_another_one_the_model_puts_it_into_theirs(question, documents, language):
    model = Says('"Said in theirs?"\n')
    assert await in_their_language(question, passages(documents), model) == "Said in theirs?"
    assert f"into {language}," in model.asked.system


@pytest.mark.parametrize("said", ["", "What was there in 2019?", "word " * 200])
async def test_a_translation_that_is_none_is_not_used(said):
    assert await in_their_language("Was war im Jahr 2020 los?", passages(ENGLISH), Says(said)) == ""
