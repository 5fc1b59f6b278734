from dataclasses import dataclass, field
from typing import Any, cast

import pymysql
import pytest

from nl2sql.evaluation.cases import Case, Rows
from nl2sql.evaluation.client import Asker, Failed, Reply, Traced
from nl2sql.evaluation.measure import NoGold, Tracing, gold_of, measure
from nl2sql.evaluation.results import Outcome
from plugins import ErrorCode


def case(**given: Any) -> Case:
    plain = {
        "id": "c1",
        "db": "shop",
        "category": "easy",
        "question": "how many?",
        "notes": "",
        "gold_sql": ("SELECT 1",),
    }
    return Case(**{**plain, "gold_results": (), **given})


@dataclass
class Server:
    """Answers every question with ``rows``, and every gold statement with one row of 7."""

    rows: Rows = ((7,),)
    error: Exception | None = None
    gold_error: Exception | None = None
    trace_error: Exception | None = None
    asked: list[str] = field(default_factory=list)
    traced: int = 0

    def ask(self, _db: str, question: str) -> Reply:
        self.asked.append(question)
        if self.error is not None:
            raise self.error
        return Reply(("n",), self.rows, 1.5, "SELECT 7", ("note",))

    def run(self, _db: str, _sql: str) -> tuple[tuple[str, ...], Rows]:
        if self.gold_error is not None:
            raise self.gold_error
        return ("gold",), ((7,),)

    def trace(self, _db: str, _question: str) -> Traced:
        self.traced += 1
        if self.trace_error is not None:
            raise self.trace_error
        return Traced(first_token_s=0.25, own_s=0.5)

    @property
    def asker(self) -> Asker:
        return cast(Asker, self)


def failed(number: int = 1064) -> Failed:
    return Failed(pymysql.err.OperationalError(number, "it does not run"))


def test_the_right_answer() -> None:
    (result,) = measure([case()], Server().asker)
    assert (result.outcome, result.cause, result.seconds, result.sql) == (Outcome.RIGHT, "", 1.5, "SELECT 7")
    assert (result.said, result.got.rows, result.gold.rows) == (("note",), ((7,),), ((7,),))


def test_a_wrong_answer_says_how_it_differs() -> None:
    (result,) = measure([case()], Server(rows=((8,), (9,))).asker)
    assert result.outcome is Outcome.WRONG
    assert result.cause.startswith("wrong result: ")


def test_any_of_several_results_is_right() -> None:
    given = case(gold_sql=(), gold_results=(((1,),), ((7,),)))
    (result,) = measure([given], Server(gold_error=failed()).asker)
    assert (result.outcome, result.gold.columns) == (Outcome.RIGHT, ())


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        (ErrorCode.NOT_ANSWERABLE.number, Outcome.REFUSED),
        (ErrorCode.DEADLINE.number, Outcome.FAILED),
        (1064, Outcome.FAILED),
    ],
)
def test_an_error_instead_of_an_answer(number: int, outcome: Outcome) -> None:
    (result,) = measure([case()], Server(error=failed(number)).asker)
    assert (result.outcome, result.number, result.message) == (outcome, number, "it does not run")
    assert result.cause


@pytest.mark.parametrize(
    ("with_notes", "notes", "question"),
    [(True, "GMV", "how many?\nGMV"), (True, "", "how many?"), (False, "GMV", "how many?")],
)
def test_notes_follow_the_question_where_they_are_wanted(with_notes: bool, notes: str, question: str) -> None:
    server = Server()
    list(measure([case(notes=notes)], server.asker, with_notes=with_notes))
    assert server.asked == [question]


@pytest.mark.parametrize(
    ("tracing", "rows", "traced"),
    [
        (Tracing.NONE, ((8,),), 0),
        (Tracing.WRONG, ((8,),), 1),
        (Tracing.WRONG, ((7,),), 0),
        (Tracing.ALL, ((7,),), 1),
    ],
)
def test_which_questions_are_traced(tracing: Tracing, rows: Rows, traced: int) -> None:
    server = Server(rows=rows)
    (result,) = measure([case()], server.asker, tracing=tracing)
    assert server.traced == traced
    assert result.first_token_s == (0.25 if traced else None)


def test_a_trace_that_fails_leaves_the_result_as_it_is() -> None:
    (result,) = measure([case()], Server(trace_error=failed()).asker, tracing=Tracing.ALL)
    assert (result.outcome, result.steps, result.own_s) == (Outcome.RIGHT, (), None)


def test_a_gold_statement_that_does_not_run_ends_the_evaluation() -> None:
    with pytest.raises(NoGold, match="The gold SQL of c1 does not run: it does not run"):
        gold_of(case(), Server(gold_error=failed()).asker)
