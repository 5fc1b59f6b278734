"""The report shows everything and lets nothing of it act: questions, SQL and cells are other people's words."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from nl2sql.evaluation.client import Step
from nl2sql.evaluation.figures import compare
from nl2sql.evaluation.report import report, write_report
from nl2sql.evaluation.results import Outcome, Result, Run, Shown

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)> \"'><svg/onload=alert(1)> &amp; \x00\x1b]8;;"


class Reader(HTMLParser):
    """Which elements and attributes a browser would see, and all text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.said = ""
        self.scripts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.said += data
        if self.tags and self.tags[-1] == "script":
            self.scripts.append(data)


def result(name: str, outcome: Outcome, text: str = "plain", **more: object) -> Result:
    return Result(
        *(name, text, text, text, text, outcome, "" if outcome is Outcome.RIGHT else text, 1.0),
        sql=f"SELECT {text}",
        said=(text,),
        number=57008 if outcome is Outcome.FAILED else 0,
        message=text if outcome is Outcome.FAILED else "",
        got=Shown.of((text,), [(text, None, 1)] * 30),
        gold_sql=(f"SELECT '{text}'",),
        gold=Shown.of((), [(text,)]),
        steps=(Step(text, 1.0, text),),
        own_s=0.02,
        first_token_s=0.2,
    )


def read(path: Path, run: Run, earlier: Run | None = None) -> Reader:
    write_report(run, path, compare(earlier, run) if earlier else None)
    return Reader(path.read_text("utf-8"))


def test_nothing_of_the_texts_becomes_markup(tmp_path: Path) -> None:
    def run(text: str) -> Run:
        outcomes = [result(f"{text}{n}", outcome, text) for n, outcome in enumerate(Outcome)]
        return Run({"model": text, "init": text}, tuple(outcomes), complete=False)

    def turned(of: Run) -> Run:
        return Run(of.about, tuple(result(r.id, Outcome.WRONG, r.question) for r in of.results))

    hostile, plain = run(HOSTILE), run("plain")
    seen, usual = read(tmp_path / "h", hostile, turned(hostile)), read(tmp_path / "p", plain, turned(plain))
    assert set(seen.tags) == set(usual.tags)
    assert {name for name, _ in seen.attributes} == {name for name, _ in usual.attributes}
    assert len(seen.scripts) == 1
    assert "onload=alert(1)" in seen.said
    assert "\x00" not in seen.said
    assert "\x1b" not in seen.said


def test_nothing_is_fetched(tmp_path: Path) -> None:
    seen = read(tmp_path / "r.html", Run({}, (result("1", Outcome.WRONG),)))
    assert not {"link", "img", "iframe", "object"} & set(seen.tags)
    assert not [name for name, _ in seen.attributes if name in ("src", "srcset", "action")]
    assert "http" not in seen.said
    policy = next(v for n, v in seen.attributes if "default-src" in v)
    assert policy.startswith("default-src 'none'")


def test_what_it_says(tmp_path: Path) -> None:
    run = Run({"model": "small"}, (result("1", Outcome.RIGHT), result("2", Outcome.WRONG), result("3", Outcome.FAILED)))
    said = read(tmp_path / "r.html", run).said
    for words in ("33.3 %", "right: 1 of 3", "small", "Error 57008", "30 rows, the first 10 shown", "20 ms", "0.20 s"):
        assert words in said
    assert "interrupted" not in said
    assert "earlier" not in said


def test_the_words_that_differ_are_marked() -> None:
    run = Run({}, (result("1", Outcome.WRONG, "x"),))
    marks = [mark.text for mark in report(run).iter("mark")]
    assert marks == ["'x'", "x"]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_one_case_of_each_kind(tmp_path: Path, outcome: Outcome) -> None:
    seen = read(tmp_path / "r.html", Run({}, (result("1", outcome),)))
    assert ("data-outcome", str(outcome)) in seen.attributes
