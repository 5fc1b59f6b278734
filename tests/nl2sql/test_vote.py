"""Which of several answers is chosen, and how sure that is."""

from dataclasses import replace

import pytest
from sqlglot import parse_one

from nl2sql.candidates import Candidate
from nl2sql.coverage import Coverage
from nl2sql.guard import Guarded
from nl2sql.results import Returned
from nl2sql.vote import FLOOR, Survivor, is_sure, vote
from plugins.engines import Completion

ALL = Coverage(1, 1, 1, 1, 1)


def survivor(sql: str = "SELECT 1", key: str = "a", logprob: float | None = -0.01, **more: object) -> Survivor:
    candidate = Candidate(sql, Completion(sql, "m", logprob=logprob))
    tree = parse_one(sql, read="mysql")
    fields: dict[str, object] = {"coverage": ALL, "returned": Returned(key), **more}
    return Survivor(Guarded(tree, sql, ("t",)), candidate, **fields)  # type: ignore[arg-type]


def test_the_answer_that_most_return_by_different_sql() -> None:
    verdict = vote([survivor("SELECT 1", "a"), survivor("SELECT 2", "b"), survivor("SELECT 3", "b")])
    assert verdict.survivor.returned.key == "b"
    assert (verdict.agreeing, verdict.of) == (2, 3)
    assert verdict.confidence < vote([survivor()]).confidence


def test_of_two_the_surer_and_of_equals_the_greedy() -> None:
    assert vote([survivor(key="a", logprob=-0.5), survivor(key="b")]).survivor.returned.key == "b"
    assert vote([survivor(key="a"), survivor(key="b", greedy=True)]).survivor.returned.key == "b"
    within = vote([survivor("SELECT 1", "a", -0.5), survivor("SELECT 2", "a", -0.01)])
    assert within.survivor.guarded.sql == "SELECT 2"


def test_what_did_not_return_in_time_is_told_apart_by_its_text() -> None:
    slow = Returned("", error="time")
    assert vote([survivor("SELECT 1", returned=slow), survivor("SELECT 2", returned=slow)]).agreeing == 1


@pytest.mark.parametrize(
    "doubt",
    [
        {"logprob": -0.5},
        {"repairs": 1},
        {"mends": 1},
        {"unknown_share": 0.5},
        {"tables_left_out": True},
        {"returned": Returned("a", empty=True)},
        {"coverage": replace(ALL, values=0.0)},
    ],
)
def test_each_doubt_lowers_it(doubt: dict[str, object]) -> None:
    assert FLOOR <= survivor(**doubt).own < survivor().own <= 1  # type: ignore[arg-type]


def test_what_is_sure() -> None:
    assert is_sure(survivor())
    assert is_sure(survivor(logprob=None))
    assert not is_sure(survivor(logprob=-1.0))
    assert not is_sure(survivor(coverage=replace(ALL, values=0.5)))
    assert not is_sure(survivor(coverage=replace(ALL, stated=0.5)))
