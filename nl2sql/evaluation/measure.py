"""Asks every case and judges what comes back."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum

from nl2sql.evaluation.cases import Case, Rows
from nl2sql.evaluation.client import Asker, Failed, Reply, Traced
from nl2sql.evaluation.judge import difference, matches
from nl2sql.evaluation.results import Outcome, Result, Shown, outcome_of_error


class Tracing(StrEnum):
    """Which questions are asked once more with ASK TRACE."""

    NONE = "none"
    WRONG = "wrong"
    ALL = "all"


class NoGold(Exception):
    """A case's own gold SQL does not run; the message says why."""


def measure(
    cases: Sequence[Case], asker: Asker, *, with_notes: bool = False, tracing: Tracing = Tracing.NONE
) -> Iterator[Result]:
    """The results one by one. ``with_notes``: a case's notes follow its question. Raises Unreachable, NoGold."""
    for case in cases:
        question = f"{case.question}\n{case.notes}" if with_notes and case.notes else case.question
        result = _judged(case, asker, question)
        if tracing is Tracing.ALL or (tracing is Tracing.WRONG and result.outcome is not Outcome.RIGHT):
            traced = _traced(asker, case.db, question)
            result = replace(result, steps=traced.steps, first_token_s=traced.first_token_s, own_s=traced.own_s)
        yield result


def _judged(case: Case, asker: Asker, question: str) -> Result:
    columns, golds = gold_of(case, asker)
    asked = Result(
        *(case.id, case.db, case.category, case.question, case.notes, Outcome.FAILED, "", 0.0),
        gold_sql=case.gold_sql,
        gold=Shown.of(columns, golds[0]),
    )
    started = time.monotonic()
    try:
        reply = asker.ask(case.db, question)
    except Failed as failed:
        seconds = time.monotonic() - started
        outcome, cause = outcome_of_error(failed.number)
        return replace(
            asked, outcome=outcome, cause=cause, seconds=seconds, number=failed.number, message=failed.message
        )
    return _answered(asked, reply, golds)


def _answered(asked: Result, reply: Reply, golds: Sequence[Rows]) -> Result:
    right = any(matches(gold, reply.rows) for gold in golds)
    return replace(
        asked,
        outcome=Outcome.RIGHT if right else Outcome.WRONG,
        cause="" if right else f"wrong result: {difference(golds, reply.rows)}",
        seconds=reply.seconds,
        sql=reply.sql,
        said=reply.notes,
        got=Shown.of(reply.columns, reply.rows),
    )


def gold_of(case: Case, asker: Asker) -> tuple[tuple[str, ...], Sequence[Rows]]:
    """Column names, where they are known, and the results that are right. Raises Unreachable, NoGold."""
    if case.gold_results:
        return (), case.gold_results
    try:
        replies = [asker.run(case.db, sql) for sql in case.gold_sql]
    except Failed as failed:
        raise NoGold(f"The gold SQL of {case.id} does not run: {failed}") from failed
    return replies[0][0], [rows for _, rows in replies]


def _traced(asker: Asker, database: str, question: str) -> Traced:
    try:
        return asker.trace(database, question)
    except Failed:
        return Traced()
