from typing import Any, cast

import pytest

from nl2sql.answer import Answered
from nl2sql.catalog import Catalog
from nl2sql.docs import NOTHING, DocsAnswer, Sentence
from nl2sql.guard import Guarded
from nl2sql.languages.detect import language_of
from nl2sql.narrate import Narrator
from nl2sql.options import Options
from nl2sql.reply import as_docs, as_narrative, as_rows, as_sql, as_trace, as_why, notes
from nl2sql.trace import Trace
from plugins import Context, Note, Outcome, ResultSet, Run, Table
from plugins.readonly import parse_one
from tests.support.answers import Answers

GUARDED = Guarded(
    parse_one("SELECT a FROM t"), "SELECT a FROM t LIMIT 5", ("t", "u"), ("t.a",), ("read x as y", "at most 5 rows")
)
OPTIONS = Options(limit=5, show="rows", model=None, deadline=60.0, time_limit=7.0, repair=1, candidates=3)
ANSWERED = Answered(GUARDED, 0.876, Catalog("d"), "m")


def messages(given: tuple[Note, ...]) -> list[str]:
    return [note.message for note in given]


def rows(given: object) -> list[tuple[Any, ...]]:
    assert isinstance(given, Table)
    return [tuple(row) for row in given.rows]


def test_what_show_warnings_says() -> None:
    assert messages(notes(ANSWERED)) == [
        "SQL: SELECT a FROM t LIMIT 5",
        "Confidence: 0.88",
        "Tables: t, u",
        "Assumed: read x as y",
        "Assumed: at most 5 rows",
    ]
    known = Answered(GUARDED, 1.0, Catalog("d"), "", "paid", said=(Context("GMV is net", "handbook.pdf"),))
    assert messages(notes(known))[3:5] == ["Verified query: paid", "Knowledge: handbook.pdf: GMV is net"]


def test_the_statement_runs_as_the_clients_own() -> None:
    ended: list[Outcome] = []
    given = as_rows(ANSWERED, OPTIONS, ended.append)
    assert isinstance(given, Run)
    assert (given.sql, given.notes, given.time_limit_s) == (GUARDED.sql, notes(ANSWERED), OPTIONS.time_limit)
    assert given.finished is not None
    given.finished(Outcome(1, 0.5))
    assert ended == [Outcome(1, 0.5)]


def test_the_statement_is_shown() -> None:
    given = as_sql(ANSWERED, "en")
    assert rows(given) == [("SELECT a FROM t LIMIT 5", 0.876, "t, u", "read x as y; at most 5 rows")]


def test_steps_are_numbered_and_end_with_the_sql() -> None:
    given = rows(as_why(ANSWERED, language_of("orders by month")))
    assert [number for number, _ in given] == list(range(1, len(given) + 1))
    assert given[-1][1] == "As SQL: SELECT a FROM t LIMIT 5"
    assert rows(as_why(ANSWERED, language_of("Kunden nach Region")))[-1][1] == "Als SQL: SELECT a FROM t LIMIT 5"


class Passage:
    def __init__(self, source: str, place: str = "", title: str = "") -> None:
        self.source, self.place, self.title, self.score = source, place, title, 0.12345


def test_sentences_of_one_passage_are_one_row() -> None:
    first, second = Passage("a.pdf", "page 3", "Handbook"), Passage("b.md", "", "Prices")
    said = [
        Sentence("One.", cast(Any, first)),
        Sentence("Two.", cast(Any, first)),
        Sentence("Three.", cast(Any, second)),
    ]
    given = as_docs(DocsAnswer(tuple(said)), "en")
    assert rows(given) == [("One. Two.", "a.pdf", "page 3", 0.123), ("Three.", "b.md", "Prices", 0.123)]
    assert isinstance(given, Table)
    assert given.notes == ()
    quoted = as_docs(DocsAnswer(tuple(said), quoted=True), "en")
    assert isinstance(quoted, Table)
    assert messages(quoted.notes) == ["In the documents' own words"]


@pytest.mark.parametrize("quoted", [True, False])
def test_documents_that_do_not_answer(quoted: bool) -> None:
    given = as_docs(DocsAnswer((), quoted), "en")
    assert rows(given) == [(NOTHING, None, None, None)]
    assert isinstance(given, Table)
    assert given.notes == ()


def test_a_trace_ends_with_its_total() -> None:
    trace = Trace()
    with trace.step("model 1") as step:
        step.say("m")
    given = rows(as_trace(trace, "en"))
    assert [(name, detail) for name, _, detail in given[:-1]] == [("model 1", "m")]
    assert given[-1][0] == "total"
    assert given[-1][2].endswith(" s of it outside the model")


async def test_a_narrative_is_made_of_the_rows() -> None:
    class Telling:
        max_rows = 7

        async def tell(self, question: str, result: ResultSet) -> tuple[str, tuple[Note, ...]]:
            return f"{question} {result.rows}", (Note("only a part"),)

    answers = Answers({GUARDED.sql: [("1",)]})
    given = await as_narrative(answers.session, ANSWERED, "how many?", cast(Narrator, Telling()), OPTIONS)
    assert rows(given) == [("how many? (('1',),)",)]
    assert answers.limits == [{"time_limit_s": OPTIONS.time_limit, "max_rows": 7}]
    assert isinstance(given, Table)
    assert messages(given.notes)[-1] == "only a part"
