import pytest

from knowledge.passages import Passage
from nl2sql.nearest import meaning, names, nearest, share


def passage(text, score=0.2, place="Handbook > Opening hours of the shop", number=1):
    return Passage(number, "h", number, "handbook.md", "Handbook", place, text, score)


async def test_by_words_where_nobody_can_compare():
    found = await nearest(
        "when does the shop open on Monday?",
        [
            passage("## Opening hours of the shop\n\nThe shop opens at nine on Monday. It is red. Is it far?"),
            passage("Cats sleep all day.", 0.1, number=2),
        ],
    )
    assert [(near.text, near.passage.chunk, near.at) for near in found] == [
        ("The shop opens at nine on Monday.", 1, 1),
        ("It is red.", 1, 2),
        ("Cats sleep all day.", 2, 0),
    ]
    assert [near.score for near in found] == pytest.approx([1.2, 0.2, 0.1])


async def test_by_meaning_where_an_embedder_can():
    async def compare(question, texts):
        return [float(text.startswith("Dogs")) for text in texts]

    passages = [passage("Cats sleep all day. Dogs bark at night."), passage("Dogs bark at night.", number=2)]
    best, *others = await nearest("wer bellt?", passages, compare)
    assert (best.text, best.passage.chunk, best.score) == ("Dogs bark at night.", 1, 1.2)
    assert [near.text for near in others] == ["Cats sleep all day."]


async def test_a_row_is_read_below_its_heading():
    rows = passage(
        "| column | type |\n|---|---|\n| torque | turning force in newtons |", place="Database > Table machines"
    )
    best, *_ = await nearest("which turning force do machines have?", [rows])
    assert (best.text, best.score) == ("torque turning force in newtons", 1.2)


async def test_nothing_is_compared_with_nothing():
    async def compare(question, texts):
        raise AssertionError(texts)

    assert await nearest("x", [], compare) == []
    assert await nearest("x", [passage("| 1 | 2 |")], compare) == []


async def test_scripts_without_spaces():
    (near,) = await nearest("退货期限是几天？", [passage("退货期限为30天。")])
    assert near.score > 0.5
    assert meaning("退货期限") == {"退货", "货期", "期限"}
    assert share("", "anything") == 0


def test_names_do_not_begin_a_sentence():
    assert names("Does MySQL run on Amazon S3? Yes. It does.") == {"mysql", "amazon", "s3"}
    assert names("Where am I?") == set()
