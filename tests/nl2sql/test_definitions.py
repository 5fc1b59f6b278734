import pytest

from knowledge.records import Term
from nl2sql.definitions import defined, divide, shown


@pytest.mark.parametrize(
    ("definition", "sentences"),
    [
        ("Revenue without tax.", ["Revenue without tax."]),
        ("One thing. Another thing; More of it", ["One thing.", "Another thing;", "More of it"]),
        ("one\ntwo\n\nthree", ["one", "two", "three"]),
        ("about 3.5 percent e.g. of all", ["about 3.5 percent e.g. of all"]),
        ("ASP = price / count DPO = days", ["ASP = price / count", "DPO = days"]),
        ("ASP (average selling price): mean", ["ASP (average selling price): mean"]),
        ("sum the totals Always leave out returns", ["sum the totals", "Always leave out returns"]),
        ("", []),
        (" . ; ", []),
    ],
)
def test_a_term_is_divided_into_sentences(definition: str, sentences: list[str]) -> None:
    found = divide(Term("t", definition))
    assert [sentence.text for sentence in found] == sentences
    assert [sentence.at for sentence in found] == list(range(len(sentences)))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ASP = average selling price", {"asp"}),
        ("the average selling price (ASP)", {"asp"}),
        ("KPI2: second one", {"kpi2"}),
        ("ASP (average selling price) = total", {"asp"}),
        ("Revenue = total", set()),  # a plain word is no abbreviation
        ("xASP = 3", set()),
        ("(see above)", set()),
        ("", set()),
    ],
)
def test_what_a_text_defines(text: str, names: set[str]) -> None:
    assert defined(text) == names


@pytest.mark.parametrize(
    ("text", "general"),
    [
        ("Always leave out returns", True),
        ("never count twice", True),
        ("unless stated", True),
        ("nevertheless it is", False),
    ],
)
def test_what_holds_for_every_question(text: str, general: bool) -> None:
    (sentence,) = divide(Term("t", text))
    assert sentence.general == general


@pytest.mark.parametrize(
    ("name", "definition", "text"),
    [
        ("GMV", "all that was sold", "GMV: all that was sold"),
        ("GMV", "GMV = all that was sold", "GMV = all that was sold"),
        ("note 3", "leave out returns", "leave out returns"),
        ("Rules", "leave out returns", "leave out returns"),
        ("notebook", "a small computer", "notebook: a small computer"),
    ],
)
def test_a_term_as_the_prompt_shows_it(name: str, definition: str, text: str) -> None:
    assert shown(Term(name, definition)) == text
