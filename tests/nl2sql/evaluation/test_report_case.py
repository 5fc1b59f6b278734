from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from nl2sql.evaluation.report_case import add_case
from nl2sql.evaluation.results import Outcome, Result, Shown

RESULT = Result(
    *("c<1>", "shop", "easy", "how many & why?", "", Outcome.WRONG, "wrong result: other rows", 1.25),
    sql="SELECT 2 FROM t",
    gold_sql=("SELECT 1 FROM t",),
    got=Shown.of(("n",), [(2, None, "x")]),
    gold=Shown.of(("n",), [(1,)]),
)


def shown(result: Result = RESULT, change: str = "", before: Result | None = None) -> ET.Element:
    parent = ET.Element("main")
    add_case(parent, result, "a1", change, before)
    (case,) = parent
    return case


def text_of(element: ET.Element) -> str:
    """Its texts, a space between elements."""
    return " ".join(" ".join(element.itertext()).split())


def test_what_can_be_filtered_by() -> None:
    given = {"class": "case", "id": "a1", "data-outcome": "wrong", "data-category": "easy", "data-db": "shop"}
    assert given.items() <= shown().attrib.items()
    assert shown().get("data-cause") == "wrong result: other rows"
    assert shown(change="became right").get("data-change") == "became right"


def test_the_line_that_opens() -> None:
    summary = shown().find("summary")
    assert summary is not None
    assert [text_of(part) for part in summary] == ["wrong", "c<1>", "how many & why?", "other rows", "1.2 s"]
    changed = shown(change="became wrong").find("summary")
    assert changed is not None
    assert "became wrong" in [text_of(part) for part in changed]


def test_statements_and_results_side_by_side() -> None:
    gold, ours = shown().findall(".//div[@class='side']")
    assert text_of(gold) == "What is right SELECT 1 FROM t n 1 1 row"
    assert text_of(ours) == "What ASK answered SELECT 2 FROM t n 2 NULL x 1 row"
    assert [mark.text for mark in shown().iter("mark")] == ["1", "2"]
    assert [cell.get("class") for cell in ours.iter("td")] == ["number", "null", None]
    assert list(shown(replace(RESULT, outcome=Outcome.RIGHT)).iter("mark")) == []


@pytest.mark.parametrize(
    ("count", "said"), [(0, "No rows."), (1, "1 row"), (2, "2 rows"), (10_000, "10000 rows, the first")]
)
def test_how_many_rows(count: int, said: str) -> None:
    ours = shown(replace(RESULT, got=Shown.of((), [(n,) for n in range(count)]))).findall(".//div[@class='side']")[1]
    (line,) = ours.findall("p")
    assert text_of(line).startswith(said)


def test_an_error_and_what_was_said() -> None:
    ours = shown(replace(RESULT, sql="", number=57008, message="no <SQL>", said=("note",))).findall(
        ".//div[@class='side']"
    )[1]
    assert text_of(ours) == "What ASK answered Error 57008: no <SQL> note"
    assert ours.find("p[@class='error']") is not None
    assert [item.text for item in ours.iter("li")] == ["note"]


def test_the_earlier_run_is_shown_where_it_was_another_statement() -> None:
    assert shown(before=RESULT).findall(".//details[@class='inner']") == []
    before = replace(RESULT, sql="SELECT 3 FROM t", cause="deadline", number=57005, message="too late")
    (earlier,) = shown(before=before).findall(".//details[@class='inner']")
    assert text_of(earlier).startswith("The earlier run: deadline")
    assert "Error 57005: too late" in text_of(earlier)
