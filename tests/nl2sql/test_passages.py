import pytest

from knowledge.passages import Passage
from nl2sql.passages import definitions, said

ACTIVE = "A customer is counted as active when they placed at least one order that was not cancelled in 2025."
QUESTION = "how many active customers do we have?"


def passage(text: str, place: str = "", source: str = "handbook.md", chunk: int = 1) -> Passage:
    return Passage(chunk, "handbook", chunk, source, "Handbook", place, text, 0.5)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (ACTIVE, ""),
        (f"## Active customers\n\n{ACTIVE}", "Active customers"),
        (f"# Glossary\n\n## Customers\n\n### Active customers\n\n{ACTIVE}", "Glossary > Customers > Active customers"),
        (f"Active customers\n\n{ACTIVE}", "page 3"),
        (f"Active customers\n\n{ACTIVE}\n\nNet revenue\n\nRevenue without tax.", "page 3: Terms"),
    ],
)
def test_the_definition_is_cited_not_its_heading(text: str, place: str) -> None:
    (cited,) = definitions(QUESTION, [passage(text, place)])
    assert cited.text.startswith(ACTIVE)


def test_of_passages_with_the_same_heading_the_right_one_is_cited() -> None:
    other = passage("Active staff are those with a contract.", "Active", "staff.md", 2)
    right = passage(ACTIVE, "Active", "customers.md", 1)
    last = passage("An active sensor sends a value every minute.", "Active", "sensors.md", 3)
    cited = definitions(QUESTION, [other, right, last])
    assert ("customers.md", ACTIVE) in [(each.passage.source, each.text) for each in cited]
    assert all(each.text in each.passage.text for each in cited)


def test_a_passage_of_headings_says_nothing() -> None:
    assert definitions(QUESTION, [passage("# Active customers\n\n## Customers", "Active customers > Customers")]) == []
    assert said(passage("Active customers\n\n有効な顧客とは", "x")) == ["有効な顧客とは"]
